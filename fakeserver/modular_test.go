package fakeserver_test

import (
	"context"
	"fmt"
	"io/fs"
	"log"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// lastPeer returns who came last.
func lastPeer(t *testing.T, s *fakeserver.Server) call.Peer {
	t.Helper()
	all := s.Journal().Connections()
	if len(all) == 0 {
		t.Fatal("nobody has come")
	}
	return *all[len(all)-1].Peer
}

func TestModularRunDir(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opts        []fakeserver.Option
		daemons     string
		has, hasNot []string
		sessionHas  []string
	}{
		"libvirtd": {nil, "libvirtd", []string{"libvirt-sock", "libvirt-sock-ro", "libvirt-admin-sock"}, []string{"virtqemud-sock"}, nil},
		"all": {
			[]fakeserver.Option{fakeserver.WithModularDaemons()},
			"virtproxyd virtqemud virtinterfaced virtnetworkd virtnodedevd virtnwfilterd virtsecretd virtstoraged",
			[]string{"libvirt-sock", "libvirt-admin-sock", "virtqemud-sock", "virtqemud-sock-ro", "virtqemud-admin-sock", "virtnwfilterd-sock"},
			[]string{"virtxend-sock", "virtproxyd-sock"}, nil,
		},
		"xen that cannot run": {
			[]fakeserver.Option{fakeserver.WithModularDaemons(), fakeserver.WithDrivers("test"), fakeserver.WithInactiveDrivers("xen")},
			"virtproxyd virtxend", []string{"virtxend-sock"}, []string{"virtqemud-sock", "virtnetworkd-sock"}, nil,
		},
		"beside libvirtd": {
			[]fakeserver.Option{fakeserver.WithModularDaemons("virtnetworkd", "virtqemud", "libvirtd")},
			"libvirtd virtqemud virtnetworkd", []string{"libvirt-sock", "virtnetworkd-sock-ro"}, nil, nil,
		},
		"of a user": {
			[]fakeserver.Option{fakeserver.WithModularDaemons(), fakeserver.WithSession()},
			"virtproxyd virtqemud virtinterfaced virtnetworkd virtnodedevd virtsecretd virtstoraged", []string{"virtqemud-sock"}, []string{"virtnwfilterd-sock"}, nil,
		},
		"with a user's": {
			[]fakeserver.Option{fakeserver.WithModularDaemons("virtqemud", "virtnwfilterd"), fakeserver.WithSessionDaemon()},
			"virtqemud virtnwfilterd", []string{"virtqemud-sock", "virtnwfilterd-sock"}, []string{"libvirt-sock"},
			[]string{"virtqemud-admin-sock", "virtqemud-sock"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := runDir(t)
			s := start(t, append(c.opts, fakeserver.WithTransports(call.Unix), fakeserver.WithRunDir(dir))...)
			if got := strings.Join(s.Daemons(), " "); got != c.daemons {
				t.Errorf("the daemons are %s", got)
			}
			there := strings.Split(entries(t, filepath.Join(dir, "libvirt")), "\n")
			for _, name := range c.has {
				if !slices.Contains(there, name) {
					t.Errorf("no %s in %v", name, there)
				}
				want := fs.FileMode(0o770)
				switch {
				case strings.HasSuffix(name, "-ro"):
					want = 0o777
				case strings.Contains(name, "-admin-"):
					want = 0o700
				}
				if info, err := os.Stat(filepath.Join(dir, "libvirt", name)); err != nil || info.Mode() != fs.ModeSocket|want {
					t.Errorf("%s: %v, %v", name, info, err)
				}
			}
			for _, name := range c.hasNot {
				if slices.Contains(there, name) {
					t.Errorf("%s in %v", name, there)
				}
			}
			if c.sessionHas != nil {
				if got := strings.Split(entries(t, filepath.Join(s.SessionDir(), "libvirt")), "\n"); !slices.Equal(got, c.sessionHas) {
					t.Errorf("the session has %v, want %v", got, c.sessionHas)
				}
			} else if s.SessionDir() != dir {
				t.Errorf("the session is in %s", s.SessionDir())
			}
			if err := s.Stop(); err != nil {
				t.Fatal(err)
			}
			if left := entries(t, filepath.Join(dir, "libvirt")); left != "" {
				t.Errorf("a stopped node has %s", left)
			}
			if err := s.StartAgain(false); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if left := entries(t, dir); left != "" {
				t.Errorf("a closed node leaves %s", left)
			}
		})
	}
}

// Each transport leads to the daemon that has it.
func TestDaemonOfTransport(t *testing.T) {
	t.Parallel()
	all := fakeserver.WithTransports(call.TCP, call.TLS, call.Unix, call.SSH)
	for _, c := range []struct {
		name string
		opts []fakeserver.Option
		want map[string]string
	}{
		{"libvirtd", nil, map[string]string{"tcp": "libvirtd", "tls": "libvirtd", "unix": "libvirtd", "unix-ro": "libvirtd", "ssh": "libvirtd", "memory": "libvirtd"}},
		{"modular", []fakeserver.Option{fakeserver.WithModularDaemons()}, map[string]string{
			"tcp": "virtproxyd", "tls": "virtproxyd", "unix": "virtqemud", "unix-ro": "virtproxyd", "ssh": "virtqemud", "memory": "virtproxyd",
		}},
		{"beside", []fakeserver.Option{fakeserver.WithModularDaemons("virtqemud", "libvirtd")}, map[string]string{"tcp": "libvirtd", "unix": "virtqemud", "memory": "libvirtd"}},
		{"virtqemud", []fakeserver.Option{
			fakeserver.WithModularDaemons("virtnetworkd", "virtqemud"), fakeserver.WithTransports(call.Unix, call.SSH),
		}, map[string]string{"unix": "virtqemud", "unix-ro": "virtqemud", "ssh": "virtqemud", "memory": "virtqemud"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, append([]fakeserver.Option{all}, c.opts...)...)
			for way, want := range c.want {
				mustConnect(t, s, way)
				if p := lastPeer(t, s); p.Daemon != want || p.ReadOnly != (way == "unix-ro") || p.Session || p.Admin {
					t.Errorf("%s leads to %+v, want %s", way, p, want)
				}
			}
		})
	}
}

// A node whose daemons do not listen on tcp and tls has neither, unless it is told
// to.
func TestModularWithoutTCP(t *testing.T) {
	t.Parallel()
	s, err := fakeserver.Start(t.Context(), fakeserver.WithModularDaemons("virtqemud"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Addr(call.TCP) != "" || s.Addr(call.TLS) != "" || s.Addr(call.SSH) == "" || filepath.Base(s.Addr(call.Unix)) != "virtqemud-sock" {
		t.Errorf("listens on tcp %q, tls %q, ssh %q, unix %q", s.Addr(call.TCP), s.Addr(call.TLS), s.Addr(call.SSH), s.Addr(call.Unix))
	}
}

func TestModularErrors(t *testing.T) {
	t.Parallel()
	modular := fakeserver.WithModularDaemons
	for _, c := range []struct {
		want string
		opts []fakeserver.Option
	}{
		{`no modular daemon "virtfood": there are [virtproxyd virtqemud`, []fakeserver.Option{modular("virtfood")}},
		{`no modular daemon ""`, []fakeserver.Option{modular("")}},
		{"virtqemud is named twice", []fakeserver.Option{modular("virtqemud", "virtqemud")}},
		{"virtxend serves the driver xen, which the node does not have: it has [qemu test]", []fakeserver.Option{modular("virtxend")}},
		{"none of the node's drivers [test] has use for virtnetworkd", []fakeserver.Option{modular("virtnetworkd"), fakeserver.WithDrivers("test")}},
		{"only root runs virtnwfilterd", []fakeserver.Option{modular("virtnwfilterd"), fakeserver.WithSession()}},
		{"libvirtd and virtproxyd have the same sockets", []fakeserver.Option{modular("libvirtd", "virtproxyd")}},
		{"tcp needs virtproxyd or libvirtd, and there are [virtqemud]", []fakeserver.Option{modular("virtqemud"), fakeserver.WithTransports(call.TCP)}},
		{"unix socket /x", []fakeserver.Option{modular(), fakeserver.WithListener(call.Unix, "/x")}},
		{"unix socket /x", []fakeserver.Option{fakeserver.WithSessionDaemon(), fakeserver.WithListener(call.Unix, "/x")}},
		{"a user's already", []fakeserver.Option{fakeserver.WithSessionDaemon(), fakeserver.WithSession()}},
		{`the session's daemon: no driver "foo"`, []fakeserver.Option{fakeserver.WithSessionDaemon(fakeserver.WithDrivers("foo"))}},
		{"WithSessionDaemon: file does not exist", []fakeserver.Option{fakeserver.WithSessionDaemon(fakeserver.WithError(fs.ErrNotExist))}},
	} {
		s, err := fakeserver.Start(t.Context(), append([]fakeserver.Option{fakeserver.WithTransports(call.Unix)}, c.opts...)...)
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// The user's drivers are not the system's, for Go and over a restart.
func TestSessionDriver(t *testing.T) {
	t.Parallel()
	const xml = "<domain type='qemu'><name>guest</name><memory>1024</memory><os><type>hvm</type></os></domain>"
	s := start(t, fakeserver.WithSessionDaemon())
	mine, err := s.SessionDriver("qemu")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mine.DefineDomain(xml); err != nil {
		t.Fatal(err)
	}
	system, err := s.Driver("qemu")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(system.Objects().Domains); n != 0 {
		t.Errorf("the system has %d domains", n)
	}
	for _, c := range []struct {
		lose bool
		want int
	}{{false, 1}, {true, 0}} {
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := s.StartAgain(c.lose); err != nil {
			t.Fatal(err)
		}
		if mine, err = s.SessionDriver("qemu"); err != nil || len(mine.Objects().Domains) != c.want {
			t.Errorf("after a restart, losing state: %t: %v, %v", c.lose, mine.Objects().Domains, err)
		}
	}
	if _, err := start(t).SessionDriver("qemu"); err == nil || !strings.Contains(err.Error(), "no session daemon") {
		t.Errorf("a node without a session: %v", err)
	}
}

// Programs are those of the socket: the administrator's has none.
func TestAdminSocket(t *testing.T) {
	t.Parallel()
	s := start(t)
	socket := filepath.Join(s.RunDir(), "libvirt", "libvirt-admin-sock")
	_, err := connectTo(s, socket)
	if err == nil || !strings.Contains(err.Error(), "Cannot find program 536903814 version 1") {
		t.Errorf("the administrator's socket says %v", err)
	}
	if p := lastPeer(t, s); !p.Admin || p.Daemon != "libvirtd" || p.Local != socket {
		t.Errorf("the peer is %+v", p)
	}
}

// connectTo connects go-libvirt to a unix socket.
func connectTo(s *fakeserver.Server, path string) (*libvirt.Libvirt, error) {
	text, err := s.URI(call.Unix, "qemu:///system", fakeserver.Param{Name: "socket", Value: path})
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	return libvirt.ConnectToURI(u)
}

func ExampleWithModularDaemons() {
	node, err := fakeserver.Start(context.Background(), fakeserver.WithModularDaemons("virtqemud", "virtnetworkd"))
	if err != nil {
		log.Fatal(err)
	}
	defer node.Close()
	fmt.Println(node.Daemons(), filepath.Base(node.Addr(call.Unix)))
	// Output:
	// [virtqemud virtnetworkd] virtqemud-sock
}
