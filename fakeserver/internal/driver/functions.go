package driver

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed functions.txt
var functionsText string

// functionSet holds functions by their names, which in libvirt's driver interface
// are like "domainCreateXML".
type functionSet map[string]bool

// functionsOf is what each driver has of the interface of a hypervisor driver, by
// the driver's name; that of "*" is the whole.
var functionsOf = sync.OnceValue(func() map[string]functionSet {
	all := map[string]functionSet{}
	for line := range strings.Lines(functionsText) {
		name, list, _ := strings.Cut(strings.TrimSpace(line), ": ")
		all[name] = functionSet{}
		for _, f := range strings.Fields(list) {
			all[name][f] = true
		}
	}
	return all
})

// withoutDriver are the functions that libvirt answers itself where the driver
// does not.
var withoutDriver = functionSet{
	"connectOpen": true, "connectClose": true, "connectGetType": true, "connectGetLibVersion": true,
	"connectSupportsFeature": true, "connectSetIdentity": true,
	"connectRegisterCloseCallback": true, "connectUnregisterCloseCallback": true,
}

// lacking returns the functions of libvirt's API ("virDomainCreateXML") that have
// nothing to ask a driver with this set for.
func (have functionSet) lacking() functionSet {
	lacking := functionSet{}
	for name := range functionsOf()["*"] {
		if !have[name] && !withoutDriver[name] {
			lacking["vir"+strings.ToUpper(name[:1])+name[1:]] = true
		}
	}
	return lacking
}
