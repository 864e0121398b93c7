package fakeserver_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

// probeSerial is that of the call which shows that a connection still answers.
const probeSerial = 0x7ffffffe

// badInput is what the real daemon is asked as well. Each of a row's
// inputs is sent once the one before is answered.
var badInput = []struct {
	name   string
	open   bool // test:///default is opened first
	inputs [][]byte
}{
	{"length 0", false, in(words(0))},
	{"length 3", false, in(words(3))},
	{"length 4", false, in(words(4))},
	{"length 27", false, in(append(words(27), make([]byte, 23)...))},
	{"zero header", false, in(append(words(28), make([]byte, 24)...))},
	{"length above the maximum", false, in(words(33554437))},
	{"length 0x80000000", false, in(words(0x80000000))},
	{"length 0xffffffff", false, in(words(0xffffffff))},
	{"text", false, in([]byte("GET / HTTP/1.0\r\n\r\n"))},
	{"unknown program", false, in(frame(rpc.Header{Program: 0x12345678, Version: 1, Procedure: 1, Serial: 5}))},
	{"unknown program above 31 bits", false, in(frame(rpc.Header{Program: 0x92345678, Version: 0xffffffff, Procedure: 1, Serial: 5}))},
	{"admin program", false, in(frame(rpc.Header{Program: rpc.ProgramAdmin, Version: 1, Procedure: 1, Serial: 5}))},
	{"version 0", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 0, Procedure: 66, Serial: 5}))},
	{"version 2", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 2, Procedure: 66, Serial: 5}))},
	{"unknown program as message", false, in(frame(rpc.Header{Program: 7, Version: 1, Procedure: 66, Type: rpc.TypeMessage, Serial: 5}))},
	{"unknown program as stream", false, in(frame(rpc.Header{Program: 7, Version: 1, Procedure: 66, Type: rpc.TypeStream, Serial: 5}))},
	{"unknown program with FDs", false, in(frame(rpc.Header{Program: 7, Version: 1, Procedure: 66, Type: rpc.TypeCallWithFDs, Serial: 5}, words(0)))},
	{"procedure 0", false, in(request(0, 5))},
	{"procedure 444", false, in(request(444, 5))},
	{"procedure 9999", false, in(request(9999, 5))},
	{"procedure -1", false, in(request(-1, 5))},
	{"procedure of an event", false, in(request(107, 5))},
	{"procedure 0 of the QEMU program", false, in(frame(rpc.Header{Program: rpc.ProgramQEMU, Version: 1, Procedure: 0, Serial: 5}))},
	{"procedure 2 of the QEMU program", false, in(frame(rpc.Header{Program: rpc.ProgramQEMU, Version: 1, Procedure: 2, Serial: 5}))},
	{"procedure 8 of the QEMU program", false, in(frame(rpc.Header{Program: rpc.ProgramQEMU, Version: 1, Procedure: 8, Serial: 5}))},
	{"procedure 2 of the LXC program", false, in(frame(rpc.Header{Program: rpc.ProgramLXC, Version: 1, Procedure: 2, Serial: 5}))},
	{"type reply", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: 66, Type: 1, Serial: 5}))},
	{"type message", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: 66, Type: 2, Serial: 5}))},
	{"type stream", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: 66, Type: 3, Serial: 5, Status: 2}, []byte("data")))},
	{"type reply with FDs", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: 66, Type: 5, Serial: 5}))},
	{"type hole", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: 66, Type: 6, Serial: 5, Status: 2}, make([]byte, 12)))},
	{"type 7", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: 66, Type: 7, Serial: 5}))},
	{"type 99", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: 66, Type: 99, Serial: 5}))},
	{"type -1", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: 66, Type: -1, Serial: 5}))},
	{"no FDs", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: 66, Type: rpc.TypeCallWithFDs, Serial: 5}, words(0)))},
	{"number of FDs missing", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: 66, Type: rpc.TypeCallWithFDs, Serial: 5}))},
	{"33 FDs", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: 66, Type: rpc.TypeCallWithFDs, Serial: 5}, words(33)))},
	{"status error", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: 66, Serial: 5, Status: 1}))},
	{"status continue", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: 66, Serial: 5, Status: 2}))},
	{"status -1", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: 66, Serial: 5, Status: -1}))},
	{"status of an unknown procedure", false, in(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: 9999, Serial: 5, Status: 7}))},
	{"arguments missing", true, in(request(23, 5))},
	{"string longer than the payload", true, in(request(23, 5, words(1000), []byte("abcd")))},
	{"string longer than 4 MiB", true, in(request(23, 5, words(0xfffffff0), []byte("abcd")))},
	{"string without its padding", true, in(request(23, 5, words(3), []byte("abc")))},
	{"string with other padding", true, in(request(23, 5, words(3), []byte("abcd")))},
	{"string with a NUL", true, in(request(23, 5, text("test\x00more")))},
	{"trailing bytes", true, in(request(23, 5, text("test"), make([]byte, 100)))},
	{"optional word 2", false, in(request(1, 5, words(2), text("test:///default"), words(0)))},
	{"optional word of go-libvirt", false, in(request(1, 5, words(0x01000000), text("test:///default"), words(0)))},
	{"AUTH_LIST again", true, in(request(66, 5), request(66, 6))},
	{"call before open", false, in(request(23, 5, text("test")))},
	{"network call before open", false, in(request(46, 5, text("default")))},
	{"pool call before open", false, in(request(84, 5, text("default")))},
	{"interface call before open", false, in(request(126, 5))},
	{"node device call before open", false, in(request(113, 5, text("computer")))},
	{"secret call before open", false, in(request(138, 5))},
	{"filter call before open", false, in(request(178, 5))},
	{"features before open", false, in(request(60, 5, words(14)), request(60, 6, words(10)))},
	{"second open", true, in(openTest(5))},
	{"open without a name", false, in(request(1, 5, words(0, 0)))},
	{"open with every flag", false, in(open(5, "test:///default", 0xffffffff))},
	{"open of an unknown scheme", false, in(open(5, "foo:///x", 0))},
	{"open of a scheme in capitals", false, in(open(5, "QEMU:///system", 0))},
	{"open of a transport", false, in(open(5, "qemu+unix:///", 0))},
	{"open of remote", false, in(open(5, "remote:///", 0))},
	{"open of a word", false, in(open(5, "foo", 0))},
	{"open of a path", false, in(open(5, "/plain", 0))},
	{"open of no URI", false, in(open(5, "::bad", 0))},
	{"open of percent signs", false, in(open(5, "%%%", 0))},
	{"open with a blank", false, in(open(5, "qemu:///system?a b", 0))},
	{"open of test:///x", false, in(open(5, "test:///x", 0))},
	{"open of test:///", false, in(open(5, "test:///", 0))},
	{"open of test://", false, in(open(5, "test://", 0))},
	{"open of test:/default", false, in(open(5, "test:/default", 0), request(110, 6))},
	{"open with query and fragment", false, in(open(5, "test:///default?foo=1#f", 0), request(110, 6))},
	{"open after a failed one", false, in(open(5, "foo", 0), openTest(6))},
	{"close before open", false, in(request(2, 5))},
	{"close", true, in(request(2, 5))},
	{"SASL not configured", false, in(request(67, 5))},
	{"serial 0xffffffff", true, in(request(3, 0xffffffff))},
	{"serials repeat", true, in(request(66, 5), request(66, 5))},
	{"ping", false, in(frame(rpc.Header{Program: rpc.ProgramKeepalive, Version: 1, Procedure: 1, Type: rpc.TypeMessage, Serial: 9}, []byte("payload!")))},
	{"pong unasked", false, in(frame(rpc.Header{Program: rpc.ProgramKeepalive, Version: 1, Procedure: 2, Type: rpc.TypeMessage}))},
	{"unknown keepalive procedure", false, in(frame(rpc.Header{Program: rpc.ProgramKeepalive, Version: 1, Procedure: 3, Type: rpc.TypeMessage}))},
	{"keepalive version 2", false, in(frame(rpc.Header{Program: rpc.ProgramKeepalive, Version: 2, Procedure: 1, Type: rpc.TypeMessage}))},
	{"keepalive as call", false, in(frame(rpc.Header{Program: rpc.ProgramKeepalive, Version: 1, Procedure: 1}))},
	{"unsupported event id", true, in(request(316, 5, words(27, 0)))},
	{"negative event id", true, in(request(316, 5, words(0xffffffff, 0)))},
	{"old event id too large", true, in(request(167, 5, words(16)))},
	{"event twice", true, in(request(316, 5, words(0, 0)), request(316, 6, words(0, 0)))},
	{"callback unknown", true, in(request(317, 5, words(77)))},
	{"event not registered", true, in(request(168, 5, words(0)))},
	{"old lifecycle event not registered", true, in(request(106, 5))},
	{"network event id", true, in(request(313, 5, words(1, 0)))},
	{"network callback unknown", true, in(request(314, 5, words(77)))},
	{"pool event id", true, in(request(368, 5, words(2, 0)))},
	{"pool callback unknown", true, in(request(369, 5, words(77)))},
	{"node device event id", true, in(request(374, 5, words(2, 0)))},
	{"node device callback unknown", true, in(request(375, 5, words(77)))},
	{"secret event", true, in(request(380, 5, words(0, 0)))},
	{"secret event id", true, in(request(380, 5, words(2, 0)))},
	{"secret callback unknown", true, in(request(381, 5, words(77)))},
	{"function that the test driver lacks", true, in(request(305, 5, make([]byte, 64)))},
	{"read-only destroy", false, in(open(5, "test:///default", 1), request(12, 6, text("test"), make([]byte, 20)))},
	{"read-only reboot", false, in(open(5, "test:///default", 1), request(27, 6, text("test"), make([]byte, 24)))},
}

func in(inputs ...[]byte) [][]byte { return inputs }

// TestBadInputAsTheRealDaemon sends each input to a fake node and to the real
// daemon, and compares what comes back, byte by byte. The fake node answers in
// order, so that a probe after each input tells how many answers there were; the
// real one, which does not, is given the time to send as many.
func TestBadInputAsTheRealDaemon(t *testing.T) {
	daemon := testdaemon.Start(t)
	s := start(t)
	for _, c := range badInput {
		t.Run(c.name, func(t *testing.T) {
			fake := beginExchange(t, s.Addr(call.Unix), c.open)
			actual := beginExchange(t, daemon.Socket, c.open)
			for _, input := range c.inputs {
				got, ended := fake.send(input, -1)
				want, _ := actual.send(input, len(got))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("the fake node (+) answers otherwise than the real daemon (-):\n%s", diff)
				}
				if ended {
					return
				}
			}
		})
	}
}

// exchange is a connection on which what comes back is noted.
type exchange struct{ *client }

func beginExchange(t *testing.T, socket string, opened bool) exchange {
	t.Helper()
	c := dialUnix(t, socket)
	c.send(request(66, 1))
	c.ok(1)
	if opened {
		c.send(openTest(2))
		c.ok(2)
	}
	return exchange{c}
}

// send sends input and returns what comes back, up to the reply to a probe or
// the end of the connection. The probe goes out once n frames have come; at once
// for n < 0.
func (x exchange) send(input []byte, n int) (answers []string, ended bool) {
	x.t.Helper()
	probe := func() {
		// It may find the connection closed already.
		_, _ = x.Write(request(66, probeSerial))
	}
	_, _ = x.Write(input)
	if n < 0 || n == 1 {
		probe()
	}
	for {
		h, payload, ok := x.receive()
		switch {
		case !ok:
			return append(answers, "closed"), true
		case h.Serial == probeSerial:
			return append(answers, "open"), false
		case h.Status == rpc.StatusError:
			err, derr := rpc.DecodeError(payload)
			answers = append(answers, fmt.Sprintf("%+v %v %v %x", h, err, derr, payload))
		default:
			answers = append(answers, fmt.Sprintf("%+v %x", h, payload))
		}
		// The last answer is "open" or "closed", which the probe makes sure of.
		if len(answers) == n-1 {
			probe()
		}
	}
}
