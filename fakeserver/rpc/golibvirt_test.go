package rpc_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/digitalocean/go-libvirt"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/google/go-cmp/cmp"
)

// A second opinion on every byte: go-libvirt's client calls every procedure
// that it has a method for, with arbitrary arguments. What it sends must decode
// to these arguments and encode to the same bytes; what we answer must come out
// of the method.

// fault is something that go-libvirt's client, not our codec, gets wrong.
type fault struct {
	what string
	// endForReply: it takes the payload of the stream's end for the reply's.
	endForReply bool
}

// faults are listed by procedure. One that does not show any more makes the
// test fail, so that the list stays true.
var faults = map[*rpc.Info]fault{
	rpc.DomainGetDiskErrors.Info:         {what: "loses the code of each error, a field that it does not export"},
	rpc.DomainScreenshot.Info:            {what: "returns what the stream's end carries, not the reply", endForReply: true},
	rpc.DomainMigratePrepareTunnel3.Info: {what: "returns what the stream's end carries, not the reply", endForReply: true},
}

// methodOf tells which procedure a method calls, if it is not the one of the
// same name.
var methodOf = map[string]*rpc.Info{
	"DomainOpenConsoleBidirectional": rpc.DomainOpenConsole.Info,
}

func TestGoLibvirtAgrees(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 3
	}
	client := reflect.TypeFor[*libvirt.Libvirt]()
	seen := map[*rpc.Info]bool{}
	for i := range client.NumMethod() {
		m := client.Method(i)
		info := methodOf[m.Name]
		if info == nil {
			info = rpc.ByName(m.Name)
		}
		if info == nil || info.Kind == rpc.KindEvent {
			// A convenience that calls others, or a call of an event, which
			// go-libvirt's own generator makes of every number.
			continue
		}
		seen[info] = true
		t.Run(m.Name, func(t *testing.T) {
			s := newScript(t, info)
			for round := range rounds {
				s.round(m, random(uint64(round)))
			}
			if f, ok := faults[info]; ok && !s.faulty {
				t.Errorf("go-libvirt no longer %s: take it off the list", f.what)
			}
		})
	}
	for i := range rpc.All() {
		if i.Kind == rpc.KindCall && !seen[i] {
			t.Errorf("go-libvirt has no method for %s", i.Name)
		}
	}
}

// script plays one procedure with a client and the server's end of its
// connection.
type script struct {
	t      *testing.T
	info   *rpc.Info
	args   side
	ret    side
	client *libvirt.Libvirt
	conn   net.Conn
	reader *rpc.Reader
	buf    []byte
	faulty bool // a known fault has shown
}

// dialer is go-libvirt's idea of a transport.
type dialer struct{ conn net.Conn }

func (d dialer) Dial() (net.Conn, error) { return d.conn, nil }

func newScript(t *testing.T, info *rpc.Info) *script {
	ours, theirs := net.Pipe()
	// Only a test that has gone wrong waits for this.
	if err := ours.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	s := &script{
		t:      t,
		info:   info,
		args:   side{info.Name, info, info.DecodeArgs, info.EncodeArgs},
		ret:    side{info.Name, info, info.DecodeRet, info.EncodeRet},
		client: libvirt.NewWithDialer(dialer{theirs}),
		conn:   ours,
		reader: rpc.NewReader(ours),
	}
	connected := make(chan error, 1)
	go func() { connected <- s.client.ConnectToURI(libvirt.TestDefault) }()
	h, _ := s.next()
	s.send(h.Reply(rpc.StatusOK), func(e *rpc.Encoder) { rpc.AuthList.Info.EncodeRet(e, &libvirt.AuthListRet{}) })
	// Here go-libvirt does not use its own encoding, and writes 0x01000000 for
	// a name that is present.
	h, payload := s.next()
	if open := rpc.ConnectOpen.Info.DecodeArgs(rpc.NewDecoder(payload)).(*libvirt.ConnectOpenArgs); !slices.Equal(open.Name, libvirt.OptString{"test:///default"}) {
		t.Fatalf("opens %q", open.Name)
	}
	s.send(h.Reply(rpc.StatusOK), func(*rpc.Encoder) {})
	if err := <-connected; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ours.Close()
		<-s.client.Disconnected()
	})
	return s
}

func (s *script) next() (rpc.Header, []byte) {
	s.t.Helper()
	h, payload, err := s.reader.Next()
	if err != nil {
		s.t.Fatal(err)
	}
	return h, payload
}

func (s *script) send(h rpc.Header, payload func(*rpc.Encoder)) {
	s.t.Helper()
	e := rpc.Encoder{Buf: rpc.AppendHeader(s.buf[:0], h)}
	payload(&e)
	if e.Err() != nil {
		s.t.Fatal(e.Err())
	}
	rpc.FinishFrame(e.Buf, 0)
	if _, err := s.conn.Write(e.Buf); err != nil {
		s.t.Fatal(err)
	}
	s.buf = e.Buf
}

// round calls the method once.
func (s *script) round(m reflect.Method, choose source) {
	in, args, upload := s.arguments(m, choose)
	done := make(chan []reflect.Value, 1)
	go func() { done <- m.Func.Call(in) }()

	h, payload := s.next()
	want := rpc.Header{Program: s.info.Program, Version: 1, Procedure: s.info.Number, Serial: h.Serial}
	if h != want {
		s.t.Fatalf("header %+v, want %+v", h, want)
	}
	got, err := s.args.unmarshal(payload)
	if err != nil {
		s.t.Fatalf("%v\nof %x", err, payload)
	}
	s.compareArgs(got, args)
	s.compareBytes(got, payload)

	ret, end := newValue(choose, s.info.DecodeRet), newValue(choose, s.info.DecodeRet)
	s.send(h.Reply(rpc.StatusOK), func(e *rpc.Encoder) { s.info.EncodeRet(e, ret) })
	s.stream(h, end, upload)
	out := <-done
	switch err := s.compareRet(out, ret); {
	case err == nil:
	case faults[s.info].what == "":
		s.t.Fatal(err)
	case faults[s.info].endForReply && s.compareRet(out, end) != nil:
		s.t.Fatalf("%v\nand it is not the end's either", err)
	default:
		s.faulty = true
	}
}

// arguments makes what the method is called with. In args are those that are
// fields of the procedure's arguments, in order.
func (s *script) arguments(m reflect.Method, choose source) (in, args []reflect.Value, upload bool) {
	in = append(in, reflect.ValueOf(s.client))
	for k := 1; k < m.Type.NumIn(); k++ {
		typ := m.Type.In(k)
		switch typ {
		case reflect.TypeFor[io.Reader]():
			upload = true
			in = append(in, reflect.ValueOf(strings.NewReader("uploaded")))
		case reflect.TypeFor[io.Writer]():
			in = append(in, reflect.ValueOf(io.Discard))
		default:
			v := reflect.New(typ).Elem()
			fill(choose, v)
			in, args = append(in, v), append(args, v)
		}
	}
	return in, args, upload
}

// stream plays the stream that follows the reply, for those procedures for
// which go-libvirt expects one. What end says is of no meaning to libvirt.
func (s *script) stream(h rpc.Header, end any, upload bool) {
	// 304 has a stream, but go-libvirt's method has none.
	if s.info.Stream == rpc.StreamNone || s.info == rpc.DomainMigratePrepareTunnel3Params.Info {
		return
	}
	if upload {
		for {
			sent, data := s.next()
			if sent.Type != rpc.TypeStream || sent.Serial != h.Serial {
				s.t.Fatalf("in the stream: %+v", sent)
			}
			if sent.Status == rpc.StatusOK {
				break
			}
			if string(data) != "uploaded" {
				s.t.Fatalf("in the stream: %q", data)
			}
		}
	}
	h.Type = rpc.TypeStream
	s.send(h, func(e *rpc.Encoder) { s.info.EncodeRet(e, end) })
}

func (s *script) compareArgs(got any, want []reflect.Value) {
	s.t.Helper()
	v := reflect.ValueOf(got).Elem()
	if v.NumField() != len(want) {
		s.t.Fatalf("%d arguments, the method has %d", v.NumField(), len(want))
	}
	for i := range want {
		if !reflect.DeepEqual(v.Field(i).Interface(), want[i].Interface()) {
			s.t.Fatalf("%s: %s", v.Type().Field(i).Name, cmp.Diff(want[i].Interface(), v.Field(i).Interface()))
		}
	}
}

// compareBytes encodes what was decoded.
func (s *script) compareBytes(args any, sent []byte) {
	s.t.Helper()
	b, err := s.args.marshal(args)
	if err != nil {
		s.t.Fatal(err)
	}
	if !bytes.Equal(b, sent) {
		s.t.Fatalf("our bytes:\n%x\ngo-libvirt's:\n%x", b, sent)
	}
}

// compareRet says how what the method returned differs from ret.
func (s *script) compareRet(out []reflect.Value, ret any) error {
	last := len(out) - 1
	if err, _ := out[last].Interface().(error); err != nil {
		return fmt.Errorf("the method returned: %w", err)
	}
	v := reflect.ValueOf(ret).Elem()
	if v.NumField() != last {
		return fmt.Errorf("%d results, the method returned %d", v.NumField(), last)
	}
	for i := range last {
		if got, want := out[i].Interface(), v.Field(i).Interface(); !reflect.DeepEqual(got, want) {
			return fmt.Errorf("%s is %v, want %v", v.Type().Field(i).Name, got, want)
		}
	}
	return nil
}
