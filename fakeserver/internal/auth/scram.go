package auth

import "github.com/xdg-go/scram"

// scramTalk is an exchange of SCRAM (RFC 5802, RFC 7677), without channel binding:
// libvirtd offers none, on TLS neither.
type scramTalk struct {
	talk *scram.ServerConversation
	done *result
}

func beginScram(h scramHash) func(*Server, bool, *result) conversation {
	return func(s *Server, _ bool, done *result) conversation {
		server, err := h.generator.NewServer(func(name string) (scram.StoredCredentials, error) {
			a := s.find(name)
			if a == nil || a.stored[h.mechanism] == nil {
				return scram.StoredCredentials{}, refuse("no user %q for %s", name, h.mechanism)
			}
			return a.stored[h.mechanism]()
		})
		if err != nil {
			panic("auth: scram.NewServer failed, which it never does: " + err.Error())
		}
		return &scramTalk{talk: server.NewConversation(), done: done}
	}
}

func (t *scramTalk) start(data []byte) (Reply, error) {
	if len(data) == 0 {
		return Reply{}, nil // Cyrus SASL sends NULL here, where PLAIN sends ""
	}
	return t.step(data)
}

func (t *scramTalk) step(data []byte) (Reply, error) {
	text, err := t.talk.Step(string(data))
	if err != nil {
		return Reply{}, refuse("SCRAM: %v", err)
	}
	if !t.talk.Done() {
		return Reply{Data: []byte(text)}, nil
	}
	user := t.talk.Username()
	if id := t.talk.AuthzID(); !t.talk.Valid() || id != "" && id != user {
		return Reply{}, refuse("SCRAM: user %q", user)
	}
	t.done.user = user
	return Reply{Data: []byte(text), Done: true}, nil
}
