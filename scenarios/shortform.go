package scenarios

import (
	"cmp"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"
)

// A short form becomes a document that says no more than its keys: the rest is
// up to the driver, as with a client's. Patterns in it stay what they are.

// document writes XML.
type document struct{ strings.Builder }

// xmlText escapes what may not stand in a text or an attribute.
func xmlText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&apos;").Replace(s)
}

// element writes <name>text</name>, unless text is "".
func (d *document) element(indent int, name, text string) {
	if text != "" {
		fmt.Fprintf(d, "%*s<%s>%s</%s>\n", indent, "", name, xmlText(text), name)
	}
}

// attributes are names and values in turn; those without a value are left out.
func attributes(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			fmt.Fprintf(&b, " %s='%s'", pairs[i], xmlText(pairs[i+1]))
		}
	}
	return b.String()
}

// The forms of a driver's domains.
var domainTypes = map[string][]string{"qemu": {"kvm", "qemu"}, "test": {"test"}}

func (k *domainKeys) document(driver string, report func(*Problem)) string {
	types := domainTypes[driver]
	if types == nil {
		report(problem(k.start(), "a domain of driver %s has no short form: want xml or file", driver))
		return ""
	}
	if k.Type != "" && !slices.Contains(types, k.Type) {
		report(problem(k.at("type"), "type: want %s for driver %s, not %q", strings.Join(types, " or "), driver, k.Type))
	}
	vcpus := 1
	if k.VCPUs != nil {
		vcpus = *k.VCPUs
	}
	if vcpus < 1 {
		report(problem(k.at("vcpus"), "vcpus: want 1 or more, not %d", vcpus))
	}
	const gib = 1 << 20 // KiB
	var d document
	fmt.Fprintf(&d, "<domain type='%s'>\n", xmlText(cmp.Or(k.Type, types[0])))
	d.element(2, "name", k.Name)
	d.element(2, "uuid", k.UUID)
	d.element(2, "title", k.Title)
	d.element(2, "description", k.Description)
	if k.Metadata != "" {
		fmt.Fprintf(&d, "  <metadata>\n%s\n  </metadata>\n", strings.TrimRight(k.Metadata, "\n"))
	}
	fmt.Fprintf(&d, "  <memory unit='KiB'>%d</memory>\n  <vcpu>%d</vcpu>\n", cmp.Or(uint64(k.Memory), gib), vcpus)
	fmt.Fprintf(&d, "  <os>\n    <type%s>hvm</type>\n  </os>\n", attributes("arch", k.Arch, "machine", k.Machine))
	if len(k.Disks)+len(k.Networks) > 0 {
		d.WriteString("  <devices>\n")
		letters := make(map[string]int)
		for i := range k.Disks {
			k.Disks[i].write(&d, letters, report)
		}
		for i := range k.Networks {
			k.Networks[i].write(&d, report)
		}
		d.WriteString("  </devices>\n")
	}
	d.WriteString("</domain>\n")
	return d.String()
}

// diskPrefixes are how the names of disks begin, by bus.
var diskPrefixes = map[string]string{"virtio": "vd", "sata": "sd", "scsi": "sd", "usb": "sd", "ide": "hd", "fdc": "fd"}

func (k *diskKeys) write(d *document, letters map[string]int, report func(*Problem)) {
	device := cmp.Or(k.Device, "disk")
	if _, err := oneOf(device, "disk", "cdrom", "floppy", "lun"); err != nil {
		report(problem(k.at("device"), "device: %v", err))
	}
	bus := cmp.Or(k.Bus, map[string]string{"cdrom": "sata", "floppy": "fdc"}[device], "virtio")
	if _, err := oneOf(bus, "virtio", "sata", "scsi", "ide", "usb", "fdc"); err != nil {
		report(problem(k.at("bus"), "bus: %v", err))
	}
	prefix := diskPrefixes[bus]
	target := prefix + diskLetters(letters[prefix])
	letters[prefix]++

	kind, attribute := "file", "file"
	if strings.HasPrefix(k.Path, "/dev/") {
		kind, attribute = "block", "dev"
	}
	format := cmp.Or(k.Format, map[string]string{".qcow2": "qcow2"}[path.Ext(k.Path)], "raw")
	fmt.Fprintf(d, "    <disk type='%s' device='%s'>\n      <driver name='qemu'%s/>\n", kind, xmlText(device), attributes("type", format))
	if k.Path != "" {
		fmt.Fprintf(d, "      <source%s/>\n", attributes(attribute, k.Path))
	}
	fmt.Fprintf(d, "      <target%s/>\n", attributes("dev", target, "bus", bus))
	if k.ReadOnly {
		d.WriteString("      <readonly/>\n")
	}
	d.WriteString("    </disk>\n")
}

// diskLetters is a to z, aa, ab: virIndexToDiskName.
func diskLetters(i int) string {
	const letters = 26
	name := ""
	for i++; i > 0; i /= letters {
		i--
		name = string(rune('a'+i%letters)) + name
	}
	return name
}

func (k *nicKeys) write(d *document, report func(*Problem)) {
	kind, attribute, source := "network", "network", k.Network
	if k.Bridge != "" {
		kind, attribute, source = "bridge", "bridge", k.Bridge
	}
	if (k.Network == "") == (k.Bridge == "") {
		report(problem(k.start(), "a network device wants a network or a bridge, one of them"))
	}
	fmt.Fprintf(d, "    <interface type='%s'>\n", kind)
	if k.MAC != "" {
		fmt.Fprintf(d, "      <mac%s/>\n", attributes("address", k.MAC))
	}
	fmt.Fprintf(d, "      <source%s/>\n      <model%s/>\n    </interface>\n",
		attributes(attribute, source), attributes("type", cmp.Or(k.Model, "virtio")))
}

// withNumber returns the keys with patterns in them replaced, of which document
// must read one.
func (k networkKeys) withNumber(number func(string) string) networkKeys {
	k.Name, k.UUID, k.Bridge, k.Address = number(k.Name), number(k.UUID), number(k.Bridge), number(k.Address)
	return k
}

func (k *networkKeys) document(report func(*Problem)) string {
	var d document
	d.WriteString("<network>\n")
	d.element(2, "name", k.Name)
	d.element(2, "uuid", k.UUID)
	if k.Forward != "" && k.Forward != "none" {
		if _, err := oneOf(k.Forward, "nat", "route", "open", "none"); err != nil {
			report(problem(k.at("forward"), "forward: %v", err))
		}
		fmt.Fprintf(&d, "  <forward%s/>\n", attributes("mode", k.Forward))
	}
	if k.Bridge != "" {
		fmt.Fprintf(&d, "  <bridge%s/>\n", attributes("name", k.Bridge))
	}
	prefix, err := netip.ParsePrefix(k.Address)
	switch {
	case k.Address == "" && k.DHCP:
		report(problem(k.at("dhcp"), "dhcp: want an address too, whose network it gives away"))
	case k.Address == "":
	case err != nil:
		report(problem(k.at("address"), "address: want an address and the length of its prefix, such as 192.168.100.1/24, not %q", k.Address))
	default:
		k.writeIP(&d, prefix, report)
	}
	d.WriteString("</network>\n")
	return d.String()
}

func (k *networkKeys) writeIP(d *document, prefix netip.Prefix, report func(*Problem)) {
	family := ""
	if prefix.Addr().Is6() {
		family = "ipv6"
	}
	fmt.Fprintf(d, "  <ip%s prefix='%d'", attributes("family", family, "address", prefix.Addr().String()), prefix.Bits())
	if !k.DHCP {
		d.WriteString("/>\n")
		return
	}
	const least = 2 // bits for hosts, so that a guest has room
	if !prefix.Addr().Is4() || prefix.Bits() > 32-least {
		report(problem(k.at("dhcp"), "dhcp: want an IPv4 network with room for guests, not %s", prefix))
		d.WriteString("/>\n")
		return
	}
	first, last := prefix.Masked().Addr().Next(), lastAddress(prefix)
	if first == prefix.Addr() {
		first = first.Next()
	}
	fmt.Fprintf(d, ">\n    <dhcp>\n      <range start='%s' end='%s'/>\n    </dhcp>\n  </ip>\n", first, last)
}

// lastAddress is the one before a network's broadcast address.
func lastAddress(p netip.Prefix) netip.Addr {
	a := p.Masked().Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		a[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom4(a).Prev()
}

func (k *poolKeys) document(func(*Problem)) string {
	var d document
	d.WriteString("<pool type='dir'>\n")
	d.element(2, "name", k.Name)
	d.element(2, "uuid", k.UUID)
	d.WriteString("  <target>\n")
	d.element(4, "path", cmp.Or(k.Path, "/var/lib/libvirt/images/"+k.Name))
	d.WriteString("  </target>\n</pool>\n")
	return d.String()
}
