package fakeserver_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// start starts a node for a test. Its unix socket is all that it listens on
// unless the options say more.
func start(t testing.TB, opts ...fakeserver.Option) *fakeserver.Server {
	t.Helper()
	s, err := fakeserver.Start(context.Background(), append([]fakeserver.Option{fakeserver.WithTransports(call.Unix)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// patience is how long a test waits for what must come. It decides nothing
// where all is well.
const patience = 2 * time.Minute

// words is a sequence of XDR words.
func words(w ...uint32) []byte {
	var b []byte
	for _, v := range w {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// text is an XDR string.
func text(s string) []byte {
	b := append(words(uint32(len(s))), s...)
	return append(b, make([]byte, (4-len(s)%4)%4)...)
}

// frame makes a whole frame.
func frame(h rpc.Header, payload ...[]byte) []byte {
	b := rpc.AppendHeader(nil, h)
	for _, p := range payload {
		b = append(b, p...)
	}
	rpc.FinishFrame(b, 0)
	return b
}

// request is a call of the remote program.
func request(procedure int32, serial uint32, payload ...[]byte) []byte {
	return frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: procedure, Serial: serial}, payload...)
}

// openTest opens test:///default.
func openTest(serial uint32) []byte { return open(serial, "test:///default", 0) }

func open(serial uint32, name string, flags uint32) []byte {
	return request(1, serial, words(1), text(name), words(flags))
}

// client speaks frames by hand.
type client struct {
	t testing.TB
	net.Conn
	r *rpc.Reader
}

func dialUnix(t testing.TB, path string) *client {
	t.Helper()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	return newClient(t, c)
}

func newClient(t testing.TB, c net.Conn) *client {
	t.Helper()
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &client{t, c, rpc.NewReader(c)}
}

func (c *client) send(b ...[]byte) {
	c.t.Helper()
	var all []byte
	for _, p := range b {
		all = append(all, p...)
	}
	if _, err := c.Write(all); err != nil {
		c.t.Fatal(err)
	}
}

// receive returns the next frame, or false at the end of the connection.
func (c *client) receive() (rpc.Header, []byte, bool) {
	c.t.Helper()
	h, payload, err := c.r.Next()
	var nerr net.Error
	if errors.As(err, &nerr) && nerr.Timeout() {
		c.t.Fatalf("no frame came within %v", patience)
	}
	if err != nil {
		return rpc.Header{}, nil, false
	}
	return h, append([]byte(nil), payload...), true
}

// reply returns the next frame, which must be the reply to the call with that
// serial.
func (c *client) reply(serial uint32) (rpc.Header, []byte) {
	c.t.Helper()
	h, payload, ok := c.receive()
	if !ok {
		c.t.Fatalf("the connection ended before the reply to serial %d", serial)
	}
	if h.Type != rpc.TypeReply || h.Serial != serial {
		c.t.Fatalf("got %v, want the reply to serial %d", h, serial)
	}
	return h, payload
}

// ok is reply for a call that must succeed.
func (c *client) ok(serial uint32) []byte {
	c.t.Helper()
	h, payload := c.reply(serial)
	if h.Status != rpc.StatusOK {
		err, _ := rpc.DecodeError(payload)
		c.t.Fatalf("serial %d failed: %v", serial, err)
	}
	return payload
}

// ended waits for the end of the connection.
func (c *client) ended() {
	c.t.Helper()
	if h, _, ok := c.receive(); ok {
		c.t.Fatalf("got %v, want the end of the connection", h)
	}
}

// drain reads to the end and returns all.
func drain(c net.Conn) []byte {
	b, _ := io.ReadAll(c)
	return b
}
