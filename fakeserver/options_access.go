package fakeserver

// Access is who may do what to which object: the access manager that a libvirtd has
// by access_drivers in its libvirtd.conf. The zero value lets everybody do
// everything, as a libvirtd without one does.
//
// Every call asks for the permissions that docs/procedures.md names, those that are
// about an object on that object. Who lacks one gets VIR_ERR_ACCESS_DENIED (88),
// "access denied: 'QEMU' denied access", once it is known that the object is there.
// Lists and counts leave out the objects on which somebody lacks getattr, without a
// word; so do the look-ups of volumes by key and by path; and events about such
// objects do not come.
//
// As at the real daemon, the functions of some drivers ask for nothing: those of
// test, openvz and vbox. What happens to the objects of openvz and vbox that are the
// daemon's (networks, pools and so on) is asked for all the same, and so is getattr
// for every event, the test driver's too.
type Access struct {
	// Rules are looked through in order for each permission that a call asks for.
	// The first that is about it decides; where none is, it is granted.
	Rules []AccessRule `yaml:"rules,omitempty"`

	// Polkit has the node do as the access driver "polkit": root may do everything,
	// whatever the rules say; clients that came over tcp or tls may do nothing, since
	// polkit does not know their processes; and of what no rule decides, everybody
	// may look (getattr, read and connect.search-*, but not node-device.read), and
	// nobody may change anything, as in the policy that libvirt brings. In memory,
	// everybody is root.
	Polkit bool `yaml:"polkit,omitempty"`
}

// AccessRule denies or allows something: one of Deny and Allow has to be set. What is
// left empty is about all.
type AccessRule struct {
	// Deny are permissions by their names in libvirt's policy, "domain.start" or
	// "storage-pool.getattr", and procedures, "DomainCreate" or "virDomainCreate"; or
	// patterns of such names, with *, ? and [a-z]: "network.*", "*.getattr",
	// "Domain*". A procedure stands for all the permissions that it asks for.
	Deny []string `yaml:"deny,omitempty"`
	// Allow are the same, to be granted.
	Allow []string `yaml:"allow,omitempty"`

	// Objects are names, UUIDs, or patterns of them. A volume is also meant by its
	// key and by the name of its pool, an interface by its MAC address, a secret by
	// its usage. A rule with Objects is about no permission of the connection
	// (connect.…).
	Objects []string `yaml:"objects,omitempty"`

	// Users are the clients that the rule is about: the number of the user at the
	// other end of a unix socket, the name of an SSH login, or that of a user of SASL;
	// or patterns of them.
	Users []string `yaml:"users,omitempty"`
	// ReadOnly is for connections of readers alone if true, and of others if false.
	ReadOnly *bool `yaml:"read_only,omitempty"`
}

// WithAccess sets who may do what. The session's daemon of [WithSessionDaemon] lets
// everybody do everything.
func WithAccess(a Access) Option { return func(c *config) { c.access = a } }
