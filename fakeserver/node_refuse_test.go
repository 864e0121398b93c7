package fakeserver_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

func TestRefuse(t *testing.T) {
	t.Parallel()
	s := start(t, everywhere)
	for _, of := range []call.Transport{call.TCP, call.TLS, call.Unix, call.SSH, call.Memory} {
		old := mustConnect(t, s, string(of))
		undo, err := s.Refuse(of)
		if err != nil {
			t.Fatal(err)
		}
		second, err := s.Refuse(of)
		if err != nil {
			t.Fatal(err)
		}
		for _, way := range ways {
			if way == string(of) || strings.HasPrefix(way, string(of)+"-") {
				if _, err := connect(s, way); !errors.Is(err, syscall.ECONNREFUSED) {
					t.Errorf("%s, refused on %s: %v", way, of, err)
				}
				continue
			}
			mustConnect(t, s, way)
		}
		if _, err := old.ConnectGetHostname(); err != nil {
			t.Errorf("%s: the connection from before: %v", of, err)
		}
		if err := undo(); err != nil {
			t.Error(err)
		}
		if _, err := connect(s, string(of)); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%s, refused once more: %v", of, err)
		}
		// It is in force after a restart too.
		if err := s.Restart(t.Context(), fakeserver.RestartOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := connect(s, string(of)); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%s, refused, after a restart: %v", of, err)
		}
		if err := errors.Join(second(), undo()); err != nil {
			t.Error(err)
		}
		mustConnect(t, s, string(of))
	}
	if _, err := s.Refuse("carrier pigeon"); err == nil {
		t.Error("an unknown transport is refused")
	}
}

// TestNodeTextsOfVirsh has the texts by which people know a daemon that is away.
func TestNodeTextsOfVirsh(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	testclients.Need(t, "ssh", "openssh-client")
	s := start(t, everywhere)
	list := func(of call.Transport) string {
		uri, err := s.URI(of, "test:///default")
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(virsh, "-c", uri, "list", "--name")
		cmd.Env = append(os.Environ(), "LC_ALL=C")
		out, _ := cmd.CombinedOutput()
		return strings.TrimSpace(string(out))
	}
	expect := func(when string, want map[call.Transport]string) {
		t.Helper()
		for of, w := range want {
			if got := list(of); !strings.Contains(got, w) {
				t.Errorf("%s, %s:\n%s\nwant: %s", when, of, got, w)
			}
		}
	}
	socket, tcp, tls := s.Addr(call.Unix), "unable to connect to server at '"+s.Addr(call.TCP)+"': Connection refused", "unable to connect to server at '"+s.Addr(call.TLS)+"': Connection refused"
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	expect("stopped", map[call.Transport]string{
		call.TCP: tcp, call.TLS: tls,
		call.Unix: "Failed to connect socket to '" + socket + "': No such file or directory",
		call.SSH:  "/var/run/libvirt/libvirt-sock: No such file or directory",
	})
	if err := s.StartAgain(false); err != nil {
		t.Fatal(err)
	}
	up := map[call.Transport]string{call.TCP: "test", call.TLS: "test", call.Unix: "test", call.SSH: "test"}
	expect("started again", up)
	undo, err := s.Refuse()
	if err != nil {
		t.Fatal(err)
	}
	expect("refusing", map[call.Transport]string{
		call.TCP: tcp, call.TLS: tls,
		call.Unix: "Failed to connect socket to '" + socket + "': Connection refused",
		call.SSH:  "Connection refused",
	})
	if err := undo(); err != nil {
		t.Fatal(err)
	}
	expect("no longer refusing", up)
}

func TestConnectionNumbers(t *testing.T) {
	t.Parallel()
	var numbers []uint64
	s := start(t, everywhere, fakeserver.WithInterceptor(func(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
		if c.Procedure == rpc.ConnectGetHostname.Info {
			numbers = append(numbers, c.Peer.Connection)
		}
		return next(ctx, c)
	}))
	// Number 1 fails in its handshake.
	raw, err := net.Dial("tcp", s.Addr(call.TLS))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Write([]byte("no TLS at all")); err != nil {
		t.Fatal(err)
	}
	drain(raw)
	raw.Close()
	for i, way := range ways {
		if i == 3 {
			if err := s.Restart(t.Context(), fakeserver.RestartOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		l := mustConnect(t, s, way)
		if _, err := l.ConnectGetHostname(); err != nil {
			t.Fatal(err)
		}
		if got, want := numbers[len(numbers)-1], uint64(i+2); got != want {
			t.Errorf("%s: connection %d, want %d", way, got, want)
		}
	}
}
