package harness_test

import (
	"bytes"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// realTLS is a libvirtd that serves TLS on 127.0.0.1.
type realTLS struct {
	port string
	// log ends the daemon and returns what it has logged.
	log func() string
}

// startRealTLS runs a libvirtd without privileges, with the server's side of a PKI and
// further lines of libvirtd.conf. Its socket is there before it is.
func startRealTLS(t *testing.T, pki *certs.PKI, lines ...string) *realTLS {
	t.Helper()
	libvirtd := testclients.Need(t, "libvirtd", "libvirt-daemon")
	dir, err := os.MkdirTemp("", "libvirtd") // t.TempDir is the owner's alone
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := pki.WriteServer(filepath.Join(dir, "pki")); err != nil {
		t.Fatal(err)
	}
	if pki.CRL != nil {
		lines = append(lines, `crl_file = "`+dir+`/pki/cacrl.pem"`)
	}
	lines = append(lines, `auth_tls = "none"`, `auth_unix_rw = "none"`, `tls_no_sanity_certificate = 1`, `log_outputs = "3:stderr"`,
		`ca_file = "`+dir+`/pki/cacert.pem"`, `cert_file = "`+dir+`/pki/servercert.pem"`, `key_file = "`+dir+`/pki/serverkey.pem"`, "")
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	// It wants a unix socket beside that for TLS.
	local, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "sock")})
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	local.SetUnlinkOnClose(false)
	remote, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, libvirtd, "--config", dir+"/conf", "--pid-file", dir+"/pid")
	for _, l := range []interface{ File() (*os.File, error) }{local, remote} {
		f, err := l.File()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	}
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "HOME=" + dir,
		"XDG_RUNTIME_DIR=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_CACHE_HOME=" + dir, "XDG_DATA_HOME=" + dir,
		"LISTEN_FDS=2", "LISTEN_FDNAMES=libvirtd.socket:libvirtd-tls.socket",
	}
	if os.Geteuid() == 0 { // a privileged one takes its paths from the system
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		if err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(path, nobody, nobody)
		}); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d := &realTLS{}
	_, d.port, err = net.SplitHostPort(remote.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	d.log = sync.OnceValue(func() string {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		return log.String()
	})
	t.Cleanup(func() { d.log() })
	return d
}
