package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerDomainLifecycle(t *Table) {
	handle(t, rpc.DomainDefineXML, onHost(domainDefineXML))
	handle(t, rpc.DomainDefineXMLFlags, onHost(domainDefineXMLFlags))
	handle(t, rpc.DomainCreateXML, onHost(domainCreateXML))
	handle(t, rpc.DomainCreate, onHost(domainCreate))
	handle(t, rpc.DomainCreateWithFlags, onHost(domainCreateWithFlags))
	handle(t, rpc.DomainSuspend, onHost(domainSuspend))
	handle(t, rpc.DomainResume, onHost(domainResume))
	handle(t, rpc.DomainShutdown, onHost(domainShutdown))
	handle(t, rpc.DomainShutdownFlags, onHost(domainShutdownFlags))
	handle(t, rpc.DomainReboot, onHost(domainReboot))
	handle(t, rpc.DomainReset, onHost(domainReset))
	handle(t, rpc.DomainDestroy, onHost(domainDestroy))
	handle(t, rpc.DomainDestroyFlags, onHost(domainDestroyFlags))
	handle(t, rpc.DomainUndefine, onHost(domainUndefine))
	handle(t, rpc.DomainUndefineFlags, onHost(domainUndefineFlags))
	handle(t, rpc.DomainManagedSave, onHost(domainManagedSave))
	handle(t, rpc.DomainHasManagedSaveImage, onHost(domainHasManagedSaveImage))
	handle(t, rpc.DomainManagedSaveRemove, onHost(domainManagedSaveRemove))
	handle(t, rpc.DomainRename, onHost(domainRename))
}

func domainDefineXML(st *hypervisor.State, a *libvirt.DomainDefineXMLArgs) (*libvirt.DomainDefineXMLRet, error) {
	d, err := st.DomainDefineXMLFlags(a.XML, 0)
	return &libvirt.DomainDefineXMLRet{Dom: wireDomain(d)}, err
}

func domainDefineXMLFlags(st *hypervisor.State, a *libvirt.DomainDefineXMLFlagsArgs) (*libvirt.DomainDefineXMLFlagsRet, error) {
	d, err := st.DomainDefineXMLFlags(a.XML, uint32(a.Flags))
	return &libvirt.DomainDefineXMLFlagsRet{Dom: wireDomain(d)}, err
}

func domainCreateXML(st *hypervisor.State, a *libvirt.DomainCreateXMLArgs) (*libvirt.DomainCreateXMLRet, error) {
	d, err := st.DomainCreateXML(a.XMLDesc, uint32(a.Flags))
	return &libvirt.DomainCreateXMLRet{Dom: wireDomain(d)}, err
}

func domainCreate(st *hypervisor.State, a *libvirt.DomainCreateArgs) (*rpc.None, error) {
	return nil, st.DomainCreate(domainRef(a.Dom))
}

func domainCreateWithFlags(st *hypervisor.State, a *libvirt.DomainCreateWithFlagsArgs) (*libvirt.DomainCreateWithFlagsRet, error) {
	d, err := st.DomainCreateWithFlags(domainRef(a.Dom), a.Flags)
	return &libvirt.DomainCreateWithFlagsRet{Dom: wireDomain(d)}, err
}

func domainSuspend(st *hypervisor.State, a *libvirt.DomainSuspendArgs) (*rpc.None, error) {
	return nil, st.DomainSuspend(domainRef(a.Dom))
}

func domainResume(st *hypervisor.State, a *libvirt.DomainResumeArgs) (*rpc.None, error) {
	return nil, st.DomainResume(domainRef(a.Dom))
}

func domainShutdown(st *hypervisor.State, a *libvirt.DomainShutdownArgs) (*rpc.None, error) {
	return nil, st.DomainShutdown(domainRef(a.Dom))
}

func domainShutdownFlags(st *hypervisor.State, a *libvirt.DomainShutdownFlagsArgs) (*rpc.None, error) {
	return nil, st.DomainShutdownFlags(domainRef(a.Dom), uint32(a.Flags))
}

func domainReboot(st *hypervisor.State, a *libvirt.DomainRebootArgs) (*rpc.None, error) {
	return nil, st.DomainReboot(domainRef(a.Dom), uint32(a.Flags))
}

func domainReset(st *hypervisor.State, a *libvirt.DomainResetArgs) (*rpc.None, error) {
	return nil, st.DomainReset(domainRef(a.Dom), a.Flags)
}

func domainDestroy(st *hypervisor.State, a *libvirt.DomainDestroyArgs) (*rpc.None, error) {
	return nil, st.DomainDestroy(domainRef(a.Dom))
}

func domainDestroyFlags(st *hypervisor.State, a *libvirt.DomainDestroyFlagsArgs) (*rpc.None, error) {
	return nil, st.DomainDestroyFlags(domainRef(a.Dom), uint32(a.Flags))
}

func domainUndefine(st *hypervisor.State, a *libvirt.DomainUndefineArgs) (*rpc.None, error) {
	return nil, st.DomainUndefine(domainRef(a.Dom))
}

func domainUndefineFlags(st *hypervisor.State, a *libvirt.DomainUndefineFlagsArgs) (*rpc.None, error) {
	return nil, st.DomainUndefineFlags(domainRef(a.Dom), uint32(a.Flags))
}

func domainManagedSave(st *hypervisor.State, a *libvirt.DomainManagedSaveArgs) (*rpc.None, error) {
	return nil, st.DomainManagedSave(domainRef(a.Dom), a.Flags)
}

func domainHasManagedSaveImage(st *hypervisor.State, a *libvirt.DomainHasManagedSaveImageArgs) (*libvirt.DomainHasManagedSaveImageRet, error) {
	has, err := st.DomainHasManagedSaveImage(domainRef(a.Dom), a.Flags)
	return &libvirt.DomainHasManagedSaveImageRet{Result: truth(has)}, err
}

func domainManagedSaveRemove(st *hypervisor.State, a *libvirt.DomainManagedSaveRemoveArgs) (*rpc.None, error) {
	return nil, st.DomainManagedSaveRemove(domainRef(a.Dom), a.Flags)
}

func domainRename(st *hypervisor.State, a *libvirt.DomainRenameArgs) (*libvirt.DomainRenameRet, error) {
	if len(a.NewName) == 0 {
		return nil, hypervisor.InvalidArg(hypervisor.FromDomain, "virDomainRename", "new_name",
			"new_name in virDomainRename must not be NULL")
	}
	return &libvirt.DomainRenameRet{}, st.DomainRename(domainRef(a.Dom), a.NewName[0], a.Flags)
}
