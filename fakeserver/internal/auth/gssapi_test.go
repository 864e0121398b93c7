package auth

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
)

// Each type of encryption logs in, on every kind of connection, with the layer that
// belongs there.
func TestGSSAPI(t *testing.T) {
	t.Parallel()
	realm := newRealm(t, krb5.Config{ETypes: krb5.ETypes()})
	s := newTestServer(t, Config{Kerberos: kerberosOf(realm)})
	for _, e := range krb5.ETypes() {
		for _, secure := range []bool{true, false} {
			i := newInitiator(t, forge(t, realm, krb5.Request{EType: e}))
			x, c, offer := offerOf(t, s, secure, i)
			want, choice := "\x01\x00\x00\x00", "\x01\x00\x00\x00"
			if !secure {
				want, choice = "\x04\x01\x00\x00", "\x04\x01\x00\x00"
			}
			if string(offer) != want || x.Reply().Done || x.User() != "" {
				t.Errorf("%s, secure %v: the offer is %x", e, secure, offer)
			}
			if err := x.Step(signed(t, c, choice)); err != nil || !x.Reply().Done || x.Reply().Data != nil || x.User() != "fred" || x.Tried() != "fred" {
				t.Fatalf("%s, secure %v: %v, %+v, user %q", e, secure, err, x.Reply(), x.User())
			}
			if secure {
				if x.Layer() != nil || x.SSF() != 0 {
					t.Errorf("%s: there is a layer", e)
				}
				continue
			}
			if want := e.KeySize() * 8; x.SSF() != want {
				t.Errorf("%s: the strength is %d", e, x.SSF())
			}
			carries(t, x.Layer(), &gssLayer{context: c, maxPlain: gssMaxPacket - c.overhead()})
		}
	}
}

// START may come without the ticket.
func TestGSSAPILater(t *testing.T) {
	t.Parallel()
	realm := newRealm(t, krb5.Config{})
	s := newTestServer(t, Config{Kerberos: kerberosOf(realm)})
	x, err := s.Start(true, "gssapi", nil)
	if err != nil || x.Reply().Data == nil || len(x.Reply().Data) > 0 || x.Reply().Done {
		t.Fatalf("%v, %+v", err, x.Reply())
	}
	i := newInitiator(t, forge(t, realm, krb5.Request{}))
	if err := x.Step(i.token(t)); err != nil {
		t.Fatal(err)
	}
	i.finish(t, x.Reply().Data)
}

// The key of the layer is of the type that a real libvirtd took.
func TestGSSAPINegotiatesTheKey(t *testing.T) {
	t.Parallel()
	realm := newRealm(t, krb5.Config{ETypes: krb5.ETypes()})
	s := newTestServer(t, Config{Kerberos: kerberosOf(realm)})
	for _, c := range []struct {
		liked []int32
		want  [4]int32 // for session keys of 17, 18, 19, 20
	}{
		{nil, [4]int32{17, 18, 19, 20}},
		{[]int32{20}, [4]int32{17, 18, 20, 20}},
		{[]int32{19, 20}, [4]int32{17, 18, 20, 20}},
		{[]int32{18, 20}, [4]int32{18, 18, 18, 18}},
		{[]int32{23, 26}, [4]int32{17, 18, 19, 20}},
		{[]int32{19}, [4]int32{17, 18, 19, 20}},
	} {
		for n, e := range krb5.ETypes() {
			i := newInitiator(t, forge(t, realm, krb5.Request{EType: e}))
			if c.liked != nil {
				i.like(c.liked...)
			}
			if _, got, _ := offerOf(t, s, false, i); got.key.KeyType != c.want[n] {
				t.Errorf("%v, %s: %d, want %d", c.liked, e, got.key.KeyType, c.want[n])
			}
		}
	}
}

// Who does not want to encrypt on tcp is offered nothing there.
func TestGSSAPIFlags(t *testing.T) {
	t.Parallel()
	realm := newRealm(t, krb5.Config{})
	s := newTestServer(t, Config{Kerberos: kerberosOf(realm)})
	for flags, offered := range map[byte]string{0x02: "\x00\x00\x00\x00", 0x12: "\x00\x00\x00\x00", 0x22: "\x00\x00\x00\x00", 0x32: "\x04\x01\x00\x00"} {
		for _, secure := range []bool{true, false} {
			i := newInitiator(t, forge(t, realm, krb5.Request{}))
			i.want(flags)
			x, c, offer := offerOf(t, s, secure, i)
			want := offered
			if secure {
				want = "\x01\x00\x00\x00"
			}
			if string(offer) != want {
				t.Errorf("flags %x, secure %v: the offer is %x, want %x", flags, secure, offer, want)
			}
			err := x.Step(signed(t, c, "\x04\x01\x00\x00"))
			if takes := !secure && flags == 0x32; (err == nil) != takes {
				t.Errorf("flags %x, secure %v: %v", flags, secure, err)
			}
		}
	}
}

// Users of the server's own realm come in under their mere names.
func TestGSSAPINames(t *testing.T) {
	t.Parallel()
	realm := newRealm(t, krb5.Config{Name: "A.TEST"})
	for client, want := range map[string]string{
		"fred": "fred", "fred@A.TEST": "fred", "fred/admin": "fred/admin", "libvirt/node": "libvirt/node", "Fred": "Fred",
		"fred@B.TEST": "fred@B.TEST", "fred/admin@B.TEST": "fred/admin@B.TEST", "fred@a.test": "fred@a.test",
	} {
		for _, allowed := range []bool{true, false} {
			s := newTestServer(t, Config{Kerberos: kerberosOf(realm), Allowed: []string{want}})
			if !allowed {
				s = newTestServer(t, Config{Kerberos: kerberosOf(realm), Allowed: []string{want + "@A.TEST", "x" + want}})
			}
			x, c, _ := offerOf(t, s, true, newInitiator(t, forge(t, realm, krb5.Request{Client: client})))
			err := x.Step(signed(t, c, "\x01\x00\x00\x00"))
			if allowed && (err != nil || x.User() != want) || !allowed && (!errors.Is(err, ErrRefused) || x.User() != "") {
				t.Errorf("%s, allowed %v: user %q, %v; want %q", client, allowed, x.User(), err, want)
			}
		}
	}
}

// A flaw that the client does not see is one that the server does.
func TestGSSAPIRefusesFlaws(t *testing.T) {
	t.Parallel()
	for _, e := range krb5.ETypes() {
		realm := newRealm(t, krb5.Config{ETypes: []krb5.EType{e}})
		s := newTestServer(t, Config{Kerberos: kerberosOf(realm)})
		for _, f := range krb5.Flaws() {
			if f.Flaw == krb5.NoTicket {
				continue
			}
			x, err := s.Start(true, GSSAPI, newInitiator(t, forge(t, realm, krb5.Request{Flaw: f.Flaw})).token(t))
			if !errors.Is(err, ErrRefused) || x.User() != "" || x.Reply().Data != nil {
				t.Errorf("%s, %s: %v", e, f.Flaw, err)
			}
		}
	}
}

// The server is only who its hosts say, whatever else is in the keytab; what a ticket
// says of itself in clear does not count.
func TestGSSAPIService(t *testing.T) {
	t.Parallel()
	realm := newRealm(t, krb5.Config{Hosts: []string{"node1", "node2"}})
	k := kerberosOf(realm)
	k.Hosts = []string{"node1", "absent"}
	s := newTestServer(t, Config{Kerberos: k})
	for service, want := range map[string]bool{"libvirt/node1": true, "libvirt/node2": false} {
		i := newInitiator(t, forge(t, realm, krb5.Request{Service: service}))
		i.ticket.SName.NameString = []string{"libvirt", "elsewhere"}
		i.ticket.Realm, i.ticket.EncPart.KVNO = "ELSEWHERE", 77
		if _, err := s.Start(true, GSSAPI, i.token(t)); (err == nil) != want {
			t.Errorf("%s: %v", service, err)
		}
	}
}

func TestGSSAPIRefusesRequests(t *testing.T) {
	t.Parallel()
	realm := newRealm(t, krb5.Config{})
	s := newTestServer(t, Config{Kerberos: kerberosOf(realm)})
	other := newRealm(t, krb5.Config{})
	for name, change := range map[string]func(*initiator){
		"not mutual":        func(i *initiator) { i.want(virshFlags &^ gssMutual) },
		"early":             func(i *initiator) { i.auth.CTime = i.auth.CTime.Add(-6 * time.Minute) },
		"late":              func(i *initiator) { i.auth.CTime = i.auth.CTime.Add(6 * time.Minute) },
		"client":            func(i *initiator) { i.auth.CName.NameString[0] = "bob" },
		"client's realm":    func(i *initiator) { i.auth.CRealm = "ELSEWHERE" },
		"no checksum":       func(i *initiator) { i.auth.Cksum = types.Checksum{} },
		"short checksum":    func(i *initiator) { i.auth.Cksum.Checksum = i.auth.Cksum.Checksum[:23] },
		"other checksum":    func(i *initiator) { i.auth.Cksum.CksumType = 15 },
		"another's ticket":  func(i *initiator) { i.ticket = newInitiator(t, forge(t, other, krb5.Request{})).ticket },
		"session key":       func(i *initiator) { rand.Read(i.session.KeyValue) },
		"no service":        func(i *initiator) { i.ticket.SName.NameString = nil },
		"ticket altered":    func(i *initiator) { i.ticket.EncPart.Cipher[20] ^= 1 },
		"ticket cut":        func(i *initiator) { i.ticket.EncPart.Cipher = i.ticket.EncPart.Cipher[:11] },
		"ticket empty":      func(i *initiator) { i.ticket.EncPart.Cipher = nil },
		"ticket's etype":    func(i *initiator) { i.ticket.EncPart.EType = 23 },
		"ticket's etype 17": func(i *initiator) { i.ticket.EncPart.EType = 17 },
		"ticket's version":  func(i *initiator) { i.ticket.TktVNO = 4 },
	} {
		i := newInitiator(t, forge(t, realm, krb5.Request{}))
		change(i)
		x, err := s.Start(true, GSSAPI, i.token(t))
		if !errors.Is(err, ErrRefused) || x.User() != "" || strings.Contains(err.Error(), "own code") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGSSAPIReplay(t *testing.T) {
	t.Parallel()
	realm := newRealm(t, krb5.Config{})
	now := time.Now()
	k := kerberosOf(realm)
	k.Now = func() time.Time { return now }
	s := newTestServer(t, Config{Kerberos: k})
	i := newInitiator(t, forge(t, realm, krb5.Request{}))
	first, second := i.token(t), i.token(t)
	for n, c := range []struct {
		token []byte
		want  bool
	}{{first, true}, {first, false}, {second, true}, {second, false}, {first, false}} {
		if _, err := s.Start(true, GSSAPI, c.token); (err == nil) != c.want {
			t.Errorf("try %d: %v", n, err)
		}
	}
	now = now.Add(maxSkew + time.Minute)
	if _, err := s.Start(true, GSSAPI, first); err == nil {
		t.Error("it is taken again once it is old")
	}
	i.auth.CTime = now.UTC()
	if _, err := s.Start(true, GSSAPI, i.token(t)); err != nil || len(s.kerberos.seen.seen) != 1 {
		t.Errorf("%v; %d are remembered, want 1", err, len(s.kerberos.seen.seen))
	}
}

// What comes behind the ticket is taken or not as by a real libvirtd, which was asked the
// same.
func TestGSSAPIChoices(t *testing.T) {
	t.Parallel()
	realm := newRealm(t, krb5.Config{})
	s := newTestServer(t, Config{Kerberos: kerberosOf(realm)})
	for _, c := range []struct {
		name   string
		secure bool
		choice string
		as     string // "" if it is refused
	}{
		{"layer", false, "\x04\x01\x00\x00", "fred"},
		{"both layers", false, "\x06\x01\x00\x00", "fred"},
		{"only signed", false, "\x02\x01\x00\x00", "fred"},
		{"all layers", false, "\xff\x01\x00\x00", "fred"},
		{"as oneself", false, "\x04\x01\x00\x00fred", "fred"},
		{"nothing fits", false, "\x04\x00\x00\x00", "fred"},
		{"little fits", false, "\x04\x00\x00\x10", "fred"},
		{"as another", false, "\x04\x01\x00\x00bob", ""},
		{"with the realm", false, "\x04\x01\x00\x00fred@" + realm.Name(), ""},
		{"with a zero byte", false, "\x04\x01\x00\x00fred\x00", ""},
		{"no layer", false, "\x01\x00\x00\x00", ""},
		{"nothing chosen", false, "\x00\x01\x00\x00", ""},
		{"unknown layer", false, "\x08\x01\x00\x00", ""},
		{"short", false, "\x04\x01\x00", ""},
		{"empty", false, "", ""},
		{"no layer", true, "\x01\x00\x00\x00", "fred"},
		{"nothing chosen", true, "\x00\x00\x00\x00", "fred"},
		{"unknown layer", true, "\x08\x01\x00\x00", "fred"},
		{"as oneself", true, "\x01\x00\x00\x00fred", "fred"},
		{"as another", true, "\x01\x00\x00\x00bob", ""},
		{"layer", true, "\x04\x01\x00\x00", ""},
		{"only signed", true, "\x02\x01\x00\x00", ""},
		{"no layer, and one", true, "\x05\x01\x00\x00", ""},
	} {
		for _, sealed := range []bool{false, true} {
			x, context, _ := offerOf(t, s, c.secure, newInitiator(t, forge(t, realm, krb5.Request{})))
			token := signed(t, context, c.choice)
			if sealed {
				token = context.seal(nil, []byte(c.choice))
			}
			err := x.Step(token)
			if c.as == "" && (!errors.Is(err, ErrRefused) || x.User() != "") || c.as != "" && (err != nil || x.User() != c.as) {
				t.Errorf("%s, secure %v, sealed %v: user %q, %v", c.name, c.secure, sealed, x.User(), err)
			}
			if x.Step(token) == nil {
				t.Errorf("%s: a step after the end is taken", c.name)
			}
		}
	}
	x, err := s.Start(true, GSSAPI, newInitiator(t, forge(t, realm, krb5.Request{})).token(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Step([]byte{0}); !errors.Is(err, ErrRefused) {
		t.Errorf("data in place of the empty step: %v", err)
	}
}

// Tokens are altered byte by byte, and cut everywhere: none of that gets in.
func TestGSSAPIRefusesAlteredTokens(t *testing.T) {
	t.Parallel()
	for _, e := range krb5.ETypes() {
		realm := newRealm(t, krb5.Config{ETypes: []krb5.EType{e}})
		s := newTestServer(t, Config{Kerberos: kerberosOf(realm)})
		token := newInitiator(t, forge(t, realm, krb5.Request{})).token(t)
		for n := range token {
			x, err := s.Start(false, GSSAPI, token[:n])
			if n > 0 && !errors.Is(err, ErrRefused) || x.User() != "" {
				t.Errorf("%s, cut at %d: %v", e, n, err)
			}
		}
		x, c, _ := offerOf(t, s, false, newInitiator(t, forge(t, realm, krb5.Request{})))
		if err := x.Step(signed(t, c, "\x04\x01\x00\x00")); err != nil {
			t.Fatal(err)
		}
		for _, packet := range [][]byte{c.seal(nil, []byte("some bytes")), signed(t, c, "some bytes")} {
			for n := range packet {
				if _, err := x.Layer().Unwrap(slices.Clone(packet[:n])); err == nil {
					t.Errorf("%s: a packet cut at %d is taken", e, n)
				}
				altered := slices.Clone(packet)
				altered[n] ^= 0x80
				// How far a packet is rotated is not signed.
				if got, err := x.Layer().Unwrap(altered); err == nil && (n < 6 || n > 7 || !bytes.Equal(got, []byte("some bytes"))) {
					t.Errorf("%s: a packet altered at %d is taken", e, n)
				}
			}
			if got, err := x.Layer().Unwrap(packet); err != nil || string(got) != "some bytes" {
				t.Errorf("%s: %q, %v", e, got, err)
			}
		}
	}
}

// Other implementations rotate tokens, and fill them up.
func TestGSSAPIRotation(t *testing.T) {
	t.Parallel()
	realm := newRealm(t, krb5.Config{})
	x, c, _ := offerOf(t, newTestServer(t, Config{Kerberos: kerberosOf(realm)}), false, newInitiator(t, forge(t, realm, krb5.Request{})))
	if err := x.Step(signed(t, c, "\x04\x01\x00\x00")); err != nil {
		t.Fatal(err)
	}
	for _, rotated := range []int{1, 28, 1000, 65535} {
		for _, token := range [][]byte{c.seal(nil, []byte("some bytes")), signed(t, c, "some bytes")} {
			body := token[wrapHeader:]
			n := rotated % len(body)
			turned := slices.Concat(token[:wrapHeader], body[len(body)-n:], body[:len(body)-n])
			binary.BigEndian.PutUint16(turned[6:], uint16(rotated))
			if got, err := x.Layer().Unwrap(turned); err != nil || string(got) != "some bytes" {
				t.Errorf("rotated by %d: %q, %v", rotated, got, err)
			}
		}
	}
	header := c.header(flagSealed, 5)
	_, body, err := c.etype.EncryptMessage(c.key.KeyValue, slices.Concat([]byte("some bytes"), make([]byte, 5), header), usage(clientSide))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := x.Layer().Unwrap(slices.Concat(header, body)); err != nil || string(got) != "some bytes" {
		t.Errorf("filled up: %q, %v", got, err)
	}
}

// No bytes that a client may send make GSSAPI panic, or let it in.
func FuzzGSSAPI(f *testing.F) {
	realm := newRealm(f, krb5.Config{ETypes: krb5.ETypes(), Seed: "fuzz"})
	s, err := NewServer(Config{Realm: "node", Kerberos: kerberosOf(realm)})
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range krb5.ETypes() {
		i := newInitiator(f, forge(f, realm, krb5.Request{EType: e, Flaw: krb5.ForeignKey}))
		f.Add(i.token(f))
		i.ticket.EncPart.Cipher = i.ticket.EncPart.Cipher[:11]
		f.Add(i.token(f))
		i.ticket.SName.NameString = nil
		f.Add(i.token(f))
	}
	f.Add([]byte("\x60\x82"))
	f.Fuzz(func(t *testing.T, token []byte) {
		x, err := s.Start(false, GSSAPI, token)
		if len(token) > 0 && err == nil || x.User() != "" {
			t.Errorf("user %q is in", x.User())
		}
		if err != nil && (!errors.Is(err, ErrRefused) || strings.Contains(err.Error(), "own code")) {
			t.Error(err)
		}
	})
}

// Nor do those in place of an authenticator, or of a choice, or of a packet.
func FuzzGSSAPIBehindTheTicket(f *testing.F) {
	realm := newRealm(f, krb5.Config{Seed: "fuzz"})
	s, err := NewServer(Config{Realm: "node", Kerberos: kerberosOf(realm)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(int32(18), []byte("short"), []byte("\x05\x04\x04\xff\x00\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"))
	f.Add(int32(18), make([]byte, 40), []byte("\x05\x04\x06\xff\x00\x00\x00\x1c\x00\x00\x00\x00\x00\x00\x00\x01abcdefghijklmn"))
	f.Fuzz(func(t *testing.T, etype int32, sealed, token []byte) {
		i := newInitiator(t, forge(t, realm, krb5.Request{}))
		x, c, _ := offerOf(t, s, false, i)
		request := messages.APReq{PVNO: 5, MsgType: 14, APOptions: types.NewKrbFlags(), Ticket: i.ticket,
			EncryptedAuthenticator: types.EncryptedData{EType: etype, Cipher: sealed}}
		types.SetFlag(&request.APOptions, flags.APOptionMutualRequired)
		b, err := request.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Start(false, GSSAPI, framed(b)); !errors.Is(err, ErrRefused) || strings.Contains(err.Error(), "own code") {
			t.Errorf("authenticator: %v", err)
		}
		if err := x.Step(token); !errors.Is(err, ErrRefused) || x.User() != "" || strings.Contains(err.Error(), "own code") {
			t.Errorf("choice: %v", err)
		}
		if _, err := c.unwrap(slices.Clone(token)); err == nil {
			t.Error("a packet of nobody's is taken")
		}
	})
}
