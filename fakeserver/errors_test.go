package fakeserver_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// TestErrorsOfUsers answers a call with each kind of error that a user's code may
// return.
func TestErrorsOfUsers(t *testing.T) {
	t.Parallel()
	var answer error
	s := start(t, fakeserver.WithTransports(), fakeserver.WithInterceptor(
		func(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
			if c.Procedure.Name == "DomainLookupByName" {
				return nil, answer
			}
			return next(ctx, c)
		}))
	nc, err := s.Dial()
	must(t, err)
	c := newClient(t, nc)
	text := func(s string) *string { return &s }
	internal := func(reason string) rpc.Error {
		return rpc.Error{Code: libvirt.ErrInternalError, Domain: rpc.FromRPC, Message: "internal error: " + reason,
			Str1: text("internal error: %s"), Str2: &reason, Int1: -1, Int2: -1}
	}
	for serial, e := range []struct {
		name string
		err  error
		want rpc.Error
	}{
		{"Error", &fakeserver.Error{Code: libvirt.ErrNoDomain, Domain: libvirt.ErrorDomain(rpc.FromTest), Message: "gone"},
			rpc.Error{Code: libvirt.ErrNoDomain, Domain: rpc.FromTest, Message: "gone", Str1: text("gone"), Int1: -1, Int2: -1}},
		{"Error of nowhere, wrapped", fmt.Errorf("a hook: %w", &fakeserver.Error{Code: libvirt.ErrNoDomain, Message: "gone"}),
			rpc.Error{Code: libvirt.ErrNoDomain, Message: "gone", Str1: text("gone"), Int1: -1, Int2: -1}},
		{"go-libvirt's", libvirt.Error{Code: uint32(libvirt.ErrOperationFailed), Message: "no KVM"},
			rpc.Error{Code: libvirt.ErrOperationFailed, Domain: rpc.FromDomain, Message: "no KVM", Str1: text("no KVM"), Int1: -1, Int2: -1}},
		{"go-libvirt's, wrapped", fmt.Errorf("a hook: %w", libvirt.Error{Code: uint32(libvirt.ErrOperationFailed)}),
			rpc.Error{Code: libvirt.ErrOperationFailed, Domain: rpc.FromDomain, Int1: -1, Int2: -1}},
		{"wire", &rpc.Error{Code: libvirt.ErrNoDomain, Domain: rpc.FromQEMU, Message: "m", Str2: text("2"), Int2: 3},
			rpc.Error{Code: libvirt.ErrNoDomain, Domain: rpc.FromQEMU, Message: "m", Str2: text("2"), Int2: 3}},
		{"any", errors.New("oops"),
			rpc.Error{Code: libvirt.ErrInternalError, Domain: rpc.FromRPC, Message: "internal error: oops",
				Str1: text("internal error: %s"), Str2: text("oops"), Int1: -1, Int2: -1}},
		{"nil of the wire's", (*rpc.Error)(nil), internal("fakelibvirtd: the error is a *rpc.Error that is nil")},
		{"nil Error", (*fakeserver.Error)(nil), internal("fakelibvirtd: the error is a *fakeserver.Error that is nil")},
		{"one whose method panics", (*brokenError)(nil), internal("fakelibvirtd: DomainLookupByName panicked: runtime error: invalid memory address or nil pointer dereference")},
		{"longer than a text may be", errors.New(strings.Repeat("x", 8<<20)),
			rpc.Error{Code: libvirt.ErrRPC, Domain: rpc.FromRPC, Message: rpc.ErrEncode.Error(),
				Str1: text("%s"), Str2: text(rpc.ErrEncode.Error()), Int1: -1, Int2: -1}},
	} {
		answer = e.err
		if _, err := c.Write(request(23, uint32(serial), words(4), []byte("name"))); err != nil {
			t.Fatal(err)
		}
		h, payload, err := c.r.Next()
		must(t, err)
		if h.Status != rpc.StatusError {
			t.Fatalf("%s: no error but status %d", e.name, h.Status)
		}
		got, err := rpc.DecodeError(payload)
		must(t, err)
		e.want.Level = 2
		if diff := cmp.Diff(&e.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", e.name, diff)
		}
	}
}

// brokenError is an error that cannot be nil, as most are.
type brokenError struct{ reason string }

func (e *brokenError) Error() string { return e.reason }
