package sshd

import (
	"context"
	"sync"

	gossh "golang.org/x/crypto/ssh"
)

// streamLocal handles a direct-streamlocal@openssh.com channel, by which
// go-libvirt asks sshd itself for a socket. OpenSSH answers the same whether
// forwarding is disabled, the socket does not exist or may not be used.
func (c *connection) streamLocal(conn *gossh.ServerConn, nch gossh.NewChannel) {
	var p struct {
		Path      string
		Reserved  string
		Reserved2 uint32
	}
	if err := gossh.Unmarshal(nch.ExtraData(), &p); err != nil {
		c.protocolError("direct-streamlocal channel")
		return
	}
	switch c.srv.cfg.Account.StreamLocal {
	case StreamLocalFailed:
		nch.Reject(gossh.ConnectionFailed, "open failed")
		return
	case StreamLocalProhibited:
		nch.Reject(gossh.Prohibited, "open failed")
		return
	}
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	from := c.login(conn)
	from.Via = ViaStreamLocal
	serve, err := c.srv.cfg.Open(ctx, p.Path, from)
	if err != nil {
		c.log.Debug("ssh: socket not opened", "socket", p.Path, "err", err)
		nch.Reject(gossh.ConnectionFailed, "open failed")
		return
	}
	ch, reqs, err := nch.Accept()
	if err != nil {
		return // the connection has ended, and ctx with it
	}
	out := &lockedWriter{w: ch}
	sc := newSocketConn(p.Path, from, ch, out, passEOF)
	sc.closeWrite = func() error {
		out.mu.Lock()
		defer out.mu.Unlock()
		return ch.CloseWrite()
	}
	defer sc.Close()
	c.tasks.start(ViaStreamLocal+" to "+p.Path, func() {
		defer sc.Close()
		serve(sc)
	})
	var closer sync.WaitGroup
	defer closer.Wait()
	defer cancel()
	closer.Go(func() {
		select {
		case <-sc.closed:
			c.closeChannel(ctx, ch)
		case <-ctx.Done():
		}
	})
	for req := range reqs {
		req.Reply(false, nil)
	}
}
