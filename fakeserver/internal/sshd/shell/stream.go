package shell

import (
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
)

// pipeWatch notes that a program wrote to a pipe that nobody reads, which ends a
// real process by SIGPIPE.
type pipeWatch struct {
	w      io.Writer
	broken atomic.Bool
}

func (p *pipeWatch) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	if err != nil && errors.Is(err, errBrokenPipe) {
		p.broken.Store(true)
	}
	return n, err
}

// limitedBuffer takes the output of a command substitution, up to what a word
// may be. The parts of a pipeline may write to it at once.
type limitedBuffer struct {
	mu   sync.Mutex
	b    strings.Builder
	over bool
}

func (l *limitedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.b.Len()+len(p) > maxExpansion {
		l.over = true
		return 0, errBrokenPipe // ends whoever fills it
	}
	return l.b.Write(p)
}

func (l *limitedBuffer) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.over
}

func (l *limitedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
