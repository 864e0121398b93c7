package harness_test

import (
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// reached runs a client and returns which daemons it has reached.
func reached(host *harness.Host, client func()) string {
	before := len(host.Server.Journal().Connections())
	client()
	var names []string
	for _, c := range host.Server.Journal().Connections()[before:] {
		name := c.Peer.Daemon
		if c.Peer.Session {
			name += " of a session"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

// modularSSHRow is one way over SSH to the sockets of modular daemons.
type modularSSHRow struct {
	user, local string
	params      []fakeserver.Param // beside socket=, which is none
	readOnly    bool
	daemon      string // that is reached, "" for none
	socket      string // that is asked for
	via         string
	want        string // that virsh prints, "" if it is not asked
}

func (r modularSSHRow) run(t *testing.T, host *harness.Host, virsh string) {
	t.Helper()
	params := append([]fakeserver.Param{harness.Param("socket", "")}, r.params...)
	uri := strings.Replace(host.URI(harness.SSH, r.local, params...), "root@", r.user+"@", 1)
	args := []string{"-q", "-c", uri, "uri"}
	if r.readOnly {
		args = append([]string{"-r"}, args...)
	}
	before := len(host.Server.Journal().Commands())
	var out string
	daemon := reached(host, func() { out = client(t, host.Env(), virsh, args...) })
	if daemon != r.daemon || !strings.Contains(out, r.want) {
		t.Errorf("%s %s %v reaches %q, want %q; virsh prints %s", r.user, r.local, r.params, daemon, r.daemon, out)
	}
	commands := host.Server.Journal().Commands()[before:]
	if r.via == "" {
		if len(commands) != 0 {
			t.Errorf("%s %s %v has commands %v", r.user, r.local, r.params, commands)
		}
		return
	}
	if len(commands) != 1 || len(commands[0].Sockets) != 1 {
		t.Fatalf("%s %s %v has commands %v", r.user, r.local, r.params, commands)
	}
	if got := commands[0].Sockets[0]; got.Path != r.socket || got.Via != r.via {
		t.Errorf("%s %s %v asks for %s by %s, want %s by %s", r.user, r.local, r.params, got.Path, got.Via, r.socket, r.via)
	}
}

// virt-ssh-helper finds the modular daemons' sockets; netcat is told libvirt-sock.
func TestModularOverSSH(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	testclients.Need(t, "ssh", "openssh-client")
	const helper, run, session = "virt-ssh-helper", "/var/run/libvirt/", "/run/user/1000/libvirt/"
	for _, c := range []struct {
		name string
		opts []harness.Option
		rows []modularSSHRow
	}{
		{"all", []harness.Option{harness.WithModularDaemons()}, []modularSSHRow{
			{user: "root", local: "qemu:///system", daemon: "virtqemud", socket: run + "virtqemud-sock", via: helper},
			{user: "root", local: "qemu:///system", readOnly: true, daemon: "virtqemud", socket: run + "virtqemud-sock-ro", via: helper},
			{user: "root", local: "network:///system", daemon: "virtnetworkd", socket: run + "virtnetworkd-sock", via: helper},
			{user: "root", local: "qemu:///system", params: params("mode", "legacy"), daemon: "virtqemud", socket: run + "virtqemud-sock", via: helper},
			{user: "root", local: "qemu:///system", params: params("mode", "direct"), want: "Operation not supported: Cannot use direct socket mode for ssh transport"},
			{user: "root", local: "qemu:///system", params: params("mode", "wrong"), want: "Unknown remote mode 'wrong'"},
			{user: "root", local: "qemu:///system", params: params("proxy", "netcat"), daemon: "virtproxyd", socket: run + "libvirt-sock", via: "nc"},
			{user: "root", local: "qemu:///system", params: params("socket", "/run/libvirt/virtqemud-sock"), daemon: "virtqemud", socket: "/run/libvirt/virtqemud-sock", via: "nc"},
			{user: "bare", local: "qemu:///system", daemon: "virtproxyd", socket: run + "libvirt-sock", via: "nc"},
			{user: "fred", local: "qemu:///session", daemon: "virtqemud", socket: session + "virtqemud-sock", via: helper},
			{user: "lost", local: "qemu:///system", daemon: "virtproxyd", socket: run + "libvirt-sock", via: helper},
			{user: "kept", local: "qemu:///system", socket: run + "virtqemud-sock", via: helper, want: "Failed to connect socket to '/var/run/libvirt/virtqemud-sock': Permission denied"},
		}},
		{"virtqemud", []harness.Option{harness.WithModularDaemons("virtqemud")}, []modularSSHRow{
			{user: "root", local: "qemu:///system", daemon: "virtqemud", socket: run + "virtqemud-sock", via: helper},
			{user: "root", local: "network:///system", socket: run + "libvirt-sock", via: helper, want: "Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory"},
			{user: "root", local: "qemu:///system", params: params("proxy", "netcat"), socket: run + "libvirt-sock", via: "nc", want: "nc: /var/run/libvirt/libvirt-sock: No such file or directory"},
		}},
		{"a session of its own", []harness.Option{harness.WithModularDaemons("virtqemud", "libvirtd"), harness.WithSessionDaemon()}, []modularSSHRow{
			{user: "fred", local: "qemu:///session", daemon: "virtqemud of a session", socket: session + "virtqemud-sock", via: helper},
			{user: "fred", local: "qemu:///session", readOnly: true, daemon: "virtqemud of a session", socket: session + "virtqemud-sock", via: helper},
			{user: "fred", local: "qemu:///session", params: params("socket", "/home/fred/.cache/libvirt/libvirt-sock"), daemon: "libvirtd of a session", socket: "/home/fred/.cache/libvirt/libvirt-sock", via: "nc"},
			{user: "fred", local: "qemu:///system", daemon: "virtqemud", socket: run + "virtqemud-sock", via: helper},
			{user: "fred", local: "qemu:///session", params: params("socket", session+"libvirt-admin-sock"), daemon: "libvirtd of a session", socket: session + "libvirt-admin-sock", via: "nc", want: "Cannot find program 536903814 version 1"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			const direct = "/run/libvirt/virtqemud-sock"
			host := harness.Start(t, append(c.opts, harness.WithTransports(harness.SSH),
				harness.WithSSHAccount(harness.SSHAccount{NoHelper: true}, "bare"),
				harness.WithSSHAccount(with(harness.SSHAccount{}, direct, fakeserver.SSHSocketMissing), "lost"),
				harness.WithSSHAccount(with(harness.SSHAccount{}, direct, fakeserver.SSHSocketForbidden), "kept"))...)
			for _, r := range c.rows {
				r.run(t, host, virsh)
			}
		})
	}
}

// go-libvirt names the socket, and the node's URIs name that of the daemon that
// clients with mode=auto would take.
func TestModularOverStreamLocal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ local, daemon, socket string }{
		{"qemu:///system", "virtqemud", "/var/run/libvirt/virtqemud-sock"},
		{"qemu:///session", "virtqemud of a session", "/run/user/0/libvirt/virtqemud-sock"},
	} {
		host := harness.Start(t, harness.WithTransports(harness.SSH), harness.WithModularDaemons(), harness.WithSessionDaemon())
		var err error
		daemon := reached(host, func() { err = goSSH(t, host.URI(harness.SSH, c.local)) })
		if err != nil || daemon != c.daemon {
			t.Errorf("%s reaches %q, %v; want %q", c.local, daemon, err, c.daemon)
		}
		if all := host.Server.Journal().Commands(); len(all) != 1 || all[0].Target != c.socket {
			t.Errorf("%s asks for %v, want %s", c.local, all, c.socket)
		}
	}
}
