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
		auth   fakeserver.Auth
	}{
		{name: "as they are", ro: true},
		{name: "as they are with polkit", rw: true, ro: true, auth: fakeserver.Auth{UnixRW: fakeserver.AuthPolkit}},
		{name: "for root, with polkit", perms: fakeserver.UnixSockets{RW: "0700"}, ro: true, auth: fakeserver.Auth{UnixRW: fakeserver.AuthPolkit}},
		{name: "for all", perms: fakeserver.UnixSockets{RW: "0666"}, rw: true, ro: true},
		{name: "for root", perms: fakeserver.UnixSockets{RW: "0600", RO: "0600"}, rw: false, ro: false},
		{name: "for a group by number", perms: fakeserver.UnixSockets{Group: nobody.Gid, RO: "0700"}, rw: true, ro: false},
		{name: "for another group", perms: fakeserver.UnixSockets{Group: "root", RO: "0770"}, rw: false, ro: false},
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
				fakeserver.WithListener(call.Unix, filepath.Join(dir, "libvirt-sock")), fakeserver.WithUnixSockets(c.perms), fakeserver.WithAuth(c.auth))
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
