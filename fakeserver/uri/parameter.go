package uri

import (
	"slices"
	"strings"
)

// Kind is the kind of a parameter's value.
type Kind string

// The kinds of values.
const (
	Text Kind = "text"
	// Bool is a decimal number: 0 is no, any other yes. Words are refused.
	Bool Kind = "number"
	// Enum is one of Values.
	Enum Kind = "one of"
	// List is some of Values, separated by commas.
	List Kind = "list of"
)

// Parameter describes an extra parameter of libvirt's client. It takes them out
// of the name for the daemon on every transport, whatever the case of their
// names.
type Parameter struct {
	Name string `json:"name"`
	// Transports are those on which it has an effect.
	Transports []Transport `json:"transports"`
	Meaning    string      `json:"meaning"`
	Kind       Kind        `json:"kind"`
	Values     []string    `json:"values,omitempty"`
	// Default is what holds without it.
	Default string `json:"default"`
	// Empty is what the empty value does, and Wrong what a wrong one does.
	Empty   string `json:"empty"`
	Wrong   string `json:"wrong,omitempty"`
	Example string `json:"example"`
	// Section is the anchor in [Docs]; "" for what that page does not mention.
	Section    string      `json:"section,omitempty"`
	Deviations []Deviation `json:"deviations,omitempty"`
}

func (p Parameter) on(t Transport) bool { return slices.Contains(p.Transports, t) }

func allTransports() []Transport {
	return []Transport{TLS, Unix, SSH, LibSSH, LibSSH2, TCP, Ext}
}

// parameterInfo finds one of libvirt's own parameters.
func parameterInfo(name string) (Parameter, bool) {
	for _, p := range Parameters() {
		if strings.EqualFold(p.Name, name) {
			return p, true
		}
	}
	return Parameter{}, false
}

const (
	goIgnores = "ignores it"
	tf9       = "terraform-provider-libvirt 0.9"
	tf8       = "terraform-provider-libvirt 0.7, 0.8"
	telegraf  = "telegraf, packer-plugin-libvirt"
)

// Parameters returns the table of extra parameters, in the order of libvirt's
// documentation, and then those that it does not mention.
func Parameters() []Parameter {
	libssh := []Transport{LibSSH, LibSSH2}
	return []Parameter{
		{
			Name: "name", Transports: allTransports(), Kind: Text, Section: "#transport-configuration",
			Meaning: "the URI for the daemon, in place of this one without transport, user, host, port and libvirt's own parameters",
			Default: "formed from the URI", Empty: "the daemon chooses a hypervisor", Example: "name=qemu:///system",
			Deviations: []Deviation{
				{"go-libvirt", "the empty value counts as none", false},
				{tf9, goIgnores, true},
			},
		},
		{
			Name: "mode", Transports: []Transport{Unix, SSH, LibSSH, LibSSH2}, Kind: Enum, Values: []string{"auto", "direct", "legacy"}, Section: "#mode-parameter",
			Meaning: "whether to connect to libvirtd (legacy) or to the modular daemon of the driver (direct). Without effect if socket= is given; over SSH direct is refused",
			Default: "remote_mode of libvirt.conf, or auto: the modular daemon's socket if it exists", Empty: "refused", Wrong: "refused on every transport", Example: "mode=direct",
			Deviations: []Deviation{{"go-libvirt", "takes upper case too; direct is refused (\"cannot connect in direct mode\"), also with socket=", false}, {tf9, goIgnores, false}, {tf8, goIgnores, false}, {telegraf, goIgnores, false}},
		},
		{
			Name: "proxy", Transports: sshTransports(), Kind: Enum, Values: []string{"auto", "netcat", "native"}, Section: "#proxy-parameter",
			Meaning: "what connects to the socket on the node: virt-ssh-helper (native), netcat, or the first of the two that is there (auto)",
			Default: "remote_proxy of libvirt.conf; or netcat with socket= or netcat=, native for the session of a user who is not root, auto else",
			Empty:   "refused", Wrong: "refused on every transport", Example: "proxy=native",
			Deviations: []Deviation{{"go-libvirt", "ignores it: forwards to the socket by SSH itself", false}, {tf9, "ssh ignores it; sshcmd has it", true}},
		},
		{
			Name: "command", Transports: []Transport{SSH, Ext}, Kind: Text, Section: "#ssh-transport",
			Meaning: "the program in the place of ssh, or the program of ext, which gets no arguments; found by PATH. The value is one word: no arguments",
			Default: "ssh; ext has none and requires it", Empty: "refused", Wrong: "Cannot find 'X' in path", Example: "command=/opt/openssh/bin/ssh",
			Deviations: []Deviation{{"go-libvirt", "ignores it: runs no program", false}, {tf9, "ssh ignores it; sshcmd has it", false}},
		},
		{
			Name: "socket", Transports: []Transport{Unix, SSH, LibSSH, LibSSH2}, Kind: Text, Section: "#socket-parameter",
			Meaning: "the path of the daemon's socket; over SSH the one on the node, which goes into the script without quotes. virt-ssh-helper finds its own: proxy=native leaves it without effect",
			Default: "by user, path and mode: libvirt-sock in /var/run/libvirt or $XDG_RUNTIME_DIR/libvirt", Empty: "taken: the socket of the empty name", Wrong: "Failed to connect socket to 'X'", Example: "socket=/opt/libvirt/run/libvirt/libvirt-sock",
			Deviations: []Deviation{{"go-libvirt", "the empty value counts as none", false}, {tf9, "sshcmd with proxy=auto ignores it", true}},
		},
		{
			Name: "netcat", Transports: sshTransports(), Kind: Text, Section: "#netcat-parameter",
			Meaning: "the name or path of netcat on the node; refused with proxy=native", Default: "nc", Empty: "taken: a command of the empty name", Example: "netcat=/opt/netcat/bin/nc",
			Deviations: []Deviation{{"go-libvirt", "ignores it: runs no netcat", false}},
		},
		{
			Name: "keyfile", Transports: sshTransports(), Kind: Text, Section: "#keyfile-parameter",
			Meaning: "the private key to log in with; for ssh the option -i", Default: "ssh: its configuration; libssh, libssh2: the first of identity, id_dsa, id_ecdsa, id_ed25519, id_rsa in ~/.ssh",
			Empty: "ssh: -i with an empty word", Example: "keyfile=/root/.ssh/example_key",
			Deviations: []Deviation{{"go-libvirt", "the empty value counts as none", false}},
		},
		{
			Name: "no_verify", Transports: []Transport{TLS, SSH}, Kind: Bool, Section: "#tls-transport",
			Meaning: "tls: do not verify the server's certificate; ssh: -o StrictHostKeyChecking=no, which takes unknown host keys but no changed ones. libssh and libssh2 have known_hosts_verify instead",
			Default: "0", Empty: "refused", Wrong: "refused on every transport", Example: "no_verify=1",
			Deviations: []Deviation{
				{"go-libvirt", "the empty value counts as none; over ssh a changed host key is taken too; over libssh and libssh2 any value is refused", false},
				{tf9, "any value counts as set, 0 as well", true},
				{tf8, "over ssh any value counts as set, 0 as well", false},
				{telegraf, "over tls no client certificate is sent with it", true},
			},
		},
		{
			Name: "no_tty", Transports: []Transport{SSH}, Kind: Bool, Section: "#ssh-transport",
			Meaning: "ssh does not ask for a password or a passphrase: -o BatchMode=yes", Default: "0", Empty: "refused", Wrong: "refused on every transport", Example: "no_tty=1",
			Deviations: []Deviation{{"go-libvirt", "ignores it: never asks", false}},
		},
		{
			Name: "known_hosts", Transports: libssh, Kind: Text, Section: "#libssh-and-libssh2-transport",
			Meaning: "the file of known host keys", Default: "$XDG_CONFIG_HOME/libvirt/known_hosts, or ~/.config/libvirt/known_hosts", Empty: "taken", Example: "known_hosts=/root/.ssh/known_hosts",
			Deviations: []Deviation{{"go-libvirt", "refused over ssh", false}, {tf9, "calls it knownhosts", false}, {tf8, "calls it knownhosts", false}},
		},
		{
			Name: "known_hosts_verify", Transports: libssh, Kind: Enum, Values: []string{"normal", "auto", "ignore"}, Section: "#libssh-and-libssh2-transport",
			Meaning: "what to do with a host key: ask about unknown ones (normal), take unknown ones (auto), take any (ignore)", Default: "normal",
			Empty: "refused", Wrong: "refused", Example: "known_hosts_verify=ignore",
			Deviations: []Deviation{{"go-libvirt", "refused over ssh; the value in lower case only; normal refuses unknown keys without asking", false}, {tf9, "knows ignore alone", false}, {tf8, "knows ignore alone", false}, {telegraf, goIgnores, false}},
		},
		{
			Name: "sshauth", Transports: libssh, Kind: List, Values: slices.Clone(sshMethods), Section: "#libssh-and-libssh2-transport",
			Meaning: "the methods to log in with, in this order; privkey wants a key", Default: "all four, privkey only if there is a key", Empty: "taken: no method", Wrong: "refused", Example: "sshauth=privkey,agent",
			Deviations: []Deviation{{"go-libvirt", "refused over ssh; keyboard-interactive does nothing", false}, {tf9, "only sshcmd has it", false}, {tf8, "calls password ssh-password", false}, {telegraf, goIgnores, false}},
		},
		{
			Name: "tls_priority", Transports: []Transport{TLS}, Kind: Text, Section: "#tls-transport",
			Meaning: "GnuTLS's string of algorithms and versions; a plus sign in it may be written %2B", Default: "tls_priority of libvirt.conf, or the library's", Empty: "taken", Wrong: "Failed to set TLS session priority", Example: "tls_priority=NORMAL:-VERS-TLS1.3",
			Deviations: []Deviation{{"go-libvirt", goIgnores, false}},
		},
		{
			Name: "pkipath", Transports: []Transport{TLS}, Kind: Text, Section: "#tls-transport",
			Meaning: "the directory of cacert.pem, clientcert.pem, clientkey.pem and perhaps cacrl.pem", Default: "~/.pki/libvirt unless root, then /etc/pki", Empty: "taken: the files are looked for in /", Example: "pkipath=/tmp/pki/client",
			Deviations: []Deviation{{"go-libvirt", "all but cacrl.pem must be there; the empty value counts as none", false}, {telegraf, "required unless no_verify is set", false}},
		},
		{
			Name: "no_sanity", Transports: []Transport{TLS}, Kind: Bool,
			Meaning: "do not check the client's own certificates before dialling", Default: "0", Empty: "refused", Wrong: "refused on every transport", Example: "no_sanity=1",
			Deviations: []Deviation{{"go-libvirt", "ignores it: never checks", false}},
		},
		{
			Name: "auth", Transports: allTransports(), Kind: Text, Values: []string{"sasl", "sasl.MECHANISM", "polkit"},
			Meaning: "insist on this authentication by the daemon", Default: "what the daemon asks for", Empty: "refused once connected", Wrong: "refused once connected: unknown authentication type", Example: "auth=sasl.SCRAM-SHA-256",
			Deviations: []Deviation{{"go-libvirt", "ignores it: knows none and polkit", false}},
		},
		{
			Name: "authfile", Transports: allTransports(), Kind: Text,
			Meaning: "the file of user names and passwords for SASL, and for the password of libssh and libssh2; opened only when needed", Default: "$LIBVIRT_AUTH_FILE, ~/.config/libvirt/auth.conf, or for root /etc/libvirt/auth.conf", Empty: "taken", Example: "authfile=/root/auth.conf",
			Deviations: []Deviation{{"go-libvirt", goIgnores, false}},
		},
	}
}

func sshTransports() []Transport { return []Transport{SSH, LibSSH, LibSSH2} }
