package harness_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// numbered is a program and the highest number of a procedure in it that is tried:
// some more than there are.
type numbered struct {
	name    string
	program uint32
	most    int32
}

func programs() []numbered {
	const more = 20
	var list []numbered
	for _, p := range []numbered{
		{name: "remote", program: rpc.ProgramRemote}, {name: "qemu", program: rpc.ProgramQEMU}, {name: "lxc", program: rpc.ProgramLXC},
		{name: "admin", program: rpc.ProgramAdmin}, {name: "keepalive", program: rpc.ProgramKeepalive}, {name: "nobody's", program: 0x20008089},
	} {
		for info := range rpc.All() {
			if info.Program == p.program {
				p.most = max(p.most, int32(info.Number))
			}
		}
		p.most += more
		list = append(list, p)
	}
	return list
}

// call sends a call of any program and number, with any bytes for arguments, and shows
// the answer as far as it is an error.
func (c *rawClient) call(program uint32, number int32, payload []byte) string {
	c.serial++
	frame := rpc.AppendHeader(nil, rpc.Header{Program: program, Version: rpc.ProtocolVersion, Procedure: number, Type: rpc.TypeCall, Serial: c.serial})
	frame = append(frame, payload...)
	rpc.FinishFrame(frame, 0)
	if _, err := c.nc.Write(frame); err != nil {
		return "not sent"
	}
	h, answer, err := c.reader.Next()
	switch {
	case errors.Is(err, io.EOF):
		return "closed"
	case err != nil:
		return err.Error()
	case h.Serial != c.serial:
		return fmt.Sprintf("the answer has serial %d, the call %d", h.Serial, c.serial)
	case h.Status != rpc.StatusError:
		return "ok"
	}
	e, err := rpc.DecodeError(answer)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("E(%d,%d,%s)", e.Code, e.Domain, e.Message)
}

// callAll calls every number of every program, each with no arguments and with plenty,
// and returns the answers by what was called.
func callAll(t *testing.T, dial func() *rawClient) map[string]string {
	t.Helper()
	answers := make(map[string]string)
	for _, p := range programs() {
		c := dial()
		for number := range p.most + 1 {
			for _, payload := range [][]byte{nil, make([]byte, 256)} {
				what := fmt.Sprintf("%s %d, %d bytes", p.name, number, len(payload))
				answers[what] = c.call(p.program, number, payload)
				if answers[what] == "closed" {
					c = dial()
				}
			}
		}
		c.nc.Close()
	}
	return answers
}

// incomparable tells of what the real daemon answers otherwise: LXC's one procedure,
// which needs file descriptors and is not in the fake's table at all; and AUTH_POLKIT,
// see askPolkit.
func incomparable(what, _ string) bool {
	return strings.HasPrefix(what, "lxc 1,") || strings.HasPrefix(what, fmt.Sprintf("remote %d,", rpc.AuthPolkit.Info.Number))
}

// Every procedure of every program is refused to a client that has not logged in, but
// for those with which it would. The real daemon refuses them with the same words.
func TestProceduresBeforeLogin(t *testing.T) {
	t.Parallel()
	host, gate := guarded(t, harness.WithTransports(harness.Unix), fakeserver.WithAuth(saslEverywhere(saslRowMechanisms...)))
	ours := callAll(t, func() *rawClient { return dialRaw(t, host, harness.Unix) })
	if seen := gate.seen(); len(seen) > 0 {
		t.Errorf("%v got past authentication", seen)
	}
	open := make(map[string]bool)
	for _, name := range authProcedures {
		for info := range rpc.Named(name) {
			for _, n := range []int{0, 256} {
				open[fmt.Sprintf("remote %d, %d bytes", info.Number, n)] = true
			}
		}
	}
	refused := 0
	for what, got := range ours {
		if open[what] {
			continue
		}
		if got == "ok" {
			t.Errorf("%s: answered", what)
		}
		if got == saslRequired {
			refused++
		}
	}
	const least = 390 // there are that many procedures
	if refused < 2*least {
		t.Errorf("authentication was asked for %d times alone", refused)
	}
	t.Run("as the real daemon", func(t *testing.T) {
		daemon, _ := startRealSASL(t, saslRowMechanisms)
		theirs := callAll(t, func() *rawClient { return dialRawAt(t, "unix", daemon.Socket) })
		maps.DeleteFunc(theirs, incomparable)
		maps.DeleteFunc(ours, incomparable)
		if diff := cmp.Diff(theirs, ours); diff != "" {
			t.Errorf("other answers (+) than libvirtd's (-):\n%s", diff)
		}
	})
}
