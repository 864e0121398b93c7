package auth

import (
	"slices"
	"testing"
	"time"

	"github.com/jcmturner/gofork/encoding/asn1"
	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/adtype"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
)

// initiator is the client's side of GSSAPI.
type initiator struct {
	ticket  messages.Ticket
	session types.EncryptionKey
	auth    types.Authenticator
}

// want sets what the client wants of the context.
func (i *initiator) want(flags byte) { i.auth.Cksum.Checksum[gssFlagsAt] = flags }

// virshFlags is what virsh wants on tcp.
const virshFlags = 0x3a

// newInitiator takes what the client's cache has.
func newInitiator(tb testing.TB, tickets *krb5.Tickets) *initiator {
	tb.Helper()
	var cache credentials.CCache
	if err := cache.Unmarshal(tickets.Cache()); err != nil {
		tb.Fatal(err)
	}
	cred := cache.Credentials[0]
	i := &initiator{session: cred.Key}
	if err := i.ticket.Unmarshal(cred.Ticket); err != nil {
		tb.Fatal(err)
	}
	var err error
	if i.auth, err = types.NewAuthenticator(cache.DefaultPrincipal.Realm, cache.DefaultPrincipal.PrincipalName); err != nil {
		tb.Fatal(err)
	}
	sum := make([]byte, minGSSChecksum)
	sum[0] = gssFlagsAt - 4
	i.auth.Cksum = types.Checksum{CksumType: chksumtype.GSSAPI, Checksum: sum}
	i.want(virshFlags)
	return i
}

// like has the client say which types of encryption it likes.
func (i *initiator) like(etypes ...int32) {
	list, _ := asn1.Marshal(etypes)
	inner, _ := asn1.Marshal(types.AuthorizationData{{ADType: 129, ADData: list}})
	i.auth.AuthorizationData = types.AuthorizationData{{ADType: adtype.ADIfRelevant, ADData: inner}}
}

// token makes the first token.
func (i *initiator) token(tb testing.TB) []byte {
	tb.Helper()
	named := i.ticket
	named.SName.NameString = []string{"any"} // without any, gokrb5 panics
	r, err := messages.NewAPReq(named, i.session, i.auth)
	if err != nil {
		tb.Fatal(err)
	}
	r.Ticket = i.ticket
	types.SetFlag(&r.APOptions, flags.APOptionMutualRequired)
	b, err := r.Marshal()
	if err != nil {
		tb.Fatal(err)
	}
	return framed(b)
}

func framed(request []byte) []byte {
	oid, _ := asn1.Marshal(mechanismOID)
	return asn1tools.AddASNAppTag(slices.Concat(oid, requestID, request), 0)
}

// finish takes the server's answer to the token.
func (i *initiator) finish(tb testing.TB, answer []byte) *gssContext {
	tb.Helper()
	var whole asn1.RawValue
	if _, err := asn1.Unmarshal(answer, &whole); err != nil {
		tb.Fatal(err)
	}
	const oidSize = 11
	var rep messages.APRep
	if err := rep.Unmarshal(whole.Bytes[oidSize+len(replyID):]); err != nil {
		tb.Fatal(err)
	}
	plain, err := crypto.DecryptEncPart(rep.EncPart, i.session, keyusage.AP_REP_ENCPART)
	if err != nil {
		tb.Fatal(err)
	}
	var part messages.EncAPRepPart
	if err := part.Unmarshal(plain); err != nil {
		tb.Fatal(err)
	}
	if !part.CTime.Equal(i.auth.CTime.Truncate(time.Second)) || part.Cusec != i.auth.Cusec || part.SequenceNumber == 0 {
		tb.Errorf("the server answers %v", part)
	}
	c, err := newContext("", part.Subkey, uint64(i.auth.SeqNumber), clientSide)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func newRealm(tb testing.TB, c krb5.Config) *krb5.Realm {
	tb.Helper()
	r, err := krb5.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func kerberosOf(r *krb5.Realm) *Kerberos {
	return &Kerberos{Keytab: r.Keytab(), Realm: r.Name(), Hosts: r.Hosts(), Now: time.Now}
}

func forge(tb testing.TB, r *krb5.Realm, q krb5.Request) *krb5.Tickets {
	tb.Helper()
	if q.Client == "" {
		q.Client = "fred"
	}
	t, err := r.Tickets(q)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// offerOf goes as far as the server's offer.
func offerOf(tb testing.TB, s *Server, secure bool, i *initiator) (*Exchange, *gssContext, []byte) {
	tb.Helper()
	x, err := s.Start(secure, GSSAPI, i.token(tb))
	if err != nil {
		tb.Fatal(err)
	}
	c := i.finish(tb, x.Reply().Data)
	if err := x.Step(nil); err != nil {
		tb.Fatal(err)
	}
	offer, err := c.unwrap(x.Reply().Data)
	if err != nil {
		tb.Fatal(err)
	}
	return x, c, offer
}

func signed(tb testing.TB, c *gssContext, plain string) []byte {
	tb.Helper()
	b, err := c.sign([]byte(plain))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
