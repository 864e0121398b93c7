package remote

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// permission is one that a procedure asks for.
type permission struct {
	class string // of objects, as policies write it: "connect", "storage-pool"
	name  string // with the class: "storage-pool.getattr"

	// A permission with a condition is asked for if any of the bits is set in the
	// argument that field reads; with unset, if none is.
	field func(args any) uint64
	bits  uint64
	unset bool
	// when is the condition for people: "with FLAG", "without FLAG and FLAG".
	when string
}

// asked reports whether a call with these arguments asks for the permission.
func (p *permission) asked(args any) bool {
	return p.field == nil || (p.field(args)&p.bits != 0) != p.unset
}

// asks is what a procedure asks the access manager.
type asks struct {
	permissions []permission
	filter      *permission   // for each object of a list
	find        naming.Finder // the objects that the arguments name
	flags       func(args any) uint64
}

// unasked are procedures that the daemon answers without the driver, which is where
// permissions are asked for, whatever the protocol's description says of them.
var unasked = []*rpc.Info{
	rpc.ConnectGetUri.Info, rpc.ConnectGetLibVersion.Info,
	rpc.ConnectRegisterCloseCallback.Info, rpc.ConnectUnregisterCloseCallback.Info,
}

// flagBits are the flags that permissions depend on.
var flagBits = map[string]uint64{
	"VIR_DOMAIN_AFFECT_LIVE":                   uint64(libvirt.DomainAffectLive),
	"VIR_DOMAIN_AFFECT_CONFIG":                 uint64(libvirt.DomainAffectConfig),
	"VIR_NETWORK_UPDATE_AFFECT_LIVE":           uint64(libvirt.NetworkUpdateAffectLive),
	"VIR_NETWORK_UPDATE_AFFECT_CONFIG":         uint64(libvirt.NetworkUpdateAffectConfig),
	"VIR_NODE_DEVICE_UPDATE_AFFECT_LIVE":       1, // too young for go-libvirt
	"VIR_NODE_DEVICE_UPDATE_AFFECT_CONFIG":     2,
	"VIR_DOMAIN_XML_SECURE":                    uint64(libvirt.DomainXMLSecure),
	"VIR_DOMAIN_XML_MIGRATABLE":                uint64(libvirt.DomainXMLMigratable),
	"VIR_DOMAIN_SAVE_IMAGE_XML_SECURE":         uint64(libvirt.DomainSaveImageXMLSecure),
	"VIR_DOMAIN_SNAPSHOT_XML_SECURE":           uint64(libvirt.DomainSnapshotXMLSecure),
	"VIR_DOMAIN_CHECKPOINT_XML_SECURE":         uint64(libvirt.DomainCheckpointXMLSecure),
	"VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE":       uint64(libvirt.DomainSnapshotCreateQuiesce),
	"VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE":     uint64(libvirt.DomainCheckpointCreateQuiesce),
	"VIR_DOMAIN_SHUTDOWN_GUEST_AGENT":          uint64(libvirt.DomainShutdownGuestAgent),
	"VIR_DOMAIN_REBOOT_GUEST_AGENT":            uint64(libvirt.DomainRebootGuestAgent),
	"VIR_DOMAIN_VCPU_GUEST":                    uint64(libvirt.DomainVCPUGuest),
	"VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT": uint64(libvirt.DomainInterfaceAddressesSrcAgent),
}

// permissionsOf returns what each procedure asks for, nil for those that ask for
// nothing.
var permissionsOf = sync.OnceValue(func() map[*rpc.Info]*asks {
	all := make(map[*rpc.Info]*asks)
	for p := range rpc.All() {
		if p.Kind == rpc.KindCall {
			if a := newAsks(p); a != nil {
				all[p] = a
			}
		}
	}
	for _, p := range unasked {
		delete(all, p)
	}
	// The daemon looks the device up first.
	parent := all[rpc.NodeDeviceGetParent.Info]
	parent.permissions = append([]permission{newPermission(rpc.NodeDeviceGetParent.Info, "node_device:getattr")}, parent.permissions...)
	return all
})

func newAsks(p *rpc.Info) *asks {
	if len(p.ACL) == 0 && p.ACLFilter == "" {
		return nil
	}
	a := &asks{find: naming.FinderOf(p), flags: naming.FieldOf(p, "Flags")}
	for _, acl := range p.ACL {
		a.permissions = append(a.permissions, newPermission(p, acl))
	}
	if p.ACLFilter != "" {
		f := newPermission(p, p.ACLFilter)
		a.filter = &f
	}
	return a
}

// newPermission reads one of [rpc.Info.ACL]: class:permission, perhaps with :FLAGS
// or ::argument:VALUE behind it.
func newPermission(p *rpc.Info, acl string) permission {
	part := strings.Split(strings.ReplaceAll(acl, "_", "-"), ":")
	n := permission{class: part[0], name: part[0] + "." + part[1]}
	if len(part) == 2 {
		return n
	}
	part = strings.Split(acl, ":") // flags keep their underscores
	field, flags := "Flags", part[len(part)-1]
	if len(part) > 3 {
		field = strings.ToUpper(part[3][:1]) + part[3][1:]
	}
	n.field = naming.FieldOf(p, field)
	flags, n.unset = strings.CutPrefix(flags, "!")
	n.when = "with " + flags
	if n.unset {
		n.when = "without " + strings.ReplaceAll(flags, "|", " and ")
	}
	for _, flag := range strings.Split(flags, "|") {
		bits, ok := flagBits[flag]
		if !ok || n.field == nil {
			panic(fmt.Sprintf("%s asks for %s, which depends on something unknown", p.Name, acl))
		}
		n.bits |= bits
	}
	return n
}

// Permissions returns the names of the permissions that a procedure may ask for, the
// one on each object of a list at last; none for one that asks for nothing.
func Permissions(p *rpc.Info) []string {
	a := permissionsOf()[p]
	if a == nil {
		return nil
	}
	var names []string
	for i := range a.permissions {
		names = append(names, a.permissions[i].name)
	}
	if a.filter != nil {
		names = append(names, a.filter.name)
	}
	return names
}

// AllPermissions yields every permission that any procedure may ask for, in order.
func AllPermissions() iter.Seq[string] { return slices.Values(allPermissions()) }

var allPermissions = sync.OnceValue(func() []string {
	var all []string
	for p := range permissionsOf() {
		all = append(all, Permissions(p)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
})
