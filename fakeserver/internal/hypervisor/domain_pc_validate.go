package hypervisor

import (
	"slices"
	"strconv"
)

// pcVcpus is qemuDomainDefVcpusPostParse.
func (p *domainParser) pcVcpus() error {
	vcpus := p.root.SelectElement("vcpus")
	if vcpus == nil {
		return nil
	}
	first := vcpus.SelectElement("vcpu")
	switch {
	case xmlAttr(first, "enabled") != "yes":
		return p.pcConfig("vcpu 0 can't be offline")
	case xmlAttr(first, "hotpluggable") == "yes":
		return p.pcConfig("vcpu0 can't be hotpluggable")
	case xmlHasAttr(first, "order") && xmlAttr(first, "order") != "1":
		return p.pcConfig("vcpu0 must be enabled first")
	}
	ordered := xmlHasAttr(first, "order")
	before := first
	for _, v := range vcpus.SelectElements("vcpu")[1:] {
		if xmlAttr(v, "enabled") == "yes" && xmlHasAttr(v, "order") != ordered {
			return p.pcConfig("all vcpus must have either set or unset order")
		}
		if xmlAttr(v, "hotpluggable") == "no" {
			was, _ := strconv.Atoi(xmlAttr(before, "order"))
			is, _ := strconv.Atoi(xmlAttr(v, "order"))
			switch {
			case xmlAttr(before, "hotpluggable") == "yes":
				return p.pcConfig("online non-hotpluggable vcpus need to be ordered prior to hotplugable vcpus")
			case was > is:
				return p.pcConfig("online non-hotpluggable vcpus must be ordered in ascending order")
			}
		}
		before = v
	}
	return nil
}

// pcTseg is qemuDomainDefTsegPostParse.
func (p *domainParser) pcTseg() error {
	smm := xmlChild(p.root, "features", "smm")
	tseg := xmlChild(smm, "tseg")
	if tseg == nil || xmlAttr(smm, "state") != "on" {
		return nil
	}
	switch {
	case !p.q35():
		return p.pcConfig("SMM TSEG is only supported with q35 machine type")
	case xmlAttr(tseg, "unit") == "B" || xmlAttr(tseg, "unit") == "KiB":
		return p.pcConfig("SMM TSEG size must be divisible by 1 MiB")
	}
	return nil
}

// pcValidate is qemuValidateDomainDef, as far as ordinary definitions go wrong.
func (p *domainParser) pcValidate() error {
	if p.xml.PC == nil {
		return nil
	}
	path := p.emulator.Path
	unsupported := func(what, name string) error {
		return p.pcConfig("Emulator '%s' does not support %s '%s'", path, what, name)
	}
	machine, known := p.emulator.Machines[p.machine]
	switch {
	case !p.hvm():
		return unsupported("os type", p.def.osType)
	case p.xml.PC.Emulators[p.arch] != p.emulator:
		return unsupported("arch", p.arch)
	case !slices.Contains(p.emulator.Types, p.virtType):
		return unsupported("virt type", p.virtType)
	case !known:
		return unsupported("machine type", p.machine)
	}
	if err := p.pcLifecycle(); err != nil {
		return err
	}
	if p.devices.SelectElement("memory") != nil && p.root.SelectElement("maxMemory") == nil {
		return p.pcConfig("cannot use/hotplug a memory device when domain 'maxMemory' is not defined")
	}
	if machine.MaxCPUs > 0 && int(p.def.maxVcpus) > machine.MaxCPUs {
		return p.pcConfig("Maximum CPUs greater than specified machine type limit %d", machine.MaxCPUs)
	}
	return nil
}

// pcLifecycle is qemuValidateLifecycleAction.
func (p *domainParser) pcLifecycle() error {
	action := func(event string) string { return xmlText(p.root.SelectElement("on_" + event)) }
	off, reboot, crash := action("poweroff"), action("reboot"), action("crash")
	switch {
	case off == "rename-restart" || reboot == "rename-restart" || crash == "rename-restart":
		return p.pcConfig("qemu driver doesn't support the 'rename-restart' action for 'on_reboot'/'on_poweroff'/'on_crash'")
	case off == "preserve" || reboot == "preserve":
		return p.pcConfig("qemu driver doesn't support the 'preserve' action for 'on_reboot'/'on_poweroff'")
	case off == "restart" && reboot == "destroy":
		return p.pcConfig("qemu driver doesn't support 'onReboot' set to 'destroy and 'onPoweroff' set to 'reboot'")
	}
	return nil
}
