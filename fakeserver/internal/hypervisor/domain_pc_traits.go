package hypervisor

import (
	"maps"
	"slices"
	"strconv"

	"github.com/beevik/etree"
)

// PCTraits is what a driver that runs QEMU has to know of PCs: it completes
// definitions so that the guest's hardware stays the same from start to start.
type PCTraits struct {
	// Emulators are the host's, by architecture, as its capabilities list them.
	Emulators map[string]*Emulator
	// CPUModel is what a guest gets whose definition names no CPU.
	CPUModel string
	// LiveCPUFeatures are those that a running guest without KVM shows besides.
	LiveCPUFeatures []string
	// Partition is the cgroup in which domains are placed, shown while they
	// run; "" for a daemon that places none.
	Partition string
	// Seclabel is the label of a running domain, by security model, and is
	// shown while it runs.
	Seclabel []PCSeclabel
	// NVRAMDir is where the driver keeps the variables of UEFI firmware.
	NVRAMDir string
	// StateDir is where the driver keeps the sockets of running domains.
	StateDir string
}

// PCSeclabel is one <seclabel> of a running domain.
type PCSeclabel struct{ Model, Type, Label string }

// Emulator is one of the host's emulators.
type Emulator struct {
	Path string
	// Types are the domain types that it runs.
	Types []string
	// Default is the machine of a definition that names none.
	Default  string
	Machines map[string]Machine
}

// Machine is a machine type of an emulator.
type Machine struct {
	// Canonical is the name that an alias such as "pc" stands for, or "".
	Canonical string
	MaxCPUs   int
}

// EmulatorsOf reads the emulators out of a host's capabilities. The document is
// part of the program, so that a mistake in it is a panic.
func EmulatorsOf(capabilities string) map[string]*Emulator {
	doc := etree.NewDocument()
	if err := doc.ReadFromString(capabilities); err != nil {
		panic(err)
	}
	all := map[string]*Emulator{}
	for _, arch := range doc.FindElements("/capabilities/guest/arch") {
		e := &Emulator{Path: arch.SelectElement("emulator").Text(), Machines: map[string]Machine{}}
		for _, d := range arch.SelectElements("domain") {
			e.Types = append(e.Types, xmlAttr(d, "type"))
		}
		for _, m := range arch.SelectElements("machine") {
			max, _ := strconv.Atoi(xmlAttr(m, "maxCpus"))
			e.Machines[m.Text()] = Machine{Canonical: xmlAttr(m, "canonical"), MaxCPUs: max}
			if e.Default == "" {
				e.Default = m.Text() // libvirt lists it first
			}
		}
		all[xmlAttr(arch, "name")] = e
	}
	return all
}

// at returns the emulator of a path, or nil.
func (t *PCTraits) at(path string) *Emulator {
	for _, arch := range slices.Sorted(maps.Keys(t.Emulators)) { // one may serve several
		if e := t.Emulators[arch]; e.Path == path {
			return e
		}
	}
	return nil
}
