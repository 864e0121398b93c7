package remote

import (
	"slices"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// lister is how a procedure that lists or counts objects leaves some out.
type lister struct {
	// answer answers a call without the objects on which the client lacks the
	// permission of filter; nil for a procedure that lists none.
	answer func(g *guard, t *Table, filter *permission, args any) (any, error)
	// room returns how many items the client has room for, if it says so; limit is
	// the most that it may say.
	room  func(args any) int32
	limit int32
}

// noRoom reports whether the client says a number that the daemon refuses.
func (l lister) noRoom(args any) bool {
	return l.room != nil && (l.room(args) < 0 || l.room(args) > l.limit)
}

// lists are the procedures that filter. The drivers leave out what a client may not
// see before they cut a list to what it has room for, and count only what it may.
var lists = newLists()

func newLists() map[*rpc.Info]lister {
	all := map[*rpc.Info]lister{
		rpc.ConnectListAllDomains.Info: listAll(func(a *libvirt.ConnectListAllDomainsArgs) *int32 { return &a.NeedResults },
			func(r *libvirt.ConnectListAllDomainsRet) (*[]libvirt.Domain, *uint32) { return &r.Domains, &r.Ret }),
		rpc.ConnectListAllNetworks.Info: listAll(func(a *libvirt.ConnectListAllNetworksArgs) *int32 { return &a.NeedResults },
			func(r *libvirt.ConnectListAllNetworksRet) (*[]libvirt.Network, *uint32) { return &r.Nets, &r.Ret }),
		rpc.ConnectListAllStoragePools.Info: listAll(func(a *libvirt.ConnectListAllStoragePoolsArgs) *int32 { return &a.NeedResults },
			func(r *libvirt.ConnectListAllStoragePoolsRet) (*[]libvirt.StoragePool, *uint32) {
				return &r.Pools, &r.Ret
			}),
		rpc.StoragePoolListAllVolumes.Info: listAll(func(a *libvirt.StoragePoolListAllVolumesArgs) *int32 { return &a.NeedResults },
			func(r *libvirt.StoragePoolListAllVolumesRet) (*[]libvirt.StorageVol, *uint32) { return &r.Vols, &r.Ret }),
		rpc.ConnectListAllInterfaces.Info: listAll(func(a *libvirt.ConnectListAllInterfacesArgs) *int32 { return &a.NeedResults },
			func(r *libvirt.ConnectListAllInterfacesRet) (*[]libvirt.Interface, *uint32) { return &r.Ifaces, &r.Ret }),
		rpc.ConnectListAllNodeDevices.Info: listAll(func(a *libvirt.ConnectListAllNodeDevicesArgs) *int32 { return &a.NeedResults },
			func(r *libvirt.ConnectListAllNodeDevicesRet) (*[]libvirt.NodeDevice, *uint32) {
				return &r.Devices, &r.Ret
			}),
		rpc.ConnectListAllNwfilters.Info: listAll(func(a *libvirt.ConnectListAllNwfiltersArgs) *int32 { return &a.NeedResults },
			func(r *libvirt.ConnectListAllNwfiltersRet) (*[]libvirt.Nwfilter, *uint32) { return &r.Filters, &r.Ret }),
		rpc.ConnectListAllNwfilterBindings.Info: listAll(func(a *libvirt.ConnectListAllNwfilterBindingsArgs) *int32 { return &a.NeedResults },
			func(r *libvirt.ConnectListAllNwfilterBindingsRet) (*[]libvirt.NwfilterBinding, *uint32) {
				return &r.Bindings, &r.Ret
			}),
		rpc.ConnectListAllSecrets.Info: listAll(func(a *libvirt.ConnectListAllSecretsArgs) *int32 { return &a.NeedResults },
			func(r *libvirt.ConnectListAllSecretsRet) (*[]libvirt.Secret, *uint32) { return &r.Secrets, &r.Ret }),

		rpc.ConnectListDefinedDomains.Info: listNames(listMax, func(a *libvirt.ConnectListDefinedDomainsArgs) *int32 { return &a.Maxnames },
			func(r *libvirt.ConnectListDefinedDomainsRet) *[]string { return &r.Names }),
		rpc.ConnectListNetworks.Info: listNames(listMax, func(a *libvirt.ConnectListNetworksArgs) *int32 { return &a.Maxnames },
			func(r *libvirt.ConnectListNetworksRet) *[]string { return &r.Names }),
		rpc.ConnectListDefinedNetworks.Info: listNames(listMax, func(a *libvirt.ConnectListDefinedNetworksArgs) *int32 { return &a.Maxnames },
			func(r *libvirt.ConnectListDefinedNetworksRet) *[]string { return &r.Names }),
		rpc.ConnectListStoragePools.Info: listNames(listMax, func(a *libvirt.ConnectListStoragePoolsArgs) *int32 { return &a.Maxnames },
			func(r *libvirt.ConnectListStoragePoolsRet) *[]string { return &r.Names }),
		rpc.ConnectListDefinedStoragePools.Info: listNames(listMax, func(a *libvirt.ConnectListDefinedStoragePoolsArgs) *int32 { return &a.Maxnames },
			func(r *libvirt.ConnectListDefinedStoragePoolsRet) *[]string { return &r.Names }),
		rpc.StoragePoolListVolumes.Info: listNames(listMax, func(a *libvirt.StoragePoolListVolumesArgs) *int32 { return &a.Maxnames },
			func(r *libvirt.StoragePoolListVolumesRet) *[]string { return &r.Names }),
		rpc.NodeListDevices.Info: listNames(nodeDeviceMax, func(a *libvirt.NodeListDevicesArgs) *int32 { return &a.Maxnames },
			func(r *libvirt.NodeListDevicesRet) *[]string { return &r.Names }),
		rpc.ConnectListInterfaces.Info: listNames(listMax, func(a *libvirt.ConnectListInterfacesArgs) *int32 { return &a.Maxnames },
			func(r *libvirt.ConnectListInterfacesRet) *[]string { return &r.Names }),
		rpc.ConnectListDefinedInterfaces.Info: listNames(listMax, func(a *libvirt.ConnectListDefinedInterfacesArgs) *int32 { return &a.Maxnames },
			func(r *libvirt.ConnectListDefinedInterfacesRet) *[]string { return &r.Names }),
		rpc.ConnectListNwfilters.Info: listNames(listMax, func(a *libvirt.ConnectListNwfiltersArgs) *int32 { return &a.Maxnames },
			func(r *libvirt.ConnectListNwfiltersRet) *[]string { return &r.Names }),
		rpc.ConnectListSecrets.Info: listNames(listMax, func(a *libvirt.ConnectListSecretsArgs) *int32 { return &a.Maxuuids },
			func(r *libvirt.ConnectListSecretsRet) *[]string { return &r.Uuids }),
		rpc.ConnectListDomains.Info: listItems(listMax, func(a *libvirt.ConnectListDomainsArgs) *int32 { return &a.Maxids },
			func(r *libvirt.ConnectListDomainsRet) *[]int32 { return &r.Ids }, (*guard).activeDomain),
	}

	all[rpc.ConnectNumOfDomains.Info] = count(all, rpc.ConnectListDomains.Info, func(*rpc.None) any {
		return &libvirt.ConnectListDomainsArgs{Maxids: listMax}
	}, func(r *libvirt.ConnectListDomainsRet) *libvirt.ConnectNumOfDomainsRet {
		return &libvirt.ConnectNumOfDomainsRet{Num: int32(len(r.Ids))}
	})
	all[rpc.ConnectNumOfDefinedDomains.Info] = count(all, rpc.ConnectListDefinedDomains.Info, func(*rpc.None) any {
		return &libvirt.ConnectListDefinedDomainsArgs{Maxnames: listMax}
	}, func(r *libvirt.ConnectListDefinedDomainsRet) *libvirt.ConnectNumOfDefinedDomainsRet {
		return &libvirt.ConnectNumOfDefinedDomainsRet{Num: int32(len(r.Names))}
	})
	all[rpc.ConnectNumOfNetworks.Info] = count(all, rpc.ConnectListNetworks.Info, func(*rpc.None) any {
		return &libvirt.ConnectListNetworksArgs{Maxnames: listMax}
	}, func(r *libvirt.ConnectListNetworksRet) *libvirt.ConnectNumOfNetworksRet {
		return &libvirt.ConnectNumOfNetworksRet{Num: int32(len(r.Names))}
	})
	all[rpc.ConnectNumOfDefinedNetworks.Info] = count(all, rpc.ConnectListDefinedNetworks.Info, func(*rpc.None) any {
		return &libvirt.ConnectListDefinedNetworksArgs{Maxnames: listMax}
	}, func(r *libvirt.ConnectListDefinedNetworksRet) *libvirt.ConnectNumOfDefinedNetworksRet {
		return &libvirt.ConnectNumOfDefinedNetworksRet{Num: int32(len(r.Names))}
	})
	all[rpc.ConnectNumOfStoragePools.Info] = count(all, rpc.ConnectListStoragePools.Info, func(*rpc.None) any {
		return &libvirt.ConnectListStoragePoolsArgs{Maxnames: listMax}
	}, func(r *libvirt.ConnectListStoragePoolsRet) *libvirt.ConnectNumOfStoragePoolsRet {
		return &libvirt.ConnectNumOfStoragePoolsRet{Num: int32(len(r.Names))}
	})
	all[rpc.ConnectNumOfDefinedStoragePools.Info] = count(all, rpc.ConnectListDefinedStoragePools.Info, func(*rpc.None) any {
		return &libvirt.ConnectListDefinedStoragePoolsArgs{Maxnames: listMax}
	}, func(r *libvirt.ConnectListDefinedStoragePoolsRet) *libvirt.ConnectNumOfDefinedStoragePoolsRet {
		return &libvirt.ConnectNumOfDefinedStoragePoolsRet{Num: int32(len(r.Names))}
	})
	all[rpc.StoragePoolNumOfVolumes.Info] = count(all, rpc.StoragePoolListVolumes.Info, func(a *libvirt.StoragePoolNumOfVolumesArgs) any {
		return &libvirt.StoragePoolListVolumesArgs{Pool: a.Pool, Maxnames: listMax}
	}, func(r *libvirt.StoragePoolListVolumesRet) *libvirt.StoragePoolNumOfVolumesRet {
		return &libvirt.StoragePoolNumOfVolumesRet{Num: int32(len(r.Names))}
	})
	all[rpc.NodeNumOfDevices.Info] = count(all, rpc.NodeListDevices.Info, func(a *libvirt.NodeNumOfDevicesArgs) any {
		return &libvirt.NodeListDevicesArgs{Cap: a.Cap, Flags: a.Flags, Maxnames: nodeDeviceMax}
	}, func(r *libvirt.NodeListDevicesRet) *libvirt.NodeNumOfDevicesRet {
		return &libvirt.NodeNumOfDevicesRet{Num: int32(len(r.Names))}
	})
	all[rpc.ConnectNumOfInterfaces.Info] = count(all, rpc.ConnectListInterfaces.Info, func(*rpc.None) any {
		return &libvirt.ConnectListInterfacesArgs{Maxnames: listMax}
	}, func(r *libvirt.ConnectListInterfacesRet) *libvirt.ConnectNumOfInterfacesRet {
		return &libvirt.ConnectNumOfInterfacesRet{Num: int32(len(r.Names))}
	})
	all[rpc.ConnectNumOfDefinedInterfaces.Info] = count(all, rpc.ConnectListDefinedInterfaces.Info, func(*rpc.None) any {
		return &libvirt.ConnectListDefinedInterfacesArgs{Maxnames: listMax}
	}, func(r *libvirt.ConnectListDefinedInterfacesRet) *libvirt.ConnectNumOfDefinedInterfacesRet {
		return &libvirt.ConnectNumOfDefinedInterfacesRet{Num: int32(len(r.Names))}
	})
	all[rpc.ConnectNumOfNwfilters.Info] = count(all, rpc.ConnectListNwfilters.Info, func(*rpc.None) any {
		return &libvirt.ConnectListNwfiltersArgs{Maxnames: listMax}
	}, func(r *libvirt.ConnectListNwfiltersRet) *libvirt.ConnectNumOfNwfiltersRet {
		return &libvirt.ConnectNumOfNwfiltersRet{Num: int32(len(r.Names))}
	})
	all[rpc.ConnectNumOfSecrets.Info] = count(all, rpc.ConnectListSecrets.Info, func(*rpc.None) any {
		return &libvirt.ConnectListSecretsArgs{Maxuuids: listMax}
	}, func(r *libvirt.ConnectListSecretsRet) *libvirt.ConnectNumOfSecretsRet {
		return &libvirt.ConnectNumOfSecretsRet{Num: int32(len(r.Uuids))}
	})
	return all
}

// listAll makes the lister of a procedure that lists whole objects, or only counts
// them for a client that does not need them: need is the argument that says so.
func listAll[A, R, T any](need func(*A) *int32, items func(*R) (*[]T, *uint32)) lister {
	return lister{answer: func(g *guard, t *Table, filter *permission, args any) (any, error) {
		needing := *args.(*A)
		*need(&needing) = 1
		ret, err := t.lookup(g.call)(g.session, &needing)
		if err != nil {
			return nil, err
		}
		list, n := items(ret.(*R))
		*list = slices.DeleteFunc(*list, func(item T) bool {
			objects, _ := naming.AppendObject(nil, &item)
			if full, ok := g.opened.resolve(filter.class, objects); ok {
				objects = full
			}
			return !g.may(filter.name, objects)
		})
		*n = uint32(len(*list))
		if *need(args.(*A)) == 0 {
			*list = nil
		}
		return ret, nil
	}}
}

// listNames is listItems for a list of names, or of UUIDs.
func listNames[A, R any](limit int32, most func(*A) *int32, items func(*R) *[]string) lister {
	return listItems(limit, most, items, (*guard).named)
}

// listItems makes the lister of a procedure that lists what objects are called, at
// most as many as the argument most says, which may be limit. objects tells what an
// item stands for, and false if it has gone meanwhile.
func listItems[A, R, T any](limit int32, most func(*A) *int32, items func(*R) *[]T, objects func(g *guard, class string, args any, item T) ([]naming.Object, bool)) lister {
	room := func(args any) int32 { return *most(args.(*A)) }
	return lister{limit: limit, room: room, answer: func(g *guard, t *Table, filter *permission, args any) (any, error) {
		all := *args.(*A)
		*most(&all) = limit
		ret, err := t.lookup(g.call)(g.session, &all)
		if err != nil {
			return nil, err
		}
		list := items(ret.(*R))
		*list = slices.DeleteFunc(*list, func(item T) bool {
			found, ok := objects(g, filter.class, args, item)
			return !ok || !g.may(filter.name, found)
		})
		*list = (*list)[:min(len(*list), int(room(args)))]
		return ret, nil
	}}
}

// named finds what a name, or the UUID of a secret, in a list stands for.
func (g *guard) named(class string, args any, name string) ([]naming.Object, bool) {
	found := []naming.Object{{Name: name}}
	switch a := args.(type) {
	case *libvirt.StoragePoolListVolumesArgs:
		found = append(found, naming.Object{Name: a.Pool.Name, UUID: a.Pool.UUID, HasUUID: true})
	case *libvirt.ConnectListSecretsArgs:
		found[0].UUID, found[0].HasUUID = naming.ParseUUID(name)
	}
	return g.opened.resolve(class, found)
}

func (g *guard) activeDomain(_ string, _ any, id int32) ([]naming.Object, bool) {
	d, err := g.opened.State.DomainLookupByID(id)
	return []naming.Object{domainObject(d)}, err == nil
}

// count makes the lister of a procedure that counts, from p of all, which lists what it
// counts; listArgs returns the arguments of that.
func count[A, L, R any](all map[*rpc.Info]lister, p *rpc.Info, listArgs func(*A) any, number func(*L) *R) lister {
	list := all[p].answer
	return lister{answer: func(g *guard, t *Table, filter *permission, args any) (any, error) {
		if ret, err := t.lookup(g.call)(g.session, args); err != nil {
			return ret, err
		}
		ret, err := list(&guard{session: g.session, opened: g.opened, call: p}, t, filter, listArgs(args.(*A)))
		if err != nil {
			return nil, err
		}
		return number(ret.(*L)), nil
	}}
}
