package rpc_test

import (
	"reflect"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestRoundTrip is the law of the codec: what was encoded decodes to the same,
// to the last byte, for everything that travels.
func TestRoundTrip(t *testing.T) {
	for _, s := range sides() {
		if s.isNone() {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				want := newValue(drawn(t), s.decode)
				b, err := s.marshal(want)
				if err != nil {
					t.Fatal(err)
				}
				if len(b)%4 != 0 {
					t.Fatalf("%d bytes are no whole number of words", len(b))
				}
				got, err := s.unmarshal(b)
				if err != nil {
					t.Fatalf("%v\nof %x", err, b)
				}
				if !reflect.DeepEqual(got, want) {
					t.Fatal(cmp.Diff(want, got))
				}
			})
		})
	}
}

// TestTruncated cuts every payload at every word: no cut may decode.
func TestTruncated(t *testing.T) {
	for _, s := range sides() {
		if s.isNone() {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			b, err := s.marshal(newValue(random(7), s.decode))
			if err != nil {
				t.Fatal(err)
			}
			for n := range len(b) {
				if v, err := s.unmarshal(b[:n]); err == nil {
					t.Fatalf("%d of %d bytes decode to %v", n, len(b), v)
				}
			}
		})
	}
}

// TestTrailingBytes: they are ignored, as libvirt does on both sides.
func TestTrailingBytes(t *testing.T) {
	for _, s := range sides() {
		t.Run(s.name, func(t *testing.T) {
			want := newValue(random(8), s.decode)
			b, err := s.marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			d := rpc.NewDecoder(append(b, "and more"...))
			got := s.decode(d)
			if d.Err() != nil || d.Len() != len("and more") || !reflect.DeepEqual(got, want) {
				t.Fatalf("%v, %d left, %v", d.Err(), d.Len(), cmp.Diff(want, got))
			}
		})
	}
}
