package harness

import (
	"bytes"
	"errors"
	"fmt"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// CallOption says which calls ExpectCall and ExpectNoCall are about. Of several,
// a call must meet all.
type CallOption func(*expectation)

// expectation is what an assertion is about.
type expectation struct {
	procedure  *rpc.Info
	conditions []condition
	wantArgs   any // by WithArgs: to show the difference
	times      int // exactly; -1 for at least one
	mistake    error

	// What has come, see [expectation.see].
	hits     tail
	misses   instead
	panicked string // what a function of the test panicked with
}

// condition is one that a call must meet, and its text for people.
type condition struct {
	text string
	met  func(*call.Record) bool
}

func (e *expectation) add(text string, met func(*call.Record) bool) {
	e.conditions = append(e.conditions, condition{text, met})
}

func (e *expectation) met(r *call.Record) bool {
	if r.Procedure != e.procedure {
		return false
	}
	for _, c := range e.conditions {
		if !c.met(r) {
			return false
		}
	}
	return true
}

// String tells what is expected.
func (e *expectation) String() string {
	text := e.procedure.Name
	for _, c := range e.conditions {
		text += ", " + c.text
	}
	return text
}

// WithArgs are calls with exactly these arguments, as they are on the wire.
// Secrets are not compared.
func WithArgs[A any](want A) CallOption {
	return func(e *expectation) {
		text, err := encodeArgs(e.procedure, call.Redact(&want))
		if err != nil {
			e.mistake = fmt.Errorf("WithArgs: %w", err)
			return
		}
		e.wantArgs = &want
		e.add("with "+call.Show(e.procedure, &want), func(r *call.Record) bool {
			got, err := encodeArgs(e.procedure, r.Args)
			return err == nil && bytes.Equal(got, text)
		})
	}
}

// encodeArgs returns arguments as they are on the wire.
func encodeArgs(p *rpc.Info, args any) (text []byte, err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("%T are no arguments of %s", args, p.Name)
		}
	}()
	var e rpc.Encoder
	p.EncodeArgs(&e, args)
	return e.Buf, e.Err()
}

// Matching are calls on whose arguments f agrees. f is asked as calls are answered,
// by the goroutine that answers, about one call at a time; about those that have
// no answer yet, at the end of the test. It must not call the node, nor end its
// goroutine as t.FailNow does.
func Matching[A any](f func(args *A) bool) CallOption {
	return func(e *expectation) {
		var d rpc.Decoder
		if _, ok := e.procedure.DecodeArgs(&d).(*A); !ok {
			e.mistake = fmt.Errorf("Matching: %T are no arguments of %s", new(A), e.procedure.Name)
			return
		}
		e.add("with matching arguments", func(r *call.Record) bool {
			args, ok := r.Args.(*A)
			return ok && f(args)
		})
	}
}

// Times expects exactly n calls, rather than at least one.
func Times(n int) CallOption {
	return func(e *expectation) { e.times = n }
}

// Failed are calls that the node answered with an error of that code.
func Failed(code libvirt.ErrorNumber) CallOption {
	return func(e *expectation) {
		e.add(fmt.Sprintf("failed with code %d", int32(code)), func(r *call.Record) bool {
			var wire *rpc.Error
			return errors.As(r.Err, &wire) && wire.Code == code
		})
	}
}

// Succeeded are calls that the node answered with a result.
func Succeeded() CallOption {
	return func(e *expectation) {
		e.add("with success", func(r *call.Record) bool { return r.Finished && r.Err == nil })
	}
}

// Over are calls on connections by that transport. In-memory connections, those
// of Connect and Dialer, are of call.Memory; all by way of SSH are of SSH.
func Over(transport call.Transport) CallOption {
	return func(e *expectation) {
		e.add("over "+string(transport), func(r *call.Record) bool { return r.Peer.Transport == transport })
	}
}
