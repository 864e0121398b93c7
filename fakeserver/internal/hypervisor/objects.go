package hypervisor

import (
	"slices"
	"strings"
)

// objectState is what a State holds besides its domains. The State's lock
// guards it.
type objectState struct {
	networks    byName[*network]
	pools       byName[*storagePool]
	nodeDevices byName[*nodeDevice]
	interfaces  byName[*hostInterface]
	secrets     []*secret // by UUID
	filters     byName[*nwFilter]
	bindings    byName[*nwFilterBinding]
}

// byName holds objects of one kind in the order of their names, so that lists
// come out the same each time. libvirt's own order is that of a hash table, and
// differs from one daemon to the next.
type byName[T named] []T

type named interface{ objectName() string }

func (l byName[T]) search(name string) (int, bool) {
	return slices.BinarySearchFunc(l, name, func(x T, name string) int {
		return strings.Compare(x.objectName(), name)
	})
}

// get returns the object of that name.
func (l byName[T]) get(name string) (T, bool) {
	if i, ok := l.search(name); ok {
		return l[i], true
	}
	var none T
	return none, false
}

// find returns the first object of which is is true.
func (l byName[T]) find(is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(l, is); i >= 0 {
		return l[i], true
	}
	var none T
	return none, false
}

// add puts an object in, in place of the one of the same name if there is one.
func (l *byName[T]) add(x T) {
	i, found := l.search(x.objectName())
	if found {
		(*l)[i] = x
		return
	}
	*l = slices.Insert(*l, i, x)
}

// remove takes an object out.
func (l *byName[T]) remove(x T) {
	if i, found := l.search(x.objectName()); found {
		*l = slices.Delete(*l, i, i+1)
	}
}

// names returns the names of at most most objects of which is is true.
func (l byName[T]) names(most int32, is func(T) bool) []string {
	names := []string{}
	for _, x := range l {
		if len(names) >= int(most) {
			break
		}
		if is(x) {
			names = append(names, x.objectName())
		}
	}
	return names
}

// count returns how many objects there are of which is is true.
func (l byName[T]) count(is func(T) bool) int32 {
	var n int32
	for _, x := range l {
		if is(x) {
			n++
		}
	}
	return n
}

// Standing is whether a network or storage pool runs, is kept when it stops, and
// starts with the daemon.
type Standing struct{ Active, Persistent, Autostart bool }

// Filters of lists by an object's standing. VIR_CONNECT_LIST_NETWORKS_… and
// VIR_CONNECT_LIST_STORAGE_POOLS_… have the same values.
const (
	listInactive = 1 << iota
	listActive
	listPersistent
	listTransient
	listAutostart
	listNoAutostart

	listStandings = listNoAutostart<<1 - 1
)

// listed reports whether a list with flags shows objects of this standing.
func (s Standing) listed(flags uint32) bool {
	return passes(flags, listActive, listInactive, s.Active) &&
		passes(flags, listPersistent, listTransient, s.Persistent) &&
		passes(flags, listAutostart, listNoAutostart, s.Autostart)
}

// passes reports whether flags let an object through that has a property or
// not. Neither flag of the pair stands for both.
func passes(flags, with, without uint32, has bool) bool {
	if flags&(with|without) == 0 {
		return true
	}
	if has {
		return flags&with != 0
	}
	return flags&without != 0
}
