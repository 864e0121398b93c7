package harness

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Env returns the environment for programs that the test runs: that of the test,
// but with an empty home of its own, so that no file of the user's counts or
// changes, without an SSH agent, Kerberos tickets and libvirt's default URIs, and
// without starting a libvirt daemon. XDG_RUNTIME_DIR is the node's SessionDir, so that
// qemu:///session is the node's own, unless root runs the program: to root, libvirt
// gives the system's sockets. For exec.Cmd's Env; unlike t.Setenv it leaves
// parallel tests alone.
func (h *Host) Env() []string {
	h.t.Helper()
	return slices.Clone(h.env())
}

func (h *Host) makeEnv() []string {
	home := h.t.TempDir()
	runDir := h.Server.SessionDir()
	if runDir == "" {
		runDir = filepath.Join(home, ".run")
		const private = 0o700
		if err := os.Mkdir(runDir, private); err != nil {
			h.t.Fatal(err)
		}
	}
	own := []string{
		"HOME=" + home,
		"XDG_CONFIG_HOME=" + filepath.Join(home, ".config"),
		"XDG_CACHE_HOME=" + filepath.Join(home, ".cache"),
		"XDG_DATA_HOME=" + filepath.Join(home, ".local", "share"),
		"XDG_STATE_HOME=" + filepath.Join(home, ".local", "state"),
		"XDG_RUNTIME_DIR=" + runDir,
		"KRB5CCNAME=FILE:" + filepath.Join(home, ".krb5cc"),
		"LIBVIRT_AUTOSTART=0",
		"LC_ALL=C.UTF-8",
	}
	dropped := []string{"SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_AGENT_PID", "LIBVIRT_DEFAULT_URI", "VIRSH_DEFAULT_CONNECT_URI", "LIBVIRT_AUTH_FILE", "LIBVIRT_DEBUG", "KRB5_CONFIG", "KRB5_CLIENT_KTNAME", "KRB5_TRACE", "LANG", "LANGUAGE"}
	for _, kv := range own {
		name, _, _ := strings.Cut(kv, "=")
		dropped = append(dropped, name)
	}
	env := own
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); !slices.Contains(dropped, name) {
			env = append(env, kv)
		}
	}
	return env
}
