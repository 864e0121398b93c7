package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerDomainInfo(t *Table) {
	handle(t, rpc.DomainGetInfo, onHost(domainGetInfo))
	handle(t, rpc.DomainGetState, onHost(domainGetState))
	handle(t, rpc.DomainGetControlInfo, onHost(domainGetControlInfo))
	handle(t, rpc.DomainIsActive, onHost(domainIsActive))
	handle(t, rpc.DomainIsPersistent, onHost(domainIsPersistent))
	handle(t, rpc.DomainIsUpdated, onHost(domainIsUpdated))
	handle(t, rpc.DomainGetOsType, onHost(domainGetOSType))
	handle(t, rpc.DomainGetHostname, onHost(domainGetHostname))
	handle(t, rpc.DomainGetSecurityLabel, onHost(domainGetSecurityLabel))
	handle(t, rpc.DomainGetSecurityLabelList, onHost(domainGetSecurityLabelList))
	handle(t, rpc.DomainGetMessages, onHost(domainGetMessages))
	handle(t, rpc.DomainGetVcpus, onHost(domainGetVcpus))
	handle(t, rpc.DomainGetVcpuPinInfo, onHost(domainGetVcpuPinInfo))
}

func domainGetInfo(st *hypervisor.State, a *libvirt.DomainGetInfoArgs) (*libvirt.DomainGetInfoRet, error) {
	info, err := st.DomainGetInfo(domainRef(a.Dom))
	return &libvirt.DomainGetInfoRet{
		State: uint8(info.State), MaxMem: info.MaxMemory, Memory: info.Memory,
		NrVirtCPU: uint16(info.Vcpus), CPUTime: info.CPUTime,
	}, err
}

func domainGetState(st *hypervisor.State, a *libvirt.DomainGetStateArgs) (*libvirt.DomainGetStateRet, error) {
	state, reason, err := st.DomainGetState(domainRef(a.Dom), a.Flags)
	return &libvirt.DomainGetStateRet{State: state, Reason: reason}, err
}

func domainGetControlInfo(st *hypervisor.State, a *libvirt.DomainGetControlInfoArgs) (*libvirt.DomainGetControlInfoRet, error) {
	state, err := st.DomainGetControlInfo(domainRef(a.Dom), a.Flags)
	return &libvirt.DomainGetControlInfoRet{State: state}, err
}

func domainIsActive(st *hypervisor.State, a *libvirt.DomainIsActiveArgs) (*libvirt.DomainIsActiveRet, error) {
	is, err := st.DomainIsActive(domainRef(a.Dom))
	return &libvirt.DomainIsActiveRet{Active: truth(is)}, err
}

func domainIsPersistent(st *hypervisor.State, a *libvirt.DomainIsPersistentArgs) (*libvirt.DomainIsPersistentRet, error) {
	is, err := st.DomainIsPersistent(domainRef(a.Dom))
	return &libvirt.DomainIsPersistentRet{Persistent: truth(is)}, err
}

func domainIsUpdated(st *hypervisor.State, a *libvirt.DomainIsUpdatedArgs) (*libvirt.DomainIsUpdatedRet, error) {
	is, err := st.DomainIsUpdated(domainRef(a.Dom))
	return &libvirt.DomainIsUpdatedRet{Updated: truth(is)}, err
}

func domainGetOSType(st *hypervisor.State, a *libvirt.DomainGetOsTypeArgs) (*libvirt.DomainGetOsTypeRet, error) {
	os, err := st.DomainGetOSType(domainRef(a.Dom))
	return &libvirt.DomainGetOsTypeRet{Type: os}, err
}

func domainGetHostname(st *hypervisor.State, a *libvirt.DomainGetHostnameArgs) (*libvirt.DomainGetHostnameRet, error) {
	name, err := st.DomainGetHostname(domainRef(a.Dom), uint32(a.Flags))
	return &libvirt.DomainGetHostnameRet{Hostname: name}, err
}

func domainGetSecurityLabel(st *hypervisor.State, a *libvirt.DomainGetSecurityLabelArgs) (*libvirt.DomainGetSecurityLabelRet, error) {
	label, err := st.DomainGetSecurityLabel(domainRef(a.Dom))
	ret := wireSecurityLabel(label)
	return &ret, err
}

func domainGetSecurityLabelList(st *hypervisor.State, a *libvirt.DomainGetSecurityLabelListArgs) (*libvirt.DomainGetSecurityLabelListRet, error) {
	labels, err := st.DomainGetSecurityLabelList(domainRef(a.Dom))
	ret := &libvirt.DomainGetSecurityLabelListRet{Ret: int32(len(labels))}
	for _, l := range labels {
		ret.Labels = append(ret.Labels, wireSecurityLabel(l))
	}
	return ret, err
}

func wireSecurityLabel(l hypervisor.SecurityLabel) libvirt.DomainGetSecurityLabelRet {
	return libvirt.DomainGetSecurityLabelRet{Label: append(chars(l.Label), 0), Enforcing: truth(l.Enforcing)}
}

func domainGetMessages(st *hypervisor.State, a *libvirt.DomainGetMessagesArgs) (*libvirt.DomainGetMessagesRet, error) {
	msgs, err := st.DomainGetMessages(domainRef(a.Dom), a.Flags)
	return &libvirt.DomainGetMessagesRet{Msgs: msgs}, err
}

// Limits of what is told of vCPUs, REMOTE_VCPUINFO_MAX and REMOTE_CPUMAPS_MAX.
const (
	vcpuInfoMax = 16384
	cpuMapsMax  = 8388608
)

// checkVcpuMaps refuses what would not fit into a reply. name is that of the
// argument that counts the vCPUs.
func checkVcpuMaps(n, maplen int32, name string) error {
	internal := func(text string) error {
		return hypervisor.Errorf(hypervisor.FromRPC, libvirt.ErrInternalError, "%s", text)
	}
	switch {
	case n > vcpuInfoMax:
		return internal(name + " > REMOTE_VCPUINFO_MAX")
	case int64(n)*int64(maplen) > cpuMapsMax:
		return internal("maxinfo * maplen > REMOTE_CPUMAPS_MAX")
	}
	return nil
}

// padMaps makes room in the reply for every vCPU asked for, as the daemon does.
func padMaps(maps []byte, n, maplen int32) []byte {
	return append(maps, make([]byte, int(n)*int(maplen)-len(maps))...)
}

func domainGetVcpus(st *hypervisor.State, a *libvirt.DomainGetVcpusArgs) (*libvirt.DomainGetVcpusRet, error) {
	if err := checkVcpuMaps(a.Maxinfo, a.Maplen, "maxinfo"); err != nil {
		return nil, err
	}
	info, maps, err := st.DomainGetVcpus(domainRef(a.Dom), int(a.Maxinfo), int(a.Maplen))
	if err != nil {
		return nil, err
	}
	ret := &libvirt.DomainGetVcpusRet{Cpumaps: padMaps(maps, a.Maxinfo, a.Maplen)}
	for _, v := range info {
		ret.Info = append(ret.Info, libvirt.VcpuInfo{Number: v.Number, State: v.State, CPUTime: v.CPUTime, CPU: v.CPU})
	}
	return ret, nil
}

func domainGetVcpuPinInfo(st *hypervisor.State, a *libvirt.DomainGetVcpuPinInfoArgs) (*libvirt.DomainGetVcpuPinInfoRet, error) {
	if err := checkVcpuMaps(a.Ncpumaps, a.Maplen, "ncpumaps"); err != nil {
		return nil, err
	}
	n, maps, err := st.DomainGetVcpuPinInfo(domainRef(a.Dom), int(a.Ncpumaps), int(a.Maplen), a.Flags)
	if err != nil {
		return nil, err
	}
	return &libvirt.DomainGetVcpuPinInfoRet{Num: int32(n), Cpumaps: padMaps(maps, a.Ncpumaps, a.Maplen)}, nil
}
