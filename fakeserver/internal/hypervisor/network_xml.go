package hypervisor

import (
	"strconv"
	"strings"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// AddNetwork puts a network there as if it had always been, without an event.
// The errors are those of virNetworkDefineXML.
func (s *State) AddNetwork(document string, standing Standing) (NetworkRef, error) {
	s.mu.Lock()
	defer s.unlock()
	ref, def, err := s.readNetworkLocked(document)
	if err != nil {
		return NetworkRef{}, err
	}
	s.networks.add(&network{NetworkRef: ref, Standing: standing, def: def})
	return ref, nil
}

// readNetworkLocked reads a network's document as the driver does: what it
// refuses, what it fills in.
func (s *State) readNetworkLocked(document string) (NetworkRef, *networkDef, error) {
	root, err := parseXML(FromNetwork, "(network_definition)", document)
	if err != nil {
		return NetworkRef{}, nil, err
	}
	if err := requireRoot(root, "network"); err != nil {
		return NetworkRef{}, nil, err
	}
	if strings.Contains(childText(root, "name"), "/") {
		return NetworkRef{}, nil, illegalChar("name", '/')
	}
	var ref NetworkRef
	if ref.Name, ref.UUID, err = s.readIdentityLocked(FromNetwork, libvirt.ErrInternalError, root); err != nil {
		return NetworkRef{}, nil, err
	}
	doc := &networkDoc{name: ref.Name, root: root}
	if err := doc.check(); err != nil {
		return NetworkRef{}, nil, err
	}
	runs := s.traits.Objects.Network.Runs
	if runs {
		if err := doc.validate(); err != nil {
			return NetworkRef{}, nil, err
		}
	}
	out, err := doc.arrange()
	if err != nil {
		return NetworkRef{}, nil, err
	}
	if runs {
		if err := s.equipNetworkLocked(doc, out); err != nil {
			return NetworkRef{}, nil, err
		}
	} else {
		dropDNSMasq(out)
	}
	return ref, &networkDef{bridge: xmlAttr(out.SelectElement("bridge"), "name"), xml: formatXML(out)}, nil
}

// maxBridge is MAX_BRIDGE_ID, the last number that libvirt tries.
const maxBridge = 256

// equipNetworkLocked gives a network whose bridge libvirt makes the name and the
// MAC address of that bridge.
func (s *State) equipNetworkLocked(doc *networkDoc, out *etree.Element) error {
	if !doc.bridged() {
		return nil
	}
	bridge := out.SelectElement("bridge")
	name := xmlAttr(bridge, "name")
	switch {
	case name != "" && !strings.Contains(name, "%d"):
		if s.bridgeInUseLocked(name, doc.name) {
			return Errorf(FromNetwork, libvirt.ErrInternalError, "bridge name '%s' already in use.", name)
		}
	default:
		pattern := "virbr%d"
		if strings.Count(name, "%") == 1 {
			pattern = name
		}
		i := 0
		for name = bridgeName(pattern, 0); s.bridgeInUseLocked(name, doc.name); name = bridgeName(pattern, i) {
			if i++; i > maxBridge {
				return Errorf(FromNetwork, libvirt.ErrInternalError, "Bridge generation exceeded max id %d", maxBridge)
			}
		}
		attrs := bridge.Attr
		bridge.Attr = nil
		bridge.CreateAttr("name", name)
		for _, a := range attrs {
			if a.Key != "name" {
				bridge.Attr = append(bridge.Attr, a)
			}
		}
	}
	if out.SelectElement("mac") == nil {
		mac := etree.NewElement("mac")
		mac.CreateAttr("address", s.newMACLocked())
		insertBefore(out, mac, "domain", "dns", "vlan", "bandwidth", "port", "ip", "route", "virtualport", "portgroup", "dnsmasq:options")
	}
	return nil
}

func bridgeName(pattern string, i int) string {
	return strings.Replace(pattern, "%d", strconv.Itoa(i), 1)
}

// bridgeInUseLocked reports whether another network than the one of that name
// has the bridge.
func (s *State) bridgeInUseLocked(bridge, except string) bool {
	_, found := s.networks.find(func(n *network) bool {
		return n.Name != except && (n.def.bridge == bridge || n.next != nil && n.next.bridge == bridge)
	})
	return found
}

// readIdentityLocked reads the name and the UUID of an object whose document
// has both as elements, and brings the UUID into its usual form. Without a UUID
// it chooses one and puts it into the document. malformed is the code for what
// is no UUID.
func (s *State) readIdentityLocked(from libvirt.ErrorDomain, malformed libvirt.ErrorNumber, root *etree.Element) (string, UUID, error) {
	name := childText(root, "name")
	if name == "" {
		return "", UUID{}, BareError(from, libvirt.ErrNoName)
	}
	text := childText(root, "uuid")
	id := s.newUUIDLocked()
	if text != "" {
		var err error
		if id, err = ParseUUID(text); err != nil {
			return "", UUID{}, Errorf(from, malformed, "malformed uuid element")
		}
	}
	e := root.SelectElement("uuid")
	if e == nil {
		e = etree.NewElement("uuid")
		root.InsertChildAt(root.SelectElement("name").Index()+1, e)
	}
	e.SetText(id.String())
	return name, id, nil
}
