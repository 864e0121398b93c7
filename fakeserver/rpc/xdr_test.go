package rpc_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// unhex turns words in hexadecimal, with any white space between, into bytes.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPrimitives(t *testing.T) {
	for _, tt := range []struct {
		name string
		wire string
		put  func(*rpc.Encoder)
		get  func(*rpc.Decoder) any
		want any
	}{
		{"uint32", "fffffffe", func(e *rpc.Encoder) { e.Uint32(math.MaxUint32 - 1) }, func(d *rpc.Decoder) any { return d.Uint32() }, uint32(math.MaxUint32 - 1)},
		{"int32", "ffffffff", func(e *rpc.Encoder) { e.Int32(-1) }, func(d *rpc.Decoder) any { return d.Int32() }, int32(-1)},
		{"uint64", "0123456789abcdef", func(e *rpc.Encoder) { e.Uint64(0x0123456789abcdef) }, func(d *rpc.Decoder) any { return d.Uint64() }, uint64(0x0123456789abcdef)},
		{"int64", "fffffffffffffffe", func(e *rpc.Encoder) { e.Int64(-2) }, func(d *rpc.Decoder) any { return d.Int64() }, int64(-2)},
		{"double", "3ff8000000000000", func(e *rpc.Encoder) { e.Float64(1.5) }, func(d *rpc.Decoder) any { return d.Float64() }, 1.5},
		{"false", "00000000", func(e *rpc.Encoder) { e.Bool(false) }, func(d *rpc.Decoder) any { return d.Bool() }, false},
		{"true", "00000001", func(e *rpc.Encoder) { e.Bool(true) }, func(d *rpc.Decoder) any { return d.Bool() }, true},
		{"empty string", "00000000", func(e *rpc.Encoder) { e.String("", 9) }, func(d *rpc.Decoder) any { return d.String(9) }, ""},
		{"string", "00000004 74657374", func(e *rpc.Encoder) { e.String("test", 4) }, func(d *rpc.Decoder) any { return d.String(4) }, "test"},
		{"padded string", "00000005 7465737473000000", func(e *rpc.Encoder) { e.String("tests", 9) }, func(d *rpc.Decoder) any { return d.String(9) }, "tests"},
		{"opaque", "00000003 01020300", func(e *rpc.Encoder) { e.Opaque([]byte{1, 2, 3}, 3) }, func(d *rpc.Decoder) any { return string(d.Opaque(3)) }, "\x01\x02\x03"},
		{"fixed", "01020304 05000000", func(e *rpc.Encoder) { e.Fixed([]byte{1, 2, 3, 4, 5}) }, func(d *rpc.Decoder) any { var p [5]byte; d.Fixed(p[:]); return p }, [5]byte{1, 2, 3, 4, 5}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wire := unhex(t, tt.wire)
			var e rpc.Encoder
			tt.put(&e)
			if e.Err() != nil || !bytes.Equal(e.Buf, wire) {
				t.Errorf("encoded: %x, %v", e.Buf, e.Err())
			}
			d := rpc.NewDecoder(wire)
			if got := tt.get(d); got != tt.want || d.Err() != nil || d.Len() != 0 {
				t.Errorf("decoded: %v, %v, %d left", got, d.Err(), d.Len())
			}
			for n := range len(wire) {
				d.Reset(wire[:n])
				if tt.get(d); !errors.Is(d.Err(), rpc.ErrDecode) {
					t.Errorf("%d bytes of it decode: %v", n, d.Err())
				}
			}
		})
	}
}

// TestTolerance is what libvirt accepts though no libvirt sends it.
func TestTolerance(t *testing.T) {
	for _, tt := range []struct {
		name string
		wire string
		get  func(*rpc.Decoder) any
		want any
	}{
		{"boolean as go-libvirt writes it", "01000000", func(d *rpc.Decoder) any { return d.Bool() }, true},
		{"boolean -1", "ffffffff", func(d *rpc.Decoder) any { return d.Bool() }, true},
		{"padding that is not zero", "00000001 61ffffff", func(d *rpc.Decoder) any { return d.String(9) }, "a"},
		{"NUL ends a string", "00000003 61006200", func(d *rpc.Decoder) any { return d.String(9) }, "a"},
		{"NUL alone", "00000001 00000000", func(d *rpc.Decoder) any { return d.String(9) }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := rpc.NewDecoder(unhex(t, tt.wire))
			if got := tt.get(d); got != tt.want || d.Err() != nil || d.Len() != 0 {
				t.Errorf("decoded: %q, %v, %d left", got, d.Err(), d.Len())
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	str := func(d *rpc.Decoder) any { return d.String(rpc.MaxString) }
	for _, tt := range []struct {
		name string
		wire string
		get  func(*rpc.Decoder) any
	}{
		{"string longer than the payload", "00000005 61626364", str},
		{"string without its padding", "00000001 61", str},
		{"string of 4 GiB", "ffffffff 61626364", str},
		{"string of 2 GiB", "80000000 61626364", str},
		{"opaque of 4 GiB less its padding", "fffffffd 61626364", func(d *rpc.Decoder) any { return d.Opaque(math.MaxUint32) }},
		{"list whose size overflows 32 bits", "40000001 00000000", func(d *rpc.Decoder) any { return d.Count(math.MaxUint32, 4) }},
		{"list longer than the payload", "00000002 00000000", func(d *rpc.Decoder) any { return d.Count(9, 4) }},
		{"list beyond its limit", "0000000a 00000000", func(d *rpc.Decoder) any { return d.Count(9, 0) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := rpc.NewDecoder(unhex(t, tt.wire))
			if got := tt.get(d); !errors.Is(d.Err(), rpc.ErrDecode) {
				t.Errorf("decoded: %v, %v", got, d.Err())
			}
		})
	}
}

func TestStringLimit(t *testing.T) {
	longest := strings.Repeat("x", rpc.MaxString)
	var e rpc.Encoder
	e.String(longest, rpc.MaxString)
	if e.Err() != nil {
		t.Fatal(e.Err())
	}
	d := rpc.NewDecoder(e.Buf)
	if got := d.String(rpc.MaxString); got != longest || d.Err() != nil {
		t.Fatalf("%d bytes, %v", len(got), d.Err())
	}

	e.Reset(nil)
	e.Uint32(rpc.MaxString + 1)
	e.Fixed([]byte(longest + "x"))
	d.Reset(e.Buf)
	if got := d.String(rpc.MaxString); got != "" || !errors.Is(d.Err(), rpc.ErrDecode) {
		t.Fatalf("one too long: %d bytes, %v", len(got), d.Err())
	}

	e.Reset(nil)
	e.String(longest+"x", rpc.MaxString)
	if !errors.Is(e.Err(), rpc.ErrEncode) {
		t.Fatalf("one too long: %v", e.Err())
	}
}

// TestStickyError: after the first failure nothing is decoded any more, and
// the first failure is the one that is reported.
func TestStickyError(t *testing.T) {
	d := rpc.NewDecoder(unhex(t, "0000000a 00000001 00000001 00000001"))
	d.Count(9, 4)
	first := d.Err()
	if n, s, b := d.Uint32(), d.String(9), d.Opaque(9); n != 0 || s != "" || b != nil || d.Bool() || d.Len() != 0 {
		t.Errorf("decoded %v, %q, %v after an error", n, s, b)
	}
	if d.Err() != first {
		t.Errorf("error is %v, was %v", d.Err(), first)
	}
	if d.Reset(unhex(t, "00000007")); d.Uint32() != 7 || d.Err() != nil {
		t.Errorf("the error outlives Reset: %v", d.Err())
	}
}

// TestDecoderDoesNotAlias: arguments outlive the frame that they came in.
func TestDecoderDoesNotAlias(t *testing.T) {
	payload := unhex(t, "00000004 74657374 00000004 74657374")
	d := rpc.NewDecoder(payload)
	s, b := d.String(9), d.Opaque(9)
	clear(payload)
	if s != "test" || string(b) != "test" {
		t.Errorf("%q, %q", s, b)
	}
}
