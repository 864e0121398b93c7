package harness_test

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// gate notes what of a node is reached.
type gate struct {
	mu     sync.Mutex
	passed []string
}

// authProcedures are what may be called by whom nobody knows yet. The list is kept
// here, and not taken from what is tested.
var authProcedures = []string{"AuthList", "AuthSaslInit", "AuthSaslStart", "AuthSaslStep", "AuthPolkit"}

// intercept is the node's interceptor.
func (g *gate) intercept(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
	if !slices.Contains(authProcedures, c.Procedure.Name) {
		g.mu.Lock()
		g.passed = append(g.passed, c.Procedure.Name)
		g.mu.Unlock()
	}
	return next(ctx, c)
}

func (g *gate) seen() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.passed)
}

// guarded starts a node with a gate before its handlers.
func guarded(t *testing.T, opts ...harness.Option) (*harness.Host, *gate) {
	t.Helper()
	g := &gate{}
	return harness.Start(t, append(opts, harness.WithInterceptor(g.intercept), harness.WithHostname("node"))...), g
}

// try is one way to get in without a right to. It says how it went at the end: each
// must be refused.
type try struct {
	name string
	opts []harness.Option
	run  func(t *testing.T, host *harness.Host) (refused string)
	want string // what refused contains
}

// TestTries has clients try what must not let them in. None gets past authentication.
func TestTries(t *testing.T) {
	t.Parallel()
	for _, list := range [][]try{saslTries(), layerTries(), tlsTries(), sshTries(), polkitTries()} {
		for _, try := range list {
			t.Run(try.name, func(t *testing.T) {
				t.Parallel()
				host, gate := guarded(t, try.opts...)
				if got := try.run(t, host); !strings.Contains(got, try.want) {
					t.Errorf("the client sees %q, want %q", got, try.want)
				}
				if seen := gate.seen(); len(seen) > 0 {
					t.Errorf("%v got past authentication", seen)
				}
				for _, r := range host.Server.Journal().Records() {
					if !slices.Contains(authProcedures, r.Procedure.Name) {
						t.Errorf("the journal has %s", &r)
					}
				}
				for _, l := range host.Server.Journal().Logins() {
					if l.Accepted && !strings.HasPrefix(try.name, "layer/") {
						t.Errorf("the journal has %s", &l)
					}
				}
			})
		}
	}
}

// The gate is no gate if it does not see who is let in.
func TestTriesCanFail(t *testing.T) {
	t.Parallel()
	host, gate := guarded(t, fakeserver.WithAuth(saslEverywhere()), harness.WithTransports(harness.Unix))
	c := dialRaw(t, host, harness.Unix)
	askInit(c)
	askPlain("fred", saslPassword)(c)
	if got := askOpen(c); got != "ok" || !slices.Equal(gate.seen(), []string{"ConnectOpen"}) {
		t.Errorf("the client sees %q, and %q got past authentication", got, gate.seen())
	}
}

// saslTries are messages that were right once, or for somebody else. What is wrong in
// one exchange alone is in saslRows and saslBadRows.
func saslTries() []try {
	opts := []harness.Option{fakeserver.WithAuth(saslEverywhere("SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "PLAIN")), harness.WithTransports(harness.TCP, harness.Unix)}
	// again sends on a connection of its own what was right on another, whose last
	// call of login it is.
	again := func(mechanism string, transport call.Transport) func(*testing.T, *harness.Host) string {
		return func(t *testing.T, host *harness.Host) string {
			first, final := recordLogin(t, host, transport, mechanism)
			c := dialRaw(t, host, transport)
			askInit(c)
			askStart(mechanism, first)(c)
			refused := askStep(final)(c)
			askOpen(c)
			return refused
		}
	}
	raw := func(asks ...saslAsk) func(*testing.T, *harness.Host) string {
		return func(t *testing.T, host *harness.Host) string {
			c := dialRaw(t, host, harness.Unix)
			last := ""
			for _, ask := range asks {
				last = ask(c)
			}
			return last
		}
	}
	return []try{
		{"sasl/replay/SCRAM-SHA-256", opts, again("SCRAM-SHA-256", harness.Unix), saslRefused},
		{"sasl/replay/SCRAM-SHA-1", opts, again("SCRAM-SHA-1", harness.Unix), saslRefused},
		{"sasl/replay/DIGEST-MD5", opts, again("DIGEST-MD5", harness.Unix), saslRefused},
		{"sasl/replay/DIGEST-MD5 on tcp", opts, again("DIGEST-MD5", harness.TCP), saslRefused},
		{"sasl/replay/DIGEST-MD5 with the challenge", opts, func(t *testing.T, host *harness.Host) string {
			_, final := recordLogin(t, host, harness.Unix, "DIGEST-MD5")
			c := dialRaw(t, host, harness.Unix)
			askInit(c)
			// As of a client that wants to go on where another connection was.
			askStart("DIGEST-MD5", strings.Replace(final, "nc=00000001", "nc=00000002", 1))(c)
			return askOpen(c)
		}, saslRequired},
		{"sasl/nothing", opts, raw(askOpen), saslRequired},
		{"sasl/list alone", opts, raw(askList, askOpen), saslRequired},
		{"sasl/polkit in its place", opts, raw(askList, askPolkit, askOpen), saslRequired},
		{"sasl/init alone", opts, raw(askInit, askOpen), saslRequired},
		{"sasl/in the middle", opts, raw(askInit, askStart("SCRAM-SHA-256", "n,,n=fred,r=abc"), askOpen), saslRequired},
		{"sasl/password of another", opts, raw(askInit, askPlain("fred", "bob"), askOpen), saslRequired},
		{"sasl/name for password", opts, raw(askInit, askPlain("fred", "fred"), askOpen), saslRequired},
		{"sasl/prefix of the password", opts, raw(askInit, askPlain("fred", saslPassword[:len(saslPassword)-1]), askOpen), saslRequired},
		{"sasl/more than the password", opts, raw(askInit, askPlain("fred", saslPassword+"x"), askOpen), saslRequired},
		{"sasl/many tries", opts, func(t *testing.T, host *harness.Host) string {
			c := dialRaw(t, host, harness.Unix)
			for range 100 {
				askInit(c)
				askPlain("fred", "wrong")(c)
			}
			return askOpen(c)
		}, saslRequired},
		{"sasl/another connection's login", opts, func(t *testing.T, host *harness.Host) string {
			in := dialRaw(t, host, harness.Unix)
			askInit(in)
			askStart("SCRAM-SHA-256", "n,,n=fred,r=abc")(in)
			out := dialRaw(t, host, harness.Unix)
			askStep(string(in.data))(out)
			return askOpen(out)
		}, saslRequired},
	}
}

// recordLogin logs fred in on one node of the same settings, and returns what was sent.
// The login is on a node of its own, so that nothing of it is in the other's journal;
// a second one on the same node would have another nonce as well.
func recordLogin(t *testing.T, host *harness.Host, transport call.Transport, mechanism string) (first, final string) {
	t.Helper()
	other := harness.Start(t, fakeserver.WithAuth(saslEverywhere()), harness.WithTransports(transport), harness.WithHostname("node"))
	c := dialRaw(t, other, transport)
	askInit(c)
	keep := func(s string) string { final = s; return s }
	if mechanism == "DIGEST-MD5" {
		first = none
		askStart(mechanism, none)(c)
		final = c.newDigest().String()
		if got := askStep(final)(c); got != saslDigestIn {
			t.Fatalf("%s: %s", mechanism, got)
		}
		return first, final
	}
	first = "n,,n=fred,r="
	startScram(mechanism, "fred", "", saslPassword)(c)
	if got := goOnScram(keep)(c); got != saslScramIn {
		t.Fatalf("%s: %s", mechanism, got)
	}
	nonce, _, _ := strings.Cut(strings.TrimPrefix(final, "c=biws,r="), ",")
	return first + nonce, final
}

// layerTries damage what a client sends after it has logged in: DIGEST-MD5's layer is
// all that tells then who it is.
func layerTries() []try {
	opts := []harness.Option{fakeserver.WithAuth(saslEverywhere()), harness.WithTransports(harness.TCP)}
	var list []try
	for name, tamper := range map[string]func([]byte) []byte{
		"a byte of the call":      func(p []byte) []byte { p[20] ^= 1; return p },
		"the first byte":          func(p []byte) []byte { p[0] ^= 0x80; return p },
		"the signature":           func(p []byte) []byte { p[len(p)-digestTrailer-1] ^= 1; return p },
		"the version":             func(p []byte) []byte { p[len(p)-5] ^= 2; return p },
		"the number":              func(p []byte) []byte { p[len(p)-1]++; return p },
		"the number and the rest": func(p []byte) []byte { return append(p, 0) },
		"the end":                 func(p []byte) []byte { return p[:len(p)-1] },
		"all":                     func(p []byte) []byte { return make([]byte, len(p)) },
		"a trailer alone":         func(p []byte) []byte { return p[len(p)-digestTrailer:] },
		"nothing is left":         func([]byte) []byte { return nil },
	} {
		for _, cipher := range []string{"rc4", "rc4-56"} {
			list = append(list, try{"layer/" + cipher + "/" + name, opts, func(t *testing.T, host *harness.Host) string {
				c := dialRaw(t, host, harness.TCP)
				c.loginDigest(cipher).tamper = tamper
				return askOpen(c)
			}, "closed"})
		}
	}
	return append(list,
		try{"layer/other cipher", opts, func(t *testing.T, host *harness.Host) string {
			c := dialRaw(t, host, harness.TCP)
			rc4 := c.loginDigest("rc4")
			rc4.out.cipher.XORKeyStream(make([]byte, 1), make([]byte, 1))
			return askOpen(c)
		}, "closed"},
		try{"layer/other password", opts, func(t *testing.T, host *harness.Host) string {
			c := dialRaw(t, host, harness.TCP)
			layer := c.loginDigest("rc4")
			d := digest{user: "fred", realm: "node", password: "wrong", nonce: "n", cnonce: "c"}
			foreign, err := newDigestConn(layer.Conn, d.ha1(), "rc4")
			if err != nil {
				t.Fatal(err)
			}
			layer.out = foreign.out
			return askOpen(c)
		}, "closed"},
	)
}

// tlsTries are clients with the wrong certificate. The node speaks with them before it
// says no, as the real one does.
func tlsTries() []try {
	var list []try
	add := func(name string, settings fakeserver.TLSSettings, more fakeserver.Auth, variants ...certs.Variant) {
		pki, err := certs.New()
		if err != nil {
			panic(err) // it needs nothing that could be missing
		}
		theirs, err := pki.With(variants...)
		if err != nil {
			panic(err)
		}
		if theirs.CRL != nil {
			pki = theirs
		}
		opts := []harness.Option{harness.WithTransports(harness.TLS), fakeserver.WithPKI(pki), harness.WithTLS(settings), fakeserver.WithAuth(more)}
		list = append(list, try{"tls/" + name, opts, func(t *testing.T, host *harness.Host) string {
			cfg := theirs.ClientTLS("localhost")
			cfg.RootCAs = pki.Pool()
			nc, err := tls.Dial("tcp", host.Server.Addr(harness.TLS), cfg)
			if err != nil {
				return "closed"
			}
			defer nc.Close()
			nc.SetDeadline(time.Now().Add(patience))
			c := &rawClient{t: t, nc: nc, realm: "node"}
			// The call is sent without the byte of confirmation being waited for.
			open := c.frame(rpc.ConnectOpen.Info, []byte{0, 0, 0, 0, 0, 0, 0, 0})
			if _, err := nc.Write(open); err != nil {
				return "closed"
			}
			var one [1]byte
			if n, _ := nc.Read(one[:]); n == 0 {
				return "closed"
			}
			c.reader = rpc.NewReader(nc)
			return c.answer(rpc.ConnectOpen.Info)
		}, "closed"})
	}
	anyone, none := fakeserver.TLSSettings{}, fakeserver.Auth{}
	for _, v := range []certs.Variant{
		certs.ClientMissing, certs.ClientForeignCA, certs.ClientExpired, certs.ClientNotYetValid, certs.ClientSelfSigned, certs.ClientRevoked,
	} {
		add(string(v), anyone, none, v)
	}
	add("name not allowed", fakeserver.TLSSettings{AllowedDN: []string{"O=fakelibvirtd,CN=other"}}, none)
	add("nobody allowed", fakeserver.TLSSettings{AllowedDN: []string{}}, none)
	add("other name", fakeserver.TLSSettings{AllowedDN: []string{"O=fakelibvirtd,CN=client"}}, none, certs.ClientOtherName)
	add("right certificate, no SASL", anyone, saslEverywhere())
	list[len(list)-1].want = saslRequired
	return list
}

// sshTries are logins to the SSH server. That they are refused, and in which words, is
// tested with real clients as well.
func sshTries() []try {
	keys, err := certs.NewSSH()
	if err != nil {
		panic(err)
	}
	foreign, err := certs.NewSSH()
	if err != nil {
		panic(err)
	}
	users := map[string]harness.SSHUser{"root": {Password: sshPassword, Prompts: dialogPrompts()}}
	var list []try
	add := func(name, user string, methods string, auth ...gossh.AuthMethod) {
		opts := []harness.Option{harness.WithTransports(harness.SSH), fakeserver.WithSSHKeys(keys),
			harness.WithSSHAuth(harness.SSHAuth{Methods: []string{methods}, Users: users})}
		list = append(list, try{"ssh/" + name, opts, func(t *testing.T, host *harness.Host) string {
			cfg := keys.ClientConfig(user)
			cfg.Auth = auth
			nc, err := net.Dial("tcp", host.Server.Addr(harness.SSH))
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			nc.SetDeadline(time.Now().Add(patience))
			client, _, _, err := gossh.NewClientConn(nc, "node", cfg)
			if err == nil {
				client.Close()
				return "in"
			}
			return err.Error()
		}, "unable to authenticate"})
	}
	answer := func(text string) gossh.AuthMethod {
		return gossh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
			return slices.Repeat([]string{text}, len(questions)), nil
		})
	}
	add("password", "root", "password", gossh.Password("wrong"))
	add("no password", "root", "password", gossh.Password(""))
	add("user", "eve", "password", gossh.Password(sshPassword))
	add("key", "root", "publickey", gossh.PublicKeys(foreign.User))
	add("user of a key", "eve", "publickey", gossh.PublicKeys(keys.User))
	add("answers", "root", "keyboard-interactive", answer("wrong"))
	add("no answers", "root", "keyboard-interactive", answer(""))
	add("method", "root", "publickey", gossh.Password(sshPassword))
	add("key alone of two, no password", "root", "publickey,password", gossh.PublicKeys(keys.User))
	add("key of two", "root", "publickey,password", gossh.PublicKeys(keys.User), gossh.Password("wrong"))
	authority, err := certs.NewSSHCA()
	if err != nil {
		panic(err)
	}
	if err := authority.SignUser(foreign, certs.SSHCert{Principals: []string{"root"}}); err != nil {
		panic(err)
	}
	signer, err := gossh.NewCertSigner(foreign.UserCertificate, foreign.User)
	if err != nil {
		panic(err)
	}
	add("authority", "root", "publickey", gossh.PublicKeys(signer))
	return list
}

func dialogPrompts() []harness.SSHPrompt {
	return []harness.SSHPrompt{{Text: "Code: ", Answer: sshCode}}
}

// polkitTries are clients that polkit refuses.
func polkitTries() []try {
	var list []try
	for name, asks := range map[string][]saslAsk{
		"nothing":         {askOpen},
		"list":            {askList, askOpen},
		"asked":           {askList, askPolkit, askOpen},
		"asked often":     {askPolkit, askPolkit, askPolkit, askOpen},
		"sasl":            {askInit, askPlain("fred", saslPassword), askOpen},
		"sasl, and asked": {askInit, askStart("ANONYMOUS", "me"), askPolkit, askOpen},
	} {
		for _, answer := range []fakeserver.PolkitAnswer{fakeserver.PolkitDenied, fakeserver.PolkitNoAgent} {
			auth := polkitEverywhere(answer)
			auth.Polkit.UIDs[uint32(os.Geteuid())] = answer
			auth.Users = saslEverywhere().Users
			list = append(list, try{"polkit/" + string(answer) + "/" + name, []harness.Option{fakeserver.WithAuth(auth), harness.WithTransports(harness.Unix)},
				func(t *testing.T, host *harness.Host) string {
					c := dialRaw(t, host, harness.Unix)
					last := ""
					for _, ask := range asks {
						last = ask(c)
					}
					return last
				}, saslRequired})
		}
	}
	return list
}
