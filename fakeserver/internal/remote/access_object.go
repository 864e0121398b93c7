package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func domainObject(d hypervisor.DomainRef) naming.Object {
	return naming.Object{Name: d.Name, UUID: libvirt.UUID(d.UUID), HasUUID: true}
}

func networkObject(n hypervisor.NetworkRef) naming.Object {
	return naming.Object{Name: n.Name, UUID: libvirt.UUID(n.UUID), HasUUID: true}
}

func poolObject(p hypervisor.StoragePoolRef) naming.Object {
	return naming.Object{Name: p.Name, UUID: libvirt.UUID(p.UUID), HasUUID: true}
}

// documentOf returns the document by which a call names an object that need not be
// there yet.
func documentOf(args any) (xml string, ok bool) {
	switch a := args.(type) {
	case *libvirt.DomainDefineXMLArgs:
		return a.XML, true
	case *libvirt.DomainDefineXMLFlagsArgs:
		return a.XML, true
	case *libvirt.DomainCreateXMLArgs:
		return a.XMLDesc, true
	case *libvirt.NetworkDefineXMLArgs:
		return a.XML, true
	case *libvirt.NetworkDefineXMLFlagsArgs:
		return a.XML, true
	case *libvirt.NetworkCreateXMLArgs:
		return a.XML, true
	case *libvirt.NetworkCreateXMLFlagsArgs:
		return a.XML, true
	}
	return "", false
}

// defined returns the object that a document defines, and false if it is wrong.
func (o *opened) defined(class, xml string) ([]naming.Object, bool) {
	switch class {
	case "domain":
		d, err := o.State.DomainOfXML(xml)
		return []naming.Object{domainObject(d)}, err == nil
	case "network":
		n, err := o.Objects.NetworkOfXML(xml)
		return []naming.Object{networkObject(n)}, err == nil
	}
	return nil, false
}

// resolve returns what the state calls the object that a client means, who may
// remember another name of it, and what the object is part of. It reports false if
// there is no such object.
func (o *opened) resolve(class string, found []naming.Object) ([]naming.Object, bool) {
	meant := found[0]
	one := func(object naming.Object, err error) ([]naming.Object, bool) {
		return []naming.Object{object}, err == nil
	}
	switch class {
	case "domain":
		d, err := byUUIDOrName(meant, o.State.DomainLookupByUUID, o.State.DomainLookupByName)
		return one(domainObject(d), err)
	case "network":
		n, err := byUUIDOrName(meant, o.Objects.NetworkLookupByUUID, o.Objects.NetworkLookupByName)
		return one(networkObject(n), err)
	case "storage-pool":
		if len(found) > 1 { // the pool of a volume
			meant = found[len(found)-1]
		}
		p, err := byUUIDOrName(meant, o.Objects.StoragePoolLookupByUUID, o.Objects.StoragePoolLookupByName)
		return one(poolObject(p), err)
	case "storage-vol":
		if len(found) < 2 {
			return nil, false
		}
		return o.volume(found[1], meant.Name)
	case "node-device":
		return one(meant, o.Objects.NodeDeviceLookupByName(meant.Name))
	case "interface":
		i, err := o.Objects.InterfaceLookupByName(meant.Name)
		return one(naming.Object{Name: i.Name, Also: i.MAC}, err)
	case "nwfilter":
		f, err := byUUIDOrName(meant, o.Objects.NWFilterLookupByUUID, o.Objects.NWFilterLookupByName)
		return one(naming.Object{Name: f.Name, UUID: libvirt.UUID(f.UUID), HasUUID: true}, err)
	case "nwfilter-binding":
		b, err := o.Objects.NWFilterBindingLookupByPortDev(meant.Name)
		return one(naming.Object{Name: b.PortDev}, err)
	case "secret":
		s, err := o.Objects.SecretLookupByUUID(hypervisor.UUID(meant.UUID))
		return one(naming.Object{Name: s.UsageID, UUID: libvirt.UUID(s.UUID), HasUUID: true}, err)
	}
	return nil, false
}

func byUUIDOrName[T any](o naming.Object, byUUID func(hypervisor.UUID) (T, error), byName func(string) (T, error)) (T, error) {
	if o.HasUUID {
		return byUUID(hypervisor.UUID(o.UUID))
	}
	return byName(o.Name)
}

// volume returns a volume and its pool.
func (o *opened) volume(pool naming.Object, name string) ([]naming.Object, bool) {
	p, err := byUUIDOrName(pool, o.Objects.StoragePoolLookupByUUID, o.Objects.StoragePoolLookupByName)
	if err != nil {
		return nil, false
	}
	v, err := o.Objects.StorageVolLookupByName(p, name)
	return []naming.Object{{Name: v.Name, Also: v.Key}, poolObject(p)}, err == nil
}

// lookups tell the object that a look-up has found, on which getattr is needed. To
// find it has no effect, so that it comes first.
var lookups = map[*rpc.Info]func(ret any) []naming.Object{
	rpc.DomainLookupByName.Info:  lookedUp(func(r *libvirt.DomainLookupByNameRet) any { return &r.Dom }),
	rpc.DomainLookupByUUID.Info:  lookedUp(func(r *libvirt.DomainLookupByUUIDRet) any { return &r.Dom }),
	rpc.DomainLookupByID.Info:    lookedUp(func(r *libvirt.DomainLookupByIDRet) any { return &r.Dom }),
	rpc.NetworkLookupByName.Info: lookedUp(func(r *libvirt.NetworkLookupByNameRet) any { return &r.Net }),
	rpc.NetworkLookupByUUID.Info: lookedUp(func(r *libvirt.NetworkLookupByUUIDRet) any { return &r.Net }),

	rpc.StoragePoolLookupByName.Info:       lookedUp(func(r *libvirt.StoragePoolLookupByNameRet) any { return &r.Pool }),
	rpc.StoragePoolLookupByUUID.Info:       lookedUp(func(r *libvirt.StoragePoolLookupByUUIDRet) any { return &r.Pool }),
	rpc.StoragePoolLookupByVolume.Info:     lookedUp(func(r *libvirt.StoragePoolLookupByVolumeRet) any { return &r.Pool }),
	rpc.StoragePoolLookupByTargetPath.Info: lookedUp(func(r *libvirt.StoragePoolLookupByTargetPathRet) any { return &r.Pool }),
	rpc.StorageVolLookupByName.Info:        lookedUp(func(r *libvirt.StorageVolLookupByNameRet) any { return &r.Vol }),
	rpc.StorageVolLookupByKey.Info:         lookedUp(func(r *libvirt.StorageVolLookupByKeyRet) any { return &r.Vol }),
	rpc.StorageVolLookupByPath.Info:        lookedUp(func(r *libvirt.StorageVolLookupByPathRet) any { return &r.Vol }),

	rpc.NodeDeviceLookupByName.Info:         lookedUp(func(r *libvirt.NodeDeviceLookupByNameRet) any { return &r.Dev }),
	rpc.NodeDeviceLookupScsiHostByWwn.Info:  lookedUp(func(r *libvirt.NodeDeviceLookupScsiHostByWwnRet) any { return &r.Dev }),
	rpc.InterfaceLookupByName.Info:          lookedUp(func(r *libvirt.InterfaceLookupByNameRet) any { return &r.Iface }),
	rpc.InterfaceLookupByMacString.Info:     lookedUp(func(r *libvirt.InterfaceLookupByMacStringRet) any { return &r.Iface }),
	rpc.SecretLookupByUUID.Info:             lookedUp(func(r *libvirt.SecretLookupByUUIDRet) any { return &r.OptSecret }),
	rpc.SecretLookupByUsage.Info:            lookedUp(func(r *libvirt.SecretLookupByUsageRet) any { return &r.OptSecret }),
	rpc.NwfilterLookupByName.Info:           lookedUp(func(r *libvirt.NwfilterLookupByNameRet) any { return &r.OptNwfilter }),
	rpc.NwfilterLookupByUUID.Info:           lookedUp(func(r *libvirt.NwfilterLookupByUUIDRet) any { return &r.OptNwfilter }),
	rpc.NwfilterBindingLookupByPortDev.Info: lookedUp(func(r *libvirt.NwfilterBindingLookupByPortDevRet) any { return &r.OptNwfilter }),
}

// lookedUp makes an entry of lookups: object returns a pointer to the object of a
// result.
func lookedUp[R any](object func(*R) any) func(ret any) []naming.Object {
	return func(ret any) []naming.Object {
		objects, _ := naming.AppendObject(nil, object(ret.(*R)))
		return objects
	}
}

// found asks whether the client may learn of what a look-up has found. The volumes of
// all pools are gone through with those left out that it may not.
func (g *guard) found(a *asks, objectsOf func(ret any) []naming.Object, ret, args any) error {
	objects := objectsOf(ret)
	for i := range a.permissions {
		if g.may(a.permissions[i].name, objects) {
			continue
		}
		switch args := args.(type) {
		case *libvirt.StorageVolLookupByKeyArgs:
			return g.opened.Objects.NoVolumeOfKey(args.Key)
		case *libvirt.StorageVolLookupByPathArgs:
			return g.opened.Objects.NoVolumeOfPath(args.Path)
		}
		return g.opened.denied()
	}
	return nil
}
