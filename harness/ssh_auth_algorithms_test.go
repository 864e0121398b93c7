//go:build unix

package harness_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// rsaKeys are made once for the tests below, as RSA keys take long.
func rsaKeys(t *testing.T) *certs.SSH {
	t.Helper()
	keys, err := certs.NewSSH(certs.HostKeys(certs.RSA2048, certs.Ed25519))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// How clients begin to say that they share no algorithm with the server. libssh2 1.10
// still has the old ones, but knows of no RSA signatures but ssh-rsa.
const (
	noMatch        = "Unable to negotiate with 127.0.0.1 port PORT: no matching "
	libsshNoMatch  = "no connection driver available for SSH session handshake failed: kex error : no match for method "
	libsshEarly    = "no connection driver available for SSH session handshake failed: Socket error: "
	libssh2NoMatch = "no connection driver available for SSH session handshake failed: Unable to exchange encryption keys"
	golangNoMatch  = "failed to connect to libvirt: ssh: handshake failed: ssh: no common algorithm for "
)

// What a server offers, and who gets in: in the order of hostKeyClients, "" is in.
func TestAlgorithmsAreRestricted(t *testing.T) {
	t.Parallel()
	rsa := rsaKeys(t)
	for _, c := range []struct {
		name   string
		server harness.SSHServer
		want   [4]string
	}{
		{"every kind", harness.SSHServer{}, [4]string{}},
		{"only ed25519", harness.SSHServer{HostKeyAlgorithms: []string{"ssh-ed25519"}}, [4]string{}},
		{"only rsa-sha2-512", harness.SSHServer{HostKeyAlgorithms: []string{"rsa-sha2-512"}}, [4]string{2: libssh2NoMatch}},
		{"only rsa-sha2", harness.SSHServer{HostKeyAlgorithms: []string{"rsa-sha2-256", "rsa-sha2-512"}}, [4]string{2: libssh2NoMatch}},
		{"only ssh-rsa", harness.SSHServer{HostKeyAlgorithms: []string{"ssh-rsa"}}, [4]string{
			noMatch + "host key type found. Their offer: ssh-rsa",
			libsshNoMatch + "server host key algo: server [ssh-rsa], client [", "", "",
		}},
		{"only an old key exchange", harness.SSHServer{KexAlgorithms: []string{"diffie-hellman-group1-sha1"}}, [4]string{
			noMatch + "key exchange method found. Their offer: diffie-hellman-group1-sha1,kex-strict-s-v00@openssh.com",
			libsshNoMatch + "kex algos: server [diffie-hellman-group1-sha1,kex-strict-s-v00@openssh.com], client [", "",
			golangNoMatch + "key exchange; we offered: [",
		}},
		{"only an old cipher", harness.SSHServer{Ciphers: []string{"aes128-cbc"}}, [4]string{
			noMatch + "cipher found. Their offer: aes128-cbc",
			libsshNoMatch + "encryption client->server: server [aes128-cbc], client [", "",
			golangNoMatch + "client to server cipher; we offered: [",
		}},
		{"only an old MAC", harness.SSHServer{Ciphers: []string{"aes128-ctr"}, MACs: []string{"hmac-sha1-96"}}, [4]string{
			noMatch + "MAC found. Their offer: hmac-sha1-96",
			libsshNoMatch + "mac algo client->server: server [hmac-sha1-96], client [", "", "",
		}},
		{"users by rsa alone", harness.SSHServer{PublicKeyAlgorithms: []string{"rsa-sha2-256"}}, [4]string{
			"root@127.0.0.1: Permission denied (publickey).",
			"libssh transport error: failed to authenticate: Access denied for 'publickey'. Authentication that can continue: publickey",
			"authentication failed: authentication with private key 'DIR/ssh/id_ed25519' has failed: Username/PublicKey combination invalid",
			"failed to connect to libvirt: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey]",
		}},
		{"version", harness.SSHServer{Version: "SSH-2.0-dropbear_2022.83"}, [4]string{}},
	} {
		for i, client := range hostKeyClients {
			t.Run(c.name+"/"+client, func(t *testing.T) {
				t.Parallel()
				host := harness.Start(t, harness.WithTransports(harness.SSH), fakeserver.WithSSHKeys(rsa), harness.WithSSHServer(c.server))
				got := knowHost(t, host, client, "normal", certs.SSHClient{LogLevel: "INFO"})
				want := c.want[i]
				if want == "" {
					want = "test"
				}
				// A client may see the end of the connection before it has read what the
				// server offers, with a real server too.
				early := c.want[i] != "" && (strings.HasPrefix(got, libsshEarly) || strings.HasPrefix(got, "Connection reset by ") ||
					strings.HasPrefix(got, "Connection closed by ") || strings.HasSuffix(got, "connection reset by peer"))
				if !strings.HasPrefix(got, want) && !early {
					t.Errorf("%s says\n%s\nwant\n%s", client, got, want)
				}
			})
		}
	}
}

// Each kind of host key serves each client alone, and all of them together.
func TestEveryKindOfHostKey(t *testing.T) {
	t.Parallel()
	for _, kinds := range [][]certs.KeyType{
		{certs.Ed25519}, {certs.P256}, {certs.P384}, {certs.P521}, {certs.RSA2048}, {certs.RSA3072},
		{certs.RSA2048, certs.P256, certs.P384, certs.P521, certs.Ed25519},
	} {
		t.Run(fmt.Sprint(kinds), func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, harness.WithTransports(harness.SSH), harness.WithSSHServer(harness.SSHServer{HostKeys: kinds}))
			for _, client := range hostKeyClients {
				if got := knowHost(t, host, client, "normal", certs.SSHClient{}); got != "test" {
					t.Errorf("%s says %s", client, got)
				}
			}
		})
	}
}

// OpenSSH logs in with a certificate that lies beside its key, and the journal tells why
// it may not.
func TestVirshLogsInWithACertificate(t *testing.T) {
	t.Parallel()
	ca, foreign := newSSHCA(t), newSSHCA(t)
	for _, c := range []struct {
		name   string
		ca     *certs.SSHCA
		cert   certs.SSHCert
		reason string
	}{
		{"good", ca, certs.SSHCert{Principals: []string{"root"}}, ""},
		{"a principal of the user's", ca, certs.SSHCert{Principals: []string{"admins"}}, ""},
		{"another principal", ca, certs.SSHCert{Principals: []string{"alice"}}, "names no principal of the user"},
		{"expired", ca, certs.SSHCert{Principals: []string{"root"}, ValidBefore: time.Now().Add(-time.Hour)}, "cert has expired"},
		{"not yet valid", ca, certs.SSHCert{Principals: []string{"root"}, ValidAfter: time.Now().Add(time.Hour)}, "cert is not yet valid"},
		{"foreign", foreign, certs.SSHCert{Principals: []string{"root"}}, "not signed by a trusted authority"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			keys := signedKeys(t, c.ca.SignUser, c.cert)
			host := harness.Start(t, harness.WithTransports(harness.SSH), fakeserver.WithSSHKeys(keys),
				harness.WithSSHAuth(harness.SSHAuth{
					TrustedUserCAKeys: []string{ca.Line()},
					Users:             map[string]harness.SSHUser{"root": {Keys: []string{}, Principals: []string{"root", "admins"}}},
				}))
			want := "test"
			if c.reason != "" {
				want = "root@127.0.0.1: Permission denied (publickey)."
			}
			if got := sshVirsh(t, host, sshWay{transport: harness.SSH}); got != want {
				t.Errorf("virsh prints\n%s\nwant\n%s", got, want)
			}
			// A refused client may be gone before the server has given it up.
			login, err := host.Server.Journal().WaitLogin(t.Context(), func(*call.LoginRecord) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			var reasons []string
			for _, try := range login.Tries {
				reasons = append(reasons, try.Reason)
				if try.Method == "publickey" && try.KeyFingerprint != ssh.FingerprintSHA256(keys.User.PublicKey()) {
					t.Errorf("fingerprint %s is not that of the key", try.KeyFingerprint)
				}
			}
			if login.Accepted != (c.reason == "") || !strings.Contains(strings.Join(reasons, "; "), c.reason) {
				t.Errorf("the journal has %+v, want %q", login, c.reason)
			}
			if !login.Accepted && len(host.Server.Journal().Commands()) > 0 {
				t.Error("something was reached")
			}
		})
	}
}
