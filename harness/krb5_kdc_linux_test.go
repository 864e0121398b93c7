package harness_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// realKDC is MIT's key distribution centre, with all of its files in a directory.
type realKDC struct {
	t   *testing.T
	dir string
	// env is for its own programs, and has no address of the KDC.
	env []string
}

const kdcRealm = "KDC.TEST"

// kdcConf keeps everything in a directory, and has the system choose the port.
const kdcConf = `[kdcdefaults]
	kdc_listen = ""
	kdc_tcp_listen = 127.0.0.1:0
[realms]
	KDC.TEST = {
		database_name = DIR/principal
		key_stash_file = DIR/stash
		acl_file = DIR/acl
	}
[logging]
	kdc = STDERR
`

// newKDC makes a realm without users and services.
func newKDC(t *testing.T) *realKDC {
	t.Helper()
	k := &realKDC{t: t, dir: t.TempDir()}
	k.write("kdc.conf", strings.ReplaceAll(kdcConf, "DIR", k.dir))
	k.write("krb5.conf", krb5.Conf(kdcRealm))
	k.env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "KRB5_CONFIG=" + filepath.Join(k.dir, "krb5.conf"), "KRB5_KDC_PROFILE=" + filepath.Join(k.dir, "kdc.conf")}
	out := client(t, k.env, testclients.Need(t, "kdb5_util", "krb5-kdc"), "create", "-s", "-r", kdcRealm, "-P", "master")
	if _, err := os.Stat(filepath.Join(k.dir, "stash")); err != nil {
		t.Fatalf("kdb5_util: %s", out)
	}
	return k
}

func (k *realKDC) write(name, text string) {
	k.t.Helper()
	if err := os.WriteFile(filepath.Join(k.dir, name), []byte(text), 0o600); err != nil {
		k.t.Fatal(err)
	}
}

// admin changes the database.
func (k *realKDC) admin(query, want string) {
	k.t.Helper()
	out := client(k.t, k.env, testclients.Need(k.t, "kadmin.local", "krb5-admin-server"), "-r", kdcRealm, "-q", query)
	if !strings.Contains(out, want) {
		k.t.Fatalf("kadmin.local %s: %s", strings.Fields(query)[0], out)
	}
}

// start runs the KDC for the test, and returns its address once it listens.
func (k *realKDC) start() string {
	k.t.Helper()
	cmd := exec.Command(testclients.Need(k.t, "krb5kdc", "krb5-kdc"), "-n", "-r", kdcRealm)
	cmd.Env = k.env
	cmd.WaitDelay = patience
	log, err := cmd.StderrPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	var said []string
	listens, ended := make(chan bool, 1), make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			said = append(said, lines.Text())
			if strings.Contains(lines.Text(), "commencing operation") {
				listens <- true
			}
		}
	}()
	end := func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		_ = cmd.Wait()
	}
	k.t.Cleanup(end)
	select {
	case <-listens:
	case <-ended:
		k.t.Fatalf("krb5kdc has ended: %q", said)
	case <-time.After(patience):
		k.t.Fatal("krb5kdc does not begin to listen")
	}
	return fmt.Sprint("127.0.0.1:", listeningPort(k.t, cmd.Process.Pid))
}

// listeningPort returns the port of tcp on which a process listens: one of its sockets is
// in the system's list with the state of one that listens.
func listeningPort(t *testing.T, pid int) uint64 {
	t.Helper()
	const listening = "0A"
	inodes := make(map[string]bool)
	descriptors, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range descriptors {
		if target, err := os.Readlink(fd); err == nil && strings.HasPrefix(target, "socket:[") {
			inodes[strings.Trim(target, "socket:[]")] = true
		}
	}
	table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if len(f) < 10 || f[3] != listening || !inodes[f[9]] {
			continue
		}
		_, hex, _ := strings.Cut(f[1], ":")
		port, err := strconv.ParseUint(hex, 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		return port
	}
	t.Fatalf("process %d listens on no port of tcp", pid)
	return 0
}

// With a KDC, a user gets tickets by kinit and virsh those of the service, until the
// service's key changes there.
func TestKerberosWithAKDC(t *testing.T) {
	t.Parallel()
	virsh := needKerberos(t)
	kinit := testclients.Need(t, "kinit", "krb5-user")
	kdc := newKDC(t)
	keytab := filepath.Join(kdc.dir, "keytab")
	kdc.admin("addprinc -pw "+saslPassword+" fred", "created")
	kdc.admin("addprinc -randkey libvirt/127.0.0.1", "created")
	kdc.admin("ktadd -k "+keytab+" libvirt/127.0.0.1", "added to keytab")
	kdc.write("client.conf", krb5.Conf(kdcRealm, kdc.start()))

	host := harness.Start(t, harness.WithTransports(harness.TCP, harness.Unix), fakeserver.WithAuth(fakeserver.Auth{
		TCP: fakeserver.AuthSASL, UnixRW: fakeserver.AuthSASL,
		AllowedUsernames: []string{"fred"},
		Kerberos:         fakeserver.Kerberos{Keytab: keytab},
	}))
	env := append(host.Env(), "KRB5_CONFIG="+filepath.Join(kdc.dir, "client.conf"), "KRB5CCNAME=FILE:"+filepath.Join(kdc.dir, "cache"))
	login := func() {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), kinit, "fred")
		cmd.Env = env
		cmd.Stdin = strings.NewReader(saslPassword + "\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("kinit: %v: %s", err, out)
		}
	}
	ask := func(uri, want string) {
		t.Helper()
		if out := client(t, env, virsh, "-c", uri, "hostname"); !strings.Contains(out, want) {
			t.Errorf("virsh -c %s prints %q, want %q", uri, out, want)
		}
	}
	tcp := host.URI(harness.TCP, "test:///default")
	ask(tcp, "No Kerberos credentials available")
	login()
	ask(tcp, "localhost")
	ask(host.URI(harness.Unix, "test:///default"), "Server libvirt/localhost@KDC.TEST not found in Kerberos database")
	reachedOnlyBy(t, host, "fred")
	kdc.admin("cpw -randkey libvirt/127.0.0.1", "randomized")
	ask(tcp, "localhost") // the ticket is good until it ends
	login()
	ask(tcp, saslFailed)
}
