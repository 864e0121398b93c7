package sshd

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

func TestRefusedLogins(t *testing.T) {
	n := startNode(t, Config{})
	for _, tt := range []struct {
		name string
		auth []gossh.AuthMethod
		want string
	}{
		{"none", nil, "attempted methods [none]"},
		{"password", []gossh.AuthMethod{gossh.Password("x")}, "attempted methods [none]"},
		{"unknown key", []gossh.AuthMethod{gossh.PublicKeys(newSigner(t))}, "attempted methods [none publickey]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := n.clientConfig()
			cfg.Auth = tt.auth
			c, err := gossh.Dial("tcp", n.addr, cfg)
			if err == nil {
				c.Close()
				t.Fatal("the client was let in")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
	if len(n.opened()) > 0 {
		t.Error("Open was asked")
	}
}

func TestNobodyWithoutAuthorizedKey(t *testing.T) {
	n := startNode(t, Config{AuthorizedKey: func(string, gossh.PublicKey) bool { return false }})
	if c, err := gossh.Dial("tcp", n.addr, n.clientConfig()); err == nil {
		c.Close()
		t.Error("the client was let in")
	}
}

// TestUserOfKey: the user's name is asked about together with the key.
func TestUserOfKey(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	n := startNode(t, Config{AuthorizedKey: func(user string, _ gossh.PublicKey) bool {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, user)
		return user == "alice"
	}})
	cfg := n.clientConfig()
	cfg.User = "bob"
	if c, err := gossh.Dial("tcp", n.addr, cfg); err == nil {
		c.Close()
		t.Error("bob was let in")
	}
	cfg.User = "alice"
	c, err := gossh.Dial("tcp", n.addr, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := run(t, c, `echo ~ $PATH`, "").Stdout; got != "/home/alice /usr/local/bin:/usr/bin:/bin:/usr/games\n" {
		t.Errorf("alice's account: %q", got)
	}
	mu.Lock()
	defer mu.Unlock()
	if !slices.Contains(asked, "alice") || !slices.Contains(asked, "bob") {
		t.Errorf("asked about %q", asked)
	}
}

// TestFingerprintIsOfTheProvenKey: a client may ask about keys that it then does
// not use.
func TestFingerprintIsOfTheProvenKey(t *testing.T) {
	other := newSigner(t)
	n := startNode(t, Config{AuthorizedKey: func(_ string, key gossh.PublicKey) bool { return true }})
	cfg := n.clientConfig()
	cfg.Auth = []gossh.AuthMethod{gossh.PublicKeys(n.user, other)}
	c, err := gossh.Dial("tcp", n.addr, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	run(t, c, oldestCommand, "bye\n")
	if got, want := n.opened()[0].KeyFingerprint, gossh.FingerprintSHA256(n.user.PublicKey()); got != want {
		t.Errorf("fingerprint %s, want %s", got, want)
	}
}

func TestMaxAuthTries(t *testing.T) {
	n := startNode(t, Config{MaxAuthTries: 3})
	var signers []gossh.Signer
	for range 5 {
		signers = append(signers, newSigner(t))
	}
	cfg := n.clientConfig()
	cfg.Auth = []gossh.AuthMethod{gossh.PublicKeys(append(signers, n.user)...)}
	c, err := gossh.Dial("tcp", n.addr, cfg)
	if err == nil {
		c.Close()
		t.Fatal("the sixth key was let in")
	}
	if !strings.Contains(err.Error(), "too many authentication failures") {
		t.Error(err)
	}
}

func TestHostKeys(t *testing.T) {
	n := startNode(t, Config{})
	cfg := n.clientConfig()
	cfg.HostKeyCallback = gossh.FixedHostKey(newSigner(t).PublicKey())
	if c, err := gossh.Dial("tcp", n.addr, cfg); err == nil {
		c.Close()
		t.Error("the server proved a key that it does not have")
	}
	if _, err := New(Config{Open: n.cfg.Open}); err == nil {
		t.Error("New made up a host key")
	}
	if !bytes.Equal(n.hostKey.Marshal(), n.cfg.HostKeys[0].PublicKey().Marshal()) || len(n.cfg.HostKeys) != 1 {
		t.Error("there are other host keys")
	}
}
