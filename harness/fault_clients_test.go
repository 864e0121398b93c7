package harness_test

import (
	"bytes"
	"context"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// A faultCase is a fault, a client that meets it, and what that shows of it.
type faultCase struct {
	rule   fault.Rule
	about  string // tells several of one action apart
	client string
	over   []call.Transport
	opts   []harness.Option
	late   bool // the test injects the rule itself
	test   func(t *testing.T, s *scene)
}

const (
	virshClient  = "virsh"
	goClient     = "go-libvirt"
	pythonClient = "python3-libvirt"
)

// The transports in two kinds: a bare socket and one that encrypts.
var (
	bare      = []call.Transport{harness.TCP, harness.Unix}
	encrypted = []call.Transport{harness.TLS, harness.SSH}
	allFour   = []call.Transport{harness.TCP, harness.TLS, harness.Unix, harness.SSH}
)

// readOnly is unix, to the read-only socket.
const readOnly call.Transport = "read-only"

// A scene is one case over one transport.
type scene struct {
	host      *harness.Host
	transport call.Transport
	rule      fault.Rule
	fault     *fault.Handle // nil if the case is late
	ctx       context.Context
	timers    int // that wait for the clock without the fault's
}

func (c *faultCase) name() string {
	if c.about == "" {
		return c.rule.Action.Kind()
	}
	return c.rule.Action.Kind() + " " + c.about
}

// runFaultCases runs each case on nodes of its own.
func runFaultCases(t *testing.T, cases []faultCase) {
	for _, c := range cases {
		for _, transport := range c.over {
			t.Run(c.name()+"/"+string(transport)+"/"+c.client, func(t *testing.T) {
				t.Parallel()
				needClient(t, c.client, transport)
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				s := &scene{transport: transport, rule: c.rule, ctx: ctx}
				s.host = startFaulty(t, transport, c.opts...)
				if !c.late {
					s.fault = s.host.Inject(c.rule)
				}
				c.test(t, s)
			})
		}
	}
}

// TestEveryActionHasItsSymptom finds actions that no case is about, or that are
// tried on one kind of transport alone.
func TestEveryActionHasItsSymptom(t *testing.T) {
	var all []faultCase
	for _, cases := range [][]faultCase{messageFaults(), replyFaults(), byteFaults(), nodeFaults(), eventFaults(), objectFaults()} {
		all = append(all, cases...)
	}
	for _, a := range fault.Actions() {
		if a.Kind == "confirmation" {
			continue // TLS alone has one; see TestConfirmation
		}
		var over []call.Transport
		for _, c := range all {
			if c.rule.Action.Kind() == a.Kind {
				over = append(over, c.over...)
			}
		}
		in := func(kind []call.Transport) bool {
			return slices.ContainsFunc(kind, func(t call.Transport) bool { return slices.Contains(over, t) })
		}
		if !in(bare) || !in(encrypted) {
			t.Errorf("the action %s has tests over %v: want one at least of %v and of %v", a.Kind, over, bare, encrypted)
		}
	}
}

const python = "/usr/bin/python3" // where Debian's bindings are

func needClient(t *testing.T, client string, transport call.Transport) {
	t.Helper()
	switch client {
	case goClient:
		return
	case virshClient:
		testclients.Need(t, "virsh", "libvirt-clients")
	case pythonClient:
		if out, err := exec.Command(python, "-c", "import libvirt").CombinedOutput(); err != nil {
			testclients.Unavailable(t, "python3-libvirt is not installed: apt-get install python3-libvirt: "+string(out))
		}
	}
	if transport == harness.SSH {
		testclients.Need(t, "ssh", "openssh-client")
	}
}

// startFaulty starts a node with a running domain, guest, and sees to it that
// nothing of its connections outlives it.
func startFaulty(t *testing.T, transport call.Transport, opts ...harness.Option) *harness.Host {
	t.Helper()
	var host *harness.Host
	t.Cleanup(func() {
		for _, c := range host.Server.Journal().Connections() {
			if c.Closed.IsZero() {
				t.Errorf("connection %d is still there after Close", c.Peer.Connection)
			}
		}
	})
	// What the test says about itself in opts comes last, and counts.
	begin := []harness.Option{harness.WithTransports(transport), harness.WithHostname("node"), harness.WithRunningDomainXML("qemu", guest)}
	host = harness.Start(t, append(begin, opts...)...)
	return host
}

// uri is how the scene's client comes to the node.
func (s *scene) uri() string { return s.host.URI(s.transport, "qemu:///system") }

// await waits for something that must come, and fails the test if it does not.
func await[T any](t *testing.T, s *scene, what string, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-s.ctx.Done():
		t.Fatalf("%s has not come", what)
		panic("unreachable")
	}
}

// hit waits for the fault to hit n times in all.
func (s *scene) hit(t *testing.T, n int) {
	t.Helper()
	if err := s.fault.Wait(s.ctx, n); err != nil {
		t.Fatal(err)
	}
}

// hits asserts that the fault has hit n times and no more.
func (s *scene) hits(t *testing.T, n int) {
	t.Helper()
	if got := s.fault.Hits(); got != n {
		t.Errorf("%s has hit %d times, want %d", s.fault, got, n)
	}
}

// unharmed asserts that another client of the node's has no trouble.
func (s *scene) unharmed(t *testing.T) {
	t.Helper()
	if dom, err := s.open(t).DomainLookupByName("guest"); dom.Name != "guest" || err != nil {
		t.Errorf("another client: %v, %v", dom, err)
	}
}

// A program is a client in a process of its own.
type program struct {
	out, err bytes.Buffer
	code     int
	done     chan struct{}
}

// start runs a program.
func (s *scene) start(t *testing.T, name string, args ...string) *program {
	t.Helper()
	p := &program{done: make(chan struct{})}
	cmd := exec.CommandContext(s.ctx, name, args...)
	cmd.Env = s.host.Env()
	cmd.Stdout, cmd.Stderr = &p.out, &p.err
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = cmd.Wait() // the code tells
		p.code = cmd.ProcessState.ExitCode()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-p.done
	})
	return p
}

// virsh runs virsh with one command.
func (s *scene) virsh(t *testing.T, args ...string) *program {
	t.Helper()
	return s.start(t, "virsh", append([]string{"-c", s.uri()}, args...)...)
}

// running reports whether the program has not ended.
func (p *program) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// disconnected is what virsh prints once it knows that its connection has ended.
// That is the work of another thread than the call's: it comes in front of the
// call's error or behind it, and the reason depends on who saw the end first.
var disconnected = regexp.MustCompile(`(?m)^error: Disconnected from .* due to (end of file|I/O error|keepalive timeout)\n`)

// says waits for the program's end and asserts what it has printed: standard
// output, then errors, without the line about the end of the connection. Where
// that depends on who sees something first, there are several possibilities.
func (p *program) says(t *testing.T, s *scene, want ...string) {
	t.Helper()
	await(t, s, "the end of the program", p.done)
	got := disconnected.ReplaceAllString(p.err.String(), "")
	if out := strings.TrimSpace(p.out.String()); out != "" {
		got = out + "\n" + got
	}
	got = strings.TrimSpace(got)
	if !slices.Contains(want, got) {
		t.Errorf("the client printed\n%s\nwant\n%s", got, strings.Join(want, "\nor\n"))
	}
	if failed := strings.Contains(want[0], "error:"); failed != (p.code != 0) {
		t.Errorf("it ended with %d", p.code)
	}
}
