package hypervisor

import "github.com/beevik/etree"

// cpu shows the CPU that the guest got.
func (l *liveDomain) cpu() {
	cpu := l.root.SelectElement("cpu")
	if xmlAttr(cpu, "mode") == "host-model" {
		l.s.expandHostModel(l.root)
	}
	model := cpu.SelectElement("model")
	if model == nil {
		return
	}
	cpu.CreateAttr("check", "full")
	model.CreateAttr("fallback", "forbid")
	if xmlAttr(l.root, "type") == "qemu" {
		requireFeatures(cpu, l.pc.LiveCPUFeatures...)
	} else {
		requireFeatures(cpu, "hypervisor")
	}
}

func requireFeatures(cpu *etree.Element, names ...string) {
	given := featuresOf(cpu)
	for _, name := range names {
		if !given[name] {
			cpu.AddChild(xmlElement("feature", "policy", "require", "name", name))
		}
	}
}

func featuresOf(cpu *etree.Element) map[string]bool {
	names := map[string]bool{}
	for _, f := range cpu.SelectElements("feature") {
		names[xmlAttr(f, "name")] = true
	}
	return names
}

// expandHostModel spells out the host's CPU in a definition that asks for it, as
// the domain capabilities describe it, virCPUUpdate. What the definition says of
// features holds.
func (s *State) expandHostModel(root *etree.Element) {
	cpu := root.SelectElement("cpu")
	doc := etree.NewDocument()
	if err := doc.ReadFromString(s.traits.Host.DomainCapabilities[xmlAttr(root, "type")]); err != nil {
		return
	}
	mode := doc.FindElement("/domainCapabilities/cpu/mode[@name='host-model']")
	if xmlAttr(cpu, "mode") != "host-model" || xmlChild(mode, "model") == nil {
		return
	}
	xmlRemove(cpu, "model")
	xmlRemove(cpu, "vendor")
	cpu.CreateAttr("mode", "custom")
	cpu.CreateAttr("match", "exact")
	given := featuresOf(cpu)
	for _, child := range mode.ChildElements() {
		// A guest with invtsc could not move to another host.
		if name := xmlAttr(child, "name"); child.Tag == "feature" && (given[name] || name == "invtsc") {
			continue
		}
		cpu.AddChild(child.Copy())
	}
	cpu.SelectElement("model").CreateAttr("fallback", "allow")
}
