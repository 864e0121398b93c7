//go:build linux

package conformance_test

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

// targetVariable, set to real, runs the rows against a real libvirtd and a real sshd.
const targetVariable = "MATRIX_TARGET"

// fewest is how many rows must be able to take part: fewer would prove little. go-libvirt
// runs the rows about the catalogue of certificates.
var fewest = map[string]int{virshName: 600, goLibvirtName: 60}

func TestRealNode(t *testing.T) {
	if os.Getenv(targetVariable) != "real" {
		t.Skip(targetVariable + " is not real")
	}
	c := virshClient(t)
	if os.Geteuid() != 0 {
		testclients.Unavailable(t, "sshd lets others than its own user in only if root runs it")
	}
	testclients.Need(t, "saslpasswd2", "sasl2-bin")
	n := startRealNode(t)
	runner := &conformance.Runner{Target: n.target(t)}
	took := map[string]*atomic.Int32{virshName: {}, goLibvirtName: {}}
	t.Run("rows", func(t *testing.T) {
		for _, cell := range conformance.All() {
			run := func(name string, client conformance.Client) {
				t.Run(name+"/"+cell.ID, func(t *testing.T) {
					t.Parallel()
					r := runner.Run(t.Context(), cell, client)
					judgeEntry(t, name, r, atLibvirtd)
					_, known := knownOfGoLibvirt[cell.ID]
					switch {
					case r.Verdict == conformance.NotApplicable:
						t.Skip(r.Reason)
					case r.Verdict == conformance.Fail && (name == virshName || !known):
						t.Errorf("%s: %s\n%s", r.URI, r.Reason, r.Output)
					default:
						took[name].Add(1)
					}
				})
			}
			run(virshName, c.client)
			if cell.Certificate != "" {
				run(goLibvirtName, goLibvirt)
			}
		}
	})
	n.judgeLogs(t)
	for name, fewest := range fewest {
		t.Logf("%s took part in %d rows", name, took[name].Load())
		if !t.Failed() && int(took[name].Load()) < fewest {
			t.Errorf("%s took part in %d rows; want %d", name, took[name].Load(), fewest)
		}
	}
}

// judgeLogs compares why libvirtd has refused clients with what the catalogue of
// certificates says.
func (n *realNode) judgeLogs(t *testing.T) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	for v, log := range n.logs {
		e, err := certs.Lookup(v)
		if err != nil {
			t.Fatal(err)
		}
		if want := atLibvirtd(e).Libvirtd; !strings.Contains(log, want) {
			t.Errorf("with %s libvirtd logs\n%s\nwant %s", v, log, want)
		}
	}
}

// realNode is a libvirtd without privileges, and an sshd, in a directory of the test's.
type realNode struct {
	dir     string
	words   map[string]string
	keys    *certs.SSH // of the sshd
	address string     // of the sshd

	mu   sync.Mutex
	logs map[certs.Variant]string // of the daemons with such a certificate
}

// stopped keeps what a daemon with such a door has logged.
func (n *realNode) stopped(d conformance.Door, log string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, v := range d.Certificates {
		n.logs[v] += log
	}
}

func startRealNode(t *testing.T) *realNode {
	t.Helper()
	testdaemon.Need(t)
	testclients.Need(t, "nc", "netcat-openbsd")
	dir, err := os.MkdirTemp("", "real")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // daemons of others have directories in it
		t.Fatal(err)
	}
	n := &realNode{dir: dir, logs: map[certs.Variant]string{}}
	daemon, words, err := startDaemon(dir, conformance.Door{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { daemon.Stop() })
	n.words = words
	n.startSSH(t)
	ext := filepath.Join(dir, "ext")
	if err := os.WriteFile(ext, []byte("#!/bin/sh\nexec nc -U "+words["socket"]+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	n.words["ext"] = ext
	return n
}

func (n *realNode) target(t *testing.T) *conformance.Target {
	return &conformance.Target{
		Words: n.words, SSHClient: n.sshClient,
		Serves: func(name string) bool { return name == "test:///default" || name == "qemu:///session" },
		LetsIn: func(user string) bool { return user == "root" || user == "{local-user}" },
		Daemon: func(d conformance.Door) (map[string]string, func(), error) {
			dir, err := os.MkdirTemp(n.dir, "door")
			if err != nil {
				return nil, nil, err
			}
			daemon, words, err := startDaemon(dir, d)
			if err != nil {
				return nil, nil, err
			}
			return words, func() { n.stopped(d, daemon.Stop()) }, nil
		},
	}
}

// startDaemon runs a libvirtd with such a door. Its own files are below the directory, and
// the client's beside them: clients in namespaces have no rights to what is nobody's.
func startDaemon(dir string, door conformance.Door) (d *testdaemon.Daemon, words map[string]string, err error) {
	client, node, err := door.Certified()
	if err != nil {
		return nil, nil, err
	}
	own := dir + "/own"
	server := own + "/server"
	words = map[string]string{"run-dir": own, "pki": dir + "/pki"}
	if err := errors.Join(os.Chmod(dir, 0o755), os.MkdirAll(own+"/libvirt", 0o755), client.WritePKIPath(words["pki"]), node.WriteServer(server)); err != nil {
		return nil, nil, err
	}
	lines := append(settingsOf(door), `tls_no_sanity_certificate = 1`, `log_outputs = "3:stderr"`,
		`ca_file = "`+server+`/cacert.pem"`, `cert_file = "`+server+`/servercert.pem"`, `key_file = "`+server+`/serverkey.pem"`)
	if node.CRL != nil {
		lines = append(lines, `crl_file = "`+server+`/cacrl.pem"`)
	}
	sasl, err := saslOf(door.Auth)
	if err != nil {
		return nil, nil, err
	}
	// A daemon without privileges has no socket for reading alone.
	d, err = testdaemon.Run(testdaemon.Config{Dir: own, Socket: "libvirt/libvirt-sock", TCP: true, TLS: true, IPv6: true, SASL: sasl, Lines: lines})
	if err != nil {
		return nil, nil, err
	}
	words["socket"] = d.Socket
	for name, address := range map[string]string{"tcp": d.TCP, "tls": d.TLS} {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			d.Stop()
			return nil, nil, err
		}
		words[name], words[name+".host"], words[name+".port"] = address, host, port
	}
	return d, words, nil
}

// saslOf are the users of a door, and what is offered to them.
func saslOf(a fakeserver.Auth) (*testdaemon.SASL, error) {
	for _, m := range []fakeserver.AuthMethod{a.TCP, a.TLS, a.UnixRW, a.UnixRO} {
		if m == fakeserver.AuthPolkit {
			return nil, conformance.Unfit("there is no polkit for a daemon without privileges")
		}
	}
	if a.TCP != fakeserver.AuthSASL {
		return nil, nil
	}
	mechanisms := a.Mechanisms
	if mechanisms == nil {
		mechanisms = []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "PLAIN"}
	}
	users := map[string]string{}
	for _, u := range a.Users {
		users[u.Name] = u.Password
	}
	return &testdaemon.SASL{Mechanisms: strings.Join(mechanisms, " "), Users: users}, nil
}

// settingsOf are the lines of libvirtd.conf that make a door.
func settingsOf(d conformance.Door) []string {
	var lines []string
	for name, method := range map[string]fakeserver.AuthMethod{"unix_rw": d.Auth.UnixRW, "unix_ro": d.Auth.UnixRO, "tcp": d.Auth.TCP, "tls": d.Auth.TLS} {
		lines = append(lines, fmt.Sprintf("auth_%s = %q", name, cmp.Or(method, fakeserver.AuthNone)))
	}
	if d.TLS.NoVerifyCertificate {
		lines = append(lines, "tls_no_verify_certificate = 1")
	}
	if d.TLS.AllowedDN != nil {
		lines = append(lines, `tls_allowed_dn_list = [`+quoted(d.TLS.AllowedDN)+`]`)
	}
	if d.Auth.AllowedUsernames != nil {
		lines = append(lines, `sasl_allowed_username_list = [`+quoted(d.Auth.AllowedUsernames)+`]`)
	}
	versions := map[fakeserver.TLSVersion]string{tls.VersionTLS10: "1.0", tls.VersionTLS11: "1.1", tls.VersionTLS12: "1.2", tls.VersionTLS13: "1.3"}
	if oldest, newest := d.TLS.MinVersion, d.TLS.MaxVersion; oldest != 0 || newest != 0 {
		priority := "NORMAL:-VERS-ALL"
		for v, name := range versions {
			if v >= oldest && v <= cmp.Or(newest, tls.VersionTLS13) {
				priority += ":+VERS-TLS" + name
			}
		}
		lines = append(lines, `tls_priority = "`+priority+`"`)
	}
	return lines
}

// quoted is a list for libvirtd.conf, which knows no escapes.
func quoted(list []string) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = `"` + w + `"`
	}
	return strings.Join(words, ", ")
}

// startSSH has a real sshd serve each connection.
func (n *realNode) startSSH(t *testing.T) {
	t.Helper()
	testdaemon.NeedSSHD(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	l6, err := net.Listen("tcp", "[::1]:"+port)
	if err != nil {
		t.Fatal(err)
	}
	if n.keys, err = certs.NewSSH(); err != nil {
		t.Fatal(err)
	}
	n.address = l.Addr().String()
	dir := filepath.Join(n.dir, "ssh")
	files, err := n.sshClient(filepath.Join(dir, "client"), certs.SSHClient{})
	if err := errors.Join(err, n.keys.WriteKeys(dir)); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "sshd_config")
	lines := []string{
		"HostKey " + dir + "/ssh_host_ed25519_key", "AuthorizedKeysFile " + files.PublicKey, "StrictModes no",
		"PermitRootLogin prohibit-password", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "UsePAM no", "PidFile none",
		"SetEnv XDG_RUNTIME_DIR=" + n.words["run-dir"],
	}
	if err := os.WriteFile(config, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for word, value := range map[string]string{
		"ssh": l.Addr().String(), "ssh.host": host, "ssh.port": port,
		"key": files.Key, "known_hosts": files.KnownHosts, "ssh-command": files.Command,
	} {
		n.words[word] = value
	}
	for _, l := range []net.Listener{l, l6} {
		testdaemon.SSHD{Config: config, Log: dir + "/log"}.Serve(t, l)
	}
}

// sshClient writes the files of a client of the sshd.
func (n *realNode) sshClient(dir string, c certs.SSHClient) (certs.SSHFiles, error) {
	c.Addresses, c.Names, c.User = []string{n.address}, []string{"localhost", "::1"}, "root"
	return n.keys.WriteClient(dir, c)
}
