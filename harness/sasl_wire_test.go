package harness_test

import (
	"fmt"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

// saslRow is a connection on which calls are made one after the other, and what they
// are answered with.
type saslRow struct {
	name      string
	transport call.Transport
	asks      []saslAsk
	want      []string
}

// crashes tells of the row at which a libvirtd 9.0.0 crashes: it asks for a step
// without a START before it.
func (r saslRow) crashes() bool { return r.name == "step before start" }

// check makes the calls.
func (r saslRow) check(t *testing.T, c *rawClient) {
	t.Helper()
	var got []string
	for _, ask := range r.asks {
		got = append(got, ask(c))
	}
	if diff := cmp.Diff(r.want, got); diff != "" {
		t.Errorf("other answers (+) than expected (-):\n%s", diff)
	}
}

// The mechanisms of the rows, and who is let in.
var (
	saslRowMechanisms = []string{"scram-sha-256", "scram-sha-1", "digest-md5", "plain", "anonymous"}
	saslRowAllowed    = []string{"fr*@*", "fred", "anonymous"}
)

// The fake node answers as the rows say.
func TestSASLOnTheWire(t *testing.T) {
	t.Parallel()
	auth := saslEverywhere(saslRowMechanisms...)
	auth.Users = append(auth.Users, fakeserver.AuthUser{Name: "bob", Password: saslPassword})
	auth.AllowedUsernames = saslRowAllowed
	for _, row := range append(saslRows(), saslBadRows()...) {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, harness.WithTransports(row.transport), harness.WithHostname("node"), fakeserver.WithAuth(auth))
			row.check(t, dialRaw(t, host, row.transport))
		})
	}
}

// So does a libvirtd.
func TestSASLOnTheWireOfTheRealDaemon(t *testing.T) {
	t.Parallel()
	daemon, realm := startRealSASL(t, saslRowMechanisms, `sasl_allowed_username_list = ["`+strings.Join(saslRowAllowed, `", "`)+`"]`)
	for _, row := range append(saslRows(), saslBadRows()...) {
		if row.crashes() {
			continue
		}
		t.Run(row.name, func(t *testing.T) {
			c := dialRawAt(t, "unix", daemon.Socket)
			if row.transport == harness.TCP {
				c = dialRawAt(t, "tcp", daemon.TCP)
			}
			c.realm, c.real = realm, true
			row.check(t, c)
			c.nc.Close()
		})
	}
}

// startRealSASL runs a libvirtd that knows fred and bob, and tells what it calls its
// host.
func startRealSASL(t *testing.T, mechanisms []string, lines ...string) (d *testdaemon.Daemon, realm string) {
	t.Helper()
	d = testdaemon.StartSASL(t, testdaemon.SASL{
		Mechanisms: strings.Join(mechanisms, " "),
		Users:      map[string]string{"fred": saslPassword, "bob": saslPassword},
		Lines:      lines,
	})
	c := dialRawAt(t, "tcp", d.TCP)
	defer c.nc.Close()
	askInit(c)
	askStart("DIGEST-MD5", none)(c)
	_, after, found := strings.Cut(string(c.data), `realm="`)
	if !found {
		t.Fatalf("libvirtd's challenge is %q", c.data)
	}
	realm, _, _ = strings.Cut(after, `"`)
	return d, realm
}

// The answers of the rows.
const (
	saslOffer       = "SCRAM-SHA-256,SCRAM-SHA-1,DIGEST-MD5,PLAIN,ANONYMOUS"
	saslRefused     = "E(45,7,authentication failed: authentication failed)"
	saslRequired    = "E(39,7,authentication required)"
	saslUnsaid      = "E(1,7,Library function returned error but did not set virError)"
	saslUndecodable = "E(39,7,Unable to decode message payload)"
	saslIn          = "complete=1 nil=1 "
	saslScramIn     = "complete=1 nil=0 v=…"
	saslDigestIn    = "complete=1 nil=0 rspauth=…"
	saslGoOn        = "complete=0 nil=0 "
	saslSalt        = "complete=0 nil=0 r=…,s=…,i=4096"
	saslChallenge   = `complete=0 nil=0 nonce=…,realm="node",qop="auth",maxbuf=65536,charset=utf-8,algorithm=md5-sess`
	// On tcp it is this.
	saslChallengeConf = `complete=0 nil=0 nonce=…,realm="node",qop="auth-conf",cipher="rc4-56,rc4,3des",maxbuf=65536,charset=utf-8,algorithm=md5-sess`
)

// saslRows are what a libvirtd 9.0.0 answers.
func saslRows() []saslRow {
	type asks = []saslAsk
	return []saslRow{
		{"nothing", harness.Unix, asks{askList, askOpen, askList}, []string{"[1]", saslRequired, "[1]"}},
		{"out of order", harness.Unix, asks{askOpen, askPolkit, askInit, askInit, askInit}, []string{saslRequired, saslUnsaid, saslOffer, saslRefused, saslRefused}},
		{"plain", harness.Unix, asks{askInit, askPlain("fred", saslPassword), askList, askOpen, askInit, askList, askStart("PLAIN", ""), askPolkit}, []string{saslOffer, saslIn, "[0]", "ok", saslRefused, "[0]", saslRefused, saslUnsaid}},
		{"plain, wrong", harness.Unix, asks{askInit, askPlain("fred", "x"), askPlain("fred", saslPassword), askOpen, askInit, askPlain("fred", saslPassword), askOpen}, []string{saslOffer, saslRefused, saslRefused, saslRequired, saslOffer, saslIn, "ok"}},
		{"plain, not allowed", harness.Unix, asks{askInit, askPlain("bob", saslPassword), askOpen, askList}, []string{saslOffer, saslRefused, saslRequired, "[1]"}},
		{"plain, realm", harness.Unix, asks{askInit, askPlain("fred@node", saslPassword), askList}, []string{saslOffer, saslIn, "[0]"}},
		{"plain, as oneself", harness.Unix, asks{askInit, askStart("PLAIN", "fred\x00fred\x00"+saslPassword)}, []string{saslOffer, saslIn}},
		{"plain, as another", harness.Unix, asks{askInit, askStart("PLAIN", "bob\x00fred\x00"+saslPassword), askOpen}, []string{saslOffer, saslRefused, saslRequired}},
		{"plain, more behind", harness.Unix, asks{askInit, askPlain("fred", saslPassword+"\x00")}, []string{saslOffer, saslRefused}},
		{"plain, no password", harness.Unix, asks{askInit, askPlain("fred", "")}, []string{saslOffer, saslRefused}},
		{"plain, empty", harness.Unix, asks{askInit, askStart("PLAIN", "")}, []string{saslOffer, saslGoOn}},
		{"plain, later", harness.Unix, asks{askInit, askStart("PLAIN", none), askStep("\x00fred\x00" + saslPassword), askOpen}, []string{saslOffer, saslGoOn, saslIn, "ok"}},
		{"plain, start again", harness.Unix, asks{askInit, askStart("PLAIN", none), askPlain("fred", saslPassword), askOpen}, []string{saslOffer, saslGoOn, saslIn, "ok"}},
		{"plain, init between", harness.Unix, asks{askInit, askStart("PLAIN", none), askList, askInit, askStep("\x00fred\x00" + saslPassword), askOpen}, []string{saslOffer, saslGoOn, "[1]", saslRefused, saslIn, "ok"}},
		{"plain, nothing", harness.Unix, asks{askInit, askStart("PLAIN", none), askStep(none)}, []string{saslOffer, saslGoOn, saslRefused}},
		{"start before init", harness.Unix, asks{askPlain("fred", saslPassword), askStep("x"), askOpen}, []string{saslRefused, saslRefused, saslRequired}},
		{"step before start", harness.Unix, asks{askInit, askStep("\x00fred\x00" + saslPassword), askOpen}, []string{saslOffer, saslRefused, saslRequired}},
		{"small letters", harness.Unix, asks{askInit, askStart("plain", "\x00fred\x00"+saslPassword)}, []string{saslOffer, saslIn}},
		{"mechanism unknown", harness.Unix, asks{askInit, askStart("NOPE", "x"), askInit}, []string{saslOffer, saslRefused, saslOffer}},
		{"mechanism empty", harness.Unix, asks{askInit, askStart("", "x"), askInit}, []string{saslOffer, saslRefused, saslOffer}},
		{"scram, later", harness.Unix, asks{askInit, askStart("SCRAM-SHA-256", none), askStep("n,,n=fred,r=abc")}, []string{saslOffer, "complete=0 nil=1 ", saslSalt}},
		{"scram, user", harness.Unix, asks{askInit, askStart("SCRAM-SHA-256", "n,,n=nobody,r=abc"), askInit}, []string{saslOffer, saslRefused, saslOffer}},
		{"scram, y", harness.Unix, asks{askInit, askStart("SCRAM-SHA-1", "y,,n=fred,r=abc")}, []string{saslOffer, saslSalt}},
		{"scram, junk", harness.Unix, asks{askInit, askStart("SCRAM-SHA-256", "junk")}, []string{saslOffer, saslRefused}},
		{"digest", harness.Unix, asks{askInit, askStart("DIGEST-MD5", none)}, []string{saslOffer, saslChallenge}},
		{"digest, empty", harness.Unix, asks{askInit, askStart("DIGEST-MD5", "")}, []string{saslOffer, saslChallenge}},
		{"digest, data", harness.Unix, asks{askInit, askStart("DIGEST-MD5", `username="fred"`), askStep("x"), askInit}, []string{saslOffer, saslChallenge, saslRefused, saslOffer}},
		{"anonymous", harness.Unix, asks{askInit, askStart("ANONYMOUS", "me@here"), askList, askOpen}, []string{saslOffer, saslIn, "[0]", "ok"}},
		{"anonymous, later", harness.Unix, asks{askInit, askStart("ANONYMOUS", none), askStep("me"), askOpen}, []string{saslOffer, saslGoOn, saslIn, "ok"}},
		{"anonymous, empty", harness.Unix, asks{askInit, askStart("ANONYMOUS", ""), askList, askOpen}, []string{saslOffer, saslGoOn, "[1]", saslRequired}},
		{"tcp, plain", harness.TCP, asks{askInit, askPlain("fred", saslPassword), askList, askOpen, askInit}, []string{"DIGEST-MD5", saslRefused, "[1]", saslRequired, "DIGEST-MD5"}},
		{"tcp, anonymous", harness.TCP, asks{askInit, askStart("ANONYMOUS", "me"), askOpen}, []string{"DIGEST-MD5", saslRefused, saslRequired}},
		{"tcp, digest", harness.TCP, asks{askInit, askStart("DIGEST-MD5", none)}, []string{"DIGEST-MD5", saslChallengeConf}},
	}
}

// A client that sends more behind its last step of SASL, before it knows whether a
// layer is agreed on, loses its connection where one is; so does one that goes on in
// clear. Neither call is answered.
func TestSASLLayerIsNotOptional(t *testing.T) {
	t.Parallel()
	for _, ahead := range []bool{true, false} {
		t.Run(fmt.Sprint("ahead=", ahead), func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, harness.WithTransports(harness.TCP), harness.WithHostname("node"), fakeserver.WithAuth(saslEverywhere()))
			c := dialRaw(t, host, harness.TCP)
			askInit(c)
			askStart("DIGEST-MD5", none)(c)
			step := c.frame(rpc.AuthSaslStep.Info, encoded(rpc.AuthSaslStep.Info, &libvirt.AuthSaslStepArgs{Data: chars(c.newDigest().String())}))
			open := c.frame(rpc.ConnectOpen.Info, encoded(rpc.ConnectOpen.Info, &libvirt.ConnectOpenArgs{Name: libvirt.OptString{"test:///default"}}))
			if ahead {
				step = append(step, open...)
			}
			if _, err := c.nc.Write(step); err != nil {
				t.Fatal(err)
			}
			if got := c.answer(rpc.AuthSaslStep.Info); !strings.HasPrefix(got, "complete=1 nil=0 rspauth=") {
				t.Fatalf("the step is answered with %q", got)
			}
			if !ahead {
				// Twice, for as packets these are 4 bytes longer each than as frames.
				if _, err := c.nc.Write(append(open, open...)); err != nil {
					t.Fatal(err)
				}
			}
			if _, _, err := c.reader.Next(); err == nil {
				t.Error("a call in clear is answered")
			}
			reachesOnlyAuth(t, host)
		})
	}
}
