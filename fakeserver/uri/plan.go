package uri

// Plan is what a client does with a URI.
type Plan struct {
	Client    Client    `json:"client"`
	Transport Transport `json:"transport"`
	// Host and Port are dialled, or for ssh handed to the program; Port is "" where
	// the program decides, and both are for unix and ext.
	Host string `json:"host,omitempty"`
	Port string `json:"port,omitempty"`
	// User is the name to log in with; "" leaves it to the ssh program.
	User string `json:"user,omitempty"`
	// Password is sent by go-libvirt alone; libvirt takes it for a part of User.
	Password string `json:"-"`

	// Socket is the path of the daemon's socket: the client's own for unix, and the
	// node's for the SSH family.
	Socket string `json:"socket,omitempty"`
	// Mode says whether Socket is libvirtd's (legacy) or a modular daemon's (direct).
	Mode string `json:"mode,omitempty"`
	// Session says that the daemon of the user is meant, not the system's.
	Session bool `json:"session,omitempty"`
	// Autostart names the daemon that the client starts if nobody listens at
	// Socket: "libvirtd" or a modular one such as "virtqemud". Without it, "".
	Autostart string `json:"autostart,omitempty"`

	// Command is the program run on the client's machine, with its arguments: ssh
	// or that of ext.
	Command []string `json:"command,omitempty"`
	// Remote is the command for the account's shell on the node: the last argument
	// of ssh, and the exec request of the two libraries.
	Remote string `json:"remote,omitempty"`
	// Proxy is how the node's socket is reached over SSH: auto, netcat, native, or
	// for go-libvirt streamlocal.
	Proxy string `json:"proxy,omitempty"`
	// KeyFile is the private key, "" for the client's choice. KnownHosts, with how
	// it is used in KnownHostsVerify, and SSHAuth are for clients with an SSH of
	// their own.
	KeyFile          string   `json:"keyfile,omitempty"`
	KnownHosts       string   `json:"known_hosts,omitempty"`
	KnownHostsVerify string   `json:"known_hosts_verify,omitempty"`
	SSHAuth          []string `json:"sshauth,omitempty"`

	TLS *TLSPlan `json:"tls,omitempty"`

	// Auth is "" for whatever the server asks for, or what the client insists on:
	// sasl, sasl.MECHANISM, polkit.
	Auth     string `json:"auth,omitempty"`
	AuthFile string `json:"authfile,omitempty"`

	// Name and Flags are those of CONNECT_OPEN. Flags: 1 read-only, 2 session, 4
	// session by a socket of the client's own machine, which may be started.
	Name  string `json:"name"`
	Flags uint32 `json:"flags"`

	// Params says of each parameter what became of it, in the URI's order.
	Params []ParamUse `json:"params,omitempty"`
}

// The flags of a Plan, VIR_CONNECT_RO and REMOTE_DRIVER_OPEN_… as they come in
// CONNECT_OPEN.
const (
	FlagReadOnly  = 1
	FlagSession   = 2
	FlagAutostart = 4
)

// Use says what a client does with a parameter.
type Use string

// What can become of a parameter.
const (
	// Used has its effect.
	Used Use = "used"
	// WithoutEffect is taken out of the name, and does nothing on this transport.
	WithoutEffect Use = "without effect"
	// Overridden is followed by another of that name.
	Overridden Use = "overridden"
	// PassedOn is part of the name for the daemon.
	PassedOn Use = "passed on"
	// Dropped reaches nobody.
	Dropped Use = "dropped"
)

// ParamUse is a parameter with what became of it.
type ParamUse struct {
	Param
	Use Use `json:"use"`
}

// Plan says what the client will do with the URI. The error is an [*Error] with
// the client's own message for what it refuses before it reaches anything; a
// host that does not exist, and whatever the server answers, are not its matter.
func (u *URI) Plan(e Environment) (*Plan, error) {
	if e.Client == GoLibvirt {
		return planGo(u.Text, e)
	}
	return planC(u, e)
}
