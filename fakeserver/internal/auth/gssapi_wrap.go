package auth

import (
	"crypto/hmac"
	"encoding/binary"
	"slices"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/crypto/etype"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
)

// The header of a wrap token (RFC 4121, section 4.2.6.2): an id, flags, a filler, the
// extra count, the right rotation count and the number.
const (
	wrapID     = 0x0504
	wrapFiller = 0xff
	wrapHeader = 16

	flagAcceptor = 1 // the server sends it
	flagSealed   = 2
	flagSubkey   = 4 // the key is the server's
)

// confounder is how many random bytes are enciphered in front of a message, which is a
// block of AES.
const confounder = 16

// gssContext is what a client and the server have agreed on. Each direction may be used
// by one goroutine at a time.
//
// The numbers of the client's messages are not looked at: where MIT's library finds a
// gap or a repetition, it says so and goes on, and Cyrus SASL goes on too.
type gssContext struct {
	client  string
	key     types.EncryptionKey
	etype   etype.EType
	sendSeq uint64
	side    side
	flags   uint32 // what the client wants
}

func newContext(client string, key types.EncryptionKey, seq uint64, s side) (*gssContext, error) {
	e, err := crypto.GetEtype(key.KeyType)
	if err != nil {
		return nil, refuse("GSSAPI: no keys of %s", krb5.EType(key.KeyType))
	}
	return &gssContext{client: client, key: key, etype: e, sendSeq: seq, side: s}, nil
}

// macSizeOf is the length of the checksum behind a message.
func macSizeOf(e etype.EType) int { return e.GetHMACBitLength() / 8 }

// deciphers reports whether something can be deciphered at all: gokrb5 does not look
// at the length first.
func deciphers(d types.EncryptedData) bool {
	if krb5.EType(d.EType).KeySize() == 0 {
		return false
	}
	e, err := crypto.GetEtype(d.EType)
	return err == nil && len(d.Cipher) >= confounder+macSizeOf(e)
}

// usage is what a key is used for where one end sends: signing and sealing alike.
func usage(s side) uint32 {
	if s == serverSide {
		return keyusage.GSSAPI_ACCEPTOR_SEAL
	}
	return keyusage.GSSAPI_INITIATOR_SEAL
}

// strength is that of the key, in bits.
func (c *gssContext) strength() int {
	const bits = 8
	return krb5.EType(c.key.KeyType).KeySize() * bits
}

// overhead is how much longer a sealed token is than what it carries.
func (c *gssContext) overhead() int { return wrapHeader + confounder + wrapHeader + macSizeOf(c.etype) }

// header starts the next token.
func (c *gssContext) header(flags byte, extra int) []byte {
	if c.side == serverSide {
		flags |= flagAcceptor
	}
	h := binary.BigEndian.AppendUint16(make([]byte, 0, wrapHeader), wrapID)
	h = append(h, flags|flagSubkey, wrapFiller)
	h = binary.BigEndian.AppendUint16(h, uint16(extra))
	h = binary.BigEndian.AppendUint16(h, 0)
	h = binary.BigEndian.AppendUint64(h, c.sendSeq)
	c.sendSeq++
	return h
}

// sign makes a token that carries a message in clear.
func (c *gssContext) sign(plain []byte) ([]byte, error) {
	h := c.header(0, macSizeOf(c.etype))
	sum, err := c.sum(plain, h, c.side)
	if err != nil {
		return nil, refuse("GSSAPI: the server cannot sign")
	}
	return slices.Concat(h, plain, sum), nil
}

// sum is the checksum of a message in clear, with neither count in the header.
func (c *gssContext) sum(plain, header []byte, from side) ([]byte, error) {
	signed := slices.Concat(plain, header)
	clear(signed[len(plain)+4 : len(plain)+8])
	return c.etype.GetChecksumHash(c.key.KeyValue, signed, usage(from))
}

// seal appends a token that carries a message enciphered.
func (c *gssContext) seal(dst, plain []byte) []byte {
	h := c.header(flagSealed, 0)
	_, sealed, err := c.etype.EncryptMessage(c.key.KeyValue, slices.Concat(plain, h), usage(c.side))
	if err != nil {
		panic("auth: a key that is of the right size cannot be used: " + err.Error())
	}
	return append(append(dst, h...), sealed...)
}

// unwrap returns what a token of the other end's carries, enciphered or in clear.
func (c *gssContext) unwrap(token []byte) ([]byte, error) {
	from, wanted := clientSide, byte(flagSubkey)
	if c.side == clientSide {
		from, wanted = serverSide, flagSubkey|flagAcceptor
	}
	if len(token) < wrapHeader || binary.BigEndian.Uint16(token) != wrapID ||
		token[2]&^flagSealed != wanted || token[3] != wrapFiller {
		return nil, errSeal
	}
	header := slices.Clone(token[:wrapHeader])
	extra, rotated := int(binary.BigEndian.Uint16(header[4:])), int(binary.BigEndian.Uint16(header[6:]))
	body := token[wrapHeader:]
	if n := len(body); n > 0 && rotated%n != 0 {
		body = slices.Concat(body[rotated%n:], body[:rotated%n])
	}
	if token[2]&flagSealed == 0 {
		return c.unsign(body, header, extra, from)
	}
	if len(body) < confounder+wrapHeader+macSizeOf(c.etype) {
		return nil, errSeal
	}
	opened, err := c.etype.DecryptMessage(c.key.KeyValue, body, usage(from))
	n := len(opened) - wrapHeader - extra
	if err != nil || n < 0 {
		return nil, errSeal
	}
	clear(header[6:8]) // it was enciphered before it was rotated
	if !hmac.Equal(opened[len(opened)-wrapHeader:], header) {
		return nil, errSeal
	}
	return opened[:n], nil
}

// unsign returns the message of a token in clear, of which extra bytes are the checksum.
func (c *gssContext) unsign(body, header []byte, extra int, from side) ([]byte, error) {
	if extra != macSizeOf(c.etype) || len(body) < extra {
		return nil, errSeal
	}
	plain, got := body[:len(body)-extra], body[len(body)-extra:]
	want, err := c.sum(plain, header, from)
	if err != nil || !hmac.Equal(got, want) {
		return nil, errSeal
	}
	return plain, nil
}

// gssLayer seals packets by a context.
type gssLayer struct {
	context  *gssContext
	maxPlain int
}

// MaxPlain implements Layer.
func (l *gssLayer) MaxPlain() int { return l.maxPlain }

// MaxPacket implements Layer.
func (l *gssLayer) MaxPacket() int { return gssMaxPacket }

// Wrap implements Layer.
func (l *gssLayer) Wrap(dst, plain []byte) []byte { return l.context.seal(dst, plain) }

// Unwrap implements Layer.
func (l *gssLayer) Unwrap(packet []byte) (plain []byte, err error) {
	defer func() {
		if recover() != nil {
			plain, err = nil, errSeal
		}
	}()
	return l.context.unwrap(packet)
}
