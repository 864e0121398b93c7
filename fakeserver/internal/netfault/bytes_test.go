package netfault_test

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/netfault"
)

func TestCorrupt(t *testing.T) {
	each(t, framed, func(t *testing.T, k kind, l link) {
		_, hitTo := l.arm(fault.Action{Corrupt: &fault.Corrupt{Place: to(2), XOR: []byte{1, 2, 3}}}, fault.ToClient)
		_, hitFrom := l.arm(fault.Action{Corrupt: &fault.Corrupt{Place: from(1)}}, fault.FromClient)
		data := []byte("\x10\x10\x10\x10\x10\x10")
		for _, p := range [][]byte{data[:3], data[3:]} {
			if _, err := l.server.Write(p); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := l.client.Write(data); err != nil {
			t.Fatal(err)
		}
		if got := readN(t, l.client, 6); string(got) != "\x10\x10\x11\x12\x13\x10" {
			t.Errorf("the client read %x", got)
		}
		if got := readN(t, l.server, 6); string(got) != "\x10\xef\x10\x10\x10\x10" {
			t.Errorf("the server read %x", got)
		}
		if string(data) != "\x10\x10\x10\x10\x10\x10" {
			t.Errorf("what was written has become %x", data)
		}
		within(t, hitTo, "the hit")
		within(t, hitFrom, "the hit")
		if len(hitTo)+len(hitFrom) > 0 {
			t.Error("hit more than once")
		}
	})
}

func TestCoalesceToClient(t *testing.T) {
	each(t, framed, func(t *testing.T, k kind, l link) {
		disarm, hit := l.arm(fault.Action{Coalesce: &fault.Coalesce{Place: to(0), Frames: 3}}, fault.ToClient)
		a, b, c, d := frame(2000, 'a'), frame(10, 'b'), frame(3000, 'c'), frame(8, 'd')
		for _, p := range [][]byte{a[:3], slices.Concat(a[3:], b), slices.Concat(c, d)} {
			if _, err := l.server.Write(p); err != nil {
				t.Fatal(err)
			}
			if off := l.fault.Offset(fault.ToClient); off != 0 && off != 5010 {
				t.Errorf("%d bytes have passed", off)
			}
		}
		within(t, hit, "the hit")
		got := make([]byte, 10_000)
		n, err := l.client.Read(got)
		if err != nil || n != 5010 || !bytes.Equal(got[:n], slices.Concat(a, b, c)) {
			t.Errorf("one read got %d bytes, %v; want 3 frames of 5010", n, err)
		}
		disarm()
		if got := readN(t, l.client, 8); !bytes.Equal(got, d) {
			t.Errorf("after the disarming, read %q", got)
		}
	})
}

func TestCoalesceFromClient(t *testing.T) {
	each(t, framed, func(t *testing.T, k kind, l link) {
		l.arm(fault.Action{Coalesce: &fault.Coalesce{Place: from(0), Frames: 2}}, fault.FromClient)
		a, b, c := frame(20, 'a'), frame(5000, 'b'), frame(8, 'c')
		got := make(chan []byte, 1)
		go func() {
			p := make([]byte, 20_000)
			n, _ := l.server.Read(p)
			got <- p[:n]
		}()
		for _, p := range [][]byte{a, b[:100], slices.Concat(b[100:], c)} {
			if len(got) > 0 {
				t.Error("read too early")
			}
			if _, err := l.client.Write(p); err != nil {
				t.Fatal(err)
			}
		}
		if p := within(t, got, "Read"); !bytes.Equal(p, slices.Concat(a, b)) {
			t.Errorf("read %d bytes, want 5020", len(p))
		}
		l.client.Close()
		if a := within(t, readAll(l.server), "the end"); !bytes.Equal(a.data, c) {
			t.Errorf("at the end, read %q, %v", a.data, a.err)
		}
	})
}

func TestCoalesceBound(t *testing.T) {
	l := plain(memoryPair)(t)
	l.arm(fault.Action{Coalesce: &fault.Coalesce{Place: to(0), Frames: 2}}, fault.ToClient)
	got := readAll(l.client)
	p := append([]byte{0xff, 0xff, 0xff, 0xff}, make([]byte, 3<<20)...)
	if _, err := l.server.Write(p); err != nil {
		t.Fatal(err)
	}
	if held := int64(len(p)) - l.fault.Offset(fault.ToClient); held > 1<<20 {
		t.Errorf("holds %d bytes", held)
	}
	l.server.Close()
	within(t, got, "the end")
}

// TestModel splits what is written and read at random, with several actions armed
// in both directions, and compares with what must arrive.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		client, server := memoryPair(nil)
		defer client.Close()
		c := netfault.Wrap(server, newClock())
		defer c.Close()
		d := rapid.SampledFrom([]fault.Direction{fault.ToClient, fault.FromClient}).Draw(t, "direction")
		var data []byte
		for range rapid.IntRange(1, 5).Draw(t, "frames") {
			data = append(data, frame(rapid.IntRange(5, 300).Draw(t, "size"), 'x')...)
		}
		want := slices.Clone(data)
		place := func() fault.Place {
			return fault.Place{Direction: d, After: rapid.Int64Range(0, int64(len(data))).Draw(t, "place")}
		}
		for range rapid.IntRange(0, 3).Draw(t, "corruptions") {
			p, xor := place(), rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "xor")
			for i := range xor {
				if at := int(p.After) + i; at < len(want) {
					want[at] ^= xor[i]
				}
			}
			c.Arm(fault.Action{Corrupt: &fault.Corrupt{Place: p, XOR: xor}}, 0, nil)
		}
		if rapid.Bool().Draw(t, "drip") {
			c.Arm(fault.Action{Drip: &fault.Drip{Place: place(), Size: rapid.IntRange(1, 50).Draw(t, "drip size")}}, 0, nil)
		}
		disarm := func() {}
		if rapid.Bool().Draw(t, "coalesce") {
			disarm = c.Arm(fault.Action{Coalesce: &fault.Coalesce{Place: fault.Place{Direction: d}, Frames: rapid.IntRange(1, 4).Draw(t, "coalesced")}}, 0, nil)
		}
		cut := rapid.Bool().Draw(t, "cut")
		if cut {
			p := place()
			want = want[:p.After]
			c.Arm(fault.Action{Cut: &fault.Cut{Place: p}}, 0, nil)
		}
		var w io.WriteCloser = client
		var r io.Reader = c
		if d == fault.ToClient {
			w, r = c, client
		}
		for rest := data; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "write")
			if _, err := w.Write(rest[:n]); err != nil {
				break
			}
			rest = rest[n:]
		}
		if d == fault.ToClient {
			disarm()
		}
		w.Close()
		var got []byte
		for {
			p := make([]byte, rapid.IntRange(1, 400).Draw(t, "read"))
			n, err := r.Read(p)
			if got = append(got, p[:n]...); err != nil {
				break
			}
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("got %d bytes, want %d:\n%x\n%x", len(got), len(want), got, want)
		}
	})
}
