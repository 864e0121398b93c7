package hypervisor

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// readDefinition reads a definition. It keeps the devices in the order in which
// they stand if nothing else about it changes: drivers put them into order when a
// client defines a domain, by what the client left out.
//
// What is verbatim, and as libvirt would write it, is taken as it is also where a
// driver would refuse it or choose other values: there are definitions that libvirt
// would not take again, or would change once more.
func (s *State) readDefinition(text string, verbatim bool) (*domainDef, error) {
	p, err := s.readDomain(text)
	if err != nil {
		return nil, err
	}
	def, refused := p.def, p.complete()
	if refused == nil {
		read := formatXML(def.root)
		if read == text || !sameLines(read, text) && (!verbatim || !sameLines(withoutValues(read), withoutValues(text))) {
			return def, nil
		}
	} else if !verbatim {
		return nil, refused
	}
	root, err := parseXML(FromDomain, "(domain_definition)", text)
	if err != nil {
		return nil, err
	}
	if root, err = domainRules().arrange(root); err != nil || formatXML(root) != text {
		return def, refused
	}
	for _, name := range neededElements {
		if root.SelectElement(name) == nil && refused != nil {
			return nil, refused
		}
	}
	def.root = root
	return def, def.readNumbers()
}

// neededElements are in every definition once it is read.
var neededElements = []string{
	"name", "uuid", "memory", "currentMemory", "vcpu", "os", "on_poweroff", "on_reboot", "devices",
}

var xmlValue = regexp.MustCompile(`'[^']*'`)

// withoutValues blanks the values of a document's attributes.
func withoutValues(text string) string { return xmlValue.ReplaceAllString(text, "''") }

// sameLines reports whether two texts have the same lines, in whatever order.
func sameLines(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// readLiveDomain reads the definition of a domain that runs, as it is shown, and
// the one that it was started with. What is shown is taken as it is: it has what
// no definition may have.
func (s *State) readLiveDomain(live, start string, verbatim bool) (*domainDef, error) {
	def, err := s.readDefinition(start, verbatim)
	if err != nil {
		return nil, err
	}
	root, err := parseXML(FromDomain, "(domain_definition)", live)
	if err != nil {
		return nil, err
	}
	if err := requireRoot(root, "domain"); err != nil {
		return nil, err
	}
	root.RemoveAttr("id")
	xmlDefault(root, "type", xmlAttr(def.root, "type"))
	for _, name := range append([]string{"cpu"}, neededElements...) {
		if el := def.root.SelectElement(name); el != nil && root.SelectElement(name) == nil {
			root.AddChild(el.Copy())
		}
	}
	if root, err = domainRules().arrange(root); err != nil {
		return nil, err
	}
	id, err := ParseUUID(childText(root, "uuid"))
	if err != nil || id != def.uuid || childText(root, "name") != def.name {
		return nil, fmt.Errorf("it is of another domain than %s (%s), with which it was started", def.name, def.uuid)
	}
	if s.traits.Domain.XML.PC != nil {
		def.origin = def.root
	}
	def.root = root
	return def, def.readNumbers()
}

// readNumbers reads what is kept beside the tree.
func (d *domainDef) readNumbers() error {
	number := func(text string, bits int) (n uint64, err error) {
		if n, err = strconv.ParseUint(text, 10, bits); err != nil || n == 0 {
			err = fmt.Errorf("a memory or number of vCPUs of %q", text)
		}
		return n, err
	}
	vcpu := d.root.SelectElement("vcpu")
	for _, x := range []struct {
		text string
		bits int
		set  func(uint64)
	}{
		{childText(d.root, "memory"), 64, func(n uint64) { d.memory = n }},
		{childText(d.root, "currentMemory"), 64, func(n uint64) { d.currentMemory = n }},
		{xmlText(vcpu), 31, func(n uint64) { d.maxVcpus = uint32(n) }},
		{vcpu.SelectAttrValue("current", xmlText(vcpu)), 31, func(n uint64) { d.vcpus = uint32(n) }},
	} {
		n, err := number(x.text, x.bits)
		if err != nil {
			return err
		}
		x.set(n)
	}
	d.onPoweroff = xmlText(d.root.SelectElement("on_poweroff"))
	d.onReboot = xmlText(d.root.SelectElement("on_reboot"))
	return nil
}
