package transport

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestLocalhostMeansBothAddressesOnOnePort(t *testing.T) {
	all, err := ListenTCP("localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	ports := make(map[string]bool)
	for _, l := range all {
		defer l.Close()
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		ports[port] = true
	}
	if len(ports) != 1 || all[0].Addr().(*net.TCPAddr).IP.String() != "127.0.0.1" {
		t.Errorf("listening on %v", ports)
	}
	if again, err := ListenTCP(all[0].Addr().String()); err == nil {
		again[0].Close()
		t.Error("listening twice on one address")
	}
}

func TestStarMeansEveryAddress(t *testing.T) {
	all, err := ListenTCP("*:0")
	if err != nil {
		t.Fatal(err)
	}
	defer all[0].Close()
	at := all[0].Addr().(*net.TCPAddr)
	if len(all) != 1 || !at.IP.IsUnspecified() {
		t.Errorf("listening on %v, by %d listeners", at, len(all))
	}
	c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(at.Port)))
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

// shortDir is a directory with a path short enough for sockets.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestListenUnix(t *testing.T) {
	path := filepath.Join(shortDir(t), "sock")
	l, err := ListenUnix(path, 0o700, -1)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := ListenUnix(path, 0o700, -1); err == nil {
		second.Close()
		t.Error("a socket that somebody listens on was replaced")
	}
	// As a process leaves it that is killed.
	if err := l.Shut(false); err != nil {
		t.Fatal(err)
	}
	l, err = ListenUnix(path, 0o770, -1)
	if err != nil {
		t.Fatalf("a socket that nobody listens on: %v", err)
	}
	l.Close()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestListenUnixRefuses(t *testing.T) {
	dir := shortDir(t)
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, path, want string }{
		{"long path", filepath.Join(dir, strings.Repeat("x", 120)), "choose a shorter directory"},
		{"no directory", filepath.Join(dir, "none", "sock"), "no such file or directory"},
		{"a file", file, "address already in use"},
	} {
		if l, err := ListenUnix(c.path, 0o700, -1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v; want %q", c.name, l, err, c.want)
		}
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "precious" {
		t.Errorf("a file that is no socket: %q, %v", b, err)
	}
}

func TestCutFrame(t *testing.T) {
	for _, c := range []struct{ in, first string }{
		{"", ""},
		{"\x00\x00", "\x00\x00"},
		{"\x00\x00\x00\x05abc", "\x00\x00\x00\x05a"},
		{"\x00\x00\x00\x00abc", "\x00\x00\x00\x00abc"},
		{"\xff\xff\xff\xffabc", "\xff\xff\xff\xffabc"},
		{"\x00\x00\x00\x07abc", "\x00\x00\x00\x07abc"},
	} {
		first, rest := cutFrame([]byte(c.in))
		if string(first) != c.first || string(first)+string(rest) != c.in {
			t.Errorf("%q: %q and %q", c.in, first, rest)
		}
	}
}
