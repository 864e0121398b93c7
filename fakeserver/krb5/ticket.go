package krb5

import (
	"crypto/rand"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/jcmturner/gofork/encoding/asn1"
	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana"
	"github.com/jcmturner/gokrb5/v8/iana/asnAppTag"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// Request says what tickets to forge.
type Request struct {
	// Client is whom the tickets are for: "fred", or "fred@OTHER.REALM".
	Client string
	// Hosts are those whose service libvirt/HOST the tickets are for; nil is all that
	// the realm has a key for.
	Hosts []string
	// Service is the principal that the tickets are really for, such as libvirt/other,
	// whose key must be in the keytab; empty is what the client takes them for.
	Service string
	// EType is the type of the service's key that seals a ticket, and of its session
	// key; 0 is the first that the keytab has.
	EType EType
	// Life is how long the tickets last; 0 is ten hours. They began an hour ago.
	Life time.Duration
	// Flaw is what is wrong with the tickets.
	Flaw Flaw
}

// Defaults of tickets.
const (
	defaultLife = 10 * time.Hour
	age         = time.Hour
)

// Tickets are what a client has: one for each host, and its own name. Printed, they
// show no secret.
type Tickets struct {
	// Client is whose they are, and Hosts are those they are for, in the Realm.
	Client Principal
	Realm  string
	Hosts  []string
	// Until is when they end, as the client knows it.
	Until   time.Time
	entries []cached
}

// String shows no secrets.
func (t Tickets) String() string { return fmt.Sprintf("tickets of %s for %v", t.Client, t.Hosts) }

// Format shows no secrets, whatever the verb.
func (t Tickets) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// cached is one ticket, with what a cache says of it.
type cached struct {
	service    Principal
	session    types.EncryptionKey
	start, end time.Time
	ticket     []byte
}

// draft is a ticket before it is sealed. A Flaw changes it.
type draft struct {
	now        time.Time
	client     Principal
	service    Principal
	key        Key // of the service
	start, end time.Time

	// What the cache says, where that is not what is in the ticket.
	cachedStart, cachedEnd time.Time
	cachedSession          []byte // nil for that of the ticket
	none                   bool   // the cache has no ticket
}

// Tickets forges tickets for libvirt's services.
func (r *Realm) Tickets(q Request) (*Tickets, error) {
	client, err := ParsePrincipal(q.Client, r.name)
	if err != nil {
		return nil, err
	}
	if q.Life < 0 {
		return nil, fmt.Errorf("tickets that last %s: want a time to come", q.Life)
	}
	if q.Life == 0 {
		q.Life = defaultLife
	}
	if q.Hosts == nil {
		q.Hosts = r.Hosts()
	}
	if len(q.Hosts) == 0 {
		return nil, fmt.Errorf("the keytab has no key of a service libvirt/HOST@%s", r.name)
	}
	now := r.now().UTC().Truncate(time.Second)
	if end := now.Add(q.Life); end.Unix() > math.MaxUint32 {
		return nil, fmt.Errorf("tickets that last %s: want them to end by %s, where the times of a cache do", q.Life, time.Unix(math.MaxUint32, 0).UTC().Format(time.DateOnly))
	}
	out := &Tickets{Client: client, Realm: r.name, Hosts: slices.Clone(q.Hosts)}
	for _, host := range q.Hosts {
		wanted := Principal{service + host, r.name}
		real := wanted
		if q.Service != "" {
			if real, err = ParsePrincipal(q.Service, r.name); err != nil {
				return nil, err
			}
		}
		key, ok := r.keytab.Find(real, 0, q.EType)
		if !ok {
			return nil, r.noKey(real, q.EType)
		}
		d := draft{now: now, client: client, service: real, key: key, start: now.Add(-age), end: now.Add(q.Life)}
		d.cachedStart, d.cachedEnd = d.start, d.end
		if err := q.Flaw.apply(&d); err != nil {
			return nil, err
		}
		out.Until = d.cachedEnd
		if d.none {
			continue
		}
		entry, err := d.seal()
		if err != nil {
			return nil, err
		}
		entry.service = wanted
		out.entries = append(out.entries, entry)
	}
	return out, nil
}

func (r *Realm) noKey(wanted Principal, etype EType) error {
	if etype != 0 {
		return fmt.Errorf("no key of %s for %s in the keytab, which has hosts %q", wanted, etype, r.Hosts())
	}
	return fmt.Errorf("no key of %s in the keytab, which has hosts %q", wanted, r.Hosts())
}

// newSecret returns the bytes of a new key.
func newSecret(e EType) []byte {
	b := make([]byte, e.KeySize())
	rand.Read(b)
	return b
}

// seal makes the ticket.
func (d *draft) seal() (cached, error) {
	session := types.EncryptionKey{KeyType: int32(d.key.EType), KeyValue: newSecret(d.key.EType)}
	part := messages.EncTicketPart{
		Flags: ticketFlags(), Key: session,
		CRealm: d.client.Realm, CName: d.client.wire(),
		AuthTime: d.start, StartTime: d.start, EndTime: d.end,
	}
	plain, err := asn1.Marshal(part)
	if err != nil {
		return cached{}, fmt.Errorf("forging a ticket: %w", err)
	}
	plain = asn1tools.AddASNAppTag(plain, asnAppTag.EncTicketPart)
	key := types.EncryptionKey{KeyType: int32(d.key.EType), KeyValue: d.key.secret}
	sealed, err := crypto.GetEncryptedData(plain, key, keyusage.KDC_REP_TICKET, int(d.key.Version))
	if err != nil {
		return cached{}, fmt.Errorf("forging a ticket: %w", err)
	}
	t := messages.Ticket{TktVNO: iana.PVNO, Realm: d.service.Realm, SName: d.service.wire(), EncPart: sealed}
	data, err := t.Marshal()
	if err != nil {
		return cached{}, fmt.Errorf("forging a ticket: %w", err)
	}
	if d.cachedSession != nil {
		session.KeyValue = d.cachedSession
	}
	return cached{session: session, start: d.cachedStart, end: d.cachedEnd, ticket: data}, nil
}

// ticketFlags are those that a KDC sets for one who has given a password.
func ticketFlags() asn1.BitString {
	f := types.NewKrbFlags()
	types.SetFlag(&f, flags.PreAuthent)
	return f
}
