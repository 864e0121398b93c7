package scenarios

import (
	"crypto/tls"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// The keys fill package fakeserver's own types. The file has each of them.
func TestSettingsAreThoseOfFakeserver(t *testing.T) {
	t.Parallel()
	s, err := Load("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	k := s.nodes[0].keys
	for name, c := range map[string]struct{ want, got any }{
		"auth": {fakeserver.Auth{
			TCP: fakeserver.AuthSASL, TLS: fakeserver.AuthNone, UnixRW: fakeserver.AuthPolkit, UnixRO: fakeserver.AuthNone,
			Users: []fakeserver.AuthUser{
				{Name: "fred", Password: "canary-1"},
				{Name: "eve", Verifiers: []string{"SCRAM-SHA-1$4096:c2FsdA==$CYPpugMpltrUTUPM8m8k2AHdRwY=:db6hykcfXgOKAk3EnaGqTd4+Yl4="}},
			},
			Mechanisms: []string{"SCRAM-SHA-1", "digest-md5"}, AllowedUsernames: []string{"fred", "eve@*"}, Realm: "EXAMPLE.COM",
			Kerberos: fakeserver.Kerberos{Realm: "EXAMPLE.TEST", Hosts: []string{"node1.example.com", "localhost"}},
			Polkit: fakeserver.Polkit{
				UIDs:   map[uint32]fakeserver.PolkitAnswer{0: fakeserver.PolkitNoAgent, 1000: fakeserver.PolkitDenied},
				Others: fakeserver.PolkitAllowed,
			},
		}, k.Auth.Auth},
		"access": {fakeserver.Access{Polkit: true, Rules: []fakeserver.AccessRule{
			{Deny: []string{"domain.start", "network.*"}, Objects: []string{"many-*"}, Users: []string{"1000"}, ReadOnly: new(bool)},
			{Allow: []string{"DomainCreate"}},
		}}, k.Access.Access},
		"unix_sockets": {fakeserver.UnixSockets{Group: "0", RW: "0660", RO: "0666", Admin: "0600"}, k.UnixSockets.UnixSockets},
		"tls": {fakeserver.TLSSettings{
			AllowedDN: []string{"O=fakelibvirtd,CN=client*"}, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS13,
		}, k.TLS.TLSSettings},
		"certificates": {[]certs.Variant{certs.ClientP384, certs.ServerEd25519}, k.Certificates},
		"ssh": {sshKeys{
			Auth: fakeserver.SSHAuth{
				Methods: []string{"publickey,password", "keyboard-interactive"}, MaxTries: 4,
				Users: map[string]fakeserver.SSHUser{
					"root": {},
					"alice": {Password: "canary-2", Keys: []string{"node"}, Principals: []string{"alice", "admins"}, Prompts: []fakeserver.SSHPrompt{
						{Text: "Code: ", Answer: "canary-3", Echo: true, Name: "Two", Instruction: "Look"},
						{Text: "PIN: ", Answer: "canary-4", Next: true},
					}},
					"mallory": {Refused: true},
				},
			},
			Server: fakeserver.SSHServer{
				Version: "SSH-2.0-full", HostKeys: []certs.KeyType{certs.Ed25519, certs.P256}, ChangeHostKeysAt: []int{3},
				HostKeyAlgorithms:   []string{"ssh-ed25519", "ecdsa-sha2-nistp256"},
				PublicKeyAlgorithms: []string{"ssh-ed25519"}, KexAlgorithms: []string{"curve25519-sha256"},
				Ciphers: []string{"aes128-ctr"}, MACs: []string{"hmac-sha2-256"},
			},
			Account: fakeserver.SSHAccount{NoHelper: true, Noise: "hello"},
			Accounts: map[string]fakeserver.SSHAccount{"alice": {
				Shell: "/bin/dash", Home: "/srv/alice", UID: 1001, Path: "/usr/bin",
				NoNetcat: true, NetcatPaths: []string{"/opt/nc"}, NetcatLacksQ: true,
				Banner: "Hello.", StreamLocal: fakeserver.SSHStreamLocalFailed,
				Programs: map[string]fakeserver.SSHProgram{"uname": {Stdout: "Linux", Stderr: "no", Status: 3}},
				Sockets: map[string]fakeserver.SSHSocket{
					"/run/libvirt/libvirt-sock": fakeserver.SSHSocketReadOnly, "/run/other": fakeserver.SSHSocketRefused,
				},
			}},
		}, k.SSH},
	} {
		if diff := cmp.Diff(c.want, c.got, cmpopts.IgnoreTypes(place{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A list without entries is not the same as none.
func TestEmptyListsOfSettings(t *testing.T) {
	t.Parallel()
	s, err := Parse("f.yaml", []byte("name: lab\ntls: {allowed_dn: []}\nauth: {allowed_usernames: , mechanisms: []}\nssh: {auth: {users: {a: {keys: []}, b: {keys: }}}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	k := s.nodes[0].keys
	for name, c := range map[string]struct {
		list  []string
		isNil bool
	}{
		"allowed_dn":        {k.TLS.AllowedDN, false},
		"allowed_usernames": {k.Auth.AllowedUsernames, true},
		"mechanisms":        {k.Auth.Mechanisms, false},
		"keys of a":         {k.SSH.Auth.Users["a"].Keys, false},
		"keys of b":         {k.SSH.Auth.Users["b"].Keys, true},
	} {
		if c.list != nil == c.isNil || len(c.list) > 0 {
			t.Errorf("%s is %#v", name, c.list)
		}
	}
}

// A section with many mistakes is searched for each; a large one by halves.
func TestBlame(t *testing.T) {
	t.Parallel()
	_, err := Parse("f.yaml", []byte("name: lab\nauth:\n  tcp: a\n  tls: b\n  unix_rw: c\n  unix_ro: sasl\n  polkit: {others: d, uids: {7: e}}\n"))
	if want := `f.yaml:3:8: auth: auth_tcp is "a": want none or sasl
f.yaml:4:8: auth: auth_tls is "b": want none or sasl
f.yaml:5:12: auth: auth_unix_rw is "c": want none, sasl or polkit
f.yaml:7:20: auth: polkit answers "d": want allowed, denied or no_agent
f.yaml:7:33: auth: polkit answers "e": want allowed, denied or no_agent`; err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	text := "name: lab\nauth:\n  users:\n"
	for range 2000 {
		text += "    - {name: fred, password: canary}\n"
	}
	_, err = Parse("f.yaml", []byte(text))
	if want := "f.yaml:5:7: auth: SASL user is there twice"; err == nil || err.Error() != want {
		t.Errorf("got %.200v, want %s", err, want)
	}
}
