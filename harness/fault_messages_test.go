package harness_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

func TestMessageFaults(t *testing.T) {
	t.Parallel()
	runFaultCases(t, messageFaults())
}

// virshSays is a test for which one command of virsh is enough.
func virshSays(want string, args ...string) func(*testing.T, *scene) {
	return func(t *testing.T, s *scene) {
		s.virsh(t, args...).says(t, s, want)
		s.hits(t, 1)
		s.unharmed(t)
	}
}

var noKVM = "could not access KVM kernel module"

// messageFaults are the actions that answer otherwise, later or not at all.
func messageFaults() []faultCase {
	at := harness.WithManualClock(time.Unix(1e9, 0))
	hostnames := fault.On(rpc.ConnectGetHostname)
	return []faultCase{
		{rule: fault.On(rpc.DomainGetState).Fail(libvirt.ErrOperationFailed, noKVM), client: virshClient, over: bare,
			test: virshSays("error: "+noKVM, "domstate", "guest")},
		{rule: hostnames.Fail(libvirt.ErrOperationTimeout, ""), about: "without a message", client: virshClient, over: bare,
			test: virshSays("error: failed to get hostname\nerror: Timed out during operation", "hostname")},
		{rule: fault.On(rpc.DomainDestroy).Object("gue*").Skip(1).Times(2).Fail(libvirt.ErrOperationFailed, noKVM), client: goClient, over: encrypted,
			test: failSome},
		{rule: fault.On(rpc.DomainDestroy).AfterEffect().Fail(libvirt.ErrOperationFailed, noKVM), about: "after the effect", client: goClient, over: allFour,
			test: failAfter},

		{rule: hostnames.Answer(&libvirt.ConnectGetHostnameRet{Hostname: "elsewhere"}), client: virshClient, over: bare,
			test: virshSays("elsewhere", "hostname")},
		{rule: hostnames.Answer(libvirt.ConnectGetHostnameRet{Hostname: "elsewhere"}), client: goClient, over: encrypted,
			test: func(t *testing.T, s *scene) {
				if name, err := s.open(t).ConnectGetHostname(); name != "elsewhere" || err != nil {
					t.Errorf("the node's name is %q, %v", name, err)
				}
			}},

		{rule: hostnames.Delay(time.Second), client: virshClient, over: bare, opts: []harness.Option{at},
			test: func(t *testing.T, s *scene) {
				p := s.virsh(t, "hostname")
				s.hit(t, 1)
				s.waitTimers(t, 2) // with that of the client's keepalive
				s.unharmed(t)
				if s.host.Advance(time.Second - 1); !p.running() {
					t.Error("the answer came early")
				}
				s.host.Advance(1)
				p.says(t, s, "node")
			}},
		{rule: fault.On(rpc.DomainDestroy).Delay(time.Hour), client: goClient, over: encrypted, opts: []harness.Option{at}, test: delay},
		{rule: fault.On(rpc.DomainDestroy).AfterEffect().Delay(time.Hour), about: "after the effect", client: goClient, over: encrypted, opts: []harness.Option{at}, test: delay},

		{rule: hostnames.Hang(), client: virshClient, over: bare,
			test: func(t *testing.T, s *scene) {
				p := s.virsh(t, "hostname")
				s.hit(t, 1)
				s.unharmed(t)
				if !p.running() || finished(s.host, rpc.ConnectGetHostname) > 0 {
					t.Error("the call was answered")
				}
				s.fault.Remove()
				p.says(t, s, "node")
			}},
		{rule: fault.On(rpc.DomainDestroy).Hang(), client: goClient, over: allFour, test: hang},
		{rule: fault.On(rpc.DomainDestroy).AfterEffect().Hang(), about: "after the effect", client: goClient, over: allFour, test: hang},
		{rule: hostnames.Hang(), about: "until the connection ends", client: virshClient, over: encrypted,
			test: func(t *testing.T, s *scene) {
				p := s.virsh(t, "hostname")
				s.hit(t, 1)
				s.host.Inject(fault.Connections().Close())
				p.says(t, s, lost(s.transport, "failed to get hostname"))
			}},

		{rule: fault.OnCalls("ConnectClose", "ConnectGetHostname").Close(fault.BeforeCall), client: virshClient, over: bare,
			test: virshLoses("failed to get hostname", "hostname")},
		{rule: fault.On(rpc.DomainDestroy).Close(fault.BeforeCall), about: "before", client: goClient, over: allFour, test: closeAt},
		{rule: fault.On(rpc.DomainDestroy).Close(fault.InsteadOfReply), about: "instead", client: goClient, over: allFour, test: closeAt},
		{rule: fault.On(rpc.DomainDestroy).Close(fault.AfterReply), about: "after", client: goClient, over: allFour, test: closeAt},
		{rule: fault.On(rpc.ConnectGetHostname).Close(fault.InsteadOfReply), about: "instead", client: virshClient, over: allFour,
			test: virshLoses("failed to get hostname", "hostname")},
		{rule: fault.On(rpc.DomainDestroy).Do(fault.Action{Close: &fault.Close{When: fault.AfterReply, Reset: true}}), about: "with a reset", client: goClient, over: allFour, test: closeAt},
		{rule: fault.Connections().Skip(1).Times(1).Close(), about: "of connections", client: goClient, over: allFour,
			test: func(t *testing.T, s *scene) {
				first := s.open(t)
				if _, err := s.tryOpen(t); err == nil {
					t.Error("the second connection was not closed")
				}
				s.unharmed(t)
				if err := first.hostname(); err != nil {
					t.Error(err)
				}
				s.hits(t, 1)
			}},
		{rule: fault.Connections().OnConnection(1).Close(), about: "of a connection that is there", client: goClient, over: allFour, late: true,
			test: func(t *testing.T, s *scene) {
				l := s.open(t)
				s.fault = s.host.Inject(s.rule)
				await(t, s, "the end of the connection", l.Disconnected())
				s.hits(t, 1)
				s.unharmed(t)
			}},
	}
}

// lost is what virsh says of a call during which its connection ends.
func lost(t call.Transport, what string) string {
	switch t {
	case harness.TLS:
		what += "\nerror: Cannot recv data"
	case harness.SSH:
		what += "\nerror: End of file while reading data: "
	default:
		what += "\nerror: End of file while reading data"
	}
	return "error: " + what + ": Input/output error"
}

// virshLoses is a test in which virsh loses its connection during a call.
func virshLoses(what string, args ...string) func(*testing.T, *scene) {
	return func(t *testing.T, s *scene) { virshSays(lost(s.transport, what), args...)(t, s) }
}

// finished counts the calls of a procedure that have been answered.
func finished[A, R any](h *harness.Host, p *rpc.Procedure[A, R]) int {
	n := 0
	for _, c := range harness.CallsTo(h, p) {
		if c.Finished {
			n++
		}
	}
	return n
}

// pending returns how many calls wait for the node's clock.
func (s *scene) pending() int { return s.host.Server.Clock().(*clock.Manual).Pending() }

// waitTimers waits until n calls wait for the node's clock.
func (s *scene) waitTimers(t *testing.T, n int) {
	t.Helper()
	if err := s.host.Server.Clock().(*clock.Manual).WaitPending(s.ctx, n); err != nil {
		t.Fatalf("nothing waits for the clock: %v", err)
	}
}

// state asserts the state of the domain guest.
func (s *scene) state(t *testing.T, want libvirt.DomainState) {
	t.Helper()
	if got, _, err := s.host.Driver("qemu").DomainState("guest"); got != want || err != nil {
		t.Errorf("guest has state %v, %v; want %v", got, err, want)
	}
}

// afterEffect reports whether the case's action comes once the call was done.
func (s *scene) afterEffect() bool {
	a := s.rule.Action
	return a.Delay != nil && a.Delay.After || a.Hang != nil && a.Hang.After || a.Close != nil && a.Close.When != fault.BeforeCall
}

// stateMeanwhile asserts whether the call that the fault holds up was done.
func (s *scene) stateMeanwhile(t *testing.T) {
	t.Helper()
	want := libvirt.DomainRunning
	if s.afterEffect() {
		want = libvirt.DomainShutoff
	}
	s.state(t, want)
}

// failSome asserts which of several calls fail: those about another domain do not
// count, one passes, two fail, and the rest pass.
func failSome(t *testing.T, s *scene) {
	d := s.host.Driver("qemu")
	if _, err := d.CreateDomain(`<domain type='kvm'><name>other</name><memory>1</memory><os><type>hvm</type></os></domain>`); err != nil {
		t.Fatal(err)
	}
	l := s.open(t)
	var failed []bool
	for _, name := range []string{"other", "guest", "guest", "guest", "guest"} {
		dom, err := l.DomainLookupByName(name)
		if err != nil {
			t.Fatal(err)
		}
		err = l.DomainDestroy(dom)
		var e libvirt.Error
		if err != nil && (!errors.As(err, &e) || e.Code != uint32(libvirt.ErrOperationFailed) || e.Message != noKVM) {
			t.Errorf("go-libvirt's error is %#v", err)
		}
		failed = append(failed, err != nil)
		if name == "guest" && err == nil {
			if err := d.StartDomain("guest"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if want := []bool{false, false, true, true, false}; !slices.Equal(failed, want) {
		t.Errorf("calls that failed: %v, want %v", failed, want)
	}
	s.hits(t, 2)
}

func failAfter(t *testing.T, s *scene) {
	l := s.open(t)
	dom, err := l.DomainLookupByName("guest")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.DomainDestroy(dom); err == nil || err.Error() != noKVM {
		t.Errorf("go-libvirt's error is %v", err)
	}
	s.state(t, libvirt.DomainShutoff)
}

// destroy begins to destroy guest.
func (w *wire) destroy(t *testing.T) <-chan error {
	t.Helper()
	dom, err := w.DomainLookupByName("guest")
	if err != nil {
		t.Fatal(err)
	}
	return begin(func() error { return w.DomainDestroy(dom) })
}

// delay asserts that a call is answered when its time has come, and others of
// the same client before.
func delay(t *testing.T, s *scene) {
	l := s.open(t)
	others := s.pending()
	done := l.destroy(t)
	s.hit(t, 1)
	s.waitTimers(t, others+1)
	if err := l.hostname(); err != nil {
		t.Error(err)
	}
	s.stateMeanwhile(t)
	s.host.Advance(time.Hour - 1)
	if err := l.hostname(); err != nil || returned(done) || finished(s.host, rpc.DomainDestroy) > 0 {
		t.Errorf("the call was answered before its time, or another not (%v)", err)
	}
	s.host.Advance(1)
	if err := await(t, s, "the answer", done); err != nil {
		t.Error(err)
	}
	s.state(t, libvirt.DomainShutoff)
	c := harness.CallsTo(s.host, rpc.DomainDestroy)[0]
	if took := c.End.Sub(c.Begin); took != time.Hour {
		t.Errorf("the call took %v", took)
	}
	s.unharmed(t)
}

// hang asserts that a call is not answered until the rule is removed, and that
// others of the same client are.
func hang(t *testing.T, s *scene) {
	l := s.open(t)
	done := l.destroy(t)
	s.hit(t, 1)
	if err := l.hostname(); err != nil {
		t.Error(err)
	}
	s.unharmed(t)
	if s.afterEffect() {
		// The hit counts before the call is done.
		s.until(t, func() bool {
			state, _, _ := s.host.Driver("qemu").DomainState("guest")
			return state == libvirt.DomainShutoff
		})
	}
	s.stateMeanwhile(t)
	if returned(done) || finished(s.host, rpc.DomainDestroy) > 0 {
		t.Error("the call was answered")
	}
	s.fault.Remove()
	if err := await(t, s, "the answer", done); err != nil {
		t.Error(err)
	}
	s.state(t, libvirt.DomainShutoff)
}

// until has other clients call until something has come to be. It is for what no
// channel tells.
func (s *scene) until(t *testing.T, ok func() bool) {
	t.Helper()
	for !ok() {
		if s.ctx.Err() != nil {
			t.Fatal("it has not come to be")
		}
	}
}

// closeAt asserts what a client has of a call at which its connection ends.
func closeAt(t *testing.T, s *scene) {
	l := s.open(t)
	err := await(t, s, "the answer", l.destroy(t))
	switch when := s.rule.Action.Close.When; {
	case when == fault.AfterReply && err != nil:
		t.Errorf("go-libvirt's error is %v, though the reply was sent", err)
	case when != fault.AfterReply && !errors.Is(err, libvirt.ErrInterrupted):
		t.Errorf("go-libvirt's error is %v", err)
	}
	await(t, s, "the end of the connection", l.Disconnected())
	s.stateMeanwhile(t)
	s.hits(t, 1)
	s.unharmed(t)
}

// A fault may be about some clients only: by transport, number, user, or access.
func TestFaultsOnSomeClients(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	names := fault.On(rpc.ConnectGetHostname)
	for _, c := range []struct {
		name string
		rule fault.Rule
		fail []string
	}{
		{"a transport", names.OnTransport(call.TLS).Fail(libvirt.ErrOperationFailed, "no"), []string{"tls"}},
		{"two transports", names.OnTransport(call.TCP, call.Unix).Fail(libvirt.ErrOperationFailed, "no"), []string{"tcp", "unix", "read-only"}},
		{"a connection", names.OnConnection(2).Fail(libvirt.ErrOperationFailed, "no"), []string{"tls"}},
		{"a user", names.As("root").OnTransport(call.SSH).Fail(libvirt.ErrOperationFailed, "no"), []string{"ssh"}},
		{"a user by number", names.As(strconv.Itoa(os.Getuid())).Fail(libvirt.ErrOperationFailed, "no"), []string{"unix", "read-only"}},
		{"another user", names.As("nobody").Fail(libvirt.ErrOperationFailed, "no"), nil},
		{"read-only", names.ReadOnly(true).Fail(libvirt.ErrOperationFailed, "no"), []string{"read-only"}},
		{"not read-only", names.ReadOnly(false).Fail(libvirt.ErrOperationFailed, "no"), []string{"tcp", "tls", "unix", "ssh"}},
		{"a predicate", names.If(func(c *call.Call) bool { return c.Peer.Transport == call.Unix && !c.Peer.ReadOnly }).
			Fail(libvirt.ErrOperationFailed, "no"), []string{"unix"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, harness.WithHostname("node"))
			host.Inject(c.rule)
			var failed []string
			for _, transport := range allFour {
				s := &scene{host: host, transport: transport, ctx: ctx}
				if err := s.open(t).hostname(); err != nil {
					failed = append(failed, string(transport))
				}
			}
			s := &scene{host: host, transport: readOnly, ctx: ctx}
			if err := s.open(t).hostname(); err != nil {
				failed = append(failed, string(readOnly))
			}
			slices.Sort(failed)
			slices.Sort(c.fail)
			if !slices.Equal(failed, c.fail) {
				t.Errorf("the call failed on %v, want %v", failed, c.fail)
			}
		})
	}
}
