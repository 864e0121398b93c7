package auth

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
)

// Kerberos is what GSSAPI is made of.
type Kerberos struct {
	// Keytab has the server's keys.
	Keytab *krb5.Keytab
	// Realm is that whose users come in under their mere names.
	Realm string
	// Hosts are the HOSTs of the services libvirt/HOST that the server is.
	Hosts []string
	// Now is what the time is.
	Now func() time.Time
}

// acceptor is the Kerberos of one server. It may be used by many connections at a time.
type acceptor struct {
	realm string
	// keys are those of the server's own services.
	keys []krb5.Key
	now  func() time.Time
	seen replays
}

func newAcceptor(c *Kerberos) (*acceptor, error) {
	a := &acceptor{realm: c.Realm, now: c.Now}
	var others []string
	for _, k := range c.Keytab.Keys() {
		host, ok := strings.CutPrefix(k.Principal.Name, "libvirt/")
		switch {
		case ok && slices.Contains(c.Hosts, host):
			a.keys = append(a.keys, k)
		case ok:
			others = append(others, host)
		}
	}
	if len(a.keys) == 0 {
		return nil, fmt.Errorf("the keytab has no key of a service libvirt/HOST with one of the hosts %q: it has %q", c.Hosts, slices.Compact(others))
	}
	return a, nil
}

// The security layers of RFC 4752, as bits of what the server offers and the client
// chooses.
const (
	layerNone         = 1
	layerIntegrity    = 2
	layerConfidential = 4
)

// What a client wants of the context, as bits (RFC 2743 and 4121).
const (
	gssMutual   = 2
	gssEncrypts = 16 | 32 // confidentiality, and integrity
)

const (
	// gssMaxPacket is what the server receives in one packet: what libvirtd sets.
	gssMaxPacket = 65536
	// sizeMask is what the offer and the choice have of a word for such a figure.
	sizeMask = 1<<24 - 1
	// choiceSize is the length of a choice without a name behind it, and of an offer.
	choiceSize = 4
)

// gssapiTalk is an exchange of GSSAPI (RFC 4752) with Kerberos 5 (RFC 4121).
type gssapiTalk struct {
	acceptor *acceptor
	secure   bool
	done     *result

	next    func([]byte) (Reply, error)
	context *gssContext // from the ticket on
}

func beginGSSAPI(s *Server, secure bool, done *result) conversation {
	t := &gssapiTalk{acceptor: s.kerberos, secure: secure, done: done}
	t.next = t.ticket
	return t
}

// start takes the ticket, or asks for it.
func (t *gssapiTalk) start(data []byte) (Reply, error) {
	if len(data) == 0 {
		return Reply{Data: []byte{}}, nil
	}
	return t.step(data)
}

func (t *gssapiTalk) step(data []byte) (r Reply, err error) {
	// Nothing is known to panic; the packages for Kerberos have not always been so.
	defer func() {
		if p := recover(); p != nil {
			r, err = Reply{}, refuse("GSSAPI: a message that made the server's own code fail")
		}
	}()
	return t.next(data)
}

// ticket lets the client prove who it is, and proves in turn that the server is who
// the client takes it for.
func (t *gssapiTalk) ticket(data []byte) (Reply, error) {
	c, answer, err := t.acceptor.accept(data, func(client string) { t.done.tried = client })
	if err != nil {
		return Reply{}, err
	}
	t.context, t.next = c, t.offer
	return Reply{Data: answer}, nil
}

// offer tells which layers there may be, once the client has taken the server's proof. A
// client that has not asked for encryption is offered none.
func (t *gssapiTalk) offer(data []byte) (Reply, error) {
	if len(data) != 0 {
		return Reply{}, refuse("GSSAPI: data where there should be none")
	}
	var word uint32
	switch {
	case t.secure:
		word = layerNone << 24
	case t.context.flags&gssEncrypts == gssEncrypts:
		word = layerConfidential<<24 | gssMaxPacket
	}
	t.next = t.choice
	token, err := t.context.sign(binary.BigEndian.AppendUint32(nil, word))
	return Reply{Data: token}, err
}

// choice takes what the client has chosen, and as whom it wants to be taken.
func (t *gssapiTalk) choice(token []byte) (Reply, error) {
	t.next = func([]byte) (Reply, error) { return Reply{}, refuse("GSSAPI: a second choice") }
	plain, err := t.context.unwrap(token)
	if err != nil || len(plain) < choiceSize {
		return Reply{}, refuse("GSSAPI: the choice of a security layer makes no sense")
	}
	word, as := binary.BigEndian.Uint32(plain), string(plain[choiceSize:])
	if as != "" && as != t.context.client {
		return Reply{}, refuse("GSSAPI: user %q for %q", t.context.client, as)
	}
	if err := t.agree(byte(word>>24), int(word&sizeMask)); err != nil {
		return Reply{}, err
	}
	t.done.user = t.context.client
	return Reply{Done: true}, nil
}

// agree puts the layer in place that was chosen. maxPacket is how much the client
// receives in one packet. A real libvirtd is as lenient: what the choice has beside, and
// that it names the weaker layer, makes no difference to it, and nor does a figure that
// leaves room for nothing.
func (t *gssapiTalk) agree(layer byte, maxPacket int) error {
	wants := layer&(layerIntegrity|layerConfidential) != 0
	switch {
	case t.secure && wants:
		return refuse("GSSAPI: security layer %d, where there is none", layer)
	case t.secure:
		return nil
	case !wants || t.context.flags&gssEncrypts != gssEncrypts:
		return refuse("GSSAPI: security layer %d, which does not encrypt", layer)
	}
	overhead := t.context.overhead()
	if maxPacket <= overhead {
		maxPacket = gssMaxPacket
	}
	t.done.layer, t.done.ssf = &gssLayer{context: t.context, maxPlain: maxPacket - overhead}, t.context.strength()
	return nil
}
