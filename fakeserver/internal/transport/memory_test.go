package transport

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestPipeBothWriteFirst is what SSH does, and net.Pipe does not bear.
func TestPipeBothWriteFirst(t *testing.T) {
	a, b := Pipe()
	for _, c := range []net.Conn{a, b} {
		if n, err := c.Write([]byte("hello")); n != 5 || err != nil {
			t.Fatal(n, err)
		}
	}
	for _, c := range []net.Conn{a, b} {
		got := make([]byte, 5)
		if _, err := io.ReadFull(c, got); err != nil || string(got) != "hello" {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

func TestPipeLargeWriteWaitsForItsReader(t *testing.T) {
	a, b := Pipe()
	data := bytes.Repeat([]byte("0123456789abcdef"), pipeSize/8)
	done := make(chan error, 1)
	go func() {
		_, err := a.Write(data)
		done <- errors.Join(err, a.Close())
	}()
	got, err := io.ReadAll(b)
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("got %d bytes, %v; want %d", len(got), err, len(data))
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestPipeClose(t *testing.T) {
	a, b := Pipe()
	if _, err := a.Write([]byte("last")); err != nil {
		t.Fatal(err)
	}
	a.Close()
	if got, err := io.ReadAll(b); string(got) != "last" || err != nil {
		t.Errorf("after the other end has closed: %q, %v; want what was written and the end", got, err)
	}
	if _, err := b.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("writing to a closed end: %v", err)
	}
	if _, err := a.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("reading one's own closed end: %v", err)
	}
}

func TestPipeHalfClose(t *testing.T) {
	a, b := Pipe()
	if err := a.(*pipeConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("got %v, want EOF", err)
	}
	if _, err := b.Write([]byte("answer")); err != nil {
		t.Error(err)
	}
	if n, err := a.Read(make([]byte, 10)); n != 6 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestPipeDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := Pipe()
		begin := time.Now()
		if err := a.SetReadDeadline(begin.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != time.Minute {
			t.Errorf("read: %v after %v", err, time.Since(begin))
		}
		if err := a.SetDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		if err := a.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if n, err := a.Write(make([]byte, pipeSize+1)); n != pipeSize || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("write: %d, %v", n, err)
		}
		if _, err := b.Write([]byte("x")); err != nil {
			t.Error(err)
		}
		if n, err := a.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("read without a deadline: %d, %v", n, err)
		}
		a.Close()
		b.Close()
	})
}

func TestMemoryClose(t *testing.T) {
	m := ListenMemory()
	waiting, err := m.Dial()
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
	if _, err := waiting.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("a connection that nobody accepted: %v, want EOF", err)
	}
	if _, err := m.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept: %v", err)
	}
	if _, err := m.Dial(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Dial: %v", err)
	}
}

func TestPipeReset(t *testing.T) {
	a, b := Pipe()
	if _, err := a.Write([]byte("last")); err != nil {
		t.Fatal(err)
	}
	a.(*pipeConn).Reset()
	if got, err := io.ReadAll(b); string(got) != "last" || !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read %q, %v; want what was written and the reset", got, err)
	}
	if _, err := b.Write([]byte("x")); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("write: %v", err)
	}
	if _, err := a.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("reading the end that was reset: %v", err)
	}
}
