package auth

import "bytes"

// plainTalk is an exchange of PLAIN (RFC 4616).
type plainTalk struct {
	server *Server
	done   *result
}

func beginPlain(s *Server, _ bool, done *result) conversation { return &plainTalk{s, done} }

func (t *plainTalk) start(data []byte) (Reply, error) {
	if len(data) == 0 {
		return Reply{Data: []byte{}}, nil
	}
	return t.step(data)
}

func (t *plainTalk) step(data []byte) (Reply, error) {
	parts := bytes.Split(data, []byte{0})
	if len(parts) != 3 {
		return Reply{}, refuse("PLAIN: %d parts, not 3", len(parts))
	}
	as, user := string(parts[0]), string(parts[1])
	t.done.tried = user
	a := t.server.find(user)
	if a == nil || !a.check(string(parts[2])) || as != "" && as != user {
		return Reply{}, refuse("PLAIN: user %q", user)
	}
	t.done.user = user
	return Reply{Done: true}, nil
}

// anonymousTalk is an exchange of ANONYMOUS (RFC 4505).
type anonymousTalk struct{ done *result }

func beginAnonymous(_ *Server, _ bool, done *result) conversation { return &anonymousTalk{done} }

func (t *anonymousTalk) start(data []byte) (Reply, error) {
	if len(data) == 0 {
		return Reply{Data: []byte{}}, nil
	}
	return t.step(data)
}

// step lets anyone in. What the client says of itself is not looked at.
func (t *anonymousTalk) step([]byte) (Reply, error) {
	t.done.user = "anonymous"
	return Reply{Done: true}, nil
}
