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
	from := c.login(conn)
	from.Via = ViaStreamLocal
	asked := Request{Login: from, Kind: ViaStreamLocal, Target: p.Path}
	refuse := func(reason gossh.RejectionReason, why string) {
		asked.Refused = why
		c.request(c.ctx, asked)
		nch.Reject(reason, "open failed")
	}
	switch c.srv.cfg.account(from.User).StreamLocal {
	case StreamLocalFailed:
		refuse(gossh.ConnectionFailed, "connect failed")
		return
	case StreamLocalProhibited:
		refuse(gossh.Prohibited, "administratively prohibited")
		return
	}
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	ctx, end := c.request(ctx, asked)
	var result Result
	defer func() { end(result) }()
	serve, err := c.srv.cfg.Open(ctx, p.Path, from)
	if err != nil {
		c.log.Debug("ssh: socket not opened", "socket", p.Path, "err", err)
		result.Refused = strerror(err)
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
