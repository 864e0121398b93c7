package fakeserver

import (
	"context"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// Each path as each user finds it.
func TestFindSocket(t *testing.T) {
	t.Parallel()
	srv, err := Start(context.Background(), WithTransports(call.Unix),
		WithSSHAccount(SSHAccount{Sockets: map[string]SSHSocket{"/var/run/libvirt/libvirt-sock-ro": SSHSocketRefused}}, "fred"),
		WithSSHAccount(SSHAccount{UID: 1001, Home: "/srv/own"}, "own"),
		WithSSHAccount(SSHAccount{Sockets: map[string]SSHSocket{"/opt/x/../sock": SSHSocketReadOnly}}))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	for _, c := range []struct {
		user, path string
		want       SSHSocket
	}{
		{"root", "/var/run/libvirt/libvirt-sock", SSHSocketNode},
		{"root", "/run//libvirt/./libvirt-sock", SSHSocketNode},
		{"root", "/var/run/libvirt/libvirt-sock-ro", SSHSocketReadOnly},
		{"root", "/run/user/0/libvirt/libvirt-sock", SSHSocketNode},
		{"root", "/run/user/1000/libvirt/libvirt-sock", SSHSocketMissing},
		{"root", "/opt/sock", SSHSocketReadOnly},
		{"root", "opt/sock", SSHSocketMissing},
		{"root", "", SSHSocketMissing},
		{"root", ".", SSHSocketMissing},
		{"root", "/", SSHSocketMissing},
		{"root", srv.Addr(call.Unix), SSHSocketNode},
		{"root", srv.SocketReadOnly(), SSHSocketReadOnly},
		{"fred", "/run/libvirt/libvirt-sock", SSHSocketNode},
		{"fred", "/run/libvirt/libvirt-sock-ro", SSHSocketRefused},
		{"fred", "/opt/sock", SSHSocketMissing},
		{"fred", "/home/fred/.cache/libvirt/libvirt-sock", SSHSocketNode},
		{"own", "/home/own/.cache/libvirt/libvirt-sock", SSHSocketMissing},
		{"own", "/srv/own/.cache/libvirt/libvirt-sock", SSHSocketNode},
		{"own", "/run/user/1001/libvirt/libvirt-sock", SSHSocketNode},
	} {
		if got, _ := srv.findSocket(c.path, c.user); got != c.want {
			t.Errorf("%s finds %q %s, want %s", c.user, c.path, got, c.want)
		}
	}
	none, err := Start(context.Background(), WithTransports(call.SSH))
	if err != nil {
		t.Fatal(err)
	}
	defer none.Close()
	for _, name := range []string{"", ".", "/"} {
		if got, _ := none.findSocket(name, "root"); got != SSHSocketMissing {
			t.Errorf("%q is %s to a node without unix sockets", name, got)
		}
	}
}

// The URIs of a node ask for what its SSH server asks for.
func TestSSHAuthParameter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		methods []string
		want    string
	}{
		{nil, ""},
		{[]string{"password", "publickey"}, ""},
		{[]string{"password"}, "password"},
		{[]string{"publickey,password", "keyboard-interactive"}, "privkey,password"},
		{[]string{"keyboard-interactive,password"}, "keyboard-interactive,password"},
		{[]string{"none"}, ""},
	} {
		if got := (SSHAuth{Methods: c.methods}).parameter(); got != c.want {
			t.Errorf("%q: %q, want %q", c.methods, got, c.want)
		}
	}
}
