//go:build unix

package harness_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// goLibssh stands for go-libvirt over libssh URIs; over those of ssh it knows hosts
// from ~/.ssh alone.
const goLibssh = "go-libvirt"

var hostKeyClients = []string{"ssh", "libssh", "libssh2", goLibssh}

// What clients make of a host.
const (
	known   = "known"
	unknown = "unknown"
	changed = "changed"
	revoked = "revoked"
)

// hostKeyRows has for each form of known_hosts what ssh, libssh, libssh2 and go-libvirt
// make of the host.
var hostKeyRows = map[certs.KnownHostsForm][4]string{
	certs.KnownHostsPlain:       {known, known, known, known},
	certs.KnownHostsHashed:      {known, known, known, known},
	certs.KnownHostsEmpty:       {unknown, unknown, unknown, unknown},
	certs.KnownHostsOtherHost:   {unknown, unknown, unknown, unknown},
	certs.KnownHostsOtherKey:    {changed, changed, changed, changed},
	certs.KnownHostsOtherKind:   {changed, changed, changed, changed},
	certs.KnownHostsWithoutPort: {known, unknown, known, unknown},
	certs.KnownHostsRevoked:     {revoked, unknown, unknown, revoked},
}

// hostKeyWords are the ends of what clients print. HASH is the key or its fingerprint.
var hostKeyWords = map[string]map[string]string{
	"ssh": {
		unknown: "No ED25519 host key is known for [127.0.0.1]:PORT and you have requested strict checking.\nHost key verification failed.",
		changed: "Host key for [127.0.0.1]:PORT has changed and you have requested strict checking.\nHost key verification failed.",
		revoked: "ED25519 host key for [127.0.0.1]:PORT was revoked and you have requested strict checking.\nHost key verification failed.",
	},
	"libssh": {
		unknown: "Accept SSH host key with hash 'HASH' for host '127.0.0.1:PORT' (y/n)?: libssh transport error: SSH host key for '127.0.0.1' (HASH) was not accepted",
		changed: "authentication failed: " + libvirtChanged,
	},
	"libssh2": {
		unknown: "Accept SSH host key with hash 'HASH' for host '127.0.0.1:PORT' (y/n)?: SSH transport error: SSH host key for '127.0.0.1' (HASH) was not accepted",
		changed: "authentication failed: " + libvirtChanged,
	},
	goLibssh: {
		unknown: "failed to connect to libvirt: ssh: handshake failed: knownhosts: key is unknown",
		changed: "failed to connect to libvirt: ssh: handshake failed: knownhosts: key mismatch",
		revoked: "failed to connect to libvirt: ssh: handshake failed: knownhosts: key is revoked",
	},
}

const libvirtChanged = "!!! SSH HOST KEY VERIFICATION FAILED !!!: Identity of host '127.0.0.1:PORT' differs from stored identity. " +
	"Please verify the new host key 'HASH' to avoid possible man in the middle attack. The key is stored in 'DIR/ssh/known_hosts'."

// hostKeyWant is what a client prints that makes that of a host, with known_hosts_verify.
func hostKeyWant(client, outcome, verify string) string {
	if outcome == known || verify == "ignore" || verify == "auto" && outcome == unknown {
		return "test"
	}
	return hostKeyWords[client][outcome]
}

func TestClientsKnowTheHost(t *testing.T) {
	t.Parallel()
	for form, row := range hostKeyRows {
		for i, client := range hostKeyClients {
			for _, verify := range []string{"normal", "auto", "ignore"} {
				if client == "ssh" && verify != "normal" {
					continue // it has no such parameter
				}
				t.Run(form.String()+"/"+client+"/"+verify, func(t *testing.T) {
					t.Parallel()
					host := harness.Start(t, harness.WithTransports(harness.SSH))
					want := hostKeyWant(client, row[i], verify)
					if got := knowHost(t, host, client, verify, certs.SSHClient{Form: form}); !strings.HasSuffix(got, want) {
						t.Errorf("%s says\n%s\nwant\n%s", client, got, want)
					}
					if logins := host.Server.Journal().Logins(); want != "test" {
						login, err := host.Server.Journal().WaitLogin(t.Context(), func(*call.LoginRecord) bool { return true })
						if err != nil || login.Accepted || len(login.Tries) > 0 {
							t.Errorf("the client tried to log in: %v %+v", err, login)
						}
					} else if len(logins) != 1 || !logins[0].Accepted {
						t.Errorf("the journal has %+v", logins)
					}
				})
			}
		}
	}
}

// knowHost connects a client with a known_hosts of its own. An empty verify leaves it to
// the client.
func knowHost(t *testing.T, host *harness.Host, client, verify string, c certs.SSHClient) string {
	t.Helper()
	p := []fakeserver.Param{harness.Param("known_hosts_verify", verify)}
	if client != goLibssh {
		if client == "ssh" {
			p = nil
		}
		return sshVirsh(t, host, sshWay{transport: call.Transport(client), form: c.Form, authority: c.Authority, logLevel: c.LogLevel, params: p})
	}
	dir := t.TempDir()
	files, err := host.Server.WriteSSHClient(filepath.Join(dir, "ssh"), c)
	if err != nil {
		t.Fatal(err)
	}
	if err = goSSH(t, host.URI(harness.LibSSH, "qemu:///system", append(p, harness.Param("known_hosts", files.KnownHosts))...)); err == nil {
		return "test"
	}
	return tidy(t, strings.TrimSpace(err.Error()), dir, host.Server.Addr(harness.SSH))
}

// The second connection finds new keys, and so does the one after a change by hand.
func TestHostKeysChange(t *testing.T) {
	t.Parallel()
	for i, client := range hostKeyClients {
		t.Run(client, func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, harness.WithTransports(harness.SSH),
				harness.WithSSHServer(harness.SSHServer{ChangeHostKeysAt: []int{2}}))
			expect := func(outcome string) {
				t.Helper()
				want := hostKeyWant(client, outcome, "normal")
				if got := knowHost(t, host, client, "normal", certs.SSHClient{}); !strings.HasSuffix(got, want) {
					t.Errorf("%s says\n%s\nwant\n%s", client, got, want)
				}
			}
			expect(known)
			expect(hostKeyRows[certs.KnownHostsOtherKey][i])
			if err := host.Server.ChangeHostKeys(host.Server.SSHKeys()); err != nil {
				t.Fatal(err)
			}
			expect(known)
			if err := host.Server.ChangeHostKeys(nil); err != nil {
				t.Fatal(err)
			}
			expect(changed)
		})
	}
}

func newSSHCA(t *testing.T) *certs.SSHCA {
	t.Helper()
	ca, err := certs.NewSSHCA()
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// signedKeys are keys of which an authority has signed the host's or the user's.
func signedKeys(t *testing.T, sign func(*certs.SSH, certs.SSHCert) error, c certs.SSHCert) *certs.SSH {
	t.Helper()
	keys, err := certs.NewSSH()
	if err != nil {
		t.Fatal(err)
	}
	if err := sign(keys, c); err != nil {
		t.Fatal(err)
	}
	return keys
}

// A host's certificate does where the client trusts its authority; libssh and libssh2
// know nothing of that.
func TestHostCertificates(t *testing.T) {
	t.Parallel()
	ca, foreign := newSSHCA(t), newSSHCA(t)
	for _, c := range []struct {
		name string
		ca   *certs.SSHCA
		cert certs.SSHCert
		// ssh is what OpenSSH says beside that it does not know the key, golang what
		// go-libvirt says.
		ssh, golang string
	}{
		{"good", ca, certs.SSHCert{Principals: []string{"127.0.0.1"}}, "", ""},
		{"of another host", ca, certs.SSHCert{Principals: []string{"other"}}, "Certificate invalid: name is not a listed principal\n", `ssh: principal "127.0.0.1" not in the set of valid principals for given certificate: ["other"]`},
		{"expired", ca, certs.SSHCert{Principals: []string{"127.0.0.1"}, ValidBefore: time.Now().Add(-time.Hour)}, "Certificate invalid: expired\n", "ssh: cert has expired"},
		{"not yet valid", ca, certs.SSHCert{Principals: []string{"127.0.0.1"}, ValidAfter: time.Now().Add(time.Hour)}, "Certificate invalid: not yet valid\n", "ssh: cert is not yet valid"},
		{"foreign", foreign, certs.SSHCert{Principals: []string{"127.0.0.1"}}, "", "ssh: no authorities for hostname: 127.0.0.1:PORT"},
	} {
		for _, client := range hostKeyClients {
			t.Run(c.name+"/"+client, func(t *testing.T) {
				t.Parallel()
				keys := signedKeys(t, c.ca.SignHost, c.cert)
				host := harness.Start(t, harness.WithTransports(harness.SSH), fakeserver.WithSSHKeys(keys))
				got := knowHost(t, host, client, "normal", certs.SSHClient{Form: certs.KnownHostsAuthority, Authority: ca.PublicKey()})
				want := hostKeyWords[client][unknown]
				switch {
				case c.name == "good" && (client == "ssh" || client == goLibssh):
					want = "test"
				case client == "ssh":
					want = c.ssh + want
				case client == goLibssh:
					want = "failed to connect to libvirt: ssh: handshake failed: " + c.golang
				}
				if got != want {
					t.Errorf("%s says\n%s\nwant\n%s", client, got, want)
				}
			})
		}
	}
}
