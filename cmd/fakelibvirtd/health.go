package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"time"
)

// health answers health checks on a unix socket of its own. A check is no client: it
// meets no fault, uses up none, and is in no journal.
type health struct {
	l    net.Listener
	done chan struct{} // closed once nothing answers any more
}

// answerChecks answers with a line on each connection, until close.
func answerChecks(path, answer string) (*health, error) {
	// What a node that was killed has left is in the way of a socket.
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == fs.ModeSocket {
		if c, err := net.Dial("unix", path); err == nil {
			c.Close()
			return nil, fmt.Errorf("--health: another node answers at %s", path)
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("--health: %w", err)
		}
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("--health: %w", err)
	}
	h := &health{l: l, done: make(chan struct{})}
	go func() {
		defer close(h.done)
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				// The one who asked has gone; or there are no more file descriptors, and
				// then it takes a while until there are.
				time.Sleep(10 * time.Millisecond)
				continue
			}
			_, _ = c.Write([]byte(answer + "\n")) // it fits, whether it is read or not
			c.Close()
		}
	}()
	return h, nil
}

func (h *health) close() {
	h.l.Close()
	<-h.done
}
