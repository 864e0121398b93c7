package fakeserver_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// insideVariable says as what a test runs again, in namespaces of its own.
const insideVariable = "FAKESERVER_TEST_INSIDE"

// again runs a test again in namespaces, as root there.
func again(t *testing.T, role string, namespaces uintptr) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), insideVariable+"="+role)
	if namespaces != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  namespaces,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
		}
	}
	return cmd
}

// inNetwork runs the rest of the test in a network of its own, where nothing else
// listens, and returns false outside of it.
func inNetwork(t *testing.T) bool {
	t.Helper()
	if os.Getenv(insideVariable) != "" {
		return true
	}
	rerun(t, again(t, "network", syscall.CLONE_NEWUSER|syscall.CLONE_NEWNET))
	return false
}

// rerun runs a test that again has made.
func rerun(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		testclients.Unavailable(t, fmt.Sprintf("no namespaces: %v", err))
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), "--- PASS: "+t.Name()) {
		t.Errorf("%s in namespaces: %v\n%s", t.Name(), err, out.String())
	}
}

// raiseLoopback has a new network namespace begin to work. If single is set, it
// has 127.0.0.1 alone, as other systems do.
func raiseLoopback(t *testing.T, single bool) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	ifreq, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	ifreq.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifreq); err != nil {
		t.Fatal(err)
	}
	if !single {
		return
	}
	if err := ifreq.SetInet4Addr([]byte{255, 255, 255, 255}); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFNETMASK, ifreq); err != nil {
		t.Fatal(err)
	}
}

// strictly checks that a node that must have its ports fails for these.
func strictly(t *testing.T, want map[call.Transport]error) {
	t.Helper()
	for _, policy := range []fakeserver.PortPolicy{fakeserver.Strictly, fakeserver.OrSkip} {
		s, err := fakeserver.Start(t.Context(), overIP, fakeserver.WithDefaultPorts(policy))
		if err == nil {
			s.Close()
		}
		var got *fakeserver.DefaultPortsError
		if !errors.As(err, &got) || len(got.Reasons) != len(want) || got.Skip != (policy == fakeserver.OrSkip) {
			t.Errorf("a node that must have its ports: %v", err)
			continue
		}
		for transport, reason := range want {
			if !errors.Is(got.Reasons[transport], reason) || !strings.Contains(err.Error(), string(transport)+": ") {
				t.Errorf("%s: %v, want %v", transport, err, reason)
			}
		}
	}
}

// fallsBack checks that a node has other ports for these transports, and the
// default for the others.
func fallsBack(t *testing.T, want map[call.Transport]error) *fakeserver.Server {
	t.Helper()
	s := start(t, overIP, fakeserver.WithDefaultPorts())
	for transport, got := range s.DefaultPorts() {
		t.Logf("%s: %v", transport, got)
		if !errors.Is(got, want[transport]) {
			t.Errorf("%s: %v, want %v", transport, got, want[transport])
		}
	}
	if len(s.DefaultPorts()) != len(ports) {
		t.Errorf("default ports: %v", s.DefaultPorts())
	}
	checkDefaults(t, s, "localhost")
	return s
}

func TestDefaultPortsBesideWildcards(t *testing.T) {
	t.Parallel()
	if !inNetwork(t) {
		return
	}
	raiseLoopback(t, false)
	strict := start(t, overIP, fakeserver.WithDefaultPorts(fakeserver.Strictly))
	checkDefaults(t, strict, "localhost")
	// Now the other way round: a node is in the way of a wildcard.
	if l, err := net.Listen("tcp4", "0.0.0.0:16509"); err == nil {
		l.Close()
		t.Error("listening on all addresses, while a node has one")
	}
	if err := strict.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		address   string
		transport call.Transport
	}{
		"IPv4": {"0.0.0.0:16509", call.TCP},
		"TLS":  {"0.0.0.0:16514", call.TLS},
		"SSH":  {"0.0.0.0:22", call.SSH},
		"IPv6": {"[::]:22", call.SSH},
	} {
		l, err := net.Listen("tcp", c.address)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := map[call.Transport]error{c.transport: syscall.EADDRINUSE}
		s := fallsBack(t, want)
		if host, _, _ := net.SplitHostPort(s.Addr(c.transport)); host != s.OwnAddress() {
			t.Errorf("%s: falls back on %s, want a port of %s", name, s.Addr(c.transport), s.OwnAddress())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		strictly(t, want)
		l.Close()
	}
}

func TestDefaultPortsWithoutPermission(t *testing.T) {
	t.Parallel()
	const first = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
	if os.Getenv(insideVariable) != "unprivileged" {
		if !inNetwork(t) {
			return
		}
		raiseLoopback(t, false)
		for _, start := range []string{"1024", "22"} {
			if err := os.WriteFile(first, []byte(start), 0); err != nil {
				testclients.Unavailable(t, fmt.Sprintf("changing the ports that need a privilege: %v", err))
			}
			// Another user namespace has no say over this network.
			rerun(t, again(t, "unprivileged", syscall.CLONE_NEWUSER))
		}
		return
	}
	start, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(start)) == "22" {
		fallsBack(t, nil)
		return
	}
	want := map[call.Transport]error{call.SSH: syscall.EACCES}
	s := fallsBack(t, want)
	if why := s.DefaultPorts()[call.SSH].Error(); !strings.Contains(why, "below 1024 (sysctl net.ipv4.ip_unprivileged_port_start)") {
		t.Errorf("the reason is %q", why)
	}
	strictly(t, want)
}

// Where there is no other loopback address, the node is on localhost.
func TestDefaultPortsWithoutAddresses(t *testing.T) {
	t.Parallel()
	if !inNetwork(t) {
		return
	}
	raiseLoopback(t, true)
	want := map[call.Transport]error{call.TCP: syscall.EADDRNOTAVAIL, call.TLS: syscall.EADDRNOTAVAIL, call.SSH: syscall.EADDRNOTAVAIL}
	s := fallsBack(t, want)
	if s.OwnAddress() != "" || !strings.HasPrefix(s.Addr(call.TCP), "127.0.0.1:") {
		t.Errorf("the node is on %q, and tcp on %s", s.OwnAddress(), s.Addr(call.TCP))
	}
	strictly(t, want)
	// The address that there is serves one node at a time.
	only := start(t, overIP, fakeserver.WithDefaultPortsAt("127.0.0.1", fakeserver.Strictly))
	checkDefaults(t, only, "localhost")
}

// Several processes do not get in each other's way, and each node is found.
func TestDefaultPortsOfManyProcesses(t *testing.T) {
	t.Parallel()
	const processes, nodes = 3, 8
	if role := os.Getenv(insideVariable); role != "" && role != "network" {
		for i := range nodes {
			s := start(t, overIP, fakeserver.WithDefaultPorts(fakeserver.Strictly), fakeserver.WithHostname(fmt.Sprint(role, "-", i)))
			fmt.Println("NODE", s.OwnAddress(), fmt.Sprint(role, "-", i))
			defer checkDefaults(t, s, fmt.Sprint(role, "-", i))
		}
		fmt.Println("READY")
		if _, err := io.Copy(io.Discard, os.Stdin); err != nil { // until the others are ready
			t.Error(err)
		}
		return
	}
	if !inNetwork(t) {
		return
	}
	raiseLoopback(t, false)
	seen := make(map[string]string)
	var children []*exec.Cmd
	var readers []*bufio.Scanner
	var holds []io.Closer
	for i := range processes {
		cmd := again(t, fmt.Sprint("process", i), 0)
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		children = append(children, cmd)
		readers = append(readers, bufio.NewScanner(stdout))
		holds = append(holds, stdin)
	}
	for _, r := range readers {
		for r.Scan() && r.Text() != "READY" {
			t.Log(r.Text())
			var address, hostname string
			if _, err := fmt.Sscanf(r.Text(), "NODE %s %s", &address, &hostname); err != nil {
				continue
			}
			if seen[address] != "" {
				t.Errorf("%s and %s have %s", seen[address], hostname, address)
			}
			seen[address] = hostname
		}
	}
	if len(seen) != processes*nodes {
		t.Errorf("%d nodes, want %d", len(seen), processes*nodes)
	}
	// All nodes run. Now each process looks for its own among them.
	for _, h := range holds {
		h.Close()
	}
	for i, cmd := range children {
		for readers[i].Scan() {
			t.Log(readers[i].Text())
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}
