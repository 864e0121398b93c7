package harness_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// asUser has a program run in a user namespace, where it is a user of this number.
func asUser(cmd *exec.Cmd, uid int, namespaces uintptr) {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | namespaces,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: uid, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: uid, HostID: os.Getegid(), Size: 1}},
	}
}

// namespaced runs a program as asUser says and returns what it prints.
func namespaced(t *testing.T, env []string, uid int, namespaces uintptr, name string, args ...string) string {
	t.Helper()
	try := exec.CommandContext(t.Context(), "true")
	asUser(try, uid, namespaces)
	if err := try.Run(); err != nil {
		testclients.Unavailable(t, "no namespaces: "+err.Error())
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = env
	asUser(cmd, uid, namespaces)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out) + "\n" + err.Error()
	}
	return strings.TrimSpace(string(out))
}

// A user's libvirt looks for the session's socket in XDG_RUNTIME_DIR, which Env
// sets.
func TestSessionSocket(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	const user = 1000
	dir, err := os.MkdirTemp("", "fl") // short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for name, opts := range map[string][]harness.Option{
		"of its own": nil,
		"given":      {harness.WithRunDir(dir)},
	} {
		host := harness.Start(t, append(opts, harness.WithTransports(harness.Unix), harness.WithHostname("node7"))...)
		for _, flag := range []string{"--readonly", "--quiet"} {
			out := namespaced(t, host.Env(), user, 0, virsh, flag, "-c", "qemu:///session", "uri; hostname")
			if got := strings.Fields(out); len(got) != 2 || got[0] != "qemu:///session" || got[1] != "node7" {
				t.Errorf("%s, virsh %s -c qemu:///session prints\n%s", name, flag, out)
			}
		}
	}
}

// Where the node's run directory is /run, the system's URI is the node's, as is the
// socket of the documentation by its path in another root.
func TestSystemSocket(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	host := harness.Start(t, harness.WithTransports(harness.Unix), harness.WithHostname("node7"))
	const script = `mount --bind "$0" /run && exec "$@"`
	for _, uri := range []string{"qemu:///system", "qemu+unix:///system", "qemu+unix:///system?socket=/run/libvirt/libvirt-sock"} {
		for _, flag := range []string{"--readonly", "--quiet"} {
			out := namespaced(t, host.Env(), 0, syscall.CLONE_NEWNS, "sh", "-c", script, host.Server.RunDir(), virsh, flag, "-c", uri, "hostname")
			if out != "node7" {
				t.Errorf("virsh %s -c '%s' hostname prints\n%s", flag, uri, out)
			}
		}
	}
}
