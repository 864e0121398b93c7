package remote

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

var update = flag.Bool("update", false, "write the real libvirtd's answers into testdata/")

// question is one call of which the real daemon's answer is known.
type question struct {
	info *rpc.Info
	args any
}

func ask[A, R any](p *rpc.Procedure[A, R], args A) question { return question{p.Info, &args} }

// answersTo is the calls of each connection whose answers lie in testdata/. They
// change nothing, and what they answer depends neither on the machine nor on
// the moment.
var answersTo = map[string]struct {
	driver    *driver.Driver
	file      string
	questions []question
}{
	"test:///default": {driver.Test(), "answers-test.txt", append(objectQuestions, testQuestions...)},
	"qemu:///session": {driver.QEMU(), "answers-qemu.txt", append(objectQuestions, qemuQuestions...)},
}

// TestAnswers compares each answer of this fake, errors with all their fields,
// with the recorded one of the real daemon.
func TestAnswers(t *testing.T) {
	for uri, c := range answersTo {
		t.Run(c.driver.Name, func(t *testing.T) {
			s, table := openSession(t, c.driver, uri), Supported()
			got := transcript(t, c.questions, func(q question) (any, error) {
				return table.Serve(s, q.info, q.args)
			})
			compareRecorded(t, c.file, got)
		})
	}
}

// TestRecorded compares testdata/ with the real daemon, and with -update writes
// it.
func TestRecorded(t *testing.T) {
	d := testdaemon.Start(t)
	for uri, c := range answersTo {
		t.Run(c.driver.Name, func(t *testing.T) {
			conn := dialDaemon(t, d.Socket)
			conn.mustCall(t, ask(rpc.AuthList, rpc.None{}))
			conn.mustCall(t, ask(rpc.ConnectOpen, libvirt.ConnectOpenArgs{Name: libvirt.OptString{uri}}))
			record(t, c.file, transcript(t, c.questions, conn.call))
			record(t, "networks-"+c.driver.Name+".txt", networkDocuments(t, conn.call))
			record(t, "network-life-"+c.driver.Name+".txt", recordNetworkLife(t, conn))
		})
	}
}

// record compares what the real daemon does with a file of testdata/, or with
// -update writes it.
func record(t *testing.T, file, real string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, []byte(real), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	recorded, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(recorded), "\n"), strings.Split(real, "\n")); diff != "" {
		t.Errorf("testdata/%s (-) and the real daemon (+) differ:\n%s", file, diff)
	}
}

// compareRecorded compares what this fake does with a file of testdata/.
func compareRecorded(t *testing.T, file, got string) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("the real daemon (-) and this fake (+) differ:\n%s", diff)
	}
}

// openSession opens a connection to a new node that serves one driver.
func openSession(t testing.TB, d *driver.Driver, uri string) *Session {
	t.Helper()
	node := driver.NewNode(driver.Config{Drivers: []*driver.Driver{d}, NewState: func(d *driver.Driver) (*hypervisor.State, error) {
		st := hypervisor.New(hypervisor.Config{Traits: &d.Traits})
		return st, d.Populate(st)
	}})
	s := NewSession(&Host{Drivers: node, Version: 9000000}, &call.Peer{Transport: call.Unix}, nil)
	t.Cleanup(s.End)
	if _, err := connectOpen(s, &libvirt.ConnectOpenArgs{Name: libvirt.OptString{uri}}); err != nil {
		t.Fatal(err)
	}
	return s
}

// recordedBy heads every file of testdata/ that the real daemon wrote.
const recordedBy = "Recorded from libvirtd 9.0.0 by: go test -run TestRecorded -update"

// transcript asks all questions and returns them with their answers, in a form
// to be read and compared.
func transcript(t *testing.T, questions []question, answer func(question) (any, error)) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(recordedBy + "\n\n")
	for _, q := range questions {
		fmt.Fprintf(&b, "%s %s\n", q.info.Name, asJSON(t, q.args))
		ret, err := answer(q)
		if err != nil {
			fmt.Fprintf(&b, "  %s\n", errorText(err))
			continue
		}
		fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(asJSON(t, sorted(throughCodec(t, q.info, ret))), `\n`, "\n    "))
	}
	return b.String()
}

// throughCodec brings a result into the form that a client gets.
func throughCodec(t *testing.T, p *rpc.Info, ret any) any {
	t.Helper()
	if ret == nil || p.EncodeRet == nil {
		return nil
	}
	var e rpc.Encoder
	p.EncodeRet(&e, ret)
	if err := e.Err(); err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
	d := rpc.NewDecoder(e.Buf)
	out := p.DecodeRet(d)
	if d.Err() != nil || d.Len() != 0 {
		t.Fatalf("%s: %v, %d bytes left", p.Name, d.Err(), d.Len())
	}
	return out
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// errorText tells all fields of an error of libvirt's, be it the real daemon's
// or this fake's.
func errorText(err error) string {
	str := func(s string) string {
		if s == "" {
			return "-"
		}
		return strconv.Quote(s)
	}
	var e *hypervisor.Error
	var wire *rpc.Error
	switch {
	case errors.As(err, &e):
	case errors.As(err, &wire):
		deref := func(s *string) string {
			if s == nil {
				return ""
			}
			return *s
		}
		e = &hypervisor.Error{
			Code: wire.Code, Domain: libvirt.ErrorDomain(wire.Domain), Message: wire.Message,
			Str1: deref(wire.Str1), Str2: deref(wire.Str2), Str3: deref(wire.Str3),
			Int1: wire.Int1, Int2: wire.Int2,
		}
	default:
		return "not an error of libvirt's: " + err.Error()
	}
	return fmt.Sprintf("ERROR %d, %d %q %s %s %s %d %d", e.Code, e.Domain, e.Message,
		str(e.Str1), str(e.Str2), str(e.Str3), e.Int1, e.Int2)
}

// daemonConn is a connection to the real daemon, one call at a time.
type daemonConn struct {
	net.Conn
	r      *rpc.Reader
	serial uint32
	// header and payload are the last reply.
	header  rpc.Header
	payload []byte
	// messages are the events that came meanwhile.
	messages []question
}

func dialDaemon(t *testing.T, socket string) *daemonConn {
	t.Helper()
	c, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &daemonConn{Conn: c, r: rpc.NewReader(c)}
}

func (c *daemonConn) mustCall(t *testing.T, q question) {
	t.Helper()
	if _, err := c.call(q); err != nil {
		t.Fatalf("%s: %v", q.info.Name, err)
	}
}

func (c *daemonConn) call(q question) (any, error) {
	c.serial++
	e := rpc.Encoder{Buf: rpc.AppendHeader(nil, rpc.Header{
		Program: q.info.Program, Version: 1, Procedure: q.info.Number, Type: rpc.TypeCall, Serial: c.serial,
	})}
	q.info.EncodeArgs(&e, q.args)
	if err := e.Err(); err != nil {
		return nil, err
	}
	rpc.FinishFrame(e.Buf, 0)
	if _, err := c.Write(e.Buf); err != nil {
		return nil, err
	}
	for c.header.Type != rpc.TypeReply || c.header.Serial != c.serial {
		if err := c.next(); err != nil {
			return nil, err
		}
	}
	if c.header.Status == rpc.StatusError {
		failure, err := rpc.DecodeError(c.payload)
		if err != nil {
			return nil, err
		}
		return nil, failure
	}
	d := rpc.NewDecoder(c.payload)
	ret := q.info.DecodeRet(d)
	return ret, d.Err()
}

// next reads one frame, and keeps it if it is an event.
func (c *daemonConn) next() (err error) {
	if c.header, c.payload, err = c.r.Next(); err != nil || c.header.Type != rpc.TypeMessage {
		return err
	}
	info := rpc.Lookup(c.header.Program, c.header.Procedure)
	d := rpc.NewDecoder(c.payload)
	c.messages = append(c.messages, question{info, info.DecodeRet(d)})
	return d.Err()
}
