package rpc_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/digitalocean/go-libvirt"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// What a real libvirtd 9.0.0 sends when a look-up finds no domain.
const noDomain = `
	0000002a 0000000a
	00000001 00000037 446f6d61 696e206e 6f742066 6f756e64 3a206e6f 20646f6d 61696e20 77697468
	         206d6174 6368696e 67206e61 6d652027 6e6f7375 63682700
	00000002 00000000
	00000001 00000014 446f6d61 696e206e 6f742066 6f756e64 3a202573
	00000001 00000025 6e6f2064 6f6d6169 6e207769 7468206d 61746368 696e6720 6e616d65 20276e6f 73756368 27000000
	00000000 ffffffff ffffffff 00000000`

func TestErrorGolden(t *testing.T) {
	want := &rpc.Error{
		Code:    libvirt.ErrNoDomain,
		Domain:  rpc.FromQEMU,
		Message: "Domain not found: no domain with matching name 'nosuch'",
		Level:   2,
		Str1:    new("Domain not found: %s"),
		Str2:    new("no domain with matching name 'nosuch'"),
		Int1:    -1,
		Int2:    -1,
	}
	wire := unhex(t, noDomain)
	got, err := rpc.DecodeError(wire)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if b := rpc.AppendError([]byte("kept"), want); !bytes.Equal(b, append([]byte("kept"), wire...)) {
		t.Errorf("encoded: %x", b)
	}
	if want.Level = 0; !bytes.Equal(rpc.AppendError(nil, want), wire) {
		t.Error("level 0 does not stand for 2")
	}
	if got.Error() != want.Message {
		t.Errorf("as a Go error: %q", got.Error())
	}
	for n := range len(wire) {
		if e, err := rpc.DecodeError(wire[:n]); e != nil || !errors.Is(err, rpc.ErrDecode) {
			t.Errorf("%d of %d bytes: %v, %v", n, len(wire), e, err)
		}
	}
}

func TestErrorRoundTrip(t *testing.T) {
	optional := func(t *rapid.T) *string {
		if rapid.Bool().Draw(t, "absent") {
			return nil
		}
		return new(text(drawn(t)))
	}
	rapid.Check(t, func(t *rapid.T) {
		want := &rpc.Error{
			Code:    libvirt.ErrorNumber(rapid.Int32().Draw(t, "code")),
			Domain:  rapid.Int32().Draw(t, "domain"),
			Message: text(drawn(t)),
			Level:   rapid.Int32Range(1, 3).Draw(t, "level"),
			Str1:    optional(t),
			Str2:    optional(t),
			Str3:    optional(t),
			Int1:    rapid.Int32().Draw(t, "int1"),
			Int2:    rapid.Int32().Draw(t, "int2"),
		}
		if rapid.Bool().Draw(t, "objects") {
			want.Dom, want.Net = new(libvirt.Domain), new(libvirt.Network)
			fill(drawn(t), reflect.ValueOf(want.Dom).Elem())
			fill(drawn(t), reflect.ValueOf(want.Net).Elem())
		}
		got, err := rpc.DecodeError(rpc.AppendError(nil, want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestErrorAlwaysFits: no string is too long for an error to get through.
func TestErrorAlwaysFits(t *testing.T) {
	long := strings.Repeat("x", rpc.MaxString+1)
	e := &rpc.Error{Code: libvirt.ErrInternalError, Domain: rpc.FromRPC, Message: long, Str1: &long}
	got, err := rpc.DecodeError(rpc.AppendError(nil, e))
	if err != nil {
		t.Fatal(err)
	}
	if got.Code != e.Code || got.Domain != e.Domain || got.Message != long[:rpc.MaxString] || got.Str1 != nil {
		t.Errorf("%d bytes of message, %v", len(got.Message), got.Str1)
	}
	if len(e.Message) != len(long) || e.Str1 == nil {
		t.Error("the caller's error was changed")
	}
}

func TestErrorWithoutMessage(t *testing.T) {
	e := &rpc.Error{Code: libvirt.ErrOk}
	got, err := rpc.DecodeError(rpc.AppendError(nil, e))
	if err != nil || got.Message != "" || got.Error() == "" {
		t.Errorf("%v, %v", got, err)
	}
}
