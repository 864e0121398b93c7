package driver

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// TestQEMUHostAgreesWithItself compares what is told in more than one place:
// clients read some from the documents and some from the calls.
func TestQEMUHostAgreesWithItself(t *testing.T) {
	caps := document(t, recorded("kvm.txt", "capabilities"))
	info := qemuHost.Info
	figures := qemuHost.Figures.(*hypervisor.LinuxFigures)
	kib := func(n uint64) string { return strconv.FormatUint(n, 10) }
	for _, c := range []struct{ what, path, want string }{
		{"arch", "/capabilities/host/cpu/arch", info.Model},
		{"memory of the cell", "//cell/memory", kib(info.Memory)},
		{"pages of the cell", "//cell/pages[@size='4']", kib(info.Memory / 4)},
		{"security model", "/capabilities/host/secmodel[1]/model", qemuHost.SecurityModel.Model},
		{"its DOI", "/capabilities/host/secmodel[1]/doi", qemuHost.SecurityModel.DOI},
	} {
		if e := caps.FindElement(c.path); e == nil || e.Text() != c.want {
			t.Errorf("%s: %s is %v, want %s", c.what, c.path, e, c.want)
		}
	}
	if got, want := len(caps.FindElements("//cell/cpus/cpu")), int(info.CPUs); got != want {
		t.Errorf("the topology has %d CPUs, NodeGetInfo %d", got, want)
	}
	topology := caps.FindElement("/capabilities/host/cpu/topology")
	for attr, want := range map[string]int32{"sockets": info.Sockets, "cores": info.Cores, "threads": info.Threads} {
		if got := topology.SelectAttrValue(attr, ""); got != fmt.Sprint(want) {
			t.Errorf("%s are %s in the capabilities, %d in NodeGetInfo", attr, got, want)
		}
	}
	if info.CPUs != info.Nodes*info.Sockets*info.Cores*info.Threads || int(info.CPUs) != figures.CPUs {
		t.Errorf("%d CPUs are not %+v, nor the %d that are counted", info.CPUs, info, figures.CPUs)
	}
	if figures.Cells[0].Total != info.Memory {
		t.Errorf("the cell has %d KiB, the host %d", figures.Cells[0].Total, info.Memory)
	}
	for _, e := range caps.FindElements("/capabilities/host/cpu/pages") {
		size, _ := strconv.ParseUint(e.SelectAttrValue("size", ""), 10, 32)
		if _, huge := figures.Cells[0].FreeHugePages[uint32(size)]; !huge && size != 4 {
			t.Errorf("there are pages of %d KiB, which nobody counts", size)
		}
	}
	uuid := caps.FindElement("/capabilities/host/uuid").Text()
	sysinfo := document(t, recorded("kvm.txt", "sysinfo")).FindElement("//entry[@name='uuid']").Text()
	computer := document(t, recorded("kvm.txt", "nodedev-dumpxml computer")).FindElement("//hardware/uuid").Text()
	if uuid != sysinfo || uuid != computer {
		t.Errorf("the host's UUID is %s, %s and %s", uuid, sysinfo, computer)
	}
	models := document(t, qemuHost.DomainCapabilities["kvm"])
	if host, guest := caps.FindElement("/capabilities/host/cpu/model").Text(), models.FindElement("//mode[@name='host-model']/model").Text(); host != guest {
		t.Errorf("the host's CPU is a %s, host-model a %s", host, guest)
	}
}

func document(t *testing.T, text string) *etree.Document {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestDomainCapabilitiesOfOtherMachines compares documents that are derived
// with those that the real daemon prints.
func TestDomainCapabilitiesOfOtherMachines(t *testing.T) {
	s := hypervisor.New(hypervisor.Config{Traits: &hypervisor.Traits{Host: qemuHost}})
	domainType := "qemu"
	for _, machine := range []string{"pc", "q35", "microvm"} {
		got, err := s.ConnectGetDomainCapabilities(hypervisor.DomainCapabilitiesQuery{DomainType: &domainType, Machine: &machine}, 0)
		if err != nil {
			t.Fatal(err)
		}
		want := recorded("tcg.txt", "domcapabilities --arch x86_64 --virttype qemu --machine "+machine)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-recorded +derived):\n%s", machine, diff)
		}
	}
}
