package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerNWFilters(t *Table) {
	handle(t, rpc.ConnectNumOfNwfilters, onObjects(connectNumOfNWFilters))
	handle(t, rpc.ConnectListNwfilters, onObjects(connectListNWFilters))
	handle(t, rpc.ConnectListAllNwfilters, onObjects(connectListAllNWFilters))
	handle(t, rpc.NwfilterLookupByName, onObjects(nwfilterLookupByName))
	handle(t, rpc.NwfilterLookupByUUID, onObjects(nwfilterLookupByUUID))
	handle(t, rpc.NwfilterGetXMLDesc, onObjects(nwfilterGetXMLDesc))
	handle(t, rpc.ConnectListAllNwfilterBindings, onObjects(connectListAllNWFilterBindings))
	handle(t, rpc.NwfilterBindingLookupByPortDev, onObjects(nwfilterBindingLookupByPortDev))
	handle(t, rpc.NwfilterBindingGetXMLDesc, onObjects(nwfilterBindingGetXMLDesc))
}

func wireNWFilter(f hypervisor.NWFilterRef) libvirt.Nwfilter {
	return libvirt.Nwfilter{Name: f.Name, UUID: libvirt.UUID(f.UUID)}
}

func nwfilterRef(f libvirt.Nwfilter) hypervisor.NWFilterRef {
	return hypervisor.NWFilterRef{Name: f.Name, UUID: hypervisor.UUID(f.UUID)}
}

func wireBinding(b hypervisor.NWFilterBindingRef) libvirt.NwfilterBinding {
	return libvirt.NwfilterBinding{Portdev: b.PortDev, Filtername: b.Filter}
}

func bindingRef(b libvirt.NwfilterBinding) hypervisor.NWFilterBindingRef {
	return hypervisor.NWFilterBindingRef{PortDev: b.Portdev, Filter: b.Filtername}
}

func connectNumOfNWFilters(st *hypervisor.State, _ *rpc.None) (*libvirt.ConnectNumOfNwfiltersRet, error) {
	n, err := st.ConnectNumOfNWFilters()
	return &libvirt.ConnectNumOfNwfiltersRet{Num: n}, err
}

func connectListNWFilters(st *hypervisor.State, a *libvirt.ConnectListNwfiltersArgs) (*libvirt.ConnectListNwfiltersRet, error) {
	if err := checkMax(a.Maxnames, "maxnames", listMax, "REMOTE_NWFILTER_LIST_MAX"); err != nil {
		return nil, err
	}
	names, err := st.ConnectListNWFilters(a.Maxnames)
	return &libvirt.ConnectListNwfiltersRet{Names: names}, err
}

func connectListAllNWFilters(st *hypervisor.State, a *libvirt.ConnectListAllNwfiltersArgs) (*libvirt.ConnectListAllNwfiltersRet, error) {
	refs, err := st.ConnectListAllNWFilters(a.Flags)
	ret := &libvirt.ConnectListAllNwfiltersRet{}
	ret.Filters, ret.Ret = listed(refs, a.NeedResults, wireNWFilter)
	return ret, err
}

func nwfilterLookupByName(st *hypervisor.State, a *libvirt.NwfilterLookupByNameArgs) (*libvirt.NwfilterLookupByNameRet, error) {
	f, err := st.NWFilterLookupByName(a.Name)
	return &libvirt.NwfilterLookupByNameRet{OptNwfilter: wireNWFilter(f)}, err
}

func nwfilterLookupByUUID(st *hypervisor.State, a *libvirt.NwfilterLookupByUUIDArgs) (*libvirt.NwfilterLookupByUUIDRet, error) {
	f, err := st.NWFilterLookupByUUID(hypervisor.UUID(a.UUID))
	return &libvirt.NwfilterLookupByUUIDRet{OptNwfilter: wireNWFilter(f)}, err
}

func nwfilterGetXMLDesc(st *hypervisor.State, a *libvirt.NwfilterGetXMLDescArgs) (*libvirt.NwfilterGetXMLDescRet, error) {
	xml, err := st.NWFilterGetXMLDesc(nwfilterRef(a.OptNwfilter), a.Flags)
	return &libvirt.NwfilterGetXMLDescRet{XML: xml}, err
}

func connectListAllNWFilterBindings(st *hypervisor.State, a *libvirt.ConnectListAllNwfilterBindingsArgs) (*libvirt.ConnectListAllNwfilterBindingsRet, error) {
	refs, err := st.ConnectListAllNWFilterBindings(a.Flags)
	ret := &libvirt.ConnectListAllNwfilterBindingsRet{}
	ret.Bindings, ret.Ret = listed(refs, a.NeedResults, wireBinding)
	return ret, err
}

func nwfilterBindingLookupByPortDev(st *hypervisor.State, a *libvirt.NwfilterBindingLookupByPortDevArgs) (*libvirt.NwfilterBindingLookupByPortDevRet, error) {
	b, err := st.NWFilterBindingLookupByPortDev(a.Name)
	return &libvirt.NwfilterBindingLookupByPortDevRet{OptNwfilter: wireBinding(b)}, err
}

func nwfilterBindingGetXMLDesc(st *hypervisor.State, a *libvirt.NwfilterBindingGetXMLDescArgs) (*libvirt.NwfilterBindingGetXMLDescRet, error) {
	xml, err := st.NWFilterBindingGetXMLDesc(bindingRef(a.OptNwfilter), a.Flags)
	return &libvirt.NwfilterBindingGetXMLDescRet{XML: xml}, err
}
