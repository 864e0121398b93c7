package hypervisor

import (
	"fmt"
	"strconv"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// goLiveLocked turns the definition of an active domain into the one that it runs
// with: it names the devices and fills in what libvirt and QEMU choose at each
// start. A driver without PCs has nothing to choose.
func (s *State) goLiveLocked(dom *domain) error {
	pc := s.traits.Domain.XML.PC
	if pc == nil {
		return nil
	}
	dom.def.origin = dom.def.root
	dom.def.root = dom.def.root.Copy()
	l := &liveDomain{s: s, pc: pc, dom: dom, root: dom.def.root, devices: dom.def.devices()}
	if err := l.networks(); err != nil {
		return err
	}
	for _, step := range []func(){
		l.cpu, l.resource, l.disks, l.chardevs, l.graphics, l.vsock, l.aliases, l.labels,
	} {
		step()
	}
	mirrorConsole(l.devices)
	dom.def.root = arrangeDomain(dom.def.root)
	return nil
}

// liveDomain is a definition on its way to be run.
type liveDomain struct {
	s             *State
	pc            *PCTraits
	dom           *domain
	root, devices *etree.Element
}

// networks connects the interfaces: those of libvirt's networks to the bridge of
// an active network, all to a device on the host. Here every bridge that a
// definition names is there.
func (l *liveDomain) networks() error {
	for _, el := range l.devices.SelectElements("interface") {
		source := el.SelectElement("source")
		device := ""
		switch kind := xmlAttr(el, "type"); kind {
		case "network":
			name := xmlAttr(source, "network")
			n, ok := l.s.networks.get(name)
			switch {
			case !ok:
				return Errorf(FromNetwork, libvirt.ErrNoNetwork, "no network with matching name '%s'", name)
			case !n.Active:
				return Errorf(FromNetwork, libvirt.ErrOperationInvalid, "network '%s' is not active", name)
			}
			source.CreateAttr("portid", l.s.chance.uuid().String())
			if n.def.bridge != "" {
				source.CreateAttr("bridge", n.def.bridge)
			}
			device = "vnet"
		case "bridge", "ethernet":
			device = "vnet"
		case "direct":
			device = "macvtap"
		}
		if target := xmlEnsure(el, "target"); device != "" && !xmlHasAttr(target, "dev") {
			target.CreateAttr("dev", fmt.Sprintf("%s%d", device, l.s.domains.taps))
			l.s.domains.taps++
		}
	}
	return nil
}

func (l *liveDomain) resource() {
	if l.pc.Partition == "" {
		return
	}
	resource := xmlEnsure(l.root, "resource")
	xmlEnsureText(resource, "partition", l.pc.Partition)
}

// disks numbers the images from the last disk to the first, and shows what each
// is based on: nothing that the definition does not say.
func (l *liveDomain) disks() {
	disks := l.devices.SelectElements("disk")
	number := 0
	for i := len(disks) - 1; i >= 0; i-- {
		el := disks[i]
		number++
		if emptySource(el) {
			el.SelectElement("driver").RemoveAttr("type")
			continue
		}
		el.SelectElement("source").CreateAttr("index", strconv.Itoa(number))
		backing := xmlEnsure(el, "backingStore")
		for xmlHasAttr(backing, "type") {
			number++
			backing.CreateAttr("index", strconv.Itoa(number))
			backing = xmlEnsure(backing, "backingStore")
		}
	}
}

// chardevs gives pseudo terminals and the sockets of channels their paths.
func (l *liveDomain) chardevs() {
	for _, tag := range []string{"serial", "parallel", "console", "channel"} {
		for i, el := range l.devices.SelectElements(tag) {
			target := el.SelectElement("target")
			switch kind := xmlAttr(el, "type"); {
			case tag == "console" && i == 0 && xmlAttr(target, "type") == "serial":
				continue // another name for the serial port
			case kind == "pty":
				n := lowestFree(&l.s.domains.ptys, 0)
				l.dom.ptys = append(l.dom.ptys, n)
				xmlEnsure(el, "source").CreateAttr("path", fmt.Sprintf("/dev/pts/%d", n))
			case kind == "unix" && tag == "channel" && el.SelectElement("source") == nil:
				el.InsertChildAt(0, xmlElement("source", "mode", "bind", "path",
					fmt.Sprintf("%s/channel/target/domain-%s/%s", l.pc.StateDir, l.shortName(), xmlAttr(target, "name"))))
			}
			if tag == "channel" && xmlAttr(target, "type") == "virtio" {
				target.CreateAttr("state", "disconnected") // nobody listens in the guest
			}
		}
	}
}

// shortName is virDomainDefGetShortName.
func (l *liveDomain) shortName() string {
	const most = 20
	name := []rune(l.dom.def.name)
	return fmt.Sprintf("%d-%s", l.dom.id, string(name[:min(len(name), most)]))
}

// lowestFree takes the lowest number from first on that is not in use.
func lowestFree(used *map[int]bool, first int) int {
	if *used == nil {
		*used = map[int]bool{}
	}
	for (*used)[first] {
		first++
	}
	(*used)[first] = true
	return first
}

// The range from which libvirt takes ports for displays, and those of VNC for
// browsers.
const (
	firstDisplayPort   = 5900
	firstWebsocketPort = 5700
)

// graphics gives displays a port and an address to listen on.
func (l *liveDomain) graphics() {
	for _, el := range l.devices.SelectElements("graphics") {
		kind := xmlAttr(el, "type")
		listen := el.SelectElement("listen")
		if how := xmlAttr(listen, "type"); kind != "vnc" && kind != "spice" || how != "address" && how != "network" {
			continue
		}
		if xmlAttr(el, "autoport") == "yes" {
			el.CreateAttr("port", strconv.Itoa(l.displayPort(firstDisplayPort)))
		}
		if xmlAttr(el, "websocket") == "-1" {
			el.CreateAttr("websocket", strconv.Itoa(l.displayPort(firstWebsocketPort)))
		}
		xmlDefault(listen, "address", "127.0.0.1")
		el.CreateAttr("listen", xmlAttr(listen, "address"))
	}
}

func (l *liveDomain) displayPort(first int) int {
	port := lowestFree(&l.s.domains.ports, first)
	l.dom.ports = append(l.dom.ports, port)
	return port
}

// firstGuestCID is the lowest that is a guest's.
const firstGuestCID = 3

func (l *liveDomain) vsock() {
	cid := xmlChild(l.devices, "vsock", "cid")
	if cid == nil || xmlAttr(cid, "auto") != "yes" {
		return
	}
	n := lowestFree(&l.s.domains.cids, firstGuestCID)
	l.dom.cids = append(l.dom.cids, n)
	cid.CreateAttr("address", strconv.Itoa(n))
}

// labels shows how the domain is confined, where the definition does not say.
func (l *liveDomain) labels() {
	given := map[string]bool{}
	for _, el := range l.root.SelectElements("seclabel") {
		given[xmlAttr(el, "model")] = true
	}
	for _, label := range l.pc.Seclabel {
		if given[label.Model] {
			continue
		}
		el := xmlElement("seclabel", "type", label.Type, "model", label.Model, "relabel", "yes")
		el.CreateElement("label").SetText(label.Label)
		el.CreateElement("imagelabel").SetText(label.Label)
		l.root.AddChild(el)
	}
}

// releaseLocked gives back what goLive took.
func (s *State) releaseLocked(dom *domain) {
	for _, n := range dom.ptys {
		delete(s.domains.ptys, n)
	}
	for _, n := range dom.ports {
		delete(s.domains.ports, n)
	}
	for _, n := range dom.cids {
		delete(s.domains.cids, n)
	}
	dom.ptys, dom.ports, dom.cids = nil, nil, nil
}
