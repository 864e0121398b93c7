package libvirtdconf

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// What libvirtd finds out once it goes to work, in its words as far as it has any.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"# limits\nmax_clients = 10\n", "x.conf:2: internal error: The overall maximum number of clients must not be less than the number of clients waiting for authentication (max_anonymous_clients, which is 20)"},
		{"max_anonymous_clients = 5001", "x.conf:1: internal error: The overall maximum number of clients must not be less than the number of clients waiting for authentication (max_anonymous_clients, which is 5001)"},
		{"max_client_requests = 0", "x.conf:1: max_client_requests is 0: want at least 1"},
		{"\n\nunix_sock_rw_perms = \"\"", "x.conf:3: Failed to parse mode ''"},
		{"unix_sock_ro_perms = \"0888\"", "x.conf:1: Failed to parse mode '0888'"},
		{"unix_sock_group = \"\"", "x.conf:1: invalid argument: Failed to parse group ''"},
		{"unix_sock_group = \"no such group\"", "x.conf:1: invalid argument: Failed to parse group 'no such group'"},
		{"key_file = \"/k\"\ncert_file = \"/c\"", "x.conf:1: unsupported configuration: No CA certificate path set to match server key/cert (key_file, cert_file and ca_file go together)"},
		{"key_file = \"/k\"\nca_file = \"/c\"", "x.conf:1: unsupported configuration: No server certificate path set to match server key (key_file, cert_file and ca_file go together)"},
		{"cert_file = \"/k\"\nca_file = \"/c\"", "x.conf:1: unsupported configuration: No server key path set to match server cert (key_file, cert_file and ca_file go together)"},
		{"auth_tcp = \"polkit\"", "x.conf:1: auth_tcp: polkit knows the clients of unix sockets alone: want none or sasl"},
		{"a = " + strings.Repeat("[", maxDepth+2), "x.conf:1: there are too many lists in lists"},
		{strings.Repeat("#", maxFile+1), "x.conf: Value too large for defined data type: a configuration has at most 10 MiB"},
	} {
		_, err := Parse("x.conf", []byte(c.file))
		var at *Error
		if !errors.As(err, &at) || at.Error() != c.want {
			t.Errorf("of %.60q: %v\nwant %s", c.file, err, c.want)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("a directory: %v", err)
	}
	path := filepath.Join(dir, "x.conf")
	for size, want := range map[int]bool{0: true, 16 << 10: true, maxFile: true, maxFile + 1: false} {
		if err := os.WriteFile(path, bytes.Repeat([]byte("#"), size), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); (err == nil) != want {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestListen(t *testing.T) {
	free := map[call.Transport]string{call.TCP: "", call.TLS: "", call.Unix: "", call.SSH: ""}
	for _, c := range []struct {
		file string
		want map[call.Transport]string
	}{
		{"", free},
		{"listen_addr = \"192.0.2.1\"", free},
		{"listen_tls = 0", map[call.Transport]string{call.TCP: "", call.Unix: "", call.SSH: ""}},
		{"listen_tcp = 1\nlisten_addr = \"::1\"", map[call.Transport]string{call.TCP: "[::1]:16509", call.TLS: "", call.Unix: "", call.SSH: ""}},
		{"tcp_port = \"0\"\nlisten_tls = 1\ntls_port = \"https\"", map[call.Transport]string{call.TCP: "localhost:0", call.TLS: "*:https", call.Unix: "", call.SSH: ""}},
		{"listen_tcp = 0\ntcp_port = \"1\"\nunix_sock_dir = \"/run/x/\"", map[call.Transport]string{call.TLS: "", call.Unix: "/run/x/libvirt-sock", call.SSH: ""}},
	} {
		conf, err := Parse("x.conf", []byte(c.file))
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(c.want, conf.Listen(free)); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", c.file, diff)
		}
	}
}

func TestVersions(t *testing.T) {
	for _, c := range []struct {
		priority       string
		oldest, newest fakeserver.TLSVersion
		ok             bool
	}{
		{"NORMAL", 0, 0, true},
		{"normal:-VERS-TLS1.3", tls.VersionTLS12, tls.VersionTLS12, true},
		{"SECURE128:-VERS-ALL:+VERS-TLS1.3", tls.VersionTLS13, tls.VersionTLS13, true},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.0:+VERS-TLS1.1", tls.VersionTLS10, tls.VersionTLS11, true},
		{"NORMAL:-VERS-TLS1.2:+VERS-TLS1.1", 0, 0, false}, // 1.1 and 1.3
		{"NORMAL:-VERS-ALL", 0, 0, false},
		{"NORMAL:-CIPHER-ALL", 0, 0, false},
		{"@SYSTEM", 0, 0, false}, {"", 0, 0, false}, {"NORMAL:", 0, 0, false}, {":", 0, 0, false}, {"NORMAL:VERS-TLS1.2", 0, 0, false},
	} {
		oldest, newest, ok := versions(c.priority)
		if oldest != c.oldest || newest != c.newest || ok != c.ok {
			t.Errorf("%q: %v to %v, %v", c.priority, oldest, newest, ok)
		}
	}
}

func TestUnused(t *testing.T) {
	conf, err := Parse("x.conf", []byte("log_level = 3\nlog_level = \"x\"\nnew_thing = [1]\ntls_priority = \"@SYSTEM\"\nauth_tcp = \"none\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range conf.Unused() {
		got = append(got, s.String())
	}
	want := []string{
		"line 1: log_level: the node logs by its own flags",
		"line 3: new_thing: libvirtd 9.0.0 has no such setting",
		`line 4: tls_priority: of GnuTLS's priorities, only NORMAL, SECURE128, SECURE192, SECURE256 and versions in one row apply, not "@SYSTEM"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A node with a file goes by it.
func TestOptions(t *testing.T) {
	dir, err := os.MkdirTemp("", "conf")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	conf, err := Parse("x.conf", []byte(`
listen_tls = 0
listen_addr = "127.0.0.1"
tcp_port = "0"
unix_sock_dir = "`+dir+`"
unix_sock_rw_perms = "0660"
unix_sock_ro_perms = "0604"
auth_tcp = "sasl"
keepalive_interval = -1
max_clients = 30
`))
	if err != nil {
		t.Fatal(err)
	}
	srv, err := fakeserver.Start(t.Context(), conf.Options()...)
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	if addr := srv.Addr(call.TCP); !strings.HasPrefix(addr, "127.0.0.1:") {
		t.Errorf("tcp is at %q", addr)
	}
	if addr := srv.Addr(call.TLS); addr != "" {
		t.Errorf("tls is at %q", addr)
	}
	for name, mode := range map[string]fs.FileMode{"libvirt-sock": 0o660, "libvirt-sock-ro": 0o604} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != mode {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, a := range answers(f) {
		f.Add([]byte(a.file))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := Parse("x.conf", data)
		var at *Error
		if err != nil && (!errors.As(err, &at) || at.File != "x.conf" || at.Line > 1+bytes.Count(data, []byte("\n"))) {
			t.Errorf("%v", err)
		}
	})
}

// What the file says of keepalive counts, and the rest stays.
func TestKeepAlive(t *testing.T) {
	for _, c := range []struct {
		file     string
		interval time.Duration
		count    int
	}{
		{"", time.Minute, 7},
		{"keepalive_interval = 3", 3 * time.Second, 7},
		{"keepalive_interval = -1", 0, 7},
		{"keepalive_count = 2", time.Minute, 2},
	} {
		conf, err := Parse("x.conf", []byte(c.file))
		if err != nil {
			t.Fatal(err)
		}
		var interval time.Duration
		var count int
		options := append([]fakeserver.Option{fakeserver.WithKeepAlive(time.Minute, 7)}, conf.Options()...)
		look := fakeserver.EditKeepAlive(func(i *time.Duration, n *int) { interval, count = *i, *n })
		if err := fakeserver.Check(append(options, look)...); err != nil || interval != c.interval || count != c.count {
			t.Errorf("%q: %v and %d, %v", c.file, interval, count, err)
		}
	}
}
