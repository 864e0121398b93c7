package hypervisor

import (
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
)

// domain is one domain, virDomainObj. The State's lock guards it.
type domain struct {
	// def is what runs, or what would run next; newDef, while a persistent
	// domain runs, is what it will be when it has stopped.
	def, newDef *domainDef

	id            int32 // -1 while inactive
	state, reason int32

	persistent  bool
	autostart   bool
	managedSave bool
	// savedPaused remembers how the domain of a managed save was, and is again
	// when started.
	savedPaused bool
	// powerButton is set while a paused guest has not noticed yet that it was
	// asked to reboot.
	powerButton bool

	started time.Time

	// What an active domain holds of the host: pseudo terminals, ports of
	// displays, addresses of vsock.
	ptys, ports, cids []int
}

// domains are the domains of a State, in the order in which they came: libvirt
// lists them in the order of its hash table, which clients cannot rely on.
type domains struct {
	list   []*domain
	byUUID map[UUID]*domain
	byName map[string]*domain
	byID   map[int32]*domain
	lastID int32

	// What active domains hold of the host. Network devices are numbered and
	// never numbered so again.
	ptys, ports, cids map[int]bool
	taps              int
}

func (d *domains) add(dom *domain) {
	if d.byUUID == nil {
		d.byUUID = make(map[UUID]*domain)
		d.byName = make(map[string]*domain)
		d.byID = make(map[int32]*domain)
	}
	d.list = append(d.list, dom)
	d.byUUID[dom.def.uuid] = dom
	d.byName[dom.def.name] = dom
}

func (d *domains) remove(dom *domain) {
	for i, other := range d.list {
		if other == dom {
			d.list = append(d.list[:i], d.list[i+1:]...)
			break
		}
	}
	delete(d.byUUID, dom.def.uuid)
	delete(d.byName, dom.def.name)
	delete(d.byID, dom.id)
}

// activate gives a domain the next id.
func (d *domains) activate(dom *domain) {
	d.lastID++
	dom.id = d.lastID
	d.byID[dom.id] = dom
}

func (d *domains) deactivate(dom *domain) {
	delete(d.byID, dom.id)
	dom.id = -1
}

// ref names the domain as it is now.
func (d *domain) ref() DomainRef {
	return DomainRef{Name: d.def.name, UUID: d.def.uuid, ID: d.id}
}

func (d *domain) active() bool { return d.id != -1 }

func (d *domain) set(state libvirt.DomainState, reason int32) {
	d.state, d.reason = int32(state), reason
}

func (d *domain) is(state libvirt.DomainState) bool { return d.state == int32(state) }

// config returns the definition that outlives a shutdown.
func (d *domain) config() *domainDef {
	if d.newDef != nil {
		return d.newDef
	}
	return d.def
}

// requireActive is virDomainObjCheckActive.
func (d *domain) requireActive() error {
	if !d.active() {
		return errNotRunning()
	}
	return nil
}

func errNotRunning() error {
	return Errorf(FromDomain, libvirt.ErrOperationInvalid, "domain is not running")
}

// impact is virDomainObjUpdateModificationImpact: which of the definitions the
// flags VIR_DOMAIN_AFFECT_LIVE and …_CONFIG mean now.
func (d *domain) impact(flags uint32) (live, config bool, err error) {
	live = flags&affectLive != 0
	config = flags&affectConfig != 0
	if !live && !config {
		live = d.active()
		config = !live
	}
	if live && !d.active() {
		return false, false, errNotRunning()
	}
	if config && !d.persistent {
		return false, false, Errorf(FromDomain, libvirt.ErrOperationInvalid,
			"transient domains do not have any persistent config")
	}
	return live, config, nil
}

const (
	affectLive   = uint32(libvirt.DomainAffectLive)
	affectConfig = uint32(libvirt.DomainAffectConfig)
)

// defs is virDomainObjGetDefs: the definitions that flags mean, or nil for the
// one that they do not.
func (d *domain) defs(flags uint32) (live, config *domainDef, err error) {
	wantLive, wantConfig, err := d.impact(flags)
	if err != nil {
		return nil, nil, err
	}
	if wantLive {
		live = d.def
	}
	if wantConfig {
		config = d.config()
	}
	return live, config, nil
}

// oneDef is virDomainObjGetOneDefState, for functions that look at one
// definition only.
func (d *domain) oneDef(flags uint32) (def *domainDef, live bool, err error) {
	if flags&affectLive != 0 && flags&affectConfig != 0 {
		return nil, false, exclusiveFlags("virDomainObjGetOneDefState", "flags",
			"VIR_DOMAIN_AFFECT_LIVE", "VIR_DOMAIN_AFFECT_CONFIG")
	}
	liveDef, configDef, err := d.defs(flags)
	if err != nil {
		return nil, false, err
	}
	if liveDef != nil {
		return liveDef, true, nil
	}
	return configDef, false, nil
}

// exclusiveFlags is the refusal of two flags that exclude each other.
// VIR_EXCLUSIVE_FLAGS_GOTO calls the argument "ctl".
func exclusiveFlags(function, argument, a, b string) error {
	return InvalidArg(FromDomain, function, argument, "Flags '"+a+"' and '"+b+"' are mutually exclusive")
}
