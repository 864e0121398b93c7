package certs

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// ran is how a program ended.
type ran struct {
	code           int
	stdout, stderr string
}

// run runs a program with PATH, an empty HOME, which must stay empty, and env.
func run(t *testing.T, stdin string, env []string, name string, args ...string) ran {
	t.Helper()
	return runUntil(t, nil, stdin, env, name, args...)
}

// runUntil is run for a program that has shown all it must once stop is
// closed. The deadline is for one that hangs; no test waits for it otherwise.
func runUntil(t *testing.T, stop <-chan struct{}, stdin string, env []string, name string, args ...string) ran {
	t.Helper()
	home := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() {
		select {
		case <-stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "LC_ALL=C"}, env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("running %s: %v", name, err)
	}
	if files := tree(t, home); len(files) > 0 {
		t.Errorf("%s wrote into its HOME: %v", name, files)
	}
	return ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// listen serves TLS on a free port as a libvirtd does. The function it returns is
// for when the client has ended: it says what the server saw of it.
func listen(t *testing.T, p *PKI, change func(*tls.Config)) (port string, client func() served) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config := p.ServerTLS()
	if change != nil {
		change(config)
	}
	seen := served{err: errors.New("nobody came")}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			seen = serve(conn, config, p.VerifyClient)
		}
	}()
	client = func() served {
		l.Close()
		<-done
		return seen
	}
	t.Cleanup(func() { client() })
	_, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, client
}

// version sets the one version of TLS that a server speaks.
func version(v uint16) func(*tls.Config) {
	return func(c *tls.Config) { c.MinVersion, c.MaxVersion = v, v }
}

// clientKinds are the keys whose acceptance by C clients is tried.
func clientKinds() []KeyType { return []KeyType{P256, P384, P521, Ed25519, RSA2048} }

func TestCerttoolAccepts(t *testing.T) {
	t.Parallel()
	certtool := testclients.Need(t, "certtool", "gnutls-bin")
	for _, kind := range clientKinds() {
		t.Run(kind.String(), func(t *testing.T) {
			p := pkiOf(t, kind)
			dir := flat(t, p)
			ca := filepath.Join(dir, "cacert.pem")
			for _, c := range []struct{ cert, purpose, hostname string }{
				{"servercert.pem", "1.3.6.1.5.5.7.3.1", "localhost"},
				{"clientcert.pem", "1.3.6.1.5.5.7.3.2", ""},
			} {
				args := []string{"--verify", "--load-ca-certificate", ca, "--infile", filepath.Join(dir, c.cert), "--verify-purpose", c.purpose}
				if c.hostname != "" {
					args = append(args, "--verify-hostname", c.hostname)
				}
				if r := run(t, "", nil, certtool, args...); r.code != 0 || !strings.Contains(r.stdout, "Chain verification output: Verified. The certificate is trusted.") {
					t.Errorf("certtool on %s: exit %d\n%s%s", c.cert, r.code, r.stdout, r.stderr)
				}
			}
			for _, key := range []string{"serverkey.pem", "clientkey.pem", "cakey.pem"} {
				if r := run(t, "", nil, certtool, "--key-info", "--infile", filepath.Join(dir, key)); r.code != 0 {
					t.Errorf("certtool on %s: exit %d\n%s%s", key, r.code, r.stdout, r.stderr)
				}
			}
		})
	}
	t.Run("foreign CA", func(t *testing.T) {
		dir := flat(t, mustNew(t))
		write(t, filepath.Join(dir, "cacert.pem"), mustNew(t).CA.CertificatePEM())
		r := run(t, "", nil, certtool, "--verify", "--load-ca-certificate", filepath.Join(dir, "cacert.pem"), "--infile", filepath.Join(dir, "servercert.pem"))
		if r.code == 0 || !strings.Contains(r.stdout, "The certificate issuer is unknown.") {
			t.Errorf("certtool: exit %d\n%s%s", r.code, r.stdout, r.stderr)
		}
	})
}

func TestGnuTLSClient(t *testing.T) {
	t.Parallel()
	gnutls := testclients.Need(t, "gnutls-cli", "gnutls-bin")
	for _, kind := range clientKinds() {
		for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(kind.String()+"/"+tls.VersionName(v), func(t *testing.T) {
				p := pkiOf(t, kind)
				dir := flat(t, p)
				port, client := listen(t, p, version(v))
				r := run(t, strings.Repeat("x", 28), nil, gnutls, "--x509cafile", filepath.Join(dir, "cacert.pem"),
					"--x509certfile", filepath.Join(dir, "clientcert.pem"), "--x509keyfile", filepath.Join(dir, "clientkey.pem"),
					"-p", port, "localhost")
				if !strings.Contains(r.stdout, "Status: The certificate is trusted.") {
					t.Fatalf("gnutls-cli: exit %d\n%s%s", r.code, r.stdout, r.stderr)
				}
				if s := client(); s.err != nil || DN(s.state.PeerCertificates[0]) != "O=fakelibvirtd,CN=client" {
					t.Errorf("the server saw %v, %v", s.state.PeerCertificates, s.err)
				}
			})
		}
	}
}

// authList is the first frame of every client: REMOTE_PROC_AUTH_LIST.
const authList = "\x00\x00\x00\x1c" + "\x20\x00\x80\x86" + "\x00\x00\x00\x01" + "\x00\x00\x00\x42" +
	"\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"

// virsh opens a connection over TLS with the client's files in dir.
func virsh(t *testing.T, port, host, dir string) ran {
	t.Helper()
	path := testclients.Need(t, "virsh", "libvirt-clients")
	return run(t, "", nil, path, "-c", "test+tls://"+host+":"+port+"/default?pkipath="+dir, "uri")
}

func TestVirsh(t *testing.T) {
	t.Parallel()
	for _, kind := range clientKinds() {
		for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			for _, host := range []string{"localhost", "127.0.0.1"} {
				t.Run(kind.String()+"/"+tls.VersionName(v)+"/"+host, func(t *testing.T) {
					p := pkiOf(t, kind)
					dir := t.TempDir()
					if err := p.WritePKIPath(dir); err != nil {
						t.Fatal(err)
					}
					port, client := listen(t, p, version(v))
					// The server hangs up after the first frame, so virsh fails; that it has
					// sent one says that it was content with our certificate and our byte.
					r := virsh(t, port, host, dir)
					s := client()
					if s.err != nil || string(s.frame) != authList {
						t.Fatalf("first frame % x, %v\nvirsh: exit %d %s", s.frame, s.err, r.code, r.stderr)
					}
					if got, want := DN(s.state.PeerCertificates[0]), "O=fakelibvirtd,CN=client"; got != want {
						t.Errorf("virsh presented %s, want %s", got, want)
					}
					if strings.Contains(r.stderr, "warning") {
						t.Errorf("virsh warns:\n%s", r.stderr)
					}
				})
			}
		}
	}
}

func TestVirshRefused(t *testing.T) {
	t.Parallel()
	p, foreign := mustNew(t), mustNew(t)
	stranger := *p // trusts our CA, and is a client of another
	stranger.Client = foreign.Client
	nameless := *p // a server under a name that nobody asks for
	var err error
	if nameless.Server, err = p.IssueServer([]string{"node.example.com"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name           string
		server, client *PKI
		virsh, verdict string
	}{
		{"server of a foreign CA", foreign, p, "The certificate hasn't got a known issuer.", ""},
		{"server under another name", &nameless, p, "owner does not match the hostname localhost", ""},
		{"client of a foreign CA", p, &stranger, "Our own certificate", ""},
		{"client without certificate", p, nil, "Unable to read TLS confirmation: Input/output error",
			"Unable to verify TLS peer: No certificate was found."},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if c.client != nil {
				if err := c.client.WritePKIPath(dir); err != nil {
					t.Fatal(err)
				}
			} else {
				write(t, filepath.Join(dir, "cacert.pem"), p.CA.CertificatePEM())
			}
			port, client := listen(t, c.server, nil)
			r := virsh(t, port, "localhost", dir)
			if r.code == 0 || !strings.Contains(r.stderr, c.virsh) {
				t.Errorf("virsh: exit %d %s\nwant %s", r.code, r.stderr, c.virsh)
			}
			if c.verdict != "" {
				if s := client(); s.err == nil || s.err.Error() != c.verdict {
					t.Errorf("the server says %v, want %s", s.err, c.verdict)
				}
			}
		})
	}
}
