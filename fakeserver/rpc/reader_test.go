package rpc_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

var header = rpc.Header{
	Program:   rpc.ProgramRemote,
	Version:   rpc.ProtocolVersion,
	Procedure: 318,
	Type:      rpc.TypeMessage,
	Serial:    1,
	Status:    rpc.StatusContinue,
}

// frame makes a frame with a payload of n bytes.
func frame(n int) []byte {
	buf := rpc.AppendHeader([]byte("before"), header)
	for i := range n {
		buf = append(buf, byte(i))
	}
	rpc.FinishFrame(buf, len("before"))
	return buf[len("before"):]
}

func TestFrameGolden(t *testing.T) {
	want := unhex(t, "0000001f 20008086 00000001 0000013e 00000002 00000001 00000002 000102")
	if got := frame(3); !bytes.Equal(got, want) {
		t.Errorf("got %x", got)
	}
	h, payload, err := rpc.NewReader(bytes.NewReader(want)).Next()
	if h != header || !bytes.Equal(payload, []byte{0, 1, 2}) || err != nil {
		t.Errorf("read %+v, %x, %v", h, payload, err)
	}
	if r := h.Reply(rpc.StatusError); r.Type != rpc.TypeReply || r.Status != rpc.StatusError || r.Serial != 1 || r.Procedure != 318 {
		t.Errorf("reply %+v", r)
	}
}

// feed is a connection that gives one chunk to each read, then the error.
type feed struct {
	chunks [][]byte
	err    error
	reads  int
}

func (f *feed) Read(p []byte) (int, error) {
	f.reads++
	if len(f.chunks) == 0 {
		return 0, f.err
	}
	n := copy(p, f.chunks[0])
	if f.chunks[0] = f.chunks[0][n:]; len(f.chunks[0]) == 0 {
		f.chunks = f.chunks[1:]
	}
	return n, nil
}

// TestReaderSizes reads frames of many sizes, cut in many ways.
func TestReaderSizes(t *testing.T) {
	sizes := []int{0, 1, 2, 3, 4, 100, 0, 4067, 4068, 4069, 4096 - 56, 5, 262120, 0, 70000, 17, 1 << 20, 3}
	var all []byte
	for _, n := range sizes {
		all = append(all, frame(n)...)
	}
	for name, src := range map[string]io.Reader{
		"whole":        bytes.NewReader(all),
		"with the end": iotest.DataErrReader(bytes.NewReader(all)),
		"halves":       iotest.HalfReader(bytes.NewReader(all)),
		"single bytes": iotest.OneByteReader(bytes.NewReader(all)),
		"chunks of 29": &feed{chunks: slices.Collect(slices.Chunk(all, 29)), err: io.EOF},
		"chunks of 4k": &feed{chunks: slices.Collect(slices.Chunk(all, 4096)), err: io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			r := rpc.NewReader(src)
			for _, n := range sizes {
				h, payload, err := r.Next()
				if err != nil {
					t.Fatal(err)
				}
				if want := frame(n)[rpc.HeaderSize:]; h != header || !bytes.Equal(payload, want) {
					t.Fatalf("%d bytes where %d were sent, %+v", len(payload), n, h)
				}
			}
			if _, _, err := r.Next(); err != io.EOF {
				t.Fatalf("at the end: %v", err)
			}
		})
	}
}

// TestReaderBadLength: a length that no frame has is judged as early as the
// real daemon judges it. The feed fails the test's way if the reader asks for
// more than that.
func TestReaderBadLength(t *testing.T) {
	asked := errors.New("asked for more")
	for _, tt := range []struct {
		name string
		wire string
		want error
	}{
		{"0", "00000000", rpc.ErrFrameTooShort},
		{"3", "00000003", rpc.ErrFrameTooShort},
		{"4", "00000004", rpc.ErrFrameTooShort},
		{"27, no more yet", "0000001b", asked},
		{"27, one missing", "0000001b" + "00000000 00000000 00000000 00000000 00000000 0000", asked},
		{"27", "0000001b" + "00000000 00000000 00000000 00000000 00000000 000000", rpc.ErrFrameTooShort},
		{"largest", "02000004", asked},
		{"one more", "02000005", rpc.ErrFrameTooLong},
		{"2 GiB", "80000000", rpc.ErrFrameTooLong},
		{"4 GiB", "ffffffff", rpc.ErrFrameTooLong},
		{"text", "47455420 2f204854 54502f31 2e310d0a", rpc.ErrFrameTooLong},
		{"TLS hello", "16030100 f5010000", rpc.ErrFrameTooLong},
		{"length word cut", "000000", asked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := rpc.NewReader(&feed{chunks: [][]byte{unhex(t, tt.wire)}, err: asked})
			if r.Buffered() {
				t.Error("buffered before anything was read")
			}
			if _, _, err := r.Next(); err != tt.want {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if r.Buffered() {
				t.Error("such a frame counts as a frame to come")
			}
		})
	}
}

func TestReaderEnd(t *testing.T) {
	whole := frame(8)
	reset := errors.New("connection reset by peer")
	for n := range len(whole) {
		want := io.ErrUnexpectedEOF
		if n == 0 {
			want = io.EOF
		}
		if _, _, err := rpc.NewReader(bytes.NewReader(whole[:n])).Next(); err != want {
			t.Errorf("end after %d bytes: %v", n, err)
		}
		if _, _, err := rpc.NewReader(iotest.DataErrReader(bytes.NewReader(whole[:n]))).Next(); err != want {
			t.Errorf("end with %d bytes: %v", n, err)
		}
		if _, _, err := rpc.NewReader(&feed{chunks: [][]byte{whole[:n]}, err: reset}).Next(); err != reset {
			t.Errorf("reset after %d bytes: %v", n, err)
		}
	}
}

// TestReaderGoesOnAfterTimeout: a read deadline loses nothing.
func TestReaderGoesOnAfterTimeout(t *testing.T) {
	r := rpc.NewReader(iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(frame(5)))))
	if _, _, err := r.Next(); err != iotest.ErrTimeout {
		t.Fatalf("got %v", err)
	}
	if _, payload, err := r.Next(); err != nil || len(payload) != 5 {
		t.Fatalf("got %x, %v", payload, err)
	}
}

func TestReaderNoProgress(t *testing.T) {
	if _, _, err := rpc.NewReader(&feed{chunks: make([][]byte, 1000)}).Next(); err != io.ErrNoProgress {
		t.Errorf("got %v", err)
	}
}

// TestReaderBatches: frames that arrive together are read together.
func TestReaderBatches(t *testing.T) {
	var batch []byte
	for range 20 {
		batch = append(batch, frame(8)...)
	}
	src := &feed{chunks: [][]byte{append(batch, frame(8)[:30]...)}, err: io.EOF}
	r := rpc.NewReader(src)
	for i := range 20 {
		if _, _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		if got, want := r.Buffered(), i < 19; got != want {
			t.Fatalf("after %d frames: buffered %v", i+1, got)
		}
	}
	if src.reads != 1 {
		t.Errorf("%d reads", src.reads)
	}
	if _, _, err := r.Next(); err != io.ErrUnexpectedEOF {
		t.Errorf("at the end: %v", err)
	}
}

// TestReaderMemory: memory follows what has arrived, and goes back.
func TestReaderMemory(t *testing.T) {
	const small = 4 << 10
	stop := errors.New("stop")
	length := []byte{2, 0, 0, 4} // the longest frame
	for _, arrived := range []int{4, 100, 5000, 100_000, 1 << 20} {
		r := rpc.NewReader(&feed{chunks: [][]byte{append(length, make([]byte, arrived-4)...)}, err: stop})
		if _, _, err := r.Next(); err != stop {
			t.Fatal(err)
		}
		if got := r.BufferSize(); got > max(small, 2*arrived) {
			t.Errorf("%d bytes of memory for %d that arrived", got, arrived)
		}
	}

	for name, tt := range map[string]struct {
		payload int
		frames  int // small ones after it, until the memory is back
	}{
		"the longest, at once":     {rpc.MaxPayload, 1},
		"go-libvirt's, after some": {4194304 - rpc.HeaderSize, 9},
		"libvirt's, after some":    {rpc.MaxStreamChunk, 9},
	} {
		t.Run(name, func(t *testing.T) {
			chunks := [][]byte{frame(tt.payload)}
			for range tt.frames {
				chunks = append(chunks, frame(4))
			}
			r := rpc.NewReader(&feed{chunks: chunks, err: io.EOF})
			if _, payload, err := r.Next(); err != nil || len(payload) != tt.payload {
				t.Fatal(len(payload), err)
			}
			for i := range tt.frames {
				if got := r.BufferSize(); got <= small && i < tt.frames-1 {
					t.Errorf("memory is back after %d small frames already", i)
				}
				if _, _, err := r.Next(); err != nil {
					t.Fatal(err)
				}
			}
			if got := r.BufferSize(); got != small {
				t.Errorf("%d bytes of memory are left", got)
			}
		})
	}

	// An upload keeps its buffer: with every frame large there is nothing to
	// give back, and growing for each would cost more than it saves.
	chunk := frame(4194304 - rpc.HeaderSize)
	r := rpc.NewReader(&feed{chunks: slices.Repeat([][]byte{chunk}, 20), err: io.EOF})
	next := func() {
		if _, _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	next()
	if n := allocated(func() {
		for range 19 {
			next()
		}
	}); n > uint64(len(chunk)) {
		t.Errorf("an upload took %d bytes of memory for 19 more chunks", n)
	}
}

func TestReaderAllocatesNothing(t *testing.T) {
	batch := slices.Repeat(frame(64), 10)
	src := bytes.NewReader(batch)
	r := rpc.NewReader(src)
	if n := testing.AllocsPerRun(100, func() {
		src.Reset(batch)
		for range 10 {
			if _, _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations for ten frames", n)
	}
}

// TestReaderDiscard: bytes between frames can be skipped, wherever they are,
// and the payload before them stays what it was.
func TestReaderDiscard(t *testing.T) {
	first, last := frame(5), frame(6)
	for _, n := range []int{0, 1, 3, rpc.MaxFDs} {
		all := slices.Concat(first, make([]byte, n), last)
		for cut := len(first); cut <= len(all); cut++ {
			r := rpc.NewReader(&feed{chunks: [][]byte{all[:cut], all[cut:]}, err: io.EOF})
			_, payload, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Discard(n); err != nil {
				t.Fatalf("%d bytes, %d buffered: %v", n, cut-len(first), err)
			}
			if !bytes.Equal(payload, first[rpc.HeaderSize:]) {
				t.Fatalf("payload became %x", payload)
			}
			if _, payload, err := r.Next(); err != nil || !bytes.Equal(payload, last[rpc.HeaderSize:]) {
				t.Fatalf("then %x, %v", payload, err)
			}
		}
	}
	r := rpc.NewReader(bytes.NewReader(first))
	if _, _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if err := r.Discard(1); err != io.ErrUnexpectedEOF {
		t.Errorf("nothing to skip: %v", err)
	}
}

// TestReaderPayloadIsBounded: appending to a payload must not reach into the
// next frame.
func TestReaderPayloadIsBounded(t *testing.T) {
	r := rpc.NewReader(bytes.NewReader(slices.Concat(frame(4), frame(5))))
	_, payload, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	_ = append(payload, "overwritten"...)
	if h, payload, err := r.Next(); err != nil || h != header || len(payload) != 5 {
		t.Errorf("then %+v, %x, %v", h, payload, err)
	}
}

func TestNamesOfFrames(t *testing.T) {
	for got, want := range map[string]string{
		rpc.TypeCall.String():         "call",
		rpc.TypeReply.String():        "reply",
		rpc.TypeMessage.String():      "message",
		rpc.TypeStream.String():       "stream",
		rpc.TypeCallWithFDs.String():  "call-with-fds",
		rpc.TypeReplyWithFDs.String(): "reply-with-fds",
		rpc.TypeStreamHole.String():   "stream-hole",
		rpc.Type(-7).String():         "type(-7)",
		rpc.StatusOK.String():         "ok",
		rpc.StatusError.String():      "error",
		rpc.StatusContinue.String():   "continue",
		rpc.Status(9).String():        "status(9)",
		rpc.KindEvent.String():        "event",
		rpc.KindCall.String():         "call",
		rpc.StreamBoth.String():       "both",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
