package driver

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// wire speaks just enough of libvirt's protocol to ask a real daemon what opening
// a URI does: package rpc is above this one.
type wire struct {
	t    testing.TB
	conn net.Conn
	n    uint32
}

func dialDaemon(t testing.TB, socket string) *wire {
	t.Helper()
	var conn net.Conn
	var err error
	for range 5 { // a busy one may turn one away
		if conn, err = net.Dial("unix", socket); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(2 * time.Minute))
	w := &wire{t: t, conn: conn}
	w.call(66, nil) // AUTH_LIST
	return w
}

// call returns the payload of the reply, and what the daemon's error is.
func (w *wire) call(procedure uint32, args []byte) (payload []byte, errText string) {
	w.t.Helper()
	w.n++
	msg := binary.BigEndian.AppendUint32(nil, uint32(28+len(args)))
	for _, word := range []uint32{0x20008086, 1, procedure, 0, w.n, 0} {
		msg = binary.BigEndian.AppendUint32(msg, word)
	}
	if _, err := w.conn.Write(append(msg, args...)); err != nil {
		w.t.Fatal(err)
	}
	head := make([]byte, 4)
	if _, err := io.ReadFull(w.conn, head); err != nil {
		w.t.Fatal(err)
	}
	body := make([]byte, binary.BigEndian.Uint32(head)-4)
	if _, err := io.ReadFull(w.conn, body); err != nil {
		w.t.Fatal(err)
	}
	status, payload := binary.BigEndian.Uint32(body[20:]), body[24:]
	if status == 0 {
		return payload, ""
	}
	code, domain := binary.BigEndian.Uint32(payload), binary.BigEndian.Uint32(payload[4:])
	message, _ := xdrString(payload[12:])
	return nil, fmt.Sprintf("error %d of %d: %s", code, domain, message)
}

func xdrString(b []byte) (text string, rest []byte) {
	n := binary.BigEndian.Uint32(b)
	return string(b[4 : 4+n]), b[4+(n+3)&^3:]
}

// open sends CONNECT_OPEN.
func (w *wire) open(name string) (errText string) {
	args := binary.BigEndian.AppendUint32(nil, 1)
	args = binary.BigEndian.AppendUint32(args, uint32(len(name)))
	args = append(args, name...)
	args = append(args, make([]byte, -len(name)&3+4)...)
	_, errText = w.call(1, args)
	return errText
}
