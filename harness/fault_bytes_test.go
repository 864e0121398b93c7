package harness_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

func TestByteFaults(t *testing.T) {
	t.Parallel()
	runFaultCases(t, byteFaults())
}

// The lengths of the reply with the node's name, of a call that looks guest up,
// and of the reply to that.
const (
	hostnameReply = rpc.HeaderSize + 4 + len("node")
	lookupCall    = rpc.HeaderSize + 4 + len("guest") + 3
	lookupReply   = rpc.HeaderSize + 4 + len("guest") + 3 + 16 + 4
)

// byteFaults are the actions on bytes: each in both directions, above and beneath
// the encryption. Those to the client begin amid the reply to ConnectGetHostname,
// those from it amid the call that follows.
func byteFaults() []faultCase {
	at := []harness.Option{harness.WithManualClock(time.Unix(1e9, 0))}
	const amid = 10
	names := fault.On(rpc.ConnectGetHostname).Times(1)
	cases := []faultCase{
		{rule: names.Cut(fault.ToClient, amid), client: virshClient, over: allFour, test: virshLoses("failed to get hostname", "hostname")},
		{rule: names.Reset(fault.ToClient, amid), client: virshClient, over: bare, test: virshResets},
		{rule: names.HalfClose(fault.ToClient, amid), client: virshClient, over: bare, test: virshLoses("failed to get hostname", "hostname")},
		{rule: names.Corrupt(fault.ToClient, 32, 1), client: virshClient, over: bare, test: virshSays("oode", "hostname")},
		{rule: names.Drip(fault.ToClient, 1, 0), client: virshClient, over: allFour, test: virshSays("node", "hostname")},
		{rule: names.Throttle(fault.ToClient, 1<<20), client: virshClient, over: allFour, test: virshSays("node", "hostname")},
		{rule: names.Stall(fault.ToClient, amid), client: virshClient, over: bare, test: virshWaits},
		{rule: names.Coalesce(2), client: virshClient, over: bare, test: virshWaits},
	}
	add := func(rule fault.Rule, test func(*testing.T, *scene), opts ...harness.Option) {
		place := rule.Action.Place()
		cases = append(cases, faultCase{rule: rule, about: string(place.Direction + " " + fault.Direction(place.Layer)), client: goClient, over: allFour, opts: opts, test: test})
	}
	for _, d := range []fault.Direction{fault.ToClient, fault.FromClient} {
		for _, b := range []fault.BytesBuilder{names.BytesBuilder, names.Beneath()} {
			add(b.Cut(d, amid), endOfConnection)
			add(b.Reset(d, amid), endOfConnection)
			add(b.HalfClose(d, amid), endOfConnection)
			add(b.Stall(d, amid), stall)
			add(b.Throttle(d, 8), pace, at...) // a byte each 125 ms
			add(b.Drip(d, 3, time.Second), pace, at...)
			where := int64(rpc.HeaderSize + 4)
			add(b.Corrupt(d, where, 1), corrupt)
		}
	}
	add(names.Coalesce(2), coalesce)
	add(names.Do(fault.Action{Coalesce: &fault.Coalesce{Place: fault.Place{Direction: fault.FromClient}, Frames: 2}}), coalesce)
	cases = append(cases, faultCase{rule: names.Do(fault.Action{Stall: &fault.Stall{Place: fault.Place{After: amid}, For: fault.Duration(time.Hour)}}),
		about: "for a time", client: goClient, over: allFour, opts: at, test: stallFor})
	return cases
}

// virshResets asserts what virsh says of a reset: the system tells of it as an
// error of the socket or of reading, whatever virsh asks for first. A unix socket
// has none.
func virshResets(t *testing.T, s *scene) {
	const failed = "error: failed to get hostname\nerror: "
	p := s.virsh(t, "hostname")
	if s.transport == harness.Unix {
		p.says(t, s, lost(s.transport, "failed to get hostname"))
	} else {
		p.says(t, s, failed+"Cannot recv data: Connection reset by peer", failed+"internal error: received error event on socket")
	}
	s.hits(t, 1)
	s.unharmed(t)
}

// virshWaits asserts that virsh waits for the rest of a reply until the rule is
// removed.
func virshWaits(t *testing.T, s *scene) {
	p := s.virsh(t, "hostname")
	s.hit(t, 1)
	s.unharmed(t)
	if !p.running() {
		t.Error("virsh had its reply")
	}
	s.fault.Remove()
	p.says(t, s, "node")
}

// toClient reports whether the fault is about what the client reads.
func (s *scene) toClient() bool { return s.rule.Action.Place().Direction == fault.ToClient }

// hidden reports whether the fault is beneath an encryption, where the client sees
// of a broken piece nothing at all.
func (s *scene) hidden() bool {
	return s.rule.Action.Place().Layer == fault.Beneath && slices.Contains(encrypted, s.transport)
}

// strike connects two clients and begins the call of one that meets the fault:
// the one for whose reply the rule waits, or the one that follows it.
func (s *scene) strike(t *testing.T) (l, other *wire, done <-chan error) {
	t.Helper()
	other, l = s.open(t), s.open(t)
	if m, ok := s.host.Server.Clock().(*clock.Manual); ok {
		s.timers = m.Pending()
	}
	if s.toClient() {
		l.conn.forget()
		done = begin(l.hostname)
	} else {
		if err := l.hostname(); err != nil {
			t.Fatalf("the call in front: %v", err)
		}
		l.conn.forget()
		done = begin(func() error {
			_, err := l.DomainLookupByName("guest")
			return err
		})
	}
	s.hit(t, 1)
	return l, other, done
}

// fine asserts that the other client's connection still serves it.
func (w *wire) fine(t *testing.T) {
	t.Helper()
	if err := w.hostname(); err != nil {
		t.Errorf("another client, whose connection was there before: %v", err)
	}
}

// arrived asserts how many calls of the client's second kind have come to the node.
func (s *scene) arrived(t *testing.T, want int) {
	t.Helper()
	if got := len(harness.CallsTo(s.host, rpc.DomainLookupByName)); got != want {
		t.Errorf("%d calls have arrived, want %d", got, want)
	}
}

// endOfConnection asserts that a connection ends, where it ends, and what
// go-libvirt makes of it.
func endOfConnection(t *testing.T, s *scene) {
	l, other, done := s.strike(t)
	if err := await(t, s, "the end of the call", done); !errors.Is(err, libvirt.ErrInterrupted) {
		t.Errorf("go-libvirt's error is %v", err)
	}
	await(t, s, "the end of the connection", l.Disconnected())
	want := 0
	if s.toClient() && !s.hidden() {
		want = int(s.rule.Action.Place().After)
	}
	if got, _ := l.conn.read(); len(got) != want {
		t.Errorf("the client has read %d bytes, want %d", len(got), want)
	}
	s.arrived(t, 0)
	err := l.conn.end()
	switch a := s.rule.Action; {
	case a.Reset != nil && s.transport != harness.Unix && s.transport != harness.SSH:
		if !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the connection ended with %v", err)
		}
	case a.Cut != nil && !s.hidden(), a.HalfClose != nil && s.toClient() && !s.hidden():
		// TLS without its own farewell ends with an unexpected EOF.
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the connection ended with %v", err)
		}
	}
	// A node that reads no more closes the connection in the end, as it does when
	// a client leaves: over what has come and was not read, with a reset.
	s.hits(t, 1)
	other.fine(t)
	s.unharmed(t)
}

// stall asserts that no more passes until the rule is removed, and all of it then.
func stall(t *testing.T, s *scene) {
	l, other, done := s.strike(t)
	if s.toClient() && !s.hidden() {
		l.conn.wait(t, s, int(s.rule.Action.Place().After))
	}
	other.fine(t)
	s.unharmed(t)
	if returned(done) {
		t.Error("the call was answered")
	}
	if got, _ := l.conn.read(); s.toClient() && !s.hidden() && len(got) != int(s.rule.Action.Place().After) {
		t.Errorf("the client has read %d bytes", len(got))
	}
	calls := len(harness.CallsTo(s.host, rpc.DomainLookupByName))
	s.fault.Remove()
	if err := await(t, s, "the answer", done); err != nil {
		t.Error(err)
	}
	if !s.toClient() {
		s.arrived(t, calls+1)
	}
	if err := l.hostname(); err != nil {
		t.Errorf("a later call: %v", err)
	}
}

func stallFor(t *testing.T, s *scene) {
	l, other, done := s.strike(t)
	s.waitTimers(t, s.timers+1)
	s.host.Advance(time.Hour - 1)
	other.fine(t)
	if returned(done) {
		t.Error("the call was answered")
	}
	s.host.Advance(1)
	if err := await(t, s, "the answer", done); err != nil {
		t.Error(err)
	}
	if err := l.hostname(); err != nil {
		t.Errorf("a later call: %v", err)
	}
}

// pace asserts how long a message takes, piece by piece.
func pace(t *testing.T, s *scene) {
	l, other, done := s.strike(t)
	size, step := 1, time.Second/8
	if d := s.rule.Action.Drip; d != nil {
		size, step = d.Size, time.Duration(d.Every)
	}
	total := lookupCall
	if s.toClient() {
		total = hostnameReply
	}
	steps := (total - 1) / size
	for i := range steps {
		s.waitTimers(t, s.timers+1)
		if s.toClient() && !s.hidden() {
			l.conn.wait(t, s, (i+1)*size)
		}
		if i == steps/2 {
			other.fine(t)
		}
		if returned(done) {
			t.Fatalf("the call was answered after %d of %d pieces", i+1, steps+1)
		}
		s.host.Advance(step)
	}
	if s.hidden() { // what the encryption adds is paced too
		s.advanceUntil(step, done)
	}
	if err := await(t, s, "the answer", done); err != nil {
		t.Error(err)
	}
	if s.toClient() && !s.hidden() {
		want := slices.Repeat([]int{size}, total/size)
		if rest := total % size; rest > 0 {
			want = append(want, rest)
		}
		if _, pieces := l.conn.read(); !slices.Equal(pieces, want) {
			t.Errorf("the client has read pieces of %v, want %v", pieces, want)
		}
	}
	s.unharmed(t)
	s.fault.Remove()
	if err := l.hostname(); err != nil {
		t.Errorf("a later call: %v", err)
	}
}

// advanceUntil moves the clock on, step by step, each time that somebody waits for
// it, until the call is answered.
func (s *scene) advanceUntil(step time.Duration, done <-chan error) {
	m := s.host.Server.Clock().(*clock.Manual)
	for !returned(done) && s.ctx.Err() == nil {
		if m.Pending() > s.timers {
			s.host.Advance(step)
		}
	}
}

// corrupt asserts that one letter of a message becomes another, or that who
// decrypts it notices.
func corrupt(t *testing.T, s *scene) {
	_, other, done := s.strike(t)
	err := await(t, s, "the end of the call", done)
	switch {
	case s.hidden():
		if !errors.Is(err, libvirt.ErrInterrupted) {
			t.Errorf("go-libvirt's error is %v", err)
		}
		s.arrived(t, 0)
	case s.toClient():
		if err == nil || err.Error() != "the node's name is oode" {
			t.Errorf("go-libvirt: %v", err)
		}
	case !libvirt.IsNotFound(err) || !strings.Contains(err.Error(), "'fuest'"):
		t.Errorf("go-libvirt's error is %v", err)
	}
	s.hits(t, 1)
	other.fine(t)
	s.unharmed(t)
}

// coalesce asserts that a message waits for the next one.
func coalesce(t *testing.T, s *scene) {
	l, other, done := s.strike(t)
	other.fine(t)
	if returned(done) {
		t.Error("the first call was answered by itself")
	}
	s.arrived(t, 0)
	_, second := l.DomainLookupByName("guest")
	if second != nil {
		t.Error(second)
	}
	if err := await(t, s, "the answer", done); err != nil {
		t.Error(err)
	}
	if _, pieces := l.conn.read(); s.toClient() && !slices.Equal(pieces, []int{hostnameReply + lookupReply}) {
		t.Errorf("the client has read pieces of %v", pieces)
	}
	s.unharmed(t)
}
