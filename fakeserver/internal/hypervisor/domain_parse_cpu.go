package hypervisor

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// vcpus reads <vcpu> and <vcpus>, virDomainVcpuParse.
func (p *domainParser) vcpus() error {
	vcpu := p.root.SelectElement("vcpu")
	if vcpu == nil {
		if p.root.SelectElement("vcpu") == nil {
			vcpu = p.root.CreateElement("vcpu")
			vcpu.SetText("1")
		}
	}
	max, err := parseUint(xmlText(vcpu), 32)
	if err != nil {
		return xmlError("maximum vcpus count must be an integer")
	}
	current := max
	if text := xmlAttr(vcpu, "current"); text != "" {
		current, _ = strconv.ParseUint(text, 10, 32) // the rules have seen to it
	}
	xmlDefault(vcpu, "placement", "static")
	if xmlAttr(vcpu, "placement") == "auto" {
		vcpu.RemoveAttr("cpuset")
	} else if err := p.cpuset(vcpu); err != nil {
		return err
	}
	if current > max {
		return configError("maximum vCPU count must not be less than current vCPU count")
	}
	if max == 0 {
		// What comes of comparing -1 as an unsigned number.
		return internalError("CPU IDs in <numa> exceed the <vcpu> count")
	}
	if each := p.root.SelectElement("vcpus"); each != nil {
		if current, err = p.eachVcpu(each, max); err != nil {
			return err
		}
	}
	p.root.RemoveChild(vcpu)
	p.root.AddChild(vcpu)
	p.def.root = p.root
	p.def.setVcpus(uint32(current), uint32(max))
	return nil
}

// cpuset brings the attribute of that name into its canonical form.
func (p *domainParser) cpuset(el *etree.Element) error {
	text := xmlAttr(el, "cpuset")
	if text == "" {
		return nil
	}
	set, err := parseBitmap(text)
	if err != nil {
		return err
	}
	if len(set) == 0 {
		return configError("Invalid value of 'cpuset': %s", text)
	}
	el.CreateAttr("cpuset", formatBitmap(set))
	return nil
}

// eachVcpu completes <vcpus>, which lists every vCPU in turn, and counts those
// that are on.
func (p *domainParser) eachVcpu(vcpus *etree.Element, max uint64) (on uint64, err error) {
	given := map[uint64]*etree.Element{}
	for _, v := range vcpus.SelectElements("vcpu") {
		id, _ := strconv.ParseUint(xmlAttr(v, "id"), 10, 32)
		if id >= max {
			return 0, xmlError("vcpu id '%d' is out of range of maximum vcpu count", id)
		}
		given[id] = v
		vcpus.RemoveChild(v)
	}
	for id := range min(max, bitmapLimit) {
		v := given[id]
		if v == nil {
			v = xmlElement("vcpu", "id", strconv.FormatUint(id, 10), "enabled", "no")
		}
		enabled := xmlAttr(v, "enabled") == "yes"
		switch {
		case enabled:
			on++
			xmlDefault(v, "hotpluggable", "no")
		case xmlAttr(v, "hotpluggable") == "no":
			return 0, configError("vcpu '%d' is both offline and not hotpluggable", id)
		default:
			xmlDefault(v, "hotpluggable", "yes")
		}
		vcpus.AddChild(v)
	}
	return on, nil
}

// cpu reads <cpu>, virCPUDefParseXML and virDomainNumaDefParseXML.
func (p *domainParser) cpu() error {
	cpu := p.root.SelectElement("cpu")
	if cpu == nil {
		return nil
	}
	fail := func(code libvirt.ErrorNumber, format string, args ...any) error {
		return Errorf(FromCPU, code, format, args...)
	}
	mode := xmlAttr(cpu, "mode")
	switch mode {
	case "":
		mode = "custom"
	case "custom", "host-model", "host-passthrough", "maximum":
	default:
		return fail(libvirt.ErrConfigUnsupported, "Invalid mode attribute '%s'", mode)
	}
	host := mode == "host-passthrough" || mode == "maximum"
	if xmlHasAttr(cpu, "migratable") && !host {
		return fail(libvirt.ErrConfigUnsupported,
			"Attribute migratable is only allowed for 'host-passthrough' / 'maximum' CPU mode")
	}
	model := cpu.SelectElement("model")
	named := model != nil && xmlText(model) != ""
	switch {
	case mode == "custom" && !named:
		if len(cpu.SelectElements("feature")) > 0 {
			return fail(libvirt.ErrXMLError, "Non-empty feature list specified without CPU model")
		}
		xmlKeepAttrs(cpu, "check")
	case mode == "custom":
		xmlDefault(cpu, "match", "exact")
		cpu.CreateAttr("mode", mode)
	default:
		cpu.RemoveAttr("match")
		cpu.CreateAttr("mode", mode)
	}
	if model != nil {
		if err := p.cpuModel(cpu, model, host, named, fail); err != nil {
			return err
		}
	}
	if topology := cpu.SelectElement("topology"); topology != nil {
		xmlDefault(topology, "dies", "1")
	}
	if err := p.cpuFeatures(cpu, fail); err != nil {
		return err
	}
	return p.numa(cpu)
}

func (p *domainParser) cpuModel(cpu, model *etree.Element, host, named bool, fail func(libvirt.ErrorNumber, string, ...any) error) error {
	if host {
		cpu.RemoveChild(model)
		xmlRemove(cpu, "vendor")
		return nil
	}
	switch xmlAttr(model, "fallback") {
	case "", "allow", "forbid":
	default:
		return fail(libvirt.ErrConfigUnsupported, "Invalid fallback attribute")
	}
	if id := xmlAttr(model, "vendor_id"); id != "" && len(id) != 12 {
		return fail(libvirt.ErrXMLError, "vendor_id must be exactly %d characters long", 12)
	}
	if named {
		xmlDefault(model, "fallback", "allow")
	} else {
		model.RemoveAttr("fallback")
		if cpu.SelectElement("vendor") != nil {
			return fail(libvirt.ErrXMLError, "CPU vendor specified without CPU model")
		}
	}
	return nil
}

func (p *domainParser) cpuFeatures(cpu *etree.Element, fail func(libvirt.ErrorNumber, string, ...any) error) error {
	seen := map[string]bool{}
	for _, f := range cpu.SelectElements("feature") {
		xmlDefault(f, "policy", "require")
		if !slices.Contains([]string{"force", "require", "optional", "disable", "forbid"}, xmlAttr(f, "policy")) {
			return fail(libvirt.ErrConfigUnsupported, "Invalid CPU feature policy")
		}
		name := xmlAttr(f, "name")
		switch {
		case name == "":
			return fail(libvirt.ErrXMLError, "Invalid CPU feature name")
		case seen[name]:
			return fail(libvirt.ErrXMLError, "CPU feature '%s' specified more than once", name)
		}
		seen[name] = true
	}
	return nil
}

// numa reads the guest's NUMA cells, whose memory adds up to the domain's.
func (p *domainParser) numa(cpu *etree.Element) error {
	numa := cpu.SelectElement("numa")
	if numa == nil {
		return nil
	}
	cells := numa.SelectElements("cell")
	sorted := make([]*etree.Element, len(cells))
	cpus := 0
	for i, cell := range cells {
		xmlDefault(cell, "id", strconv.Itoa(i))
		id, _ := strconv.Atoi(xmlAttr(cell, "id"))
		switch {
		case id >= len(cells):
			return xmlError("Exactly one 'cell' element per guest NUMA cell allowed, non-contiguous ranges or ranges not starting from 0 are not allowed")
		case sorted[id] != nil:
			return xmlError("Duplicate NUMA cell info for cell id '%d'", id)
		}
		sorted[id] = cell
		if text := xmlAttr(cell, "cpus"); text != "" {
			set, err := parseBitmap(text)
			if err != nil {
				return err
			}
			cpus += len(set)
			cell.CreateAttr("cpus", formatBitmap(set))
		}
		kib, err := parseScaled("./@memory", xmlAttr(cell, "memory"), xmlAttr(cell, "unit"), 1024)
		if !xmlHasAttr(cell, "memory") {
			err = Errorf(FromXML, libvirt.ErrXMLError, "missing element or attribute '%s'", "./@memory")
		}
		if err != nil {
			return err
		}
		cell.CreateAttr("memory", fmt.Sprint(ceilDiv(kib, 1024)))
		cell.CreateAttr("unit", "KiB")
		numa.RemoveChild(cell)
	}
	for _, cell := range sorted {
		numa.AddChild(cell)
	}
	if cpus > int(p.def.maxVcpus) {
		return internalError("Number of CPUs in <numa> exceeds the <vcpu> count")
	}
	return nil
}
