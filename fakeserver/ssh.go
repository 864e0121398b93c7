package fakeserver

import (
	"context"
	"net"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/sshd"
)

// newSSHServer makes the SSH server of the node.
func (s *Server) newSSHServer(keys *certs.SSH) (*sshd.Server, error) {
	version := s.cfg.version.String()
	accounts := make(map[string]sshd.Account)
	for user, a := range s.cfg.sshAccounts {
		if user != "" {
			accounts[user] = s.sshAccountFor(a, version)
		}
	}
	logins, err := s.cfg.sshAuth.read(keys)
	if err != nil {
		return nil, err
	}
	if err := s.listener.hostKeys.begin(keys, s.cfg.sshServer.ChangeHostKeysAt); err != nil {
		return nil, err
	}
	return sshd.New(sshd.Config{
		HostKeys:      hostKeysOf(keys),
		HostKeysOf:    s.listener.hostKeys.next,
		Algorithms:    s.cfg.sshServer.algorithms(),
		ServerVersion: s.cfg.sshServer.Version,
		AuthorizedKey: logins.authorized,
		Auth:          logins.inner(),
		MaxAuthTries:  s.cfg.sshAuth.MaxTries,
		Account:       s.sshAccountFor(s.cfg.sshAccount(""), version),
		Accounts:      accounts,
		Open:          s.openSocket,
		OnLogin:       s.noteLogin,
		OnRequest:     s.noteRequest,
		Logger:        s.log,
		Clock:         s.cfg.clock,
	})
}

// openSocket answers the account on the node that asks for a unix socket there.
func (s *Server) openSocket(ctx context.Context, name string, from sshd.Login) (func(net.Conn), error) {
	noted := call.SocketRecord{Path: name, Via: from.Via}
	sock, epoch, err := s.enterSocket(name, from.User)
	if err != nil {
		noted.Err = err
		s.noteSocket(ctx, noted)
		return nil, err
	}
	a := ctx.Value(arrivalKey{}).(*arrival)
	return func(nc net.Conn) {
		g := s.listener.node.enterChannel(ctx, epoch, nc, from.Via+" from "+a.peer.Remote)
		if g == nil {
			nc.Close()
			return
		}
		defer s.listener.node.leave(g)
		noted.Connection = a.nextNumber()
		s.noteSocket(ctx, noted)
		peer := call.Peer{
			Connection: noted.Connection,
			Transport:  call.SSH,
			Local:      a.peer.Local,
			Remote:     a.peer.Remote,
			SSH: &call.SSHPeer{
				User:           call.MaskUser(from.User),
				KeyFingerprint: from.KeyFingerprint,
				ClientVersion:  from.ClientVersion,
				Command:        from.Command,
				Words:          from.Words,
				Env:            from.Env,
				Via:            from.Via,
				Socket:         name,
			},
		}
		sock.describe(&peer)
		s.serve(a, nc, peer)
	}, nil
}

// commandKey is the key under which the context of what a client asked of the SSH
// server has its number in the journal.
type commandKey struct{}

func (s *Server) noteSocket(ctx context.Context, r call.SocketRecord) {
	if seq, ok := ctx.Value(commandKey{}).(uint64); ok {
		s.journal.CommandSocket(seq, r)
	}
}

// noteLogin writes the login of an SSH connection into the journal.
func (s *Server) noteLogin(ctx context.Context, l sshd.LoginResult) {
	a := ctx.Value(arrivalKey{}).(*arrival)
	r := call.LoginRecord{
		Kind: call.SSHLogin, Transport: call.SSH,
		Connection: a.peer.Connection, Local: a.peer.Local, Remote: a.peer.Remote,
		ClientVersion: l.ClientVersion, Accepted: l.Accepted, Reason: l.Reason,
	}
	for _, t := range l.Tries {
		r.Tries = append(r.Tries, call.LoginTry(t))
	}
	if n := len(l.Tries); n > 0 {
		last := l.Tries[n-1]
		r.User = last.User
		if l.Accepted {
			r.Method, r.KeyFingerprint = last.Method, last.KeyFingerprint
		}
	}
	s.journal.LoggedIn(r)
}

// noteRequest writes what a client asks of the SSH server into the journal.
func (s *Server) noteRequest(ctx context.Context, r sshd.Request) (context.Context, func(sshd.Result)) {
	a := ctx.Value(arrivalKey{}).(*arrival)
	seq := s.journal.BeginCommand(call.CommandRecord{
		Connection: a.peer.Connection, User: r.User, Kind: r.Kind,
		Command: r.Command, Words: r.Words, Target: r.Target, Env: r.Env,
		Terminal: r.Terminal, Refused: r.Refused,
	})
	return context.WithValue(ctx, commandKey{}, seq), func(end sshd.Result) {
		if end.Refused != "" {
			s.journal.RefuseCommand(seq, end.Refused)
			return
		}
		s.journal.EndCommand(seq, end.Status, end.Stderr, end.Gone)
	}
}
