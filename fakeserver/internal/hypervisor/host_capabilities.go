package hypervisor

import (
	"slices"

	"github.com/beevik/etree"
)

// capabilities are the parts of a host's capabilities document that its answers
// are made from.
type capabilities struct {
	arch   string
	guests []guestCapabilities
}

// guestCapabilities is one <guest>: an emulator and what it runs.
type guestCapabilities struct {
	osType, arch, emulator string
	machines               []machineType
	domainTypes            []string
}

// machineType is one <machine>. canonical is the name that an alias such as
// "pc" stands for, and the name itself for others.
type machineType struct{ name, canonical, maxCPUs string }

// parseCapabilities reads a capabilities document. Of one that is broken it
// reads nothing.
func parseCapabilities(document string) *capabilities {
	caps := &capabilities{}
	doc := etree.NewDocument()
	if doc.ReadFromString(document) != nil {
		return caps
	}
	if arch := doc.FindElement("/capabilities/host/cpu/arch"); arch != nil {
		caps.arch = arch.Text()
	}
	for _, e := range doc.FindElements("/capabilities/guest") {
		arch := e.SelectElement("arch")
		if arch == nil {
			continue
		}
		g := guestCapabilities{
			osType:   childText(e, "os_type"),
			arch:     arch.SelectAttrValue("name", ""),
			emulator: childText(arch, "emulator"),
		}
		for _, m := range arch.SelectElements("machine") {
			name := m.Text()
			g.machines = append(g.machines, machineType{
				name:      name,
				canonical: m.SelectAttrValue("canonical", name),
				maxCPUs:   m.SelectAttrValue("maxCpus", ""),
			})
		}
		for _, d := range arch.SelectElements("domain") {
			g.domainTypes = append(g.domainTypes, d.SelectAttrValue("type", ""))
		}
		caps.guests = append(caps.guests, g)
	}
	return caps
}

// childText returns the text of the first child of that name, or "".
func childText(e *etree.Element, name string) string {
	if c := e.SelectElement(name); c != nil {
		return c.Text()
	}
	return ""
}

// guestFor returns what runs guests of an architecture.
func (c *capabilities) guestFor(arch string) *guestCapabilities {
	return c.guest(func(g guestCapabilities) bool { return g.arch == arch })
}

// guestOf returns what an emulator runs.
func (c *capabilities) guestOf(emulator string) *guestCapabilities {
	return c.guest(func(g guestCapabilities) bool { return g.emulator == emulator })
}

func (c *capabilities) guest(is func(guestCapabilities) bool) *guestCapabilities {
	if i := slices.IndexFunc(c.guests, is); i >= 0 {
		return &c.guests[i]
	}
	return nil
}

// machine returns the machine that a name or an alias stands for, under its
// canonical name.
func (g *guestCapabilities) machine(name string) (machineType, bool) {
	for _, m := range g.machines {
		if m.name == name {
			return m, true
		}
	}
	return machineType{}, false
}
