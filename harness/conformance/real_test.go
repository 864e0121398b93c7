//go:build linux

package conformance_test

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// targetVariable, set to real, runs the rows against a real libvirtd and a real sshd.
const targetVariable = "MATRIX_TARGET"

// fewest is how many rows must be able to take part: fewer would prove little.
const fewest = 400

func TestRealNode(t *testing.T) {
	if os.Getenv(targetVariable) != "real" {
		t.Skip(targetVariable + " is not real")
	}
	c := virshClient(t)
	if os.Geteuid() != 0 {
		testclients.Unavailable(t, "sshd lets others than its own user in only if root runs it")
	}
	n := startRealNode(t)
	runner := &conformance.Runner{Target: n.target(t)}
	var took atomic.Int32
	t.Run("rows", func(t *testing.T) {
		for _, cell := range conformance.All() {
			t.Run(cell.ID, func(t *testing.T) {
				t.Parallel()
				switch r := runner.Run(t.Context(), cell, c.client); r.Verdict {
				case conformance.NotApplicable:
					t.Skip(r.Reason)
				case conformance.Fail:
					t.Errorf("%s: %s\n%s", r.URI, r.Reason, r.Output)
				default:
					took.Add(1)
				}
			})
		}
	})
	t.Logf("%d rows took part", took.Load())
	if !t.Failed() && took.Load() < fewest {
		t.Errorf("%d rows took part; want %d", took.Load(), fewest)
	}
}

// realNode is a libvirtd without privileges, and an sshd, in a directory of the test's.
type realNode struct {
	dir   string
	words map[string]string
}

func startRealNode(t *testing.T) *realNode {
	t.Helper()
	testclients.Need(t, "libvirtd", "libvirt-daemon")
	testclients.Need(t, "nc", "netcat-openbsd")
	dir, err := os.MkdirTemp("", "real")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // daemons of others have directories in it
		t.Fatal(err)
	}
	n := &realNode{dir: dir}
	words, stop, err := startDaemon(dir, conformance.Door{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
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
		Words:  n.words,
		Serves: func(name string) bool { return name == "test:///default" || name == "qemu:///session" },
		LetsIn: func(user string) bool { return user == "root" || user == "{local-user}" },
		Daemon: func(d conformance.Door) (map[string]string, func(), error) {
			dir, err := os.MkdirTemp(n.dir, "door")
			if err != nil {
				return nil, nil, err
			}
			return startDaemon(dir, d)
		},
	}
}

// startDaemon runs a libvirtd whose sockets it is given as by systemd: so nobody has to
// wait until it listens.
func startDaemon(dir string, door conformance.Door) (words map[string]string, stop func(), err error) {
	words = map[string]string{"run-dir": dir, "socket": dir + "/libvirt/libvirt-sock", "pki": dir + "/pki"}
	client, own, err := door.Certified()
	if err != nil {
		return nil, nil, err
	}
	if err := errors.Join(os.Mkdir(dir+"/libvirt", 0o755), client.WritePKIPath(words["pki"]), own.WriteServer(dir+"/server")); err != nil {
		return nil, nil, err
	}
	var files []*os.File
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	var names []string
	listen := func(name, network, address string) (net.Addr, error) {
		l, err := net.Listen(network, address)
		if err != nil {
			return nil, err
		}
		defer l.Close()
		if u, ok := l.(*net.UnixListener); ok {
			u.SetUnlinkOnClose(false)
		}
		f, err := l.(interface{ File() (*os.File, error) }).File()
		if err != nil {
			return nil, err
		}
		files, names = append(files, f), append(names, name)
		return l.Addr(), nil
	}
	// A daemon without privileges has no socket for reading alone.
	if _, err := listen("libvirtd.socket", "unix", words["socket"]); err != nil {
		return nil, nil, err
	}
	for _, transport := range []string{"tcp", "tls"} {
		addr, err := listen("libvirtd-"+transport+".socket", "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, err
		}
		host, port, err := net.SplitHostPort(addr.String())
		if err != nil {
			return nil, nil, err
		}
		words[transport], words[transport+".host"], words[transport+".port"] = addr.String(), host, port
		if _, err := listen("libvirtd-"+transport+".socket", "tcp", "[::1]:"+port); err != nil {
			return nil, nil, err
		}
	}
	server := dir + "/server"
	lines := settingsOf(door)
	if own.CRL != nil {
		lines = append(lines, `crl_file = "`+server+`/cacrl.pem"`)
	}
	config := strings.Join(append(lines, `tls_no_sanity_certificate = 1`, `log_outputs = "3:stderr"`,
		`ca_file = "`+server+`/cacert.pem"`, `cert_file = "`+server+`/servercert.pem"`, `key_file = "`+server+`/serverkey.pem"`,
	), "\n") + "\n"
	if err := os.WriteFile(dir+"/libvirtd.conf", []byte(config), 0o644); err != nil {
		return nil, nil, err
	}
	// Clients in namespaces have no rights to what is nobody's.
	if err := os.Chmod(words["socket"], 0o777); err != nil {
		return nil, nil, err
	}
	const nobody = 65534
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody)
	}); err != nil {
		return nil, nil, err
	}
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, "libvirtd", "--config", dir+"/libvirtd.conf", "--pid-file", dir+"/pid")
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH") + ":/usr/sbin", "LC_ALL=C", "HOME=" + dir,
		"XDG_RUNTIME_DIR=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_CACHE_HOME=" + dir, "XDG_DATA_HOME=" + dir,
		"LISTEN_FDS=" + string(rune('0'+len(files))), "LISTEN_FDNAMES=" + strings.Join(names, ":"),
	}
	cmd.ExtraFiles = files
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	return words, func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		err := cmd.Wait()
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.Exited() {
			fmt.Fprintf(os.Stderr, "libvirtd: %v: %s", err, &log)
		}
	}, nil
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

// startSSH has a real sshd serve each connection, as inetd would.
func (n *realNode) startSSH(t *testing.T) {
	t.Helper()
	const sshd = "/usr/sbin/sshd"
	if _, err := os.Stat(sshd); err != nil {
		testclients.Unavailable(t, "sshd is not installed: apt-get install openssh-server")
	}
	if err := os.Mkdir("/run/sshd", 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		t.Fatal(err)
	}
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
	keys, err := certs.NewSSH()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(n.dir, "ssh")
	files, err := keys.WriteClient(filepath.Join(dir, "client"), certs.SSHClient{Addresses: []string{l.Addr().String()}, Names: []string{"localhost", "::1"}, User: "root"})
	if err := errors.Join(err, keys.WriteKeys(dir)); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "sshd_config")
	lines := []string{
		"HostKey " + dir + "/ssh_host_ed25519_key", "AuthorizedKeysFile " + files.PublicKey, "StrictModes no",
		"PermitRootLogin prohibit-password", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "UsePAM no", "PidFile none",
		"SetEnv XDG_RUNTIME_DIR=" + n.dir,
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
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	for _, l := range []net.Listener{l, l6} {
		t.Cleanup(func() { l.Close() })
		wg.Go(func() {
			for {
				nc, err := l.Accept()
				if err != nil {
					return
				}
				wg.Go(func() {
					file, err := nc.(*net.TCPConn).File()
					nc.Close()
					if err != nil {
						t.Error(err)
						return
					}
					defer file.Close()
					cmd := exec.CommandContext(t.Context(), sshd, "-i", "-f", config, "-E", dir+"/log")
					cmd.Stdin, cmd.Stdout = file, file
					_ = cmd.Run() // of no interest: it tells of clients that do not say goodbye
				})
			}
		})
	}
}
