//go:build unix

package uri_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/gob"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/uri"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

// trapVar has the test binary play the program of command=: it writes what it was
// given into the file that the variable names, and answers as a daemon would.
const trapVar = "URI_TEST_TRAP"

func TestMain(m *testing.M) {
	if file := os.Getenv(trapVar); file != "" {
		caught := catch{Args: os.Args[1:], Env: os.Environ()}
		answer(struct {
			io.Reader
			io.Writer
		}{os.Stdin, os.Stdout}, func(name string, flags uint32) {
			caught.Opened, caught.Name, caught.Flags = true, name, flags
			caught.save(file)
		})
		return
	}
	os.Exit(m.Run())
}

// catch is what a trap has seen of a client.
type catch struct {
	Args   []string
	Env    []string
	Opened bool
	Name   string
	Flags  uint32
	Via    string
}

func (c catch) save(file string) {
	// Not JSON, which takes UTF-8 alone.
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(c)
	if err == nil {
		err = os.WriteFile(file, b.Bytes(), 0o666)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// answer plays a daemon as far as CONNECT_OPEN, and a little beyond.
func answer(c io.ReadWriter, opened func(name string, flags uint32)) {
	r := bufio.NewReader(c)
	for {
		var length uint32
		if binary.Read(r, binary.BigEndian, &length) != nil || length < 28 || length > 1<<20 {
			return
		}
		frame := make([]byte, length-4)
		if _, err := io.ReadFull(r, frame); err != nil {
			return
		}
		body := frame[24:]
		var ret []byte
		switch procedure := binary.BigEndian.Uint32(frame[8:]); procedure {
		case 66: // AUTH_LIST: one, none
			ret = []byte{0, 0, 0, 1, 0, 0, 0, 0}
		case 60: // CONNECT_SUPPORTS_FEATURE: no
			ret = []byte{0, 0, 0, 0}
		case 1:
			present := binary.BigEndian.Uint32(body)
			n := binary.BigEndian.Uint32(body[4:])
			if present == 0 {
				n = 0
			}
			opened(string(body[8:8+n]), binary.BigEndian.Uint32(body[len(body)-4:]))
		case 2:
		default: // GET_URI, and the version that virsh asks for
			ret = append([]byte{0, 0, 0, 0, 0, 0, 0, 4}, "x://"...)
			if procedure == 110 {
				ret = ret[4:]
			}
		}
		head := append([]byte(nil), frame[:24]...)
		binary.BigEndian.PutUint32(head[12:], 1) // a reply
		binary.BigEndian.PutUint32(head[20:], 0) // OK
		out := binary.BigEndian.AppendUint32(nil, uint32(4+len(head)+len(ret)))
		if _, err := c.Write(append(append(out, head...), ret...)); err != nil {
			return
		}
	}
}

// traps are a TCP port, a socket and a program, each of which tells what it saw.
type traps struct {
	dir     string
	port    string
	socket  string
	program string
	file    string
	seen    chan catch
}

func setTraps(t *testing.T) *traps {
	t.Helper()
	// Sockets have short names, and the user nobody must get in.
	dir, err := os.MkdirTemp("", "uri")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	tr := &traps{dir: dir, socket: dir + "/s", program: dir + "/p", file: dir + "/out/f", seen: make(chan catch, 100)}
	for _, d := range []string{dir, dir + "/out", dir + "/home", dir + "/run", dir + "/run/libvirt"} {
		if err := os.MkdirAll(d, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// Copied beside the traps: the user nobody may not reach where go test built it.
	b, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"t": b,
		"p": fmt.Appendf(nil, "#!/bin/sh\nexport %s=%s\nexec %s/t \"$@\"\n", trapVar, tr.file, dir),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tr.port = tr.listen(t, "tcp", "127.0.0.1:0")
	tr.listen(t, "unix", tr.socket)
	if err := os.Chmod(tr.socket, 0o777); err != nil {
		t.Fatal(err)
	}
	return tr
}

func (tr *traps) listen(t *testing.T, network, address string) string {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	testdaemon.Serve(t, l, func(c net.Conn) {
		defer c.Close()
		answer(c, func(name string, flags uint32) {
			tr.seen <- catch{Opened: true, Name: name, Flags: flags, Via: network}
		})
	})
	if a, ok := l.Addr().(*net.TCPAddr); ok {
		return fmt.Sprint(a.Port)
	}
	return ""
}

// fill puts the traps into a URI: {T} host and port, {P} the port, {S} the socket,
// {C} the program.
func (tr *traps) fill(s string) string {
	return strings.NewReplacer("{T}", "127.0.0.1:"+tr.port, "{P}", tr.port, "{S}", tr.socket, "{C}", tr.program, "{D}", tr.dir).Replace(s)
}

// nobody is the user of the tests for users who are not root.
const nobody = 65534

// asker runs virsh as a user, in an environment of its own.
type asker struct {
	virsh    string
	tr       *traps
	uid      int
	readOnly bool
	vars     map[string]string
}

// environment is the same for the plan.
func (a asker) environment() uri.Environment {
	return uri.Environment{
		UID: a.uid, Home: a.tr.dir + "/home", ReadOnly: a.readOnly, Virsh: true,
		Getenv: func(name string) string { return a.vars[name] },
		Exists: func(path string) bool { _, err := os.Stat(path); return err == nil },
	}
}

// ask has virsh open a URI, and returns what the traps saw and what virsh said.
func (a asker) ask(t *testing.T, text string) (catch, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	args := []string{"-q"}
	if text != "" {
		args = append(args, "-c", text)
	}
	if a.readOnly {
		args = append(args, "-r")
	}
	cmd := exec.CommandContext(ctx, a.virsh, append(args, "uri")...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + a.tr.dir + "/home", "LIBVIRT_AUTOSTART=0"}
	for k, v := range a.vars {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	if a.uid != os.Geteuid() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.uid)}}
	}
	cmd.Dir = a.tr.dir
	os.Remove(a.tr.file)
	out, _ := cmd.CombinedOutput()
	select {
	case c := <-a.tr.seen:
		return c, string(out)
	default:
	}
	var c catch
	if b, err := os.ReadFile(a.tr.file); err == nil {
		if err := gob.NewDecoder(bytes.NewReader(b)).Decode(&c); err != nil {
			t.Fatal(err)
		}
		c.Via = "program"
	}
	return c, string(out)
}

// askers returns who can ask here: root also as nobody.
func askers(t *testing.T) []asker {
	t.Helper()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	tr := setTraps(t)
	session := map[string]string{"XDG_RUNTIME_DIR": tr.dir + "/run", "LIBVIRT_AUTOSTART": "0"}
	all := []asker{{virsh: virsh, tr: tr, uid: os.Geteuid(), vars: session}}
	if os.Geteuid() == 0 {
		all = append(all, asker{virsh: virsh, tr: tr, uid: nobody, vars: session})
	}
	for _, a := range all[:len(all):len(all)] {
		a.readOnly = true
		all = append(all, a)
	}
	return all
}

func (a asker) String() string {
	s := fmt.Sprintf("uid %d", a.uid)
	if a.readOnly {
		s += " read-only"
	}
	return s
}
