package hypervisor

import (
	"strconv"

	"github.com/beevik/etree"
)

// domainDef is a domain's definition, virDomainDef: the canonical tree, and
// beside it what calls ask for without reading the tree. The methods that change
// something change both.
type domainDef struct {
	name                  string
	uuid                  UUID
	memory, currentMemory uint64 // KiB
	vcpus, maxVcpus       uint32
	osType                string
	onPoweroff, onReboot  string // virDomainLifecycleAction
	root                  *etree.Element
	// origin is the tree from which a running domain was made; nil for others.
	origin *etree.Element
}

func (d *domainDef) clone() *domainDef {
	c := *d
	c.root = d.root.Copy()
	return &c
}

func (d *domainDef) rename(name string) {
	d.name = name
	d.root.SelectElement("name").SetText(name)
}

func (d *domainDef) setCurrentMemory(kib uint64) {
	d.currentMemory = kib
	d.root.SelectElement("currentMemory").SetText(strconv.FormatUint(kib, 10))
}

// setMemory changes the maximum, and what the domain has now if that is more.
func (d *domainDef) setMemory(kib uint64) {
	d.memory = kib
	d.root.SelectElement("memory").SetText(strconv.FormatUint(kib, 10))
	if d.currentMemory > kib {
		d.setCurrentMemory(kib)
	}
}

// setVcpus sets how many vCPUs are on, of how many.
func (d *domainDef) setVcpus(n, max uint32) {
	d.vcpus, d.maxVcpus = min(n, max), max
	el := d.root.SelectElement("vcpu")
	el.SetText(strconv.FormatUint(uint64(max), 10))
	el.RemoveAttr("current")
	if n < max {
		el.CreateAttr("current", strconv.FormatUint(uint64(n), 10))
	}
}

// devices returns <devices>.
func (d *domainDef) devices() *etree.Element { return d.root.SelectElement("devices") }

// hotplugMemory returns what <maxMemory> allows, in KiB, or 0.
func (d *domainDef) hotplugMemory() uint64 {
	el := d.root.SelectElement("maxMemory")
	if el == nil {
		return 0
	}
	kib, _ := strconv.ParseUint(xmlText(el), 10, 64)
	return kib
}

// hasAgentChannel reports whether the definition has a channel for a guest
// agent.
func (d *domainDef) hasAgentChannel() bool {
	for _, el := range d.devices().SelectElements("channel") {
		if xmlAttr(el.SelectElement("target"), "name") == "org.qemu.guest_agent.0" {
			return true
		}
	}
	return false
}
