package certs_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// ssh-keygen reads the certificates that are written beside the keys.
func TestSSHCertificateFiles(t *testing.T) {
	t.Parallel()
	keygen := testclients.Need(t, "ssh-keygen", "openssh-client")
	ca, err := certs.NewSSHCA()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := certs.NewSSH(certs.HostKeys(certs.Ed25519, certs.P384))
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := ca.SignHost(keys, certs.SSHCert{Principals: []string{"node1", "node2"}, KeyID: "the host", Serial: 7, ValidAfter: from, ValidBefore: from.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if err := ca.SignUser(keys, certs.SSHCert{Principals: []string{"root"}, CriticalOptions: map[string]string{"source-address": "127.0.0.1"}}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := keys.WriteKeys(dir); err != nil {
		t.Fatal(err)
	}
	fingerprint := ssh.FingerprintSHA256(ca.PublicKey())
	for name, words := range map[string][]string{
		"ssh_host_ed25519_key-cert.pub":  {"ed25519-cert-v01@openssh.com host certificate", `Key ID: "the host"`, "Serial: 7", "node1", "node2", "from 2030-01-02T03:04:05 to 2030-01-02T04:04:05", fingerprint},
		"ssh_host_ecdsa384_key-cert.pub": {"nistp384-cert-v01@openssh.com host certificate", fingerprint},
		"id_ed25519-cert.pub":            {"user certificate", "root", "forever", "source-address 127.0.0.1", "permit-port-forwarding", fingerprint},
	} {
		cmd := exec.Command(keygen, "-L", "-f", filepath.Join(dir, name))
		cmd.Env = []string{"TZ=UTC", "LC_ALL=C"}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
		}
		for _, word := range words {
			if !strings.Contains(string(out), word) {
				t.Errorf("%s has no %q:\n%s", name, word, out)
			}
		}
	}
	if _, err := certs.LoadSSH(dir); err != nil {
		t.Errorf("the keys beside the certificates: %v", err)
	}
}

// ssh-keygen finds the host in each form that names it.
func TestKnownHostsForms(t *testing.T) {
	t.Parallel()
	keygen := testclients.Need(t, "ssh-keygen", "openssh-client")
	keys, err := certs.NewSSH(certs.HostKeys(certs.Ed25519, certs.P256))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := certs.NewSSHCA()
	if err != nil {
		t.Fatal(err)
	}
	own := ssh.FingerprintSHA256(keys.HostKeys[0].PublicKey())
	for form := certs.KnownHostsPlain; form <= certs.KnownHostsRevoked; form++ {
		text, err := form.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var again certs.KnownHostsForm
		if err := again.UnmarshalText(text); err != nil || again != form {
			t.Errorf("%s is read as %s: %v", form, again, err)
		}
		files, err := keys.WriteClient(t.TempDir(), certs.SSHClient{Addresses: []string{"127.0.0.1:2222"}, Names: []string{"node"}, Form: form, Authority: ca.PublicKey()})
		if err != nil {
			t.Fatal(err)
		}
		for name, named := range map[string]bool{
			"[node]:2222": form != certs.KnownHostsEmpty && form != certs.KnownHostsOtherHost && form != certs.KnownHostsWithoutPort,
			"node":        form == certs.KnownHostsWithoutPort,
		} {
			out, _ := exec.Command(keygen, "-l", "-F", name, "-f", files.KnownHosts).CombinedOutput()
			if (len(bytes.TrimSpace(out)) > 0) != named {
				t.Errorf("%s: ssh-keygen finds for %s: %s", form, name, out)
			}
			right := named && form != certs.KnownHostsOtherKey && form != certs.KnownHostsOtherKind && form != certs.KnownHostsAuthority
			if bytes.Contains(out, []byte(own)) != right {
				t.Errorf("%s: the key of the host is there: %v, want %v: %s", form, !right, right, out)
			}
		}
	}
	if _, err := keys.KnownHosts(certs.SSHClient{Addresses: []string{"node:22"}, Form: certs.KnownHostsAuthority}); err == nil {
		t.Error("an authority was made up")
	}
}

// Renewed keys are others of the same kinds, with the same user.
func TestRenew(t *testing.T) {
	t.Parallel()
	keys, err := certs.NewSSH(certs.HostKeys(certs.Ed25519, certs.P521))
	if err != nil {
		t.Fatal(err)
	}
	renewed, err := keys.Renew()
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range keys.HostKeys {
		other := renewed.HostKeys[i].PublicKey()
		if other.Type() != key.PublicKey().Type() || bytes.Equal(other.Marshal(), key.PublicKey().Marshal()) {
			t.Errorf("key %d is %s, was %s", i, other.Type(), key.PublicKey().Type())
		}
	}
	if !renewed.Authorized(keys.User.PublicKey()) {
		t.Error("the user is another")
	}
}
