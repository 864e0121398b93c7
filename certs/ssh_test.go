package certs

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/google/go-cmp/cmp"
)

func mustNewSSH(t testing.TB, opts ...Option) *SSH {
	t.Helper()
	s, err := NewSSH(opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func kinds(s *SSH) (names []string) {
	for _, k := range append([]ssh.Signer{s.User}, s.HostKeys...) {
		names = append(names, k.PublicKey().Type())
	}
	return names
}

func TestNewSSHKinds(t *testing.T) {
	for _, c := range []struct {
		name string
		opts []Option
		want string // the user's key first
	}{
		{"default", nil, "ssh-ed25519 ssh-ed25519"},
		{"one kind for all", []Option{Keys(P256)}, "ecdsa-sha2-nistp256 ecdsa-sha2-nistp256"},
		{"rsa", []Option{Keys(RSA2048)}, "ssh-rsa ssh-rsa"},
		{"several host keys", []Option{HostKeys(P256, P384), HostKeys(P521, Ed25519)},
			"ssh-ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 ssh-ed25519"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(kinds(mustNewSSH(t, c.opts...)), " "); got != c.want {
				t.Errorf("keys are %s, want %s", got, c.want)
			}
		})
	}
	if _, err := NewSSH(HostKeys(Ed25519, Ed25519)); err == nil || !strings.Contains(err.Error(), "ssh_host_ed25519_key") {
		t.Errorf("two host keys of a kind: %v, want a refusal", err)
	}
}

func TestSSHInGo(t *testing.T) {
	for _, kind := range []KeyType{Ed25519, P256, P384, P521, RSA2048} {
		t.Run(kind.String(), func(t *testing.T) {
			s := mustNewSSH(t, Keys(kind))
			server := serveSSH(t, s)
			client, err := ssh.Dial("tcp", server.address, s.ClientConfig("someone"))
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			session, err := client.NewSession()
			if err != nil {
				t.Fatal(err)
			}
			var exit *ssh.ExitError
			if out, err := session.Output("true"); !errors.As(err, &exit) || exit.ExitStatus() != sshExitStatus || string(out) != "ran: true\n" {
				t.Errorf("the command wrote %q, %v", out, err)
			}
		})
	}
	t.Run("foreign host key", func(t *testing.T) {
		s, foreign := mustNewSSH(t), mustNewSSH(t)
		config := s.ClientConfig("someone")
		config.HostKeyCallback = foreign.ClientConfig("someone").HostKeyCallback
		if _, err := ssh.Dial("tcp", serveSSH(t, s).address, config); !errors.Is(err, errForeignHostKey) {
			t.Errorf("Dial: %v, want %v", err, errForeignHostKey)
		}
	})
	t.Run("foreign user key", func(t *testing.T) {
		s, foreign := mustNewSSH(t), mustNewSSH(t)
		config := s.ClientConfig("someone")
		config.Auth = foreign.ClientConfig("someone").Auth
		if _, err := ssh.Dial("tcp", serveSSH(t, s).address, config); err == nil || !strings.Contains(err.Error(), "unable to authenticate") {
			t.Errorf("Dial: %v, want a refusal", err)
		}
	})
}

func TestKnownHosts(t *testing.T) {
	s := mustNewSSH(t, HostKeys(Ed25519, P256))
	for _, c := range []struct {
		name   string
		client SSHClient
		want   []string
	}{
		{"loopback", SSHClient{Addresses: []string{"127.0.0.1:2222", "[::1]:2222"}},
			[]string{"[localhost]:2222", "[127.0.0.1]:2222", "[::1]:2222"}},
		{"another loopback address is another host", SSHClient{Addresses: []string{"127.0.0.2:2222"}}, []string{"[127.0.0.2]:2222"}},
		{"default port", SSHClient{Addresses: []string{"192.0.2.1:22", "[2001:db8::1]:22"}}, []string{"192.0.2.1", "2001:db8::1"}},
		{"wildcard", SSHClient{Addresses: []string{"[::]:2222"}},
			[]string{"[localhost]:2222", "[127.0.0.1]:2222", "[::1]:2222", "[*]:2222"}},
		{"wildcard without host", SSHClient{Addresses: []string{":22"}}, []string{"localhost", "127.0.0.1", "::1", "*"}},
		{"names", SSHClient{Addresses: []string{"192.0.2.1:22", "192.0.2.1:2222"}, Names: []string{"node.example.com", "[2001:db8::1]"}},
			[]string{"192.0.2.1", "[192.0.2.1]:2222", "node.example.com", "[node.example.com]:2222", "2001:db8::1", "[2001:db8::1]:2222"}},
		{"nothing", SSHClient{}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			data, err := s.KnownHosts(c.client)
			if err != nil {
				t.Fatal(err)
			}
			var want strings.Builder
			for _, key := range s.HostKeys {
				for _, host := range c.want {
					want.WriteString(host + " " + string(ssh.MarshalAuthorizedKey(key.PublicKey())))
				}
			}
			if diff := cmp.Diff(want.String(), string(data)); diff != "" {
				t.Errorf("known_hosts (-want +got):\n%s", diff)
			}
		})
	}
	for _, bad := range []SSHClient{
		{Addresses: []string{"127.0.0.1"}},
		{Addresses: []string{"127.0.0.1:ssh"}},
		{Addresses: []string{"127.0.0.1:"}},
		{Addresses: []string{"a,b:22"}},
		{Addresses: []string{"a:22"}, Names: []string{"b c"}},
		{Addresses: []string{"a:22"}, Names: []string{""}},
	} {
		if data, err := s.KnownHosts(bad); err == nil {
			t.Errorf("KnownHosts(%+v) = %q, want an error", bad, data)
		}
	}
}

// TestKnownHostsInGo reads the file as go-libvirt does.
func TestKnownHostsInGo(t *testing.T) {
	s := mustNewSSH(t)
	server := serveSSH(t, s)
	files, err := s.WriteClient(t.TempDir(), SSHClient{Addresses: []string{server.address}})
	if err != nil {
		t.Fatal(err)
	}
	config := s.ClientConfig("someone")
	if config.HostKeyCallback, err = knownhosts.New(files.KnownHosts); err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		client, err := ssh.Dial("tcp", host+":"+server.port, config)
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		client.Close()
	}
}

func TestSSHRepeats(t *testing.T) {
	for _, kind := range []KeyType{Ed25519, P256, P384, P521} {
		t.Run(kind.String(), func(t *testing.T) {
			private := func(seed byte) []byte {
				s := mustNewSSH(t, Keys(kind), Rand(seeded(seed)))
				var all []byte
				for _, signer := range append([]ssh.Signer{s.User}, s.HostKeys...) {
					data, err := s.privateFile(signer)
					if err != nil {
						t.Fatal(err)
					}
					all = append(all, data...)
				}
				return all
			}
			if !bytes.Equal(private(1), private(1)) {
				t.Error("keys from the same bytes differ")
			}
			if bytes.Equal(private(1), private(2)) {
				t.Error("keys from different bytes are equal")
			}
		})
	}
}
