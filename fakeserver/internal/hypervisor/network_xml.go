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
	doc, err := s.readNetwork(document)
	if err != nil {
		return NetworkRef{}, err
	}
	s.mu.Lock()
	defer s.unlock()
	ref := doc.ref
	def, err := s.equipNetworkLocked(doc)
	if err != nil {
		return NetworkRef{}, err
	}
	s.networks.add(&network{NetworkRef: ref, Standing: standing, def: def})
	return ref, nil
}

// readNetwork reads a network's document as the driver does, up to what depends
// on the other networks: what it refuses, what it fills in.
func (s *State) readNetwork(document string) (*networkDoc, error) {
	root, err := parseXML(FromNetwork, "(network_definition)", document)
	if err != nil {
		return nil, err
	}
	if err := requireRoot(root, "network"); err != nil {
		return nil, err
	}
	if strings.Contains(childText(root, "name"), "/") {
		return nil, illegalChar("name", '/')
	}
	doc := &networkDoc{root: root}
	if doc.name, doc.ref.UUID, err = s.readIdentity(FromNetwork, libvirt.ErrInternalError, root); err != nil {
		return nil, err
	}
	doc.ref.Name = doc.name
	if err := doc.check(); err != nil {
		return nil, err
	}
	if s.traits.Objects.Network.Runs {
		if err := doc.validate(); err != nil {
			return nil, err
		}
	}
	doc.out, err = doc.arrange()
	return doc, err
}

// equipNetworkLocked makes the definition out of a document. What the driver
// refuses, or fills in, depends on the other networks.
func (s *State) equipNetworkLocked(doc *networkDoc) (*networkDef, error) {
	if s.traits.Objects.Network.Runs {
		if err := s.equipBridgeLocked(doc); err != nil {
			return nil, err
		}
	} else {
		dropDNSMasq(doc.out)
	}
	return &networkDef{bridge: xmlAttr(doc.out.SelectElement("bridge"), "name"), xml: formatXML(doc.out)}, nil
}

// maxBridge is MAX_BRIDGE_ID, the last number that libvirt tries.
const maxBridge = 256

// equipBridgeLocked gives a network whose bridge libvirt makes the name and the
// MAC address of that bridge.
func (s *State) equipBridgeLocked(doc *networkDoc) error {
	if !doc.bridged() {
		return nil
	}
	out := doc.out
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
		mac.CreateAttr("address", s.chance.mac([3]byte{}))
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

// readIdentity reads the name and the UUID of an object whose document
// has both as elements, and brings the UUID into its usual form. Without a UUID
// it chooses one and puts it into the document. malformed is the code for what
// is no UUID.
func (s *State) readIdentity(from libvirt.ErrorDomain, malformed libvirt.ErrorNumber, root *etree.Element) (string, UUID, error) {
	name := childText(root, "name")
	if name == "" {
		return "", UUID{}, BareError(from, libvirt.ErrNoName)
	}
	var id UUID
	if text := childText(root, "uuid"); text == "" {
		id = s.chance.uuid()
	} else {
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
