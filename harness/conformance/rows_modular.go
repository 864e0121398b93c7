package conformance

import (
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// modularRows are about libvirt's modular daemons, each of which has a socket and a
// driver of its own.
func modularRows() []*Cell {
	const t = call.Unix
	const qemu = "qemu:///system"
	const direct = "{run-dir}/libvirt/virtqemud-sock"
	mode, socket := parameterSection("mode"), parameterSection("socket")
	at := func(params ...string) *parts {
		return link(t, append([]string{"-socket"}, params...)...).local("qemu", "/system")
	}
	daemons := func(prepare func(*Env) error, names ...string) func(*Cell) {
		return setup(func(s *Setup) error {
			s.Node(fakeserver.WithModularDaemons(names...))
			s.Client(prepare)
			return nil
		})
	}
	nothing := func(*Env) error { return nil }
	session := setup(func(s *Setup) error {
		s.Node(fakeserver.WithModularDaemons("virtqemud"))
		s.Session()
		s.Client(asSession)
		return nil
	})
	inNamespace := needs(Environment, Namespace)
	rows := []*Cell{
		row("unix/mode/auto-modular", "mode=auto takes the driver's own daemon where that is there", mode, at("mode=auto"), reach(qemu, socketAt(direct)), inNamespace, daemons(asSystem, "virtqemud")),
		row("unix/mode/unset-modular", "without mode it is the driver's own daemon where that is there", mode, at(), reach(qemu, socketAt(direct)), inNamespace, daemons(asSystem)),
		row("unix/mode/direct", "mode=direct takes the driver's own daemon", mode, at("mode=direct"), reach(qemu, socketAt(direct)), inNamespace, daemons(asSystem)),
		row("unix/mode/legacy-modular", "mode=legacy takes libvirt-sock, of virtproxyd", mode, at("mode=legacy"), reach(qemu, socketAt("{run-dir}/libvirt/libvirt-sock")), inNamespace, daemons(asSystem)),
		row("unix/mode/legacy-missing", "mode=legacy is refused where no daemon has libvirt-sock", mode, at("mode=legacy"), refuse(Nothing), inNamespace, daemons(asSystem, "virtqemud")),
		row("unix/mode/direct-session", "a user's own modular daemon is in XDG_RUNTIME_DIR", mode, at("mode=direct").local("qemu", "/session"), reach("qemu:///session", socketAt(direct)), inNamespace, session),
		row("unix/socket/modular", "the socket of a modular daemon may be given", socket, at("socket="+direct), reach(qemu, socketAt(direct)), daemons(nothing, "virtqemud")),
		row("unix/socket/modular-read-only", "and that for reading alone", socket, at("socket="+direct+"-ro"), reach(qemu, socketAt(direct+"-ro"), func(r *Reach) { r.ReadOnly = true }), daemons(nothing, "virtqemud")),
		row("unix/socket/modular-other", "the daemon of another driver cannot open it", socket, at("socket={run-dir}/libvirt/virtnetworkd-sock"), refuseOpen(qemu), daemons(nothing, "virtnetworkd")),
		row("tcp/transport/virtproxyd", "virtproxyd passes what comes over tcp on to the driver's daemon", mode, link(call.TCP).local("qemu", "/system"), reach(qemu), daemons(nothing)),
	}
	for _, t := range sshFamily() {
		rows = append(rows, row(string(t)+"/proxy/native-modular", "virt-ssh-helper finds the driver's own daemon", parameterSection("proxy"), link(t, "-socket", "proxy=native").local("qemu", "/system"),
			reach(qemu, via(byHelper), socketAt("/var/run/libvirt/virtqemud-sock")), needs(SSHProgram), daemons(nothing, "virtqemud")))
	}
	return rows
}
