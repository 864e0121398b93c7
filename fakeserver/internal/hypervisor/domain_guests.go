package hypervisor

import (
	"slices"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// Guest is one kind of guest of a host's capabilities.
type Guest struct {
	OSType, Arch string
	// Types are the domain types that run it.
	Types []string
	// Emulator is that of a definition that names none; "" for none.
	Emulator string
}

// GuestsOf reads what a host's capabilities say that it can run. The document is
// part of the program, so that a mistake in it is a panic.
func GuestsOf(capabilities string) []Guest {
	doc := etree.NewDocument()
	if err := doc.ReadFromString(capabilities); err != nil {
		panic(err)
	}
	var all []Guest
	for _, el := range doc.FindElements("/capabilities/guest") {
		arch := el.SelectElement("arch")
		g := Guest{OSType: el.SelectElement("os_type").Text(), Arch: xmlAttr(arch, "name")}
		if emulator := arch.SelectElement("emulator"); emulator != nil {
			g.Emulator = emulator.Text()
		}
		for _, d := range arch.SelectElements("domain") {
			g.Types = append(g.Types, xmlAttr(d, "type"))
		}
		all = append(all, g)
	}
	return all
}

// supported refuses a guest that the host cannot run, as
// virCapabilitiesDomainSupported does, and names the emulator of one that it can.
func (p *domainParser) supported() error {
	if p.xml.Guests == nil {
		return nil
	}
	i := slices.IndexFunc(p.xml.Guests, func(g Guest) bool {
		return g.OSType == p.def.osType && g.Arch == p.arch && slices.Contains(g.Types, p.virtType)
	})
	if i < 0 {
		what := "ostype=" + p.def.osType + " "
		if p.def.osType == "hvm" {
			what = "" // libvirt takes its first OS type for none
		}
		return Errorf(FromCaps, libvirt.ErrInvalidArg, "could not find capabilities for %sarch=%s domaintype=%s ",
			what, p.arch, p.virtType)
	}
	if g := p.xml.Guests[i]; g.Emulator != "" && p.devices.SelectElement("emulator") == nil {
		p.devices.CreateElement("emulator").SetText(g.Emulator)
	}
	return nil
}
