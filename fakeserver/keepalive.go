package fakeserver

import (
	"sync"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// keepAlive pings a silent client, as libvirtd does for one that asked whether
// the daemon supports the keepalive program (feature 10): a PING after each
// interval of silence, and the end of the connection, without a message, one
// interval after count of them went unanswered. Any frame is a sign of life.
type keepAlive struct {
	clock    clock.Clock
	interval time.Duration
	count    int
	ping     func()
	dead     func()

	mu      sync.Mutex
	timer   clock.Timer // nil until started
	last    time.Time
	pings   int
	stopped bool
}

// start begins to watch. Only the first call counts; an interval of zero or
// less means never to ping.
func (k *keepAlive) start() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.timer != nil || k.stopped || k.interval <= 0 {
		return
	}
	k.last = k.clock.Now()
	k.timer = k.clock.AfterFunc(k.interval, k.tick)
}

// received notes a sign of life.
func (k *keepAlive) received() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.timer != nil {
		k.last, k.pings = k.clock.Now(), 0
	}
}

// tick looks at the silence so far. The end of a connection may wait for a peer
// that does not read, and so comes outside the lock.
func (k *keepAlive) tick() {
	if k.silent() {
		k.dead()
	}
}

// silent reports whether the client has been silent for too long, and pings it
// before that.
func (k *keepAlive) silent() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopped {
		return false
	}
	// The silence since the last frame, or since the last ping that followed it.
	quiet := k.clock.Now().Sub(k.last) - time.Duration(k.pings)*k.interval
	if quiet < k.interval {
		k.timer.Reset(k.interval - quiet)
		return false
	}
	if k.pings == k.count {
		k.stopped = true
		return true
	}
	k.pings++
	k.ping()
	k.timer.Reset(k.interval)
	return false
}

// stop ends the watch: no ping is sent once it has returned.
func (k *keepAlive) stop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stopped = true
	if k.timer != nil {
		k.timer.Stop()
	}
}

// keepAliveHeader is the whole of a PING or a PONG.
func keepAliveHeader(procedure int32) rpc.Header {
	return rpc.Header{
		Program:   rpc.ProgramKeepalive,
		Version:   rpc.ProtocolVersion,
		Procedure: procedure,
		Type:      rpc.TypeMessage,
	}
}
