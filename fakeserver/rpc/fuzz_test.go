package rpc_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// reference splits a stream into frames in the plainest way. It returns them,
// and the error at the end.
func reference(stream []byte) (frames [][]byte, err error) {
	for len(stream) > 0 {
		if len(stream) < 4 {
			return frames, io.ErrUnexpectedEOF
		}
		switch n := uint64(binary.BigEndian.Uint32(stream)); {
		case n < 4:
			return frames, rpc.ErrFrameTooShort
		case n > rpc.MaxFrame:
			return frames, rpc.ErrFrameTooLong
		case n > uint64(len(stream)):
			return frames, io.ErrUnexpectedEOF
		case n < rpc.HeaderSize:
			return frames, rpc.ErrFrameTooShort
		default:
			frames = append(frames, stream[:n])
			stream = stream[n:]
		}
	}
	return frames, io.EOF
}

// FuzzReader: however a stream is cut into reads, the frames are the same. The
// sizes say how large the reads are.
func FuzzReader(f *testing.F) {
	f.Add([]byte{0}, []byte{})
	f.Add([]byte{1}, frame(0))
	f.Add([]byte{3, 200}, bytes.Join([][]byte{frame(3), frame(0), frame(5000), frame(1)}, nil))
	f.Add([]byte{255}, append(frame(9000), frame(9000)[:50]...))
	f.Add([]byte{9}, append(frame(4), 0, 0, 0, 27, 1, 2, 3))
	f.Add([]byte{27}, append(frame(4), append([]byte{0, 0, 0, 27}, make([]byte, 30)...)...))
	f.Add([]byte{2}, append(frame(4), 2, 0, 0, 5))
	f.Add([]byte{2}, append(frame(4), 2, 0, 0, 4, 9))
	f.Add([]byte{100}, []byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, sizes, stream []byte) {
		want, wantErr := reference(stream)
		src := &feed{err: io.EOF}
		for i, rest := 0, stream; len(rest) > 0; i++ {
			n := len(rest)
			if len(sizes) > 0 {
				size := int(sizes[i%len(sizes)])
				n = min(n, 1+size*size)
			}
			src.chunks = append(src.chunks, rest[:n])
			rest = rest[n:]
		}
		r := rpc.NewReader(src)
		for i := 0; ; i++ {
			buffered := r.Buffered()
			reads := src.reads
			h, payload, err := r.Next()
			if buffered && (err != nil || src.reads != reads) {
				t.Fatalf("frame %d was buffered, and took %d reads: %v", i, src.reads-reads, err)
			}
			if r.BufferSize() > max(4<<10, 2*len(stream)) {
				t.Fatalf("%d bytes of memory for a stream of %d", r.BufferSize(), len(stream))
			}
			if err != nil {
				if i != len(want) || err != wantErr {
					t.Fatalf("%d frames and %v, want %d and %v", i, err, len(want), wantErr)
				}
				return
			}
			if i >= len(want) {
				t.Fatalf("frame %d out of %d", i+1, len(want))
			}
			again := append(rpc.AppendHeader(nil, h), payload...)
			if rpc.FinishFrame(again, 0); !bytes.Equal(again, want[i]) {
				t.Fatalf("frame %d is %x, want %x", i, again, want[i])
			}
		}
	})
}

// FuzzDecode decodes anything as anything: the first two bytes choose what.
// Nothing may panic or take much more memory than the payload is long, and
// what was decoded must survive being encoded.
func FuzzDecode(f *testing.F) {
	all := sides()
	for i, s := range all {
		b, err := s.marshal(newValue(random(uint64(i)), s.decode))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append(binary.BigEndian.AppendUint16(nil, uint16(i)), b...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 2 {
			return
		}
		s, payload := all[int(binary.BigEndian.Uint16(data))%len(all)], data[2:]
		d := rpc.NewDecoder(payload)
		var v any
		if n, most := allocated(func() { v = s.decode(d) }), uint64(slack+16*len(payload)); n > most {
			t.Errorf("%s: %d bytes of memory for %d of payload", s.name, n, len(payload))
		}
		if err := d.Err(); err != nil {
			if !errors.Is(err, rpc.ErrDecode) {
				t.Fatalf("%s: %v is not ErrDecode", s.name, err)
			}
			return
		}
		first, err := s.marshal(v)
		if err != nil {
			t.Fatalf("%s: %v\nof %+v", s.name, err, v)
		}
		again, err := s.unmarshal(first)
		if err != nil {
			t.Fatalf("%s: %v\nof %+v", s.name, err, v)
		}
		if !reflect.DeepEqual(v, again) && !cmp.Equal(v, again, cmpopts.EquateNaNs()) {
			t.Fatalf("%s: %s", s.name, cmp.Diff(v, again))
		}
	})
}

// FuzzDecodeError does the same with the payload of an error.
func FuzzDecodeError(f *testing.F) {
	f.Add(unhex(f, noDomain))
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := rpc.DecodeError(payload)
		if err != nil {
			return
		}
		if e.Level == 0 {
			e.Level = 2 // the only thing that encoding adds
		}
		again, err := rpc.DecodeError(rpc.AppendError(nil, e))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
