package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerDomainConfig(t *Table) {
	handle(t, rpc.DomainGetXMLDesc, onHost(domainGetXMLDesc))
	handle(t, rpc.DomainGetAutostart, onHost(domainGetAutostart))
	handle(t, rpc.DomainSetAutostart, onHost(domainSetAutostart))
	handle(t, rpc.DomainGetMaxMemory, onHost(domainGetMaxMemory))
	handle(t, rpc.DomainSetMaxMemory, onHost(domainSetMaxMemory))
	handle(t, rpc.DomainSetMemory, onHost(domainSetMemory))
	handle(t, rpc.DomainSetMemoryFlags, onHost(domainSetMemoryFlags))
	handle(t, rpc.DomainGetMaxVcpus, onHost(domainGetMaxVcpus))
	handle(t, rpc.DomainGetVcpusFlags, onHost(domainGetVcpusFlags))
	handle(t, rpc.DomainSetVcpus, onHost(domainSetVcpus))
	handle(t, rpc.DomainSetVcpusFlags, onHost(domainSetVcpusFlags))
	handle(t, rpc.DomainGetMetadata, onHost(domainGetMetadata))
	handle(t, rpc.DomainSetMetadata, onHost(domainSetMetadata))
}

func domainGetXMLDesc(st *hypervisor.State, a *libvirt.DomainGetXMLDescArgs) (*libvirt.DomainGetXMLDescRet, error) {
	xml, err := st.DomainGetXMLDesc(domainRef(a.Dom), uint32(a.Flags))
	return &libvirt.DomainGetXMLDescRet{XML: xml}, err
}

func domainGetAutostart(st *hypervisor.State, a *libvirt.DomainGetAutostartArgs) (*libvirt.DomainGetAutostartRet, error) {
	is, err := st.DomainGetAutostart(domainRef(a.Dom))
	return &libvirt.DomainGetAutostartRet{Autostart: truth(is)}, err
}

func domainSetAutostart(st *hypervisor.State, a *libvirt.DomainSetAutostartArgs) (*rpc.None, error) {
	return nil, st.DomainSetAutostart(domainRef(a.Dom), a.Autostart != 0)
}

func domainGetMaxMemory(st *hypervisor.State, a *libvirt.DomainGetMaxMemoryArgs) (*libvirt.DomainGetMaxMemoryRet, error) {
	kib, err := st.DomainGetMaxMemory(domainRef(a.Dom))
	return &libvirt.DomainGetMaxMemoryRet{Memory: kib}, err
}

func domainSetMaxMemory(st *hypervisor.State, a *libvirt.DomainSetMaxMemoryArgs) (*rpc.None, error) {
	return nil, st.DomainSetMaxMemory(domainRef(a.Dom), a.Memory)
}

func domainSetMemory(st *hypervisor.State, a *libvirt.DomainSetMemoryArgs) (*rpc.None, error) {
	return nil, st.DomainSetMemory(domainRef(a.Dom), a.Memory)
}

func domainSetMemoryFlags(st *hypervisor.State, a *libvirt.DomainSetMemoryFlagsArgs) (*rpc.None, error) {
	return nil, st.DomainSetMemoryFlags(domainRef(a.Dom), a.Memory, a.Flags)
}

func domainGetMaxVcpus(st *hypervisor.State, a *libvirt.DomainGetMaxVcpusArgs) (*libvirt.DomainGetMaxVcpusRet, error) {
	n, err := st.DomainGetMaxVcpus(domainRef(a.Dom))
	return &libvirt.DomainGetMaxVcpusRet{Num: int32(n)}, err
}

func domainGetVcpusFlags(st *hypervisor.State, a *libvirt.DomainGetVcpusFlagsArgs) (*libvirt.DomainGetVcpusFlagsRet, error) {
	n, err := st.DomainGetVcpusFlags(domainRef(a.Dom), a.Flags)
	return &libvirt.DomainGetVcpusFlagsRet{Num: int32(n)}, err
}

func domainSetVcpus(st *hypervisor.State, a *libvirt.DomainSetVcpusArgs) (*rpc.None, error) {
	return nil, st.DomainSetVcpus(domainRef(a.Dom), a.Nvcpus)
}

func domainSetVcpusFlags(st *hypervisor.State, a *libvirt.DomainSetVcpusFlagsArgs) (*rpc.None, error) {
	return nil, st.DomainSetVcpusFlags(domainRef(a.Dom), a.Nvcpus, a.Flags)
}

func domainGetMetadata(st *hypervisor.State, a *libvirt.DomainGetMetadataArgs) (*libvirt.DomainGetMetadataRet, error) {
	text, err := st.DomainGetMetadata(domainRef(a.Dom), a.Type, optional(a.Uri), uint32(a.Flags))
	return &libvirt.DomainGetMetadataRet{Metadata: text}, err
}

func domainSetMetadata(st *hypervisor.State, a *libvirt.DomainSetMetadataArgs) (*rpc.None, error) {
	return nil, st.DomainSetMetadata(domainRef(a.Dom), hypervisor.DomainMetadata{
		Type: a.Type, Text: optional(a.Metadata), Key: optional(a.Key), URI: optional(a.Uri),
	}, uint32(a.Flags))
}
