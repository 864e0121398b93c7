package fakeserver_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// Secrets that are looked for in all that a node writes and says.
const (
	sshPassword = "canary-password-51c0"
	sshWrong    = "canary-wrong-87aa"
	sshAnswer   = "canary-answer-02fe"
)

func newSSHKeys(t *testing.T, opts ...certs.Option) *certs.SSH {
	t.Helper()
	keys, err := certs.NewSSH(opts...)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func keyLine(key gossh.PublicKey) string { return string(gossh.MarshalAuthorizedKey(key)) }

// answers gives the answers in their order, and repeats the last.
func answers(list ...string) gossh.AuthMethod {
	i := 0
	return gossh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
		var got []string
		for range questions {
			got = append(got, list[min(i, len(list)-1)])
			i++
		}
		return got, nil
	})
}

// syncBuffer is a log.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// Each try to log in, whether it is let in, by which methods, and why not. What is
// refused reaches nothing: no command, no socket, no call.
func TestSSHLogins(t *testing.T) {
	t.Parallel()
	own, foreign, second := newSSHKeys(t), newSSHKeys(t), newSSHKeys(t)
	users := map[string]fakeserver.SSHUser{
		"alice": {Password: sshPassword},
		"bob":   {Keys: []string{keyLine(second.User.PublicKey())}, Password: sshPassword + "-of-bob"},
		"carol": {Keys: []string{"node", keyLine(second.User.PublicKey())}},
		"dan":   {Refused: true, Password: sshPassword},
		"eve":   {Keys: []string{}},
		"fay": {Prompts: []fakeserver.SSHPrompt{
			{Text: "Name: ", Answer: "fay", Echo: true, Instruction: "Who is it?"},
			{Text: "Code: ", Answer: sshAnswer},
			{Text: "Again: ", Answer: sshAnswer + "2", Next: true},
		}},
	}
	key := func(s *certs.SSH) gossh.AuthMethod { return gossh.PublicKeys(s.User) }
	ask := func(n int, m gossh.AuthMethod) gossh.AuthMethod { return gossh.RetryableAuthMethod(m, n) }
	pass := gossh.Password
	type auths = []gossh.AuthMethod
	for _, c := range []struct {
		name    string
		methods []string
		tries   int
		user    string
		auth    auths
		// want are the tries that the journal has: a method, with "+" if it was right
		// and all, "~" if it was right and more is asked for.
		want string
	}{
		{"key", nil, 0, "alice", auths{key(own)}, "none publickey+"},
		{"foreign key", nil, 0, "alice", auths{key(foreign)}, "none publickey"},
		{"key of another user", nil, 0, "alice", auths{key(second)}, "none publickey"},
		{"key from the database", nil, 0, "bob", auths{key(second)}, "none publickey+"},
		{"node's key not in the database", nil, 0, "bob", auths{key(own)}, "none publickey"},
		{"node's key and another, the first", nil, 0, "carol", auths{key(own)}, "none publickey+"},
		{"node's key and another, the other", nil, 0, "carol", auths{key(second)}, "none publickey+"},
		{"no keys", nil, 0, "eve", auths{key(own)}, "none publickey"},
		{"refused user", nil, 0, "dan", auths{key(own)}, "none publickey"},
		{"unknown user", nil, 0, "mallory", auths{key(own)}, "none publickey"},
		{"no user's name", nil, 0, "", auths{key(own)}, "none publickey"},
		{"second of two keys", nil, 0, "alice", auths{gossh.PublicKeys(foreign.User, own.User)}, "none publickey publickey+"},
		{"nothing", nil, 0, "alice", nil, "none"},

		{"password", []string{"password"}, 0, "alice", auths{pass(sshPassword)}, "none password+"},
		{"wrong password", []string{"password"}, 0, "alice", auths{pass(sshWrong)}, "none password"},
		{"empty password", []string{"password"}, 0, "alice", auths{pass("")}, "none password"},
		{"empty password of who has none", []string{"password"}, 0, "carol", auths{pass("")}, "none password"},
		{"password of another", []string{"password"}, 0, "bob", auths{pass(sshPassword)}, "none password"},
		{"password of a refused user", []string{"password"}, 0, "dan", auths{pass(sshPassword)}, "none password"},
		{"password of an unknown user", []string{"password"}, 0, "mallory", auths{pass(sshPassword)}, "none password"},
		{"password not offered", nil, 0, "alice", auths{pass(sshPassword)}, "none"},
		{"key not offered", []string{"password"}, 0, "alice", auths{key(own)}, "none"},

		{"dialog of a password", []string{"keyboard-interactive"}, 0, "alice", auths{answers(sshPassword)}, "none keyboard-interactive+"},
		{"dialog, wrong", []string{"keyboard-interactive"}, 0, "alice", auths{answers(sshWrong)}, "none keyboard-interactive"},
		{"dialog in rounds", []string{"keyboard-interactive"}, 0, "fay", auths{answers("fay", sshAnswer, sshAnswer+"2")}, "none keyboard-interactive+"},
		{"dialog in rounds, first wrong", []string{"keyboard-interactive"}, 0, "fay", auths{answers(sshWrong, sshAnswer, sshAnswer+"2")}, "none keyboard-interactive"},
		{"dialog in rounds, last wrong", []string{"keyboard-interactive"}, 0, "fay", auths{answers("fay", sshAnswer, sshWrong)}, "none keyboard-interactive"},
		{"dialog without a password", []string{"keyboard-interactive"}, 0, "carol", auths{answers("")}, "none keyboard-interactive"},
		{"dialog of an unknown user", []string{"keyboard-interactive"}, 0, "mallory", auths{answers("")}, "none keyboard-interactive"},
		{"dialog of a refused user", []string{"keyboard-interactive"}, 0, "dan", auths{answers(sshPassword)}, "none keyboard-interactive"},

		{"none", []string{"none"}, 0, "alice", nil, "none+"},
		{"none of an unknown user", []string{"none"}, 0, "mallory", nil, "none"},
		{"none of a refused user", []string{"none"}, 0, "dan", nil, "none"},
		{"none beside others", []string{"publickey", "none"}, 0, "alice", auths{key(foreign)}, "none+"},

		{"key or password, key", []string{"publickey", "password"}, 0, "alice", auths{key(own), pass(sshPassword)}, "none publickey+"},
		{"key or password, password", []string{"publickey", "password"}, 0, "alice", auths{key(foreign), pass(sshPassword)}, "none publickey password+"},
		{"key and password", []string{"publickey,password"}, 0, "alice", auths{key(own), pass(sshPassword)}, "none publickey~ password+"},
		{"key and wrong password", []string{"publickey,password"}, 0, "alice", auths{key(own), pass(sshWrong)}, "none publickey~ password"},
		{"key and no password", []string{"publickey,password"}, 0, "alice", auths{key(own)}, "none publickey~"},
		{"password before its turn", []string{"publickey,password"}, 0, "alice", auths{pass(sshPassword), key(foreign)}, "none publickey"},
		{"password and key", []string{"password,publickey"}, 0, "alice", auths{pass(sshPassword), key(own)}, "none password~ publickey+"},
		{"either order", []string{"password,publickey", "publickey,password"}, 0, "alice", auths{pass(sshPassword), key(own)}, "none password~ publickey+"},
		{"three", []string{"publickey,password,keyboard-interactive"}, 0, "alice", auths{key(own), pass(sshPassword), answers(sshPassword)}, "none publickey~ password~ keyboard-interactive+"},
		{"two keys", []string{"publickey,publickey"}, 0, "carol", auths{gossh.PublicKeys(own.User, second.User)}, "none publickey~ publickey publickey+"},
		{"one key twice", []string{"publickey,publickey"}, 0, "carol", auths{key(own)}, "none publickey~ publickey"},

		{"last try", []string{"password"}, 3, "alice", auths{ask(3, countdown(2))}, "none password password password+"},
		{"one try too many", []string{"password"}, 3, "alice", auths{ask(4, countdown(3))}, "none password password password"},
		{"success in part is no failure", []string{"publickey,password"}, 2, "alice", auths{key(own), ask(2, countdown(1))}, "none publickey~ password password+"},
		{"refused keys are failures", nil, 2, "alice", auths{gossh.PublicKeys(foreign.User, second.User, own.User)}, "none publickey publickey"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var log syncBuffer
			srv := start(t, fakeserver.WithTransports(call.SSH), fakeserver.WithSSHKeys(own),
				fakeserver.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
				fakeserver.WithSSHAuth(fakeserver.SSHAuth{Methods: c.methods, Users: users, MaxTries: c.tries}))
			cfg := own.ClientConfig(c.user)
			cfg.Auth = c.auth
			client, err := gossh.Dial("tcp", srv.Addr(call.SSH), cfg)
			if err == nil {
				defer client.Close()
			}
			if wantIn := strings.HasSuffix(c.want, "+"); (err == nil) != wantIn {
				t.Errorf("client: %v, want it to be let in: %v", err, wantIn)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			login, werr := srv.Journal().WaitLogin(ctx, func(*call.LoginRecord) bool { return true })
			if werr != nil {
				t.Fatal(werr)
			}
			if got := trace(login); got != c.want {
				t.Errorf("the journal has %q, want %q: %+v", got, c.want, login)
			}
			if n := len(srv.Journal().Commands()) + len(srv.Journal().Connections()) + len(srv.Journal().Records()); n > 0 {
				t.Errorf("%d things were reached by a login alone", n)
			}
			if err == nil {
				ch, err := client.Dial("unix", "/var/run/libvirt/libvirt-sock")
				if err != nil {
					t.Fatal(err)
				}
				ch.Close()
			}
			text := log.String() + fmt.Sprintf("%v %+v %v", srv.Journal().Logins(), srv.Journal().Logins(), err)
			if strings.Contains(text, "canary") {
				t.Errorf("a secret is shown: %s", text)
			}
		})
	}
}

// countdown gives a wrong password n times, and then the right one.
func countdown(n int) gossh.AuthMethod {
	return gossh.PasswordCallback(func() (string, error) {
		if n--; n >= 0 {
			return sshWrong, nil
		}
		return sshPassword, nil
	})
}

func trace(l call.LoginRecord) string {
	var words []string
	for _, try := range l.Tries {
		switch {
		case try.Accepted:
			words = append(words, try.Method+"+")
		case strings.Contains(try.Reason, "more is asked for"):
			words = append(words, try.Method+"~")
		default:
			words = append(words, try.Method)
		}
	}
	return strings.Join(words, " ")
}

// Certificates of users, good and bad.
func TestSSHUserCertificates(t *testing.T) {
	t.Parallel()
	ca, err := certs.NewSSHCA()
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := certs.NewSSHCA()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, c := range []struct {
		name string
		ca   *certs.SSHCA
		cert certs.SSHCert
		want string // the reason of the refusal
	}{
		{"good", ca, certs.SSHCert{Principals: []string{"other", "alice"}}, ""},
		{"within its time", ca, certs.SSHCert{Principals: []string{"alice"}, ValidAfter: now.Add(-time.Hour), ValidBefore: now.Add(time.Hour)}, ""},
		{"for this address", ca, certs.SSHCert{Principals: []string{"alice"}, CriticalOptions: map[string]string{"source-address": "127.0.0.0/8"}}, ""},
		{"foreign authority", foreign, certs.SSHCert{Principals: []string{"alice"}}, "not signed by a trusted authority"},
		{"expired", ca, certs.SSHCert{Principals: []string{"alice"}, ValidBefore: now.Add(-time.Hour)}, "expired"},
		{"not yet valid", ca, certs.SSHCert{Principals: []string{"alice"}, ValidAfter: now.Add(time.Hour)}, "not yet valid"},
		{"another principal", ca, certs.SSHCert{Principals: []string{"bob"}}, "names no principal of the user"},
		{"no principals", ca, certs.SSHCert{}, "names no principals"},
		{"for another address", ca, certs.SSHCert{Principals: []string{"alice"}, CriticalOptions: map[string]string{"source-address": "192.0.2.1"}}, "source-address"},
		{"unknown critical option", ca, certs.SSHCert{Principals: []string{"alice"}, CriticalOptions: map[string]string{"force-command": "true"}}, "unsupported critical option"},
		{"a host's", ca, certs.SSHCert{Principals: []string{"alice"}}, "not one for a user"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			own := newSSHKeys(t)
			user := newSSHKeys(t)
			if err := c.ca.SignUser(user, c.cert); err != nil {
				t.Fatal(err)
			}
			if c.name == "a host's" {
				host := &certs.SSH{HostKeys: []gossh.Signer{user.User}}
				if err := c.ca.SignHost(host, c.cert); err != nil {
					t.Fatal(err)
				}
				user.UserCertificate = host.HostCertificates[0].PublicKey().(*gossh.Certificate)
			}
			srv := start(t, fakeserver.WithTransports(call.SSH), fakeserver.WithSSHKeys(own),
				fakeserver.WithSSHAuth(fakeserver.SSHAuth{TrustedUserCAKeys: []string{ca.Line()}}))
			signer, err := gossh.NewCertSigner(user.UserCertificate, user.User)
			if err != nil {
				t.Fatal(err)
			}
			cfg := own.ClientConfig("alice")
			cfg.Auth = []gossh.AuthMethod{gossh.PublicKeys(signer)}
			client, err := gossh.Dial("tcp", srv.Addr(call.SSH), cfg)
			if err == nil {
				client.Close()
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			login, werr := srv.Journal().WaitLogin(ctx, func(*call.LoginRecord) bool { return true })
			if werr != nil {
				t.Fatal(werr)
			}
			last := login.Tries[len(login.Tries)-1]
			if login.Accepted != (c.want == "") || (err == nil) != login.Accepted || !strings.Contains(last.Reason, c.want) {
				t.Errorf("%v, journal %+v, want %q", err, login, c.want)
			}
			if last.KeyFingerprint != gossh.FingerprintSHA256(user.User.PublicKey()) {
				t.Errorf("fingerprint %s is not that of the user's key", last.KeyFingerprint)
			}
			if len(srv.Journal().Commands()) > 0 {
				t.Error("something was reached")
			}
		})
	}
}

// Mistakes are told when the node starts, and not in the words of what is secret.
func TestSSHSettingsAreChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		opt  fakeserver.Option
		want string
	}{
		{fakeserver.WithSSHAuth(fakeserver.SSHAuth{Methods: []string{"kerberos"}}), `there is no method "kerberos"`},
		{fakeserver.WithSSHAuth(fakeserver.SSHAuth{Methods: []string{"none,password"}}), "none must be alone"},
		{fakeserver.WithSSHAuth(fakeserver.SSHAuth{Methods: []string{""}}), `there is no method ""`},
		{fakeserver.WithSSHAuth(fakeserver.SSHAuth{MaxTries: -1}), "max_tries is -1"},
		{fakeserver.WithSSHAuth(fakeserver.SSHAuth{Users: map[string]fakeserver.SSHUser{"alice": {Keys: []string{"node", "canary"}}}}), "user alice: key 2 is not a line of authorized_keys"},
		{fakeserver.WithSSHAuth(fakeserver.SSHAuth{TrustedUserCAKeys: []string{"canary"}}), "trusted_user_ca_keys: key 1 is not"},
		{fakeserver.WithSSHServer(fakeserver.SSHServer{Version: "OpenSSH"}), "does not begin with SSH-2.0-"},
		{fakeserver.WithSSHServer(fakeserver.SSHServer{Version: "SSH-2.0-x\r\n"}), "printable"},
		{fakeserver.WithSSHServer(fakeserver.SSHServer{Ciphers: []string{"rot13"}}), `there is no cipher "rot13"`},
		{fakeserver.WithSSHServer(fakeserver.SSHServer{MACs: []string{"x"}}), `there is no MAC "x"`},
		{fakeserver.WithSSHServer(fakeserver.SSHServer{KexAlgorithms: []string{"x"}}), `there is no key exchange "x"`},
		{fakeserver.WithSSHServer(fakeserver.SSHServer{PublicKeyAlgorithms: []string{"x"}}), `there is no user key algorithm "x"`},
		{fakeserver.WithSSHServer(fakeserver.SSHServer{HostKeyAlgorithms: []string{"ssh-rsa"}}), "no host key signs with ssh-rsa"},
		{fakeserver.WithSSHServer(fakeserver.SSHServer{ChangeHostKeysAt: []int{0}}), "connections count from 1"},
		{fakeserver.WithSSHServer(fakeserver.SSHServer{HostKeys: []certs.KeyType{certs.P256, certs.P256}}), "two host keys"},
	} {
		srv, err := fakeserver.Start(context.Background(), fakeserver.WithTransports(call.SSH), c.opt)
		if err == nil {
			srv.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// A printed setting does not show its secrets.
func TestSSHSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	auth := fakeserver.SSHAuth{Users: map[string]fakeserver.SSHUser{"alice": {
		Password: sshPassword, Prompts: []fakeserver.SSHPrompt{{Text: "?", Answer: sshAnswer}},
	}}}
	var log syncBuffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "auth", auth, "password", auth.Users["alice"].Password)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "auth", auth)
	for _, text := range []string{fmt.Sprint(auth), fmt.Sprintf("%+v", auth), fmt.Sprintf("%#v", auth), fmt.Sprintf("%q %x", auth.Users["alice"].Password, auth.Users["alice"].Password), log.String()} {
		if strings.Contains(text, "canary") || strings.Contains(text, fmt.Sprintf("%x", "canary")) {
			t.Errorf("a secret is shown: %s", text)
		}
	}
}
