package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerDomains(t *Table) {
	handle(t, rpc.ConnectNumOfDomains, onHost(connectNumOfDomains))
	handle(t, rpc.ConnectListDomains, onHost(connectListDomains))
	handle(t, rpc.ConnectNumOfDefinedDomains, onHost(connectNumOfDefinedDomains))
	handle(t, rpc.ConnectListDefinedDomains, onHost(connectListDefinedDomains))
	handle(t, rpc.ConnectListAllDomains, onHost(connectListAllDomains))
	handle(t, rpc.DomainLookupByName, onHost(domainLookupByName))
	handle(t, rpc.DomainLookupByUUID, onHost(domainLookupByUUID))
	handle(t, rpc.DomainLookupByID, onHost(domainLookupByID))
	registerDomainLifecycle(t)
	registerDomainInfo(t)
	registerDomainConfig(t)
}

func wireDomain(d hypervisor.DomainRef) libvirt.Domain {
	return libvirt.Domain{Name: d.Name, UUID: libvirt.UUID(d.UUID), ID: d.ID}
}

func domainRef(d libvirt.Domain) hypervisor.DomainRef {
	return hypervisor.DomainRef{Name: d.Name, UUID: hypervisor.UUID(d.UUID), ID: d.ID}
}

func connectNumOfDomains(st *hypervisor.State, _ *rpc.None) (*libvirt.ConnectNumOfDomainsRet, error) {
	return &libvirt.ConnectNumOfDomainsRet{Num: int32(st.ConnectNumOfDomains())}, nil
}

func connectListDomains(st *hypervisor.State, a *libvirt.ConnectListDomainsArgs) (*libvirt.ConnectListDomainsRet, error) {
	if err := checkMax(a.Maxids, "maxids", listMax, "REMOTE_DOMAIN_LIST_MAX"); err != nil {
		return nil, err
	}
	return &libvirt.ConnectListDomainsRet{Ids: st.ConnectListDomains(int(a.Maxids))}, nil
}

func connectNumOfDefinedDomains(st *hypervisor.State, _ *rpc.None) (*libvirt.ConnectNumOfDefinedDomainsRet, error) {
	return &libvirt.ConnectNumOfDefinedDomainsRet{Num: int32(st.ConnectNumOfDefinedDomains())}, nil
}

func connectListDefinedDomains(st *hypervisor.State, a *libvirt.ConnectListDefinedDomainsArgs) (*libvirt.ConnectListDefinedDomainsRet, error) {
	if err := checkMax(a.Maxnames, "maxnames", listMax, "REMOTE_DOMAIN_LIST_MAX"); err != nil {
		return nil, err
	}
	return &libvirt.ConnectListDefinedDomainsRet{Names: st.ConnectListDefinedDomains(int(a.Maxnames))}, nil
}

func connectListAllDomains(st *hypervisor.State, a *libvirt.ConnectListAllDomainsArgs) (*libvirt.ConnectListAllDomainsRet, error) {
	refs, err := st.ConnectListAllDomains(uint32(a.Flags))
	ret := &libvirt.ConnectListAllDomainsRet{}
	ret.Domains, ret.Ret = listed(refs, a.NeedResults, wireDomain)
	return ret, err
}

func domainLookupByName(st *hypervisor.State, a *libvirt.DomainLookupByNameArgs) (*libvirt.DomainLookupByNameRet, error) {
	d, err := st.DomainLookupByName(a.Name)
	return &libvirt.DomainLookupByNameRet{Dom: wireDomain(d)}, err
}

func domainLookupByUUID(st *hypervisor.State, a *libvirt.DomainLookupByUUIDArgs) (*libvirt.DomainLookupByUUIDRet, error) {
	d, err := st.DomainLookupByUUID(hypervisor.UUID(a.UUID))
	return &libvirt.DomainLookupByUUIDRet{Dom: wireDomain(d)}, err
}

func domainLookupByID(st *hypervisor.State, a *libvirt.DomainLookupByIDArgs) (*libvirt.DomainLookupByIDRet, error) {
	d, err := st.DomainLookupByID(a.ID)
	return &libvirt.DomainLookupByIDRet{Dom: wireDomain(d)}, err
}
