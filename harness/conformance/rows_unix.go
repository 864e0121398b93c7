package conformance

import (
	"os"
	"path/filepath"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

const systemSocket = "/var/run/libvirt/libvirt-sock"

// unixRows are about sockets on the client's own machine.
func unixRows() []*Cell {
	const t = call.Unix
	section, mode := parameterSection("socket"), parameterSection("mode")
	at := func(socket string) func(*Reach) { return func(r *Reach) { r.Socket = socket } }
	qemu := func(path string, params ...string) *parts {
		return link(t, append([]string{"-socket"}, params...)...).local("qemu", path)
	}
	plain := func(path string) *parts { return qemu(path).by("") }
	inNamespace := needs(Environment, Namespace)
	return []*Cell{
		row("unix/socket/set", "the socket that is given is used", section, link(t), reach(testName, at("{socket}"))),
		row("unix/socket/escaped", "escapes in socket are resolved", section, link(t, "socket={dir}/my%20run/libvirt-sock"), reach(testName), client(func(e *Env) error {
			socket, err := e.Expand("{socket}")
			if err != nil {
				return err
			}
			return os.Symlink(filepath.Dir(socket), filepath.Join(e.Dir, "my run"))
		})),
		row("unix/socket/read-only", "the socket for reading may be given", section, link(t, "socket={socket-ro}"), reach(testName, at("{socket-ro}"), func(r *Reach) { r.ReadOnly = true })),
		row("unix/socket/missing", "a socket that is not there is refused", section, link(t, "socket={dir}/nowhere"), refuse(Nothing)),
		row("unix/socket/file", "a file that is no socket is refused", section, link(t, "socket={dir}/file"), refuse(Nothing), client(func(e *Env) error {
			_, err := e.File("file", "", 0o600)
			return err
		})),
		row("unix/socket/empty", "an empty socket is refused", section, link(t, "socket="), refuse(Nothing), quirk),
		row("unix/socket/no-transport", "a socket may be given without a transport", section, link(t).local("qemu", "/system").by(""), reach("qemu:///system", at("{socket}"))),

		row("unix/socket/default-root", "root's socket is "+systemSocket, section, qemu("/system"), reach("qemu:///system", at("{socket}")), inNamespace, client(asSystem)),
		row("unix/socket/default-user-system", "a user's qemu:///system is at "+systemSocket, section, plain("/system"), reach("qemu:///system", at("{socket}")), inNamespace, client(func(e *Env) error {
			e.AsUser()
			return asSystem(e)
		})),
		row("unix/socket/default-session", "a user's qemu:///session is in XDG_RUNTIME_DIR", section, plain("/session"), reach("qemu:///session", at("{socket}")), inNamespace, sessionOf(asSession)),
		row("unix/socket/default-session-cache", "without XDG_RUNTIME_DIR a user's qemu:///session is in ~/.cache", section, plain("/session"), reach("qemu:///session", at("{socket}")), inNamespace, sessionOf(func(e *Env) error {
			e.AsUser()
			if err := os.Mkdir(filepath.Join(e.Home, ".cache"), 0o700); err != nil {
				return err
			}
			e.vars["XDG_RUNTIME_DIR"] = ""
			run, err := e.Expand("{run-dir}")
			if err != nil {
				return err
			}
			return os.Symlink(filepath.Join(run, "libvirt"), filepath.Join(e.Home, ".cache", "libvirt"))
		})),

		row("none/transport/no-host", "without a transport, a URI without a host is over unix", sectionRemote, plain("/system"), reach("qemu:///system"), over(t), inNamespace, client(asSystem)),

		row("unix/mode/legacy", "mode=legacy takes libvirt-sock", mode, qemu("/system", "mode=legacy"), reach("qemu:///system", at("{socket}")), inNamespace, client(asSystem)),
		row("unix/mode/auto", "mode=auto takes libvirt-sock where no modular daemon is", mode, qemu("/system", "mode=auto"), reach("qemu:///system", at("{socket}")), inNamespace, client(asSystem)),
		row("unix/mode/direct-missing", "mode=direct is refused where no modular daemon is", mode, qemu("/system", "mode=direct"), refuse(Nothing), inNamespace, client(asSystem)),
		row("unix/mode/with-socket", "mode has no effect where socket is given", mode, link(t, "mode=direct"), reach(testName, at("{socket}")), quirk),
	}
}

// sessionOf has the daemon be a user's own.
func sessionOf(prepare func(*Env) error) func(*Cell) {
	return setup(func(s *Setup) error {
		s.Session()
		s.Client(prepare)
		return nil
	})
}

// asSystem puts the node's run directory at /run.
func asSystem(e *Env) error {
	run, err := e.Expand("{run-dir}")
	e.Place("/run", run)
	return err
}

// asSession makes the node's run directory the user's.
func asSession(e *Env) error {
	e.AsUser()
	return e.Setenv("XDG_RUNTIME_DIR", "{run-dir}")
}
