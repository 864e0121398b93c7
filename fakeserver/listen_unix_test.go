package fakeserver_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// runDir is a directory whose path is short enough for sockets.
func runDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// entries lists what is in a directory, one name for each line.
func entries(t *testing.T, dir string) string {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Name())
	}
	return strings.Join(names, "\n")
}

func TestRunDir(t *testing.T) {
	t.Parallel()
	dir := runDir(t)
	s := start(t, fakeserver.WithTransports(call.Unix), fakeserver.WithRunDir(dir))
	if s.RunDir() != dir {
		t.Errorf("the run directory is %s, want %s", s.RunDir(), dir)
	}
	socket := filepath.Join(dir, "libvirt", "libvirt-sock")
	if s.Addr(call.Unix) != socket || s.SocketReadOnly() != socket+"-ro" {
		t.Errorf("listens on %s and %s, want %s", s.Addr(call.Unix), s.SocketReadOnly(), socket)
	}
	for path, mode := range map[string]fs.FileMode{socket: 0o770, socket + "-ro": 0o777} {
		if info, err := os.Stat(path); err != nil || info.Mode() != fs.ModeSocket|mode {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	mustConnect(t, s, "unix")
	mustConnect(t, s, "unix-ro")
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if left := entries(t, filepath.Join(dir, "libvirt")); left != "" {
		t.Errorf("a stopped node has %s", left)
	}
	if err := s.StartAgain(false); err != nil {
		t.Fatal(err)
	}
	mustConnect(t, s, "unix")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left := entries(t, dir); left != "" {
		t.Errorf("a closed node leaves %s", left)
	}
}

// What others have in a run directory stays.
func TestRunDirOfOthers(t *testing.T) {
	t.Parallel()
	dir := runDir(t)
	if err := os.Mkdir(filepath.Join(dir, "libvirt"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := start(t, fakeserver.WithTransports(call.Unix), fakeserver.WithRunDir(dir))
	if second, err := fakeserver.Start(t.Context(), fakeserver.WithTransports(call.Unix), fakeserver.WithRunDir(dir)); err == nil {
		second.Close()
		t.Error("two nodes have the same sockets")
	}
	mustConnect(t, s, "unix")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left := entries(t, dir); left != "libvirt" {
		t.Errorf("a closed node leaves %q", left)
	}
}

// Without the option the layout is the same; WithListener has its own.
func TestRunDirByDefault(t *testing.T) {
	t.Parallel()
	s := start(t, fakeserver.WithTransports(call.Unix))
	if want := filepath.Join(s.RunDir(), "libvirt", "libvirt-sock"); s.RunDir() == "" || s.Addr(call.Unix) != want {
		t.Errorf("listens on %s in %q", s.Addr(call.Unix), s.RunDir())
	}
	path := filepath.Join(runDir(t), "sock")
	s = start(t, fakeserver.WithListener(call.Unix, path))
	if s.RunDir() != "" || s.Addr(call.Unix) != path || s.SocketReadOnly() != path+"-ro" {
		t.Errorf("listens on %s and %s in %q", s.Addr(call.Unix), s.SocketReadOnly(), s.RunDir())
	}
}

func TestRunDirErrors(t *testing.T) {
	t.Parallel()
	dir := runDir(t)
	for name, c := range map[string]struct {
		opts []fakeserver.Option
		want string
	}{
		"no sockets":   {[]fakeserver.Option{fakeserver.WithTransports(call.TCP), fakeserver.WithRunDir(dir)}, "does not listen on unix"},
		"another path": {[]fakeserver.Option{fakeserver.WithListener(call.Unix, "/x"), fakeserver.WithRunDir(dir)}, "unix socket /x"},
		"not there":    {[]fakeserver.Option{fakeserver.WithRunDir(filepath.Join(dir, "nowhere"))}, "no such file"},
		"too long":     {[]fakeserver.Option{fakeserver.WithRunDir(longDir(t, dir))}, "choose a shorter directory"},
	} {
		s, err := fakeserver.Start(t.Context(), c.opts...)
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if left := entries(t, filepath.Join(dir, strings.Repeat("x", 90))); left != "" {
		t.Errorf("a node that did not start leaves %s", left)
	}
}

func longDir(t *testing.T, dir string) string {
	t.Helper()
	dir = filepath.Join(dir, strings.Repeat("x", 90))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
