package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerHost(t *Table) {
	handle(t, rpc.ConnectGetHostname, onHost(connectGetHostname))
	handle(t, rpc.ConnectGetCapabilities, onHost(connectGetCapabilities))
	handle(t, rpc.ConnectGetDomainCapabilities, onHost(connectGetDomainCapabilities))
	handle(t, rpc.ConnectGetSysinfo, onHost(connectGetSysinfo))
	handle(t, rpc.ConnectGetMaxVcpus, onHost(connectGetMaxVcpus))
	handle(t, rpc.ConnectGetCPUModelNames, onHost(connectGetCPUModelNames))
	handle(t, rpc.NodeGetInfo, onHost(nodeGetInfo))
	handle(t, rpc.NodeGetSecurityModel, onHost(nodeGetSecurityModel))
	handle(t, rpc.NodeGetCPUStats, onHost(nodeGetCPUStats))
	handle(t, rpc.NodeGetMemoryStats, onHost(nodeGetMemoryStats))
	handle(t, rpc.NodeGetCPUMap, onHost(nodeGetCPUMap))
	handle(t, rpc.NodeGetFreeMemory, onHost(nodeGetFreeMemory))
	handle(t, rpc.NodeGetCellsFreeMemory, onHost(nodeGetCellsFreeMemory))
	handle(t, rpc.NodeGetFreePages, onHost(nodeGetFreePages))
}

func connectGetHostname(st *hypervisor.State, _ *rpc.None) (*libvirt.ConnectGetHostnameRet, error) {
	return &libvirt.ConnectGetHostnameRet{Hostname: st.ConnectGetHostname()}, nil
}

func connectGetCapabilities(st *hypervisor.State, _ *rpc.None) (*libvirt.ConnectGetCapabilitiesRet, error) {
	return &libvirt.ConnectGetCapabilitiesRet{Capabilities: st.ConnectGetCapabilities()}, nil
}

func connectGetDomainCapabilities(st *hypervisor.State, a *libvirt.ConnectGetDomainCapabilitiesArgs) (*libvirt.ConnectGetDomainCapabilitiesRet, error) {
	caps, err := st.ConnectGetDomainCapabilities(hypervisor.DomainCapabilitiesQuery{
		Emulator:   optional(a.Emulatorbin),
		Arch:       optional(a.Arch),
		Machine:    optional(a.Machine),
		DomainType: optional(a.Virttype),
	}, uint32(a.Flags))
	return &libvirt.ConnectGetDomainCapabilitiesRet{Capabilities: caps}, err
}

func connectGetSysinfo(st *hypervisor.State, a *libvirt.ConnectGetSysinfoArgs) (*libvirt.ConnectGetSysinfoRet, error) {
	sysinfo, err := st.ConnectGetSysinfo(a.Flags)
	return &libvirt.ConnectGetSysinfoRet{Sysinfo: sysinfo}, err
}

func connectGetMaxVcpus(st *hypervisor.State, a *libvirt.ConnectGetMaxVcpusArgs) (*libvirt.ConnectGetMaxVcpusRet, error) {
	n, err := st.ConnectGetMaxVcpus(optional(a.Type))
	return &libvirt.ConnectGetMaxVcpusRet{MaxVcpus: n}, err
}

func connectGetCPUModelNames(st *hypervisor.State, a *libvirt.ConnectGetCPUModelNamesArgs) (*libvirt.ConnectGetCPUModelNamesRet, error) {
	models, err := st.ConnectGetCPUModelNames(a.Arch, a.Flags)
	ret := &libvirt.ConnectGetCPUModelNamesRet{Ret: int32(len(models))}
	if a.NeedResults != 0 {
		ret.Models = models
	}
	return ret, err
}

func nodeGetInfo(st *hypervisor.State, _ *rpc.None) (*libvirt.NodeGetInfoRet, error) {
	info := st.NodeGetInfo()
	ret := &libvirt.NodeGetInfoRet{
		Memory: info.Memory, Cpus: info.CPUs, Mhz: info.MHz,
		Nodes: info.Nodes, Sockets: info.Sockets, Cores: info.Cores, Threads: info.Threads,
	}
	// The last character stays the NUL that C wants there.
	copy(ret.Model[:len(ret.Model)-1], chars(info.Model))
	return ret, nil
}

func nodeGetSecurityModel(st *hypervisor.State, _ *rpc.None) (*libvirt.NodeGetSecurityModelRet, error) {
	m := st.NodeGetSecurityModel()
	return &libvirt.NodeGetSecurityModelRet{
		Model: append(chars(m.Model), 0),
		Doi:   append(chars(m.DOI), 0),
	}, nil
}

// chars makes characters of C, which the protocol carries one by one.
func chars(s string) []int8 {
	out := make([]int8, len(s), len(s)+1)
	for i := range len(s) {
		out[i] = int8(s[i])
	}
	return out
}
