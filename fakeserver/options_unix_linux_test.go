package fakeserver_test

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// The kernel goes by the permissions: a user whom they keep out does not get in.
func TestUnixSocketsKeepOut(t *testing.T) {
	if os.Getuid() != 0 {
		testclients.Unavailable(t, "only root can be another user: run the tests as root")
	}
	nc := testclients.Need(t, "nc", "netcat-openbsd")
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	for _, c := range []struct {
		name   string
		perms  fakeserver.UnixSockets
		rw, ro bool
	}{
		{"as they are", fakeserver.UnixSockets{}, false, true},
		{"for all", fakeserver.UnixSockets{RW: "0666"}, true, true},
		{"for root", fakeserver.UnixSockets{RW: "0600", RO: "0600"}, false, false},
		{"for a group by number", fakeserver.UnixSockets{Group: nobody.Gid, RO: "0700"}, true, false},
		{"for another group", fakeserver.UnixSockets{Group: "root", RO: "0770"}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "sock")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(dir) })
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			srv, err := fakeserver.Start(t.Context(), fakeserver.WithTransports(),
				fakeserver.WithListener(call.Unix, filepath.Join(dir, "libvirt-sock")), fakeserver.WithUnixSockets(c.perms))
			if err != nil {
				t.Fatal(err)
			}
			defer srv.Close()
			for name, in := range map[string]bool{"libvirt-sock": c.rw, "libvirt-sock-ro": c.ro} {
				cmd := exec.Command(nc, "-z", "-U", filepath.Join(dir, name))
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
				out, err := cmd.CombinedOutput()
				if (err == nil) != in || err != nil && !strings.Contains(string(out), "Permission denied") {
					t.Errorf("%s: %v\n%s", name, err, out)
				}
			}
		})
	}
}

func TestUnixSocketsRefused(t *testing.T) {
	for _, c := range []struct {
		perms fakeserver.UnixSockets
		want  string
	}{
		{fakeserver.UnixSockets{RW: "0778"}, "WithUnixSockets: Failed to parse mode '0778'"},
		{fakeserver.UnixSockets{Admin: "-1"}, "WithUnixSockets: Failed to parse mode '-1'"},
		{fakeserver.UnixSockets{Group: "no such group"}, "WithUnixSockets: invalid argument: Failed to parse group 'no such group'"},
	} {
		if err := fakeserver.Check(fakeserver.WithUnixSockets(c.perms)); err == nil || err.Error() != c.want {
			t.Errorf("%v: %v", c.perms, err)
		}
	}
}
