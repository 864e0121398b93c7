package conformance_test

import (
	"maps"
	"strings"
)

// knownOfVirsh are the rows that libvirt's client does not pass.
var knownOfVirsh = map[string]string{}

// knownOfPython are those of python3-libvirt, which is the same library.
var knownOfPython = maps.Clone(knownOfVirsh)

// knownOfGoLibvirt are those in which go-libvirt differs from libvirt, by the reason.
var knownOfGoLibvirt = merged(knownByCatalogue(), byID(map[string]string{
	"an empty name does not exist: remote:/// is passed on, and name= counts as none": `
		driver/bhyve/first driver/ch/first driver/lxc/after-qemu driver/lxc/first driver/openvz/first driver/vbox/first
		driver/vz/first driver/xen/before-qemu
		driver/xen/first libssh/driver/remote libssh/name/empty libssh2/driver/remote libssh2/name/empty
		none/driver/remote ssh/driver/remote ssh/name/empty tcp/driver/remote tcp/name/empty tls/driver/remote
		tls/name/empty unix/driver/remote unix/name/empty
	`,
	"schemes are written in lower case by Go, and names of parameters are compared with their case": `
		driver/qemu/upper-case tcp/name/upper-case
	`,
	"ext is an unsupported transport": `
		ext/authfile/unused ext/command/documented-ssh ext/command/escaped ext/command/in-path ext/command/path
		ext/driver/remote ext/host/given ext/keyfile/idle ext/known_hosts/idle ext/known_hosts_verify/idle
		ext/mode/idle ext/name/empty ext/name/escaped ext/name/set ext/name/wrong ext/netcat/idle ext/no_sanity/idle
		ext/no_tty/idle ext/no_verify/idle ext/path/escaped ext/path/other ext/path/wrong ext/pkipath/idle
		ext/proxy/idle ext/socket/idle ext/sshauth/idle ext/tls_priority/idle ext/transport/upper-case
		ext/transport/written ext/unknown/passed
	`,
	"no ssh program and no program on the node: Go's own SSH forwards to the socket": `
		libssh/account/native-no-helper libssh/account/neither libssh/account/netcat-without-u
		libssh/account/no-netcat-with-socket libssh/account/nologin libssh/netcat/blank libssh/netcat/default
		libssh/netcat/escaped libssh/netcat/full-path libssh/netcat/missing libssh/netcat/not-nc libssh/netcat/set
		libssh/netcat/with-socket libssh/no_tty/wrong libssh/proxy/auto libssh/proxy/auto-with-socket
		libssh/proxy/default-session libssh/proxy/native libssh/proxy/native-modular libssh/proxy/native-with-netcat
		libssh/proxy/netcat libssh2/account/native-no-helper libssh2/account/neither libssh2/account/netcat-without-u
		libssh2/account/no-netcat-with-socket libssh2/account/nologin libssh2/netcat/blank libssh2/netcat/default
		libssh2/netcat/escaped libssh2/netcat/full-path libssh2/netcat/missing libssh2/netcat/not-nc
		libssh2/netcat/set libssh2/netcat/with-socket libssh2/no_tty/wrong libssh2/proxy/auto
		libssh2/proxy/auto-with-socket libssh2/proxy/default-session libssh2/proxy/native libssh2/proxy/native-modular
		libssh2/proxy/native-with-netcat libssh2/proxy/netcat ssh/account/native-no-helper ssh/account/neither
		ssh/account/netcat-without-u ssh/account/no-netcat-with-socket ssh/account/nologin ssh/command/default
		ssh/command/documented ssh/command/empty ssh/command/escaped ssh/command/host ssh/command/in-path
		ssh/command/missing ssh/command/missing-in-path ssh/command/no-port ssh/command/no-user ssh/command/path
		ssh/command/port ssh/command/user ssh/keyfile/argument ssh/keyfile/default ssh/netcat/blank ssh/netcat/default
		ssh/netcat/escaped ssh/netcat/full-path ssh/netcat/missing ssh/netcat/not-nc ssh/netcat/set
		ssh/netcat/with-socket ssh/no_tty/empty ssh/no_tty/other-number ssh/no_tty/set ssh/no_tty/terminal-unset
		ssh/no_tty/terminal-zero ssh/no_tty/unset ssh/no_tty/word ssh/no_tty/wrong ssh/no_tty/zero
		ssh/no_verify/argument ssh/no_verify/zero-argument ssh/proxy/auto ssh/proxy/auto-with-socket
		ssh/proxy/default-session ssh/proxy/native ssh/proxy/native-modular ssh/proxy/native-with-netcat
		ssh/proxy/netcat ssh/user/of-ssh-config tcp/no_tty/wrong tls/no_tty/wrong unix/no_tty/wrong
	`,
	"a node that forwards no sockets cannot be reached: no program on the node is used": `
		libssh/account/streamlocal-failed libssh/account/streamlocal-prohibited libssh2/account/streamlocal-failed
		libssh2/account/streamlocal-prohibited ssh/account/streamlocal-failed ssh/account/streamlocal-prohibited
	`,
	"auth is ignored": `
		libssh/auth/polkit-not-offered libssh/auth/sasl-not-offered libssh/auth/wrong libssh2/auth/polkit-not-offered
		libssh2/auth/sasl-not-offered libssh2/auth/wrong ssh/auth/polkit-not-offered ssh/auth/sasl-not-offered
		ssh/auth/wrong tcp/auth/polkit-not-offered tcp/auth/sasl-not-offered tcp/auth/wrong
		tls/auth/polkit-not-offered tls/auth/sasl-not-offered tls/auth/wrong unix/auth/polkit-not-offered
		unix/auth/sasl-not-offered unix/auth/wrong libssh/auth/sasl-where-polkit ssh/auth/sasl-where-polkit
		unix/auth/sasl-where-polkit
	`,
	"an empty host is not localhost: what is dialled is the address 0.0.0.0, or ::": `
		libssh/host/empty libssh2/host/empty ssh/host/empty tcp/host/empty tls/host/empty
	`,
	"an empty value counts as none": `
		libssh/known_hosts_verify/empty libssh/mode/empty libssh/proxy/empty libssh/sshauth/empty
		libssh2/known_hosts_verify/empty libssh2/mode/empty libssh2/proxy/empty libssh2/sshauth/empty ssh/mode/empty
		ssh/no_verify/empty ssh/proxy/empty tls/no_verify/empty unix/mode/empty
	`,
	"no_sanity does not exist: the client's own certificate is not checked": `
		libssh/no_sanity/wrong libssh2/no_sanity/wrong ssh/no_sanity/wrong tcp/no_sanity/wrong tls/no_sanity/empty
		tls/no_sanity/unset tls/no_sanity/word tls/no_sanity/wrong tls/no_sanity/zero unix/no_sanity/wrong
	`,
	"no_verify is refused over libssh and libssh2": `
		libssh/no_verify/idle libssh2/no_verify/idle
	`,
	"values are only looked at where the parameter has an effect": `
		libssh/proxy/wrong libssh2/proxy/wrong ssh/proxy/wrong tcp/mode/wrong tcp/no_verify/wrong tcp/proxy/wrong
		tls/mode/wrong tls/proxy/wrong unix/no_verify/wrong unix/proxy/wrong
	`,
	"all parameters are dropped, also those that are to be passed on": `
		libssh/unknown/passed libssh2/unknown/passed ssh/unknown/passed tcp/unknown/empty tcp/unknown/escaped
		tcp/unknown/no-value tcp/unknown/passed tcp/unknown/semicolon tcp/unknown/several tls/unknown/passed
		unix/unknown/passed
	`,
	"libvirt.conf is not read": `
		none/alias/of-config
	`,
	"without no_verify the host must be in the known_hosts of the user's home, whatever command says": `
		ssh/host-key/certificate-good ssh/host-key/hashed ssh/host-key/known ssh/host-key/without-port ssh/login/agent
		ssh/login/key-and-password ssh/login/keyboard-interactive ssh/login/password
	`,
	"known_hosts, known_hosts_verify and sshauth are refused over ssh": `
		ssh/known_hosts/idle ssh/known_hosts_verify/idle ssh/sshauth/idle
	`,
	"of a parameter that is given twice the first counts": `
		tcp/name/twice
	`,
	"an empty path gives the name test: without slashes": `
		tcp/path/empty
	`,
	"tls_priority is ignored": `
		tls/tls_priority/escaped tls/tls_priority/set tls/tls_priority/wrong tls/version/client-1-1
		tls/version/node-1-2-client-1-3 tls/version/node-1-3-client-1-2
	`,
	"the host is ignored over unix": `
		unix/host/given
	`,
	"there are no modular daemons: always libvirt-sock": `
		unix/mode/auto-modular unix/mode/unset-modular
	`,
	"mode=direct is refused, also with socket": `
		unix/mode/direct unix/mode/direct-session unix/mode/with-socket
	`,
	"there are no session sockets: always /var/run/libvirt/libvirt-sock": `
		unix/socket/default-session unix/socket/default-session-cache
	`,
	"the password for SSH is that of the URI: authfile is not read, and nothing is asked": `
		libssh/sshauth/keyboard-interactive-typed libssh/sshauth/password libssh/sshauth/password-default
		libssh/sshauth/password-typed libssh2/sshauth/keyboard-interactive-typed libssh2/sshauth/password
		libssh2/sshauth/password-default libssh2/sshauth/password-typed
	`,
	"a host that is known without its port is another host": `
		libssh2/host-key/without-port
	`,
	"authorities in known_hosts count": `
		libssh/host-key/certificate-good libssh2/host-key/certificate-good
	`,
	"clientcert.pem and clientkey.pem must be there": `
		tls/verify-client/off-missing
	`,
	"session tickets are taken at any time": `
		tls/confirmation/ticket
	`,
}))

func merged(lists ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, list := range lists {
		maps.Copy(all, list)
	}
	return all
}

// byID turns lists of IDs by reason around.
func byID(lists map[string]string) map[string]string {
	known := map[string]string{}
	for why, ids := range lists {
		for _, id := range strings.Fields(ids) {
			known[id] = why
		}
	}
	return known
}
