package harness_test

import (
	"os"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// polkitEverywhere has both unix sockets ask polkit, which gives everybody one
// answer, root as well.
func polkitEverywhere(answer fakeserver.PolkitAnswer) fakeserver.Auth {
	return fakeserver.Auth{
		UnixRW: fakeserver.AuthPolkit, UnixRO: fakeserver.AuthPolkit,
		Polkit: fakeserver.Polkit{UIDs: map[uint32]fakeserver.PolkitAnswer{0: answer}, Others: answer},
	}
}

// virsh prints libvirt's text for each answer of polkit, on the unix socket and on
// what leads there; tcp and tls have nothing to do with it.
func TestVirshAndPolkit(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	const agent = "error: authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix."
	for _, c := range []struct {
		name     string
		answer   fakeserver.PolkitAnswer
		readOnly bool
		want     string
	}{
		{"allowed", fakeserver.PolkitAllowed, false, "localhost"},
		{"allowed", "", true, "localhost"},
		{"denied", fakeserver.PolkitDenied, false, "error: authentication failed: access denied by policy"},
		{"denied", fakeserver.PolkitDenied, true, "error: authentication failed: access denied by policy"},
		{"no agent", fakeserver.PolkitNoAgent, false, agent + "manage'"},
		{"no agent", fakeserver.PolkitNoAgent, true, agent + "monitor'"},
	} {
		name := c.name
		if c.readOnly {
			name += ", read-only"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, fakeserver.WithAuth(polkitEverywhere(c.answer)))
			for _, transport := range []call.Transport{harness.Unix, harness.SSH, harness.LibSSH, harness.TCP, harness.TLS} {
				args := []string{"-c", host.URI(transport, "test:///default"), "hostname"}
				if c.readOnly {
					args[1] = strings.Replace(args[1], "libvirt-sock", "libvirt-sock-ro", 1)
					args = append([]string{"-r"}, args...)
				}
				want := c.want
				if transport == harness.TCP || transport == harness.TLS {
					want = "localhost"
				}
				if out := client(t, host.Env(), virsh, args...); !strings.Contains(out, want) {
					t.Errorf("%s: virsh prints %q, want %q", transport, out, want)
				}
			}
			if c.want != "localhost" {
				for _, r := range host.Server.Journal().Records() {
					if via := r.Peer.Transport; r.Procedure.NeedsAuth && (via == harness.Unix || via == harness.SSH) {
						t.Errorf("polkit let somebody in: %v", r)
					}
				}
			}
		})
	}
}

// Whoever asks first is let in, if polkit would let them in or they are root, whom
// polkit is not asked about.
func TestPolkitOnTheWire(t *testing.T) {
	t.Parallel()
	me := uint32(os.Geteuid())
	type asks []func(*rawClient) string
	const (
		required = "E(39,7,authentication required)"
		denied   = "E(45,60,authentication failed: access denied by policy)"
		unsaid   = "E(1,7,Library function returned error but did not set virError)"
		failed   = "E(45,7,authentication failed: authentication failed)"
	)
	others := fakeserver.Polkit{UIDs: map[uint32]fakeserver.PolkitAnswer{me: fakeserver.PolkitDenied}}
	mine := fakeserver.Polkit{UIDs: map[uint32]fakeserver.PolkitAnswer{me: fakeserver.PolkitAllowed}, Others: fakeserver.PolkitDenied}
	root := fakeserver.Polkit{Others: fakeserver.PolkitDenied}
	for _, c := range []struct {
		name   string
		polkit fakeserver.Polkit
		root   bool // whether only root sees this
		asks   asks
		want   string
	}{
		{"denied", others, false, asks{askList, askOpen, askPolkit, askOpen, askPolkit, askInit}, "[2] " + required + " " + denied + " " + required + " " + denied + " " + failed},
		{"allowed", mine, false, asks{askList, askOpen, askPolkit, askOpen, askList, askPolkit}, "[2] " + required + " complete=1 ok [0] " + unsaid},
		{"root", root, true, asks{askOpen, askList, askOpen}, required + " [0] ok"},
		{"root asks polkit", root, true, asks{askPolkit, askOpen}, "complete=1 ok"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.root && me != 0 {
				t.Skip("only root can see how the node treats root")
			}
			host := harness.Start(t, harness.WithTransports(harness.Unix), fakeserver.WithAuth(fakeserver.Auth{UnixRW: fakeserver.AuthPolkit, Polkit: c.polkit}))
			client := dialRaw(t, host, harness.Unix)
			var got []string
			for _, ask := range c.asks {
				got = append(got, ask(client))
			}
			if got := strings.Join(got, " "); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}
