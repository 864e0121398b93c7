package auth

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/xdg-go/scram"
)

// scramMaxMessage is how many bytes of one message Cyrus SASL takes from a client.
const scramMaxMessage = 2048

// scramTalk is an exchange of SCRAM (RFC 5802, RFC 7677), without channel binding:
// libvirtd offers none, on TLS neither.
type scramTalk struct {
	talk *scram.ServerConversation
	done *result
}

func beginScram(h scramHash) func(*Server, bool, *result) conversation {
	return func(s *Server, _ bool, done *result) conversation {
		server, err := h.generator.NewServer(func(name string) (scram.StoredCredentials, error) {
			done.tried = name
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
	if len(data) > scramMaxMessage {
		return Reply{}, refuse("SCRAM: a message of %d bytes", len(data))
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return Reply{}, refuse("SCRAM: a message with a zero byte")
	}
	text, err := t.talk.Step(string(data))
	if err != nil {
		return Reply{}, t.refusal(text, err)
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

// refusal puts an error of the conversation into words of its own: the package's quote
// what a client has sent, and a client that takes one mechanism for another sends a
// password. code is the package's word for the error, or "" for what cannot be read.
func (t *scramTalk) refusal(code string, err error) error {
	switch {
	case errors.Is(err, ErrRefused):
		return fmt.Errorf("SCRAM: %w", err)
	case code == "":
		return refuse("SCRAM: a message that makes no sense")
	}
	return refuse("SCRAM: user %q: %s", t.done.tried, strings.TrimPrefix(code, "e="))
}
