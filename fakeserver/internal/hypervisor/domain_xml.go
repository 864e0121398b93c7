package hypervisor

import (
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

const (
	xmlSecure     = uint32(libvirt.DomainXMLSecure)
	xmlInactive   = uint32(libvirt.DomainXMLInactive)
	xmlUpdateCPU  = uint32(libvirt.DomainXMLUpdateCPU)
	xmlMigratable = uint32(libvirt.DomainXMLMigratable)
)

// DomainGetXMLDesc is virDomainGetXMLDesc. Flags are VIR_DOMAIN_XML_….
func (s *State) DomainGetXMLDesc(ref DomainRef, flags uint32) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	dom, err := s.domainCall("DomainGetXMLDesc", ref, flags)
	if err != nil {
		return "", err
	}
	return s.formatLocked(dom, flags), nil
}

// formatLocked writes the definition that flags ask for, as virDomainDefFormat
// does.
func (s *State) formatLocked(dom *domain, flags uint32) string {
	pc := s.traits.Domain.XML.PC
	inactive := flags&xmlInactive != 0 || !dom.active()
	def := dom.def
	if inactive {
		def = dom.config()
	}
	if flags&xmlMigratable != 0 && pc != nil {
		root := pc.migratable(def) // secrets travel along
		if flags&xmlUpdateCPU != 0 {
			s.expandHostModel(root)
			root = arrangeDomain(root)
		}
		return formatXML(root)
	}
	root := def.root.Copy()
	switch {
	case !inactive:
		// Right after the type.
		root.Attr = slices.Insert(root.Attr, 1, etree.Attr{Key: "id", Value: strconv.Itoa(int(dom.id))})
	case def.origin != nil:
		root = def.inactiveTransient()
	}
	if flags&xmlUpdateCPU != 0 {
		s.expandHostModel(root)
		root = arrangeDomain(root)
	}
	if flags&xmlSecure == 0 {
		for _, el := range root.SelectElement("devices").SelectElements("graphics") {
			el.RemoveAttr("passwd")
		}
	}
	return formatXML(root)
}

// settled returns a running domain's definition without what its start filled
// in, but with what calls have changed since.
func (d *domainDef) settled() *etree.Element {
	if d.origin == nil {
		return d.root.Copy()
	}
	root := d.origin.Copy()
	for _, name := range []string{"title", "description", "metadata", "memory", "currentMemory", "vcpu"} {
		xmlRemove(root, name)
		if el := d.root.SelectElement(name); el != nil {
			root.AddChild(el.Copy())
		}
	}
	return arrangeDomain(root)
}

// inactiveTransient returns the definition that a domain would have when it is
// not running and never has: what runs, less what is of this run only. The names
// of the devices stay.
func (d *domainDef) inactiveTransient() *etree.Element {
	root := d.settled()
	for _, name := range []string{"cpu", "resource", "seclabel"} {
		xmlRemove(root, name)
		for _, el := range d.root.SelectElements(name) {
			root.AddChild(el.Copy())
		}
	}
	live := map[string][]*etree.Element{}
	for _, el := range d.devices().ChildElements() {
		live[el.Tag] = append(live[el.Tag], el)
	}
	for _, el := range root.SelectElement("devices").ChildElements() {
		same := live[el.Tag]
		if len(same) == 0 {
			continue
		}
		live[el.Tag] = same[1:]
		if alias := same[0].SelectElement("alias"); alias != nil {
			xmlRemove(el, "alias")
			el.AddChild(alias.Copy())
		}
	}
	return arrangeDomain(root)
}

// arrangeDomain brings a definition that libvirt would take into order.
func arrangeDomain(root *etree.Element) *etree.Element {
	arranged, err := domainRules().arrange(root)
	if err != nil {
		return root
	}
	return arranged
}

// migratable returns a definition as another libvirt, which may be an old one,
// takes it: without what every version adds by itself, but with what the domain
// runs on, qemuDomainDefFormatBufInternal.
func (t *PCTraits) migratable(def *domainDef) *etree.Element {
	root := def.settled()
	devices := root.SelectElement("devices")
	if def.origin != nil {
		if xmlAttr(root.SelectElement("cpu"), "mode") == "host-model" {
			xmlRemove(root, "cpu")
			root.AddChild(def.root.SelectElement("cpu").Copy())
		}
		if model := xmlChild(root, "cpu", "model"); model != nil {
			model.CreateAttr("fallback", "forbid") // it is the CPU that the guest has
		}
		if resource := def.root.SelectElement("resource"); resource != nil {
			root.AddChild(resource.Copy())
		}
		for _, el := range devices.SelectElements("disk") {
			if !emptySource(el) {
				xmlEnsure(el, "backingStore")
			}
		}
	}
	machine := xmlAttr(xmlChild(root, "os", "type"), "machine")
	only := func(kind string) *etree.Element {
		var found []*etree.Element
		for _, el := range devices.SelectElements("controller") {
			if xmlAttr(el, "type") == kind {
				found = append(found, el)
			}
		}
		if len(found) != 1 || xmlAttr(found[0], "index") != "0" || found[0].SelectElement("alias") != nil {
			return nil
		}
		return found[0]
	}
	if el := only("usb"); strings.HasPrefix(machine, "pc-i440") && xmlAttr(el, "model") == "piix3-uhci" {
		devices.RemoveChild(el)
	}
	if el := only("pci"); xmlAttr(el, "model") == "pci-root" && el.SelectElement("pcihole64") == nil {
		devices.RemoveChild(el)
	}
	for _, el := range devices.SelectElements("input") {
		if xmlAttr(el, "type") == "keyboard" && xmlAttr(el, "bus") == "ps2" {
			devices.RemoveChild(el)
		}
	}
	for _, el := range devices.SelectElements("audio") {
		if xmlAttr(el, "type") == "none" || xmlAttr(el, "type") == "spice" {
			devices.RemoveChild(el)
		}
	}
	return arrangeDomain(root)
}
