package hypervisor

import (
	"slices"
	"strconv"

	"github.com/beevik/etree"
)

// oldStyleEnums checks the values that libvirt refuses in words of its own for
// each, before the rules would drop or pass them.
func (p *domainParser) oldStyleEnums() error {
	for _, e := range oldStyleEnums {
		for _, el := range p.root.FindElements(e.path) {
			value := xmlAttr(el, e.attr)
			if value != "" && !slices.Contains(e.values, value) {
				return configError(e.format, value)
			}
		}
	}
	for _, f := range p.root.FindElements("./features/*") {
		if !slices.ContainsFunc(domainRules().find("features").children, func(r *xmlRule) bool { return r.name == f.Tag }) {
			return configError("unexpected feature '%s'", f.Tag)
		}
	}
	for _, f := range p.root.FindElements("./features/hyperv/*") {
		if !slices.ContainsFunc(domainRules().find("features", "hyperv").children, func(r *xmlRule) bool { return r.name == f.Tag }) {
			return configError("unsupported HyperV Enlightenment feature: %s", f.Tag)
		}
	}
	for _, f := range p.root.FindElements("./features/kvm/*") {
		if !slices.ContainsFunc(domainRules().find("features", "kvm").children, func(r *xmlRule) bool { return r.name == f.Tag }) {
			return configError("unsupported KVM feature: %s", f.Tag)
		}
	}
	return p.singleDevices()
}

var chardevTypes = []string{"null", "vc", "pty", "dev", "file", "pipe", "stdio", "udp", "tcp", "unix", "spicevmc",
	"spiceport", "nmdm", "qemu-vdagent", "dbus"}

var oldStyleEnums = []struct {
	path, attr string
	values     []string
	format     string
}{
	{"./memoryBacking/source", "type", []string{"file", "anonymous", "memfd"}, "unknown memoryBacking/source/type '%s'"},
	{"./memoryBacking/access", "mode", []string{"shared", "private"}, "unknown memoryBacking/access/mode '%s'"},
	{"./memoryBacking/allocation", "mode", []string{"immediate", "ondemand"}, "unknown memoryBacking/allocation/mode '%s'"},
	{"./numatune/memory", "mode", []string{"strict", "preferred", "interleave", "restrictive"}, "Unsupported NUMA memory tuning mode '%s'"},
	{"./os/smbios", "mode", []string{"none", "emulate", "host", "sysinfo"}, "unknown smbios mode '%s'"},
	{"./clock", "offset", []string{"utc", "localtime", "variable", "timezone", "absolute"}, "unknown clock offset '%s'"},
	{"./clock", "basis", []string{"utc", "localtime"}, "unknown clock basis '%s'"},
	{"./devices/serial", "type", chardevTypes, "unknown type presented to host for character device: %s"},
	{"./devices/parallel", "type", chardevTypes, "unknown type presented to host for character device: %s"},
	{"./devices/console", "type", chardevTypes, "unknown type presented to host for character device: %s"},
	{"./devices/channel", "type", chardevTypes, "unknown type presented to host for character device: %s"},
	{"./devices/input", "type", []string{"mouse", "tablet", "keyboard", "passthrough", "evdev"}, "unknown input device type '%s'"},
	{"./devices/input", "bus", []string{"ps2", "usb", "xen", "parallels", "virtio", "none"}, "unknown input bus type '%s'"},
	{"./devices/input", "model", []string{"virtio", "virtio-transitional", "virtio-non-transitional"}, "unknown input model '%s'"},
	{"./devices/interface/link", "state", []string{"up", "down"}, "unknown interface link state '%s'"},
	{"./devices/watchdog", "model", []string{"i6300esb", "ib700", "diag288"}, "unknown watchdog model '%s'"},
	{"./devices/watchdog", "action", []string{"reset", "shutdown", "poweroff", "pause", "dump", "none", "inject-nmi"}, "unknown watchdog action '%s'"},
	{"./devices/rng", "model", []string{"virtio", "virtio-transitional", "virtio-non-transitional"}, "unknown RNG model '%s'"},
	{"./devices/rng/backend", "model", []string{"random", "egd", "builtin"}, "unknown RNG backend model '%s'"},
	{"./devices/video/model", "type", []string{"default", "vga", "cirrus", "vmvga", "xen", "vbox", "qxl", "parallels", "virtio", "gop", "none", "bochs", "ramfb"}, "unknown video model '%s'"},
	{"./devices/disk/driver", "type", append([]string{"aio"}, storageFormats...), "unknown driver format value '%s'"},
	{"./devices/filesystem/driver", "format", storageFormats, "unknown driver format value '%s'"},
	{"./devices/hostdev", "mode", []string{"subsystem", "capabilities"}, "unknown hostdev mode '%s'"},
	{"./devices/redirdev", "bus", []string{"usb"}, "unknown redirdev bus '%s'"},
	{"./devices/panic", "model", []string{"isa", "pseries", "hyperv", "s390"}, "unknown panic model '%s'"},
	{"./devices/hub", "type", []string{"usb"}, "unknown hub device type '%s'"},
}

// storageFormats is virStorageFileFormat without "none".
var storageFormats = []string{"raw", "dir", "bochs", "cloop", "dmg", "iso", "vpc", "vdi", "fat", "vhd", "ploop",
	"cow", "qcow", "qcow2", "qed", "vmdk"}

// boot reads <os>, virDomainDefParseBootOptions.
func (p *domainParser) boot() error {
	os := p.root.SelectElement("os")
	if !p.hvm() {
		for _, name := range []string{"boot", "bootmenu", "bios", "firmware", "acpi", "nvram"} {
			xmlRemove(os, name)
		}
	}
	if p.def.osType != "exe" {
		for _, name := range []string{"init", "initarg", "initenv", "initdir", "inituser", "initgroup"} {
			xmlRemove(os, name)
		}
	} else if os.SelectElement("init") == nil {
		return xmlError("init binary must be specified")
	}
	if menu := os.SelectElement("bootmenu"); menu != nil {
		switch xmlAttr(menu, "enable") {
		case "":
			os.RemoveChild(menu)
		case "no":
			menu.RemoveAttr("timeout")
		}
	}
	for i, b := range os.SelectElements("boot") {
		if i >= 4 { // VIR_DOMAIN_BOOT_LAST
			os.RemoveChild(b)
		}
	}
	if loader := os.SelectElement("loader"); loader != nil && xmlText(loader) != "" {
		xmlDefault(loader, "type", "rom")
	}
	if bios := os.SelectElement("bios"); xmlHasAttr(bios, "rebootTimeout") {
		if n, _ := strconv.Atoi(xmlAttr(bios, "rebootTimeout")); n < -1 || n > 65535 {
			return configError("invalid value for rebootTimeout, must be in range [-1,65535]")
		}
	}
	if mode := os.SelectElement("smbios"); mode != nil && xmlAttr(mode, "mode") == "none" {
		os.RemoveChild(mode)
	}
	return nil
}

// bootOrder checks that devices are ordered for booting in one way only, and
// boots from disk without any order, virDomainDefBootOrderPostParse.
func (p *domainParser) bootOrder() error {
	if !p.hvm() {
		return nil
	}
	os := p.root.SelectElement("os")
	used := map[string]bool{}
	for _, boot := range p.devices.FindElements("./*/boot") {
		order := xmlAttr(boot, "order")
		if used[order] {
			return configError("boot order '%s' used for more than one device", order)
		}
		used[order] = true
	}
	switch listed := len(os.SelectElements("boot")) > 0; {
	case listed && len(used) > 0:
		return configError("per-device boot elements cannot be used together with os/boot elements")
	case !listed && len(used) == 0:
		os.AddChild(xmlElement("boot", "dev", "hd"))
	}
	return nil
}

// features reads <features>, virDomainFeaturesDefParse.
func (p *domainParser) features() error {
	features := p.root.SelectElement("features")
	if features == nil {
		return nil
	}
	for _, f := range features.ChildElements() {
		switch f.Tag {
		case "hap", "pvspinlock", "pmu", "vmport", "vmcoreinfo", "smm":
			xmlDefault(f, "state", "on")
			if f.Tag == "smm" {
				if err := p.tseg(f); err != nil {
					return err
				}
			}
		case "htm", "nested-hv", "ccf-assist":
			if !xmlHasAttr(f, "state") {
				return missingAttr("state", f.Tag)
			}
		case "hyperv":
			if err := p.hyperv(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *domainParser) tseg(smm *etree.Element) error {
	tseg := smm.SelectElement("tseg")
	if tseg == nil {
		return nil
	}
	if xmlAttr(smm, "state") != "on" {
		smm.RemoveChild(tseg)
		return nil
	}
	bytes, err := parseScaled("string(./features/smm/tseg)", xmlText(tseg), xmlAttr(tseg, "unit"), 1<<20)
	if err != nil {
		return err
	}
	n, unit := prettyBytes(bytes)
	tseg.CreateAttr("unit", unit)
	tseg.SetText(strconv.FormatUint(n, 10))
	return nil
}

// prettyBytes is virFormatIntPretty: the largest unit without a fraction.
func prettyBytes(bytes uint64) (uint64, string) {
	unit := "B"
	for _, larger := range []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"} {
		if bytes == 0 || bytes%1024 != 0 {
			break
		}
		bytes, unit = bytes/1024, larger
	}
	return bytes, unit
}

func (p *domainParser) hyperv(hyperv *etree.Element) error {
	xmlDefault(hyperv, "mode", "custom")
	for _, f := range hyperv.ChildElements() {
		on := xmlAttr(f, "state") == "on"
		switch {
		case f.Tag == "spinlocks" && on:
			if !xmlHasAttr(f, "retries") {
				return missingAttr("retries", f.Tag)
			}
			n, err := parseUintBase(xmlAttr(f, "retries"), 0, 32)
			if err != nil || n < 4095 {
				return xmlError("HyperV spinlock retry count must be at least 4095")
			}
			f.CreateAttr("retries", strconv.FormatUint(n, 10))
		case f.Tag == "vendor_id" && on:
			if !xmlHasAttr(f, "value") {
				return xmlError("missing 'value' attribute for HyperV feature 'vendor_id'")
			}
		case f.Tag == "spinlocks":
			f.RemoveAttr("retries")
		case f.Tag == "vendor_id":
			f.RemoveAttr("value")
		case f.Tag == "stimer" && xmlAttr(f.SelectElement("direct"), "state") != "on":
			xmlRemove(f, "direct")
		}
	}
	return nil
}

// lifecycle reads what becomes of the domain when its guest ends,
// virDomainDefLifecycleParse and virDomainDefLifecycleActionValidate.
func (p *domainParser) lifecycle() error {
	for _, e := range []struct {
		name, fallback string
		actions        []string
	}{
		{"on_reboot", "restart", lifecycleActions},
		{"on_poweroff", "destroy", lifecycleActions},
		{"on_crash", "destroy", lifecycleActions},
		{"on_lockfailure", "", []string{"poweroff", "restart", "pause", "ignore"}},
	} {
		el := p.root.SelectElement(e.name)
		if el == nil {
			if e.fallback != "" {
				p.root.CreateElement(e.name).SetText(e.fallback)
			}
			continue
		}
		if !slices.Contains(e.actions, xmlText(el)) {
			return configError("unknown %s action: %s", e.name, xmlText(el))
		}
	}
	for _, event := range []string{"poweroff", "reboot"} {
		action := xmlText(p.root.SelectElement("on_" + event))
		if action == "coredump-destroy" || action == "coredump-restart" {
			return configError("Lifecycle event '%s' doesn't support '%s' action", event, action)
		}
	}
	return nil
}

var lifecycleActions = []string{"destroy", "restart", "rename-restart", "preserve", "coredump-destroy", "coredump-restart"}

// clock reads <clock>, virDomainDefClockParse.
func (p *domainParser) clock() error {
	clock := xmlEnsure(p.root, "clock")
	xmlDefault(clock, "offset", "utc")
	offset := xmlAttr(clock, "offset")
	adjustment := xmlAttr(clock, "adjustment")
	number, err := strconv.ParseInt(adjustment, 10, 64)
	switch offset {
	case "utc", "localtime":
		switch {
		case adjustment == "":
			xmlKeepAttrs(clock, "offset")
		case adjustment == "reset":
			xmlKeepAttrs(clock, "offset", "adjustment")
		case err != nil:
			return xmlError("unknown clock adjustment '%s'", adjustment)
		default: // another way to write a variable offset
			clock.CreateAttr("basis", offset)
			clock.CreateAttr("offset", "variable")
			clock.CreateAttr("adjustment", strconv.FormatInt(number, 10))
		}
	case "variable":
		clock.CreateAttr("adjustment", strconv.FormatInt(number, 10))
		xmlDefault(clock, "basis", "utc")
		xmlKeepAttrs(clock, "offset", "adjustment", "basis")
	case "timezone":
		if xmlAttr(clock, "timezone") == "" {
			return internalError("missing 'timezone' attribute for clock with offset='timezone'")
		}
		xmlKeepAttrs(clock, "offset", "timezone")
	case "absolute":
		if _, err := parseUint(xmlAttr(clock, "start"), 64); err != nil {
			return internalError("missing 'start' attribute for clock with offset='absolute'")
		}
		xmlKeepAttrs(clock, "offset", "start")
	}
	for _, timer := range clock.SelectElements("timer") {
		if err := checkTimer(timer); err != nil {
			return err
		}
	}
	return nil
}

// checkTimer is virDomainDefPostParseTimer.
func checkTimer(timer *etree.Element) error {
	name := xmlAttr(timer, "name")
	refuse := func(what string) error {
		return configError("timer %s doesn't support setting of timer %s", name, what)
	}
	switch {
	case (name == "kvmclock" || name == "hypervclock") && xmlHasAttr(timer, "tickpolicy"):
		return refuse("tickpolicy")
	case xmlAttr(timer, "tickpolicy") != "catchup" && timer.SelectElement("catchup") != nil && len(timer.SelectElement("catchup").Attr) > 0:
		return xmlError("setting of timer catchup policies is only supported with tickpolicy='catchup'")
	case name != "tsc" && xmlHasAttr(timer, "frequency"):
		return refuse("frequency")
	case name != "tsc" && xmlHasAttr(timer, "mode"):
		return refuse("mode")
	case name != "platform" && name != "rtc" && xmlHasAttr(timer, "track"):
		return refuse("track")
	}
	return nil
}
