package certs

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
	"github.com/google/go-cmp/cmp"
)

// fingerprints are the user's key first, then the host keys in a fixed order: they
// come back in the order of their files.
func fingerprints(s *SSH) []string {
	var hosts []string
	for _, k := range s.HostKeys {
		hosts = append(hosts, ssh.FingerprintSHA256(k.PublicKey()))
	}
	slices.Sort(hosts)
	return append([]string{ssh.FingerprintSHA256(s.User.PublicKey())}, hosts...)
}

func TestLoadSSH(t *testing.T) {
	for _, c := range []struct {
		name string
		opts []Option
		want map[string]string
	}{
		{"default", nil, map[string]string{
			"ssh_host_ed25519_key": "600", "ssh_host_ed25519_key.pub": "644", "id_ed25519": "600", "id_ed25519.pub": "644"}},
		{"p256", []Option{Keys(P256)}, map[string]string{
			"ssh_host_ecdsa_key": "600", "ssh_host_ecdsa_key.pub": "644", "id_ecdsa": "600", "id_ecdsa.pub": "644"}},
		{"rsa", []Option{Keys(RSA2048)}, map[string]string{
			"ssh_host_rsa_key": "600", "ssh_host_rsa_key.pub": "644", "id_rsa": "600", "id_rsa.pub": "644"}},
		{"several host keys", []Option{HostKeys(P256, P384, P521, Ed25519)}, map[string]string{
			"ssh_host_ecdsa_key": "600", "ssh_host_ecdsa_key.pub": "644", "ssh_host_ecdsa384_key": "600", "ssh_host_ecdsa384_key.pub": "644",
			"ssh_host_ecdsa521_key": "600", "ssh_host_ecdsa521_key.pub": "644", "ssh_host_ed25519_key": "600", "ssh_host_ed25519_key.pub": "644",
			"id_ed25519": "600", "id_ed25519.pub": "644"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := mustNewSSH(t, c.opts...)
			dir := filepath.Join(t.TempDir(), "new")
			if err := s.WriteKeys(dir); err != nil {
				t.Fatal(err)
			}
			sameTree(t, dir, c.want)
			back, err := LoadSSH(dir)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(fingerprints(s), fingerprints(back)); diff != "" {
				t.Errorf("(-written +read):\n%s", diff)
			}
			again := t.TempDir()
			if err := back.WriteKeys(again); err != nil {
				t.Fatal(err)
			}
			sameTree(t, again, c.want)
		})
	}
}

func TestLoadSSHErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(*testing.T, string)
		want   string
		gone   bool
	}{
		{"no host key", remove("ssh_host_ed25519_key"), "ssh_host_ed25519_key", true},
		{"no user key", remove("id_ed25519"), "id_ed25519", true},
		{"broken host key", put("ssh_host_ed25519_key", []byte("x")), "ssh_host_ed25519_key", false},
		{"broken user key", put("id_ed25519", []byte("x")), "id_ed25519", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := mustNewSSH(t).WriteKeys(dir); err != nil {
				t.Fatal(err)
			}
			c.damage(t, dir)
			_, err := LoadSSH(dir)
			if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, c.want)) || errors.Is(err, fs.ErrNotExist) != c.gone {
				t.Errorf("LoadSSH: %v, want it about %s (missing: %t)", err, c.want, c.gone)
			}
		})
	}
	if _, err := LoadSSH(filepath.Join(t.TempDir(), "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("LoadSSH of a directory that is not there: %v", err)
	}
}

func TestLoadOrNewSSH(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ssh")
	first, err := LoadOrNewSSH(dir, HostKeys(Ed25519, P256))
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadOrNewSSH(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fingerprints(first), fingerprints(again)); diff != "" {
		t.Errorf("it did not stay the same (-first +again):\n%s", diff)
	}
	remove("id_ed25519")(t, dir)
	completed, err := LoadOrNewSSH(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fingerprints(again)[1:], fingerprints(completed)[1:]); diff != "" {
		t.Errorf("the host keys changed with the user's key (-before +after):\n%s", diff)
	}
	if onDisk, err := LoadSSH(dir); err != nil || fingerprints(onDisk)[0] != fingerprints(completed)[0] {
		t.Errorf("the new user key is not on disk: %v", err)
	}
}

// TestSSHKeygen: what we write OpenSSH reads, and the other way round.
func TestSSHKeygen(t *testing.T) {
	t.Parallel()
	keygen := testclients.Need(t, "ssh-keygen", "openssh-client")
	for _, kind := range []KeyType{Ed25519, P256, P384, P521, RSA2048} {
		t.Run("reads "+kind.String(), func(t *testing.T) {
			s := mustNewSSH(t, Keys(kind))
			files, err := s.WriteClient(t.TempDir(), SSHClient{})
			if err != nil {
				t.Fatal(err)
			}
			public := string(ssh.MarshalAuthorizedKey(s.User.PublicKey()))
			r := run(t, "", nil, keygen, "-y", "-f", files.Key)
			if got := strings.TrimSuffix(r.stdout, " fakelibvirtd\n"); r.code != 0 || got != strings.TrimSuffix(public, "\n") {
				t.Errorf("ssh-keygen -y: exit %d %s%s", r.code, r.stdout, r.stderr)
			}
			if r := run(t, "", nil, keygen, "-l", "-f", files.PublicKey); r.code != 0 || !strings.Contains(r.stdout, ssh.FingerprintSHA256(s.User.PublicKey())) {
				t.Errorf("ssh-keygen -l: exit %d %s%s", r.code, r.stdout, r.stderr)
			}
		})
	}
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		t.Run("writes "+kind, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range []string{"id_" + kind, "ssh_host_" + kind + "_key"} {
				if r := run(t, "", nil, keygen, "-q", "-t", kind, "-N", "", "-f", filepath.Join(dir, name)); r.code != 0 {
					t.Fatal(r.stderr)
				}
			}
			s, err := LoadSSH(dir)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.WriteClient(filepath.Join(dir, "client"), SSHClient{}); err != nil {
				t.Error(err)
			}
		})
	}
}
