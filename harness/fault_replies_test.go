package harness_test

import (
	"errors"
	"slices"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

func TestReplyFaults(t *testing.T) {
	t.Parallel()
	runFaultCases(t, replyFaults())
}

// replyFaults are the actions that send another reply than the call's, or at
// another time than the calls and events around it.
//
// go-libvirt checks of a reply its serial and its status alone, so that virsh shows
// what is wrong with the rest. A second reply may freeze go-libvirt for good: it
// is the C library's alone.
func replyFaults() []faultCase {
	hostnames := fault.On(rpc.ConnectGetHostname).Times(1)
	const failed = "error: failed to get hostname\nerror: "
	return []faultCase{
		{rule: hostnames.DropReply(), client: virshClient, over: bare,
			test: func(t *testing.T, s *scene) {
				p := s.virsh(t, "hostname")
				if _, err := harness.WaitCall(s.ctx, s.host, rpc.ConnectGetHostname); err != nil {
					t.Fatal(err)
				}
				s.fault.Remove() // brings no reply back
				s.unharmed(t)
				if !p.running() {
					t.Error("virsh had a reply")
				}
				s.host.Inject(fault.Connections().OnConnection(1).Close())
				p.says(t, s, lost(s.transport, "failed to get hostname"))
			}},
		{rule: fault.On(rpc.DomainDestroy).DropReply(), client: goClient, over: allFour, test: dropReply},

		// virsh may meet the second reply in its thread for events, between two
		// commands, and then just connects again.
		{rule: hostnames.RepeatReply(2), client: pythonClient, over: allFour, test: surplusReply},
		{rule: hostnames.RepeatReply(3), about: "twice", client: pythonClient, over: bare, test: surplusReply},

		{rule: hostnames.WrongReply(fault.WrongReply{Serial: new(uint32(77))}), about: "serial", client: virshClient, over: bare, test: virshSays(failed+"no call waiting for reply with prog 536903814 vers 1 serial 77", "hostname")},
		{rule: hostnames.WrongReply(fault.WrongReply{Program: new(uint32(77))}), about: "program", client: virshClient, over: bare, test: virshSays(failed+"no call waiting for reply with prog 77 vers 1 serial 6", "hostname")},
		{rule: hostnames.WrongReply(fault.WrongReply{Version: new(uint32(77))}), about: "version", client: virshClient, over: bare, test: virshSays(failed+"no call waiting for reply with prog 536903814 vers 77 serial 6", "hostname")},
		{rule: hostnames.WrongReply(fault.WrongReply{Procedure: new(int32(77))}), about: "procedure", client: virshClient, over: bare, test: virshSays(failed+"internal error: Unexpected message proc 77 != 59", "hostname")},
		{rule: hostnames.WrongReply(fault.WrongReply{Type: new(int32(77))}), about: "type", client: virshClient, over: bare, test: virshSays(failed+"got unexpected RPC call prog 536903814 vers 1 proc 59 type 77", "hostname")},
		{rule: hostnames.WrongReply(fault.WrongReply{Status: new(int32(77))}), about: "status", client: virshClient, over: bare, test: virshSays(failed+"Unexpected message status 77", "hostname")},
		{rule: hostnames.WrongReply(fault.WrongReply{Status: new(int32(1))}), about: "status error", client: virshClient, over: bare, test: virshSays(failed+"Unable to decode message payload", "hostname")},
		{rule: hostnames.WrongReply(fault.WrongReply{Length: new(uint32(3))}), about: "length", client: virshClient, over: bare, test: virshSays(failed+"packet 3 bytes received from server too small, want 4", "hostname")},
		{rule: hostnames.WrongReply(fault.WrongReply{Length: new(uint32(1 << 30))}), about: "great length", client: virshClient, over: bare, test: virshSays(failed+"packet 1073741820 bytes received from server too large, want 33554432", "hostname")},
		{rule: hostnames.WrongReply(fault.WrongReply{Program: new(uint32(77)), Version: new(uint32(77)), Procedure: new(int32(77)), Type: new(int32(77))}), about: "ignored", client: goClient, over: encrypted,
			test: func(t *testing.T, s *scene) {
				if err := s.open(t).hostname(); err != nil {
					t.Error(err)
				}
				s.hits(t, 1)
			}},
		{rule: hostnames.WrongReply(fault.WrongReply{Status: new(int32(1))}), about: "status error", client: goClient, over: encrypted,
			test: undecodable("xdr:DecodeUint: EOF while decoding 4 bytes - read: '[]'")},
		{rule: hostnames.WrongReply(fault.WrongReply{Serial: new(uint32(77))}), about: "serial", client: goClient, over: encrypted, test: noReply},
		{rule: hostnames.WrongReply(fault.WrongReply{Length: new(uint32(100))}), about: "length", client: goClient, over: encrypted, test: noReply},

		{rule: hostnames.GarbleReply([]byte{0xff, 0xff, 0xff, 0xff}), client: virshClient, over: bare, test: virshSays(failed+"Unable to decode message payload", "hostname")},
		{rule: hostnames.ShortenReply(6), client: virshClient, over: bare, about: "short", test: virshSays(failed+"Unable to decode message payload", "hostname")},
		{rule: hostnames.GarbleReply([]byte{0xff, 0xff, 0xff, 0xff}), client: goClient, over: encrypted,
			test: undecodable("xdr:DecodeString: data exceeds max slice limit - read: '4294967295'")},
		{rule: hostnames.ShortenReply(6), client: goClient, over: encrypted, about: "short",
			test: undecodable("xdr:DecodeFixedOpaque: unexpected EOF while decoding 4 bytes - read: '[110 111]'")},

		{rule: fault.On(rpc.DomainDestroy).Reorder(2), client: goClient, over: allFour, test: reorder},
		{rule: hostnames.Reorder(1), client: virshClient, over: bare,
			test: func(t *testing.T, s *scene) {
				p := s.virsh(t, "hostname") // makes no other call meanwhile
				s.hit(t, 1)
				s.unharmed(t) // other connections do not count
				if !p.running() {
					t.Error("virsh had its reply")
				}
				s.fault.Remove()
				p.says(t, s, "node")
			}},

		{rule: fault.On(rpc.DomainDestroy).ReplyFirst(), about: "first", client: goClient, over: allFour, test: eventOrder},
		{rule: fault.On(rpc.DomainDestroy).ReplyLast(), about: "last", client: goClient, over: allFour, test: eventOrder},
		{rule: fault.On(rpc.DomainDestroy).ReplyLast(), about: "last without an event", client: virshClient, over: bare,
			test: virshSays("Domain 'guest' destroyed", "destroy", "guest")},
	}
}

// surplusReply has python3-libvirt call twice: to the second call the surplus reply
// to the first comes.
func surplusReply(t *testing.T, s *scene) {
	s.start(t, python, "testdata/faults.py", "hostname", s.uri()).says(t, s,
		"node\nerror 39 7 no call waiting for reply with prog 536903814 vers 1 serial 4")
	s.hits(t, 1)
	s.unharmed(t)
}

// dropReply asserts that a call is done, and others are answered after it.
func dropReply(t *testing.T, s *scene) {
	l := s.open(t)
	done := l.destroy(t)
	if _, err := harness.WaitCall(s.ctx, s.host, rpc.DomainDestroy); err != nil {
		t.Fatal(err)
	}
	s.state(t, libvirt.DomainShutoff)
	if err := l.hostname(); err != nil || returned(done) {
		t.Errorf("another call: %v; or the call was answered", err)
	}
	s.hits(t, 1)
	l.interrupted(t, s, done)
	s.unharmed(t)
}

// noReply asserts that a client waits for a reply that has come otherwise than it
// expects.
func noReply(t *testing.T, s *scene) {
	l := s.open(t)
	done := begin(l.hostname)
	if _, err := harness.WaitCall(s.ctx, s.host, rpc.ConnectGetHostname); err != nil {
		t.Fatal(err)
	}
	s.unharmed(t)
	if returned(done) {
		t.Error("the call was answered")
	}
	s.hits(t, 1)
	l.interrupted(t, s, done)
}

// interrupted ends the client's connection and asserts what becomes of a call.
func (w *wire) interrupted(t *testing.T, s *scene, done <-chan error) {
	t.Helper()
	s.host.Inject(fault.Connections().OnConnection(1).Close())
	if err := await(t, s, "the end of the call", done); !errors.Is(err, libvirt.ErrInterrupted) {
		t.Errorf("go-libvirt's error is %v", err)
	}
	await(t, s, "the end of the connection", w.Disconnected())
}

// undecodable is a test of a reply that a client cannot make sense of.
func undecodable(want string) func(*testing.T, *scene) {
	return func(t *testing.T, s *scene) {
		l := s.open(t)
		if err := l.hostname(); err == nil || err.Error() != want {
			t.Errorf("go-libvirt's error is %v, want %s", err, want)
		}
		s.hits(t, 1)
		if err := l.hostname(); err != nil {
			t.Errorf("the frames after it: %v", err)
		}
	}
}

// reorder asserts that a call is answered behind the second of those after it.
func reorder(t *testing.T, s *scene) {
	l := s.open(t)
	done := l.destroy(t)
	s.hit(t, 1)
	s.until(t, func() bool { // its reply is ready, and waits
		state, _, _ := s.host.Driver("qemu").DomainState("guest")
		return state == libvirt.DomainShutoff
	})
	l.conn.forget()
	for range 2 {
		if returned(done) {
			t.Error("the call was answered too early")
		}
		if err := l.hostname(); err != nil {
			t.Error(err)
		}
	}
	if err := await(t, s, "the reply", done); err != nil {
		t.Error(err)
	}
	var got []int32
	for _, f := range l.conn.frames() {
		got = append(got, f.Procedure)
	}
	name, destroy := rpc.ConnectGetHostname.Info.Number, rpc.DomainDestroy.Info.Number
	if want := []int32{name, name, destroy}; !slices.Equal(got, want) {
		t.Errorf("replies to %v, want %v", got, want)
	}
}

// eventOrder asserts where among its events the reply to a call comes.
func eventOrder(t *testing.T, s *scene) {
	l := s.open(t)
	events := l.events(t)
	done := l.destroy(t)
	if err := await(t, s, "the reply", done); err != nil {
		t.Error(err)
	}
	for _, want := range []libvirt.DomainEventType{libvirt.DomainEventShutdown, libvirt.DomainEventStopped} {
		if e := await(t, s, "the event", events); e.Event != int32(want) {
			t.Errorf("the event is %v, want %v", e, want)
		}
	}
	frames := l.conn.frames()
	var got []rpc.Type
	for _, f := range frames[len(frames)-3:] {
		got = append(got, f.Type)
	}
	want := []rpc.Type{rpc.TypeMessage, rpc.TypeMessage, rpc.TypeReply}
	if s.rule.Action.EventOrder.Reply == fault.First {
		want = []rpc.Type{rpc.TypeReply, rpc.TypeMessage, rpc.TypeMessage}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the frames are %v, want %v", got, want)
	}
	s.hits(t, 1)
}
