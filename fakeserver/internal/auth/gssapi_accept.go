package auth

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jcmturner/gofork/encoding/asn1"
	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana"
	"github.com/jcmturner/gokrb5/v8/iana/adtype"
	"github.com/jcmturner/gokrb5/v8/iana/asnAppTag"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/msgtype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
)

// The beginnings of tokens of Kerberos (RFC 4121, section 4.1).
var (
	mechanismOID = asn1.ObjectIdentifier{1, 2, 840, 113554, 1, 2, 2}
	requestID    = []byte{1, 0}
	replyID      = []byte{2, 0}
)

// The authenticator's "checksum" has the length of a binding, the binding, which the
// server does not look at, and flags. More may follow.
const (
	gssFlagsAt     = 4 + 16
	minGSSChecksum = gssFlagsAt + 4
)

// accept verifies a client's ticket and returns the answer to it. tried is told who the
// client is, as soon as the ticket says so.
func (a *acceptor) accept(token []byte, tried func(string)) (*gssContext, []byte, error) {
	request, err := parseRequest(token)
	if err != nil {
		return nil, nil, err
	}
	ticket, err := a.open(&request.Ticket)
	if err != nil {
		return nil, nil, err
	}
	client := a.userOf(ticket.CName, ticket.CRealm)
	tried(client)
	if err := a.checkTimes(ticket); err != nil {
		return nil, nil, err
	}
	auth, err := a.authenticate(request, ticket)
	if err != nil {
		return nil, nil, err
	}
	c, err := newContext(client, newSubkey(auth, krb5.EType(ticket.Key.KeyType)), newSequence(), serverSide)
	if err != nil {
		return nil, nil, err
	}
	c.flags = binary.LittleEndian.Uint32(auth.Cksum.Checksum[gssFlagsAt:])
	if c.flags&gssMutual == 0 {
		// The library would agree, but none of libvirt's clients ever asks for that.
		return nil, nil, refuse("GSSAPI: the client does not ask who the server is")
	}
	answer, err := c.reply(auth, ticket.Key)
	return c, answer, err
}

// parseRequest reads the client's first token.
func parseRequest(token []byte) (*messages.APReq, error) {
	var oid asn1.ObjectIdentifier
	var whole asn1.RawValue
	rest, err := asn1.Unmarshal(token, &whole)
	if err != nil || len(rest) > 0 || whole.Class != asn1.ClassApplication || whole.Tag != 0 || !whole.IsCompound {
		return nil, refuse("GSSAPI: this is not the first token of any mechanism")
	}
	rest, err = asn1.Unmarshal(whole.Bytes, &oid)
	if err != nil || !oid.Equal(mechanismOID) {
		return nil, refuse("GSSAPI: the token is not one of Kerberos 5")
	}
	request := &messages.APReq{}
	body, ok := bytes.CutPrefix(rest, requestID)
	if !ok || request.Unmarshal(body) != nil || request.PVNO != iana.PVNO || request.Ticket.TktVNO != iana.PVNO ||
		len(request.Ticket.SName.NameString) == 0 {
		return nil, refuse("GSSAPI: the token has no ticket, or one that makes no sense")
	}
	if types.IsFlagSet(&request.APOptions, flags.APOptionUseSessionKey) {
		return nil, refuse("GSSAPI: the ticket is for user-to-user authentication")
	}
	return request, nil
}

// open decrypts a ticket. What it says of its service, in clear, does not count: it is
// for the server if a key of the server's opens it, as MIT's library has it.
func (a *acceptor) open(t *messages.Ticket) (*messages.EncTicketPart, error) {
	named := shown(strings.Join(t.SName.NameString, "/") + "@" + t.Realm)
	if !deciphers(t.EncPart) {
		return nil, refuse("GSSAPI: the ticket for %s is not sealed with AES, or cut off", named)
	}
	for _, k := range a.keys {
		if k.EType != krb5.EType(t.EncPart.EType) {
			continue
		}
		if t.Decrypt(types.EncryptionKey{KeyType: int32(k.EType), KeyValue: k.Secret()}) == nil {
			part := &t.DecryptedEncPart
			if e := krb5.EType(part.Key.KeyType); e.KeySize() == 0 || len(part.Key.KeyValue) != e.KeySize() {
				return nil, refuse("GSSAPI: the ticket for %s has a session key of %s", named, e)
			}
			return part, nil
		}
	}
	return nil, refuse("GSSAPI: the ticket for %s (key version %d, %s) is not sealed with a key of this server",
		named, t.EncPart.KVNO, krb5.EType(t.EncPart.EType))
}

// shown is a name for the log, which the client may have made up.
func shown(name string) string {
	const enough = 200
	if len(name) > enough {
		name = name[:enough] + "…"
	}
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, name)
}

// userOf returns a client's name as the server has it: without its realm, if that is
// the server's own.
func (a *acceptor) userOf(name types.PrincipalName, realm string) string {
	escape := strings.NewReplacer(`\`, `\\`, "/", `\/`, "@", `\@`, "\x00", `\0`, "\n", `\n`, "\t", `\t`, "\b", `\b`)
	var parts []string
	for _, part := range name.NameString {
		parts = append(parts, escape.Replace(part))
	}
	user := strings.Join(parts, "/")
	if realm != a.realm {
		user += "@" + realm
	}
	return user
}

// checkTimes finds out whether a ticket is valid now.
func (a *acceptor) checkTimes(t *messages.EncTicketPart) error {
	now, start := a.now(), t.StartTime
	if start.IsZero() {
		start = t.AuthTime
	}
	switch {
	case start.Sub(now) > maxSkew || types.IsFlagSet(&t.Flags, flags.Invalid):
		return refuse("GSSAPI: the ticket is not valid yet, but from %s on", start.UTC().Format(time.DateTime))
	case now.Sub(t.EndTime) > maxSkew:
		return refuse("GSSAPI: the ticket has expired at %s", t.EndTime.UTC().Format(time.DateTime))
	}
	return nil
}

// authenticate checks that the client has made the request itself, and now.
func (a *acceptor) authenticate(request *messages.APReq, ticket *messages.EncTicketPart) (*types.Authenticator, error) {
	sealed := request.EncryptedAuthenticator
	if sealed.EType != ticket.Key.KeyType || !deciphers(sealed) || request.DecryptAuthenticator(ticket.Key) != nil {
		return nil, refuse("GSSAPI: the authenticator is not sealed with the ticket's session key")
	}
	auth := &request.Authenticator
	if !auth.CName.Equal(ticket.CName) || auth.CRealm != ticket.CRealm {
		return nil, refuse("GSSAPI: the ticket is not that of who presents it")
	}
	now, made := a.now(), auth.CTime.Add(time.Duration(auth.Cusec)*time.Microsecond)
	if now.Sub(made) > maxSkew || made.Sub(now) > maxSkew {
		return nil, refuse("GSSAPI: the clocks are apart: the client's says %s, the server's %s",
			made.UTC().Format(time.DateTime), now.UTC().Format(time.DateTime))
	}
	if auth.Cksum.CksumType != chksumtype.GSSAPI || len(auth.Cksum.Checksum) < minGSSChecksum {
		return nil, refuse("GSSAPI: the authenticator is not one of GSSAPI")
	}
	if !a.seen.add(sealed.Cipher, made, now) {
		return nil, refuse("GSSAPI: the authenticator has been used before")
	}
	return auth, nil
}

// newSubkey makes the key of the context. Its type is, of those that the client likes
// (RFC 4537) and that of the session key, the one that MIT's library likes best.
func newSubkey(auth *types.Authenticator, session krb5.EType) types.EncryptionKey {
	liked := append(likedETypes(auth), session)
	etype := session
	for _, e := range []krb5.EType{krb5.AES256SHA1, krb5.AES128SHA1, krb5.AES256SHA384, krb5.AES128SHA256} {
		if slices.Contains(liked, e) {
			etype = e
			break
		}
	}
	secret := make([]byte, etype.KeySize())
	rand.Read(secret)
	return types.EncryptionKey{KeyType: int32(etype), KeyValue: secret}
}

// likedETypes returns the types of encryption that a client says it likes.
func likedETypes(auth *types.Authenticator) []krb5.EType {
	const negotiation = 129 // AD-ETYPE-NEGOTIATION
	var liked []krb5.EType
	for _, outer := range auth.AuthorizationData {
		var inner types.AuthorizationData
		if outer.ADType != adtype.ADIfRelevant || inner.Unmarshal(outer.ADData) != nil {
			continue
		}
		for _, entry := range inner {
			var list []int32
			if entry.ADType != negotiation {
				continue
			}
			if _, err := asn1.Unmarshal(entry.ADData, &list); err != nil {
				continue
			}
			for _, e := range list {
				liked = append(liked, krb5.EType(e))
			}
		}
	}
	return liked
}

// replyPart is what the server proves itself with (EncAPRepPart).
type replyPart struct {
	CTime     time.Time           `asn1:"generalized,explicit,tag:0"`
	Cusec     int                 `asn1:"explicit,tag:1"`
	Subkey    types.EncryptionKey `asn1:"explicit,tag:2"`
	SeqNumber int64               `asn1:"explicit,tag:3"`
}

// reply makes the server's answer to a ticket.
func (c *gssContext) reply(auth *types.Authenticator, session types.EncryptionKey) ([]byte, error) {
	failed := refuse("GSSAPI: the server cannot answer")
	part, err := asn1.Marshal(replyPart{auth.CTime.UTC(), auth.Cusec, c.key, int64(c.sendSeq)})
	if err != nil {
		return nil, failed
	}
	part = asn1tools.AddASNAppTag(part, asnAppTag.EncAPRepPart)
	sealed, err := crypto.GetEncryptedData(part, session, keyusage.AP_REP_ENCPART, 0)
	if err != nil {
		return nil, failed
	}
	reply, err := asn1.Marshal(messages.APRep{PVNO: iana.PVNO, MsgType: msgtype.KRB_AP_REP, EncPart: sealed})
	if err != nil {
		return nil, failed
	}
	oid, err := asn1.Marshal(mechanismOID)
	if err != nil {
		return nil, failed
	}
	return asn1tools.AddASNAppTag(slices.Concat(oid, replyID, asn1tools.AddASNAppTag(reply, asnAppTag.APREP)), 0), nil
}

// newSequence returns the number of the server's first message.
func newSequence() uint64 {
	var b [4]byte
	rand.Read(b[:])
	return uint64(binary.BigEndian.Uint32(b[:])>>2 + 1) // as MIT's: of 30 bits
}
