package hypervisor

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// tuning canonicalises the sets of CPUs and nodes that things are pinned to.
func (p *domainParser) tuning() error {
	if tune := p.root.SelectElement("cputune"); tune != nil {
		for _, el := range tune.ChildElements() {
			if err := p.cpuset(el); err != nil {
				return err
			}
		}
		if err := cputuneNumbers(tune); err != nil {
			return err
		}
		if err := splitScheds(tune); err != nil {
			return err
		}
		pins, pinned := tune.SelectElements("vcpupin"), map[string]bool{}
		slices.SortStableFunc(pins, func(a, b *etree.Element) int {
			return cmp.Compare(len(xmlAttr(a, "vcpu")), len(xmlAttr(b, "vcpu")))*2 + cmp.Compare(xmlAttr(a, "vcpu"), xmlAttr(b, "vcpu"))
		})
		for _, pin := range pins {
			tune.RemoveChild(pin)
		}
		for _, pin := range pins {
			switch {
			case !xmlHasAttr(pin, "cpuset"):
				return internalError("missing cpuset for vcpupin")
			case pinned[xmlAttr(pin, "vcpu")]:
				return internalError("duplicate vcpupin for vcpu '%s'", xmlAttr(pin, "vcpu"))
			}
			pinned[xmlAttr(pin, "vcpu")] = true
		}
		for _, pin := range pins {
			if id, _ := strconv.ParseUint(xmlAttr(pin, "vcpu"), 10, 32); id < uint64(p.def.maxVcpus) {
				tune.AddChild(pin)
			}
		}
	}
	return p.numatune()
}

// cputuneNumbers checks the amounts of CPU time.
func cputuneNumbers(tune *etree.Element) error {
	for _, el := range tune.ChildElements() {
		text := xmlText(el)
		if text == "" {
			continue
		}
		_, err := parseUint(text, 64)
		if strings.HasSuffix(el.Tag, "quota") {
			_, err = strconv.ParseInt(text, 10, 64)
		}
		if err != nil {
			return xmlError("can't parse cputune %s value", strings.ReplaceAll(el.Tag, "_", " "))
		}
	}
	return nil
}

// iothreads counts the threads for disks.
func (p *domainParser) iothreads() error {
	threads := p.root.SelectElement("iothreads")
	if threads == nil || xmlText(threads) == "" {
		return nil
	}
	n, err := parseUint(xmlText(threads), 32)
	switch {
	case err != nil:
		return xmlError("invalid iothreads count '%s'", xmlText(threads))
	case n == 0:
		p.root.RemoveChild(threads)
	default:
		threads.SetText(strconv.FormatUint(n, 10))
	}
	return nil
}

// splitScheds gives each thread a line of its own, as libvirt shows scheduling.
func splitScheds(tune *etree.Element) error {
	for _, kind := range []struct{ tag, attr string }{{"vcpusched", "vcpus"}, {"iothreadsched", "iothreads"}} {
		for _, sched := range tune.SelectElements(kind.tag) {
			set, err := parseBitmap(xmlAttr(sched, kind.attr))
			if err != nil {
				return err
			}
			for _, n := range set {
				one := sched.Copy()
				one.CreateAttr(kind.attr, strconv.Itoa(n))
				tune.AddChild(one)
			}
			tune.RemoveChild(sched)
		}
	}
	return nil
}

func (p *domainParser) numatune() error {
	auto := xmlAttr(p.root.SelectElement("vcpu"), "placement") == "auto"
	tune := p.root.SelectElement("numatune")
	if tune == nil {
		if !auto {
			return nil
		}
		tune = p.root.CreateElement("numatune")
	}
	memory := tune.SelectElement("memory")
	if memory == nil && auto {
		memory = tune.CreateElement("memory")
	}
	for _, el := range tune.ChildElements() {
		xmlDefault(el, "mode", "strict")
		text := xmlAttr(el, "nodeset")
		if text == "" {
			continue
		}
		set, err := parseBitmap(text)
		if err != nil {
			return err
		}
		el.CreateAttr("nodeset", formatBitmap(set))
	}
	if memory == nil {
		return nil
	}
	switch {
	case xmlHasAttr(memory, "nodeset"):
		memory.RemoveAttr("placement")
	case auto:
		memory.CreateAttr("placement", "auto")
	case xmlAttr(memory, "placement") != "auto":
		return configError("nodeset for NUMA memory tuning must be set if 'placement' is 'static'")
	}
	return nil
}
