package driver

import "github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"

// testHost is the node of test:///default. The numbers do not agree with each
// other there either: sixteen CPUs in the node's information and in the
// capabilities, eight in the map; memory that is in KiB in one place and taken
// for bytes in another.
var testHost = hypervisor.HostTraits{
	KindTraits: hypervisor.KindTraits{
		ErrorDomain: hypervisor.FromTest,
		Prefix:      "test",
		Lacks:       []string{"NodeGetMemoryStats", "ConnectGetDomainCapabilities"},
	},
	Capabilities: recorded("test.txt", "capabilities"),
	Sysinfo:      recorded("test.txt", "sysinfo"),
	CPUModels:    cpuModels,
	MaxVcpus:     32,
	Info: hypervisor.NodeInfo{
		Model: "i686", Memory: 3145728, CPUs: 16, MHz: 1400,
		Nodes: 2, Sockets: 2, Cores: 2, Threads: 2,
	},
	SecurityModel: hypervisor.SecurityModel{Model: "testSecurity"},
	Figures: &hypervisor.FixedFigures{
		CPUStats: []hypervisor.NodeStat{
			{Field: "user", Value: 9797400000},
			{Field: "kernel", Value: 34678723400000},
			{Field: "idle", Value: 87264900000},
			{Field: "iowait", Value: 763600000},
		},
		CPUMap:          hypervisor.CPUMap{CPUs: 8, Online: 3, Map: []byte{0x15}},
		FreeMemory:      3145728,
		CellsFreeMemory: []uint64{2097152, 4194304},
	},
}
