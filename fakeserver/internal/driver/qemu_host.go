package driver

import (
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// qemuHost is an ordinary x86 machine with KVM, whatever machine runs the fake.
// recorded/kvm.txt has its documents, with which the numbers here agree.
var qemuHost = hypervisor.HostTraits{
	KindTraits:   hypervisor.KindTraits{ErrorDomain: hypervisor.FromQEMU, Prefix: "qemu"},
	Capabilities: recorded("kvm.txt", "capabilities"),
	Sysinfo:      recorded("kvm.txt", "sysinfo"),
	DomainCapabilities: map[string]string{
		"kvm":  recorded("kvm.txt", "domcapabilities --arch x86_64 --virttype kvm --machine pc"),
		"qemu": recorded("tcg.txt", "domcapabilities --arch x86_64 --virttype qemu --machine pc"),
	},
	CPUModels: cpuModels,
	MaxVcpus:  16,
	MaxVcpusByType: map[string]int32{
		"qemu": 16,
		"kvm":  1024, // KVM_CAP_MAX_VCPUS of a current kernel
	},
	Info: hypervisor.NodeInfo{
		Model: "x86_64", Memory: 16316776, CPUs: 8, MHz: 2600,
		Nodes: 1, Sockets: 1, Cores: 4, Threads: 2,
	},
	SecurityModel: hypervisor.SecurityModel{Model: "none", DOI: "0"},
	Figures: &hypervisor.LinuxFigures{
		CPUs: 8,
		// Some hours of little work.
		CPUTimes: [4]time.Duration{4 * time.Minute, 11 * time.Minute, 9 * time.Hour, 40 * time.Second},
		Cells: []hypervisor.HostCell{{
			Total: 16316776, Free: 12582912,
			FreeHugePages: map[uint32]uint64{2048: 0, 1048576: 0},
		}},
		Buffers: 131072, Cached: 2097152,
	},
}
