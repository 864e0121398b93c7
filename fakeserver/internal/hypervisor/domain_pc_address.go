package hypervisor

import (
	"strconv"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// pcAddresses gives every device its place, qemuDomainAssignAddresses.
func (p *domainParser) pcAddresses() error {
	if p.xml.PC == nil {
		return nil
	}
	for _, step := range []func() error{
		p.assignVirtioSerial, p.assignPCI, p.assignUSB, p.assignMemorySlots,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// assignMemorySlots gives slots to the modules of memory,
// qemuDomainAssignMemorySlots.
func (p *domainParser) assignMemorySlots() error {
	max := p.root.SelectElement("maxMemory")
	if max == nil {
		return nil
	}
	slots, _ := strconv.Atoi(xmlAttr(max, "slots"))
	used := map[int]bool{}
	var wanting []*etree.Element
	for _, el := range p.devices.SelectElements("memory") {
		switch model := xmlAttr(el, "model"); {
		case model != "dimm" && model != "nvdimm":
		case addressType(el) == "dimm":
			slot := addressNumber(el, "slot")
			if slot >= slots {
				return p.pcConfig("memory device slot '%d' exceeds slots count '%d'", slot, slots)
			}
			if used[slot] {
				return p.pcConfig("memory device slot '%d' is already being used by another memory device", slot)
			}
			used[slot] = true
		default:
			wanting = append(wanting, el)
		}
	}
	for _, el := range wanting {
		slot := 0
		for used[slot] {
			slot++
		}
		if slot >= slots {
			return p.errPC(libvirt.ErrInternalError, "failed to find an empty memory slot")
		}
		used[slot] = true
		setAddress(el, "type", "dimm", "slot", strconv.Itoa(slot))
	}
	return nil
}

// assignVirtioSerial gives ports to channels.
func (p *domainParser) assignVirtioSerial() error {
	type controller struct {
		index, ports int
		used         map[int]bool
	}
	var all []*controller
	add := func(el *etree.Element) *controller {
		c := &controller{index: controllerIndex(el), ports: 31, used: map[int]bool{}}
		if n, err := strconv.Atoi(xmlAttr(el, "ports")); err == nil {
			c.ports = n
		}
		all = append(all, c)
		return c
	}
	for _, el := range p.devices.SelectElements("controller") {
		if xmlAttr(el, "type") == "virtio-serial" {
			add(el)
		}
	}
	var wanting []*etree.Element
	for _, tag := range []string{"console", "channel"} {
		for _, el := range p.devices.SelectElements(tag) {
			if xmlAttr(el.SelectElement("target"), "type") != "virtio" {
				continue
			}
			port := addressNumber(el, "port")
			if addressType(el) != "virtio-serial" || port == 0 {
				if el.Tag == "channel" { // consoles share port 0, and do not show it
					wanting = append(wanting, el)
				}
				continue
			}
			for _, c := range all {
				if c.index != addressNumber(el, "controller") {
					continue
				}
				switch {
				case port >= c.ports:
					return xmlError("virtio serial controller %d does not have port %d", c.index, port)
				case c.used[port]:
					return xmlError("virtio serial port %d on controller %d is already occupied", port, c.index)
				}
				c.used[port] = true
			}
		}
	}
	for _, el := range wanting {
		given := -1
		if addressType(el) == "virtio-serial" {
			given = addressNumber(el, "controller")
		}
		var found *controller
		port := 0
		for _, c := range all {
			if given >= 0 && c.index != given {
				continue
			}
			for port = 1; c.used[port]; port++ {
			}
			if port < c.ports {
				found = c
				break
			}
		}
		if found == nil && given >= 0 {
			return xmlError("Unable to find a free port on virtio-serial controller %d", given)
		}
		if found == nil {
			index := len(all)
			p.addController("virtio-serial", index, "")
			found, port = add(p.findController("virtio-serial", index)), 1
		}
		found.used[port] = true
		setAddress(el, "type", "virtio-serial", "controller", strconv.Itoa(found.index), "bus", "0", "port", strconv.Itoa(port))
	}
	return nil
}
