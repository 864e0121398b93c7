package krb5_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

func noon() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }

func newRealm(tb testing.TB, c krb5.Config) *krb5.Realm {
	tb.Helper()
	r, err := krb5.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// A keytab that is written is one that this package, gokrb5 and MIT's klist read.
func TestKeytab(t *testing.T) {
	t.Parallel()
	r := newRealm(t, krb5.Config{Name: "A.TEST", Hosts: []string{"node1", "::1", "node1"}, ETypes: krb5.ETypes(), Version: 300, Now: noon})
	data := r.Keytab().Marshal()
	read, err := krb5.ParseKeytab(data)
	if err != nil || !bytes.Equal(read.Marshal(), data) {
		t.Fatalf("%v, %v", read, err)
	}
	keys := read.Keys()
	if len(keys) != 8 || keys[0].Version != 300 || keys[5].EType != krb5.AES256SHA1 || keys[5].Principal.String() != "libvirt/::1@A.TEST" || !keys[0].Made.Equal(noon()) {
		t.Errorf("%v", keys)
	}
	var other keytab.Keytab
	if err := other.Unmarshal(data); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		key, version, err := other.GetEncryptionKey(types.PrincipalName{NameString: strings.Split(k.Principal.Name, "/")}, k.Principal.Realm, 0, int32(k.EType))
		if err != nil || version != 300 || !bytes.Equal(key.KeyValue, k.Secret()) || len(key.KeyValue) != k.EType.KeySize() {
			t.Errorf("%v: version %d, %v", k, version, err)
		}
	}
	path := filepath.Join(t.TempDir(), "keytab")
	// It was there, and everybody could read it.
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := r.Keytab().WriteFile(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	klist := testclients.Need(t, "klist", "krb5-user")
	out, err := exec.Command(klist, "-kte", path).CombinedOutput()
	for _, e := range krb5.ETypes() {
		if want := "libvirt/node1@A.TEST (" + e.String() + ")"; err != nil || !strings.Contains(string(out), want) {
			t.Errorf("klist: %v, %s, want %s", err, out, want)
		}
	}
}

// A cache that is written is one that gokrb5 and MIT's klist read.
func TestCache(t *testing.T) {
	t.Parallel()
	r := newRealm(t, krb5.Config{Name: "A.TEST", Hosts: []string{"node1", "node2"}})
	tickets, err := r.Tickets(krb5.Request{Client: "fred/admin@B.TEST", Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	var cache credentials.CCache
	if err := cache.Unmarshal(tickets.Cache()); err != nil || len(cache.Credentials) != 4 || cache.DefaultPrincipal.Realm != "B.TEST" {
		t.Errorf("%+v, %v", cache, err)
	}
	klist := testclients.Need(t, "klist", "krb5-user")
	env, err := tickets.WriteClient(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, kv := range env {
		_, path, _ := strings.Cut(kv, "=")
		path = strings.TrimPrefix(path, "FILE:")
		want := map[string]os.FileMode{"krb5cc": 0o600, "krb5.conf": 0o644}[filepath.Base(path)]
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	cmd := exec.Command(klist, "-e", "-f")
	cmd.Env = append(env, "LC_ALL=C", "TZ=UTC")
	out, err := cmd.CombinedOutput()
	for _, want := range []string{
		"Default principal: fred/admin@B.TEST", "libvirt/node1@A.TEST", "libvirt/node2@A.TEST", "libvirt/node2@B.TEST",
		"aes256-cts-hmac-sha1-96, aes256-cts-hmac-sha1-96", "Flags: A", tickets.Until.Format("01/02/06 15:04:05"),
	} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("klist: %v, %s, want %s", err, out, want)
		}
	}
}

// The same seed has the same keys, and any difference has others.
func TestSeed(t *testing.T) {
	t.Parallel()
	base := krb5.Config{Name: "A.TEST", Hosts: []string{"a", "b"}, Seed: "one", Now: noon}
	first := newRealm(t, base).Keytab()
	if again := newRealm(t, base).Keytab(); !bytes.Equal(first.Marshal(), again.Marshal()) {
		t.Errorf("%v and %v differ", first, again)
	}
	seen := map[string]string{}
	note := func(what string, kt *krb5.Keytab) {
		for _, k := range kt.Keys() {
			secret := string(k.Secret())
			if before, twice := seen[secret]; twice {
				t.Errorf("%s and %s have the same key", before, what)
			}
			seen[secret] = what
		}
	}
	note("one", first)
	for what, change := range map[string]func(*krb5.Config){
		"seed": func(c *krb5.Config) { c.Seed = "two" }, "realm": func(c *krb5.Config) { c.Name = "B.TEST" },
		"version": func(c *krb5.Config) { c.Version = 2 }, "none": func(c *krb5.Config) { c.Seed = "" }, "none, again": func(c *krb5.Config) { c.Seed = "" },
		"hosts": func(c *krb5.Config) { c.Hosts = []string{"c"} }, "etype": func(c *krb5.Config) { c.ETypes = []krb5.EType{krb5.AES256SHA384} },
	} {
		c := base
		change(&c)
		note(what, newRealm(t, c).Keytab())
	}
}

// A ticket is sealed with the service's key, and says what it should.
func TestTickets(t *testing.T) {
	t.Parallel()
	r := newRealm(t, krb5.Config{Name: "A.TEST", Hosts: []string{"node1", "node2"}, ETypes: krb5.ETypes(), Now: noon})
	for _, e := range krb5.ETypes() {
		tickets, err := r.Tickets(krb5.Request{Client: "fred", Hosts: []string{"node2"}, EType: e, Life: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		part := open(t, r, tickets, e, "libvirt/node2")
		if part.CName.PrincipalNameString() != "fred" || part.CRealm != "A.TEST" || len(part.Key.KeyValue) != e.KeySize() ||
			!part.StartTime.Equal(noon().Add(-time.Hour)) || !part.EndTime.Equal(noon().Add(time.Minute)) || !tickets.Until.Equal(part.EndTime) {
			t.Errorf("%s: %+v", e, part)
		}
	}
	tickets, err := r.Tickets(krb5.Request{Client: "fred", Hosts: []string{"anything"}, Service: "libvirt/node1"})
	if err == nil {
		open(t, r, tickets, krb5.AES128SHA1, "libvirt/node1")
	} else {
		t.Error(err)
	}
}

// open opens the first ticket with a service's key.
func open(t *testing.T, r *krb5.Realm, tickets *krb5.Tickets, e krb5.EType, service string) *messages.EncTicketPart {
	t.Helper()
	var cache credentials.CCache
	if err := cache.Unmarshal(tickets.Cache()); err != nil {
		t.Fatal(err)
	}
	key, ok := r.Keytab().Find(krb5.Principal{Name: service, Realm: r.Name()}, 0, e)
	if !ok {
		t.Fatalf("no key of %s", service)
	}
	var ticket messages.Ticket
	if err := ticket.Unmarshal(cache.Credentials[0].Ticket); err != nil {
		t.Fatal(err)
	}
	if err := ticket.Decrypt(types.EncryptionKey{KeyType: int32(e), KeyValue: key.Secret()}); err != nil {
		t.Fatal(err)
	}
	if got := ticket.SName.PrincipalNameString() + "@" + ticket.Realm; got != service+"@"+r.Name() {
		t.Errorf("the ticket is for %s", got)
	}
	return &ticket.DecryptedEncPart
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]krb5.Config{
		`realm "A B": want a name`:             {Name: "A B"},
		`realm "A@B": want a name`:             {Name: "A@B"},
		`host "": want a host name`:            {Hosts: []string{""}},
		`host "a@b": want a host name`:         {Hosts: []string{"a@b"}},
		"a realm without hosts":                {Hosts: []string{}},
		"encryption type 23: want one of [aes": {ETypes: []krb5.EType{23}},
	} {
		if _, err := krb5.New(c); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	r := newRealm(t, krb5.Config{Name: "A.TEST"})
	for want, q := range map[string]krb5.Request{
		`principal "": want NAME`:       {},
		`principal "fred/": want NAME`:  {Client: "fred/"},
		`realm "": want a name`:         {Client: "fred@"},
		`principal "a\\b": want a name`: {Client: `a\b`},
		"no key of libvirt/x@A.TEST in the keytab, which has hosts [\"localhost\" \"127.0.0.1\"]": {Client: "fred", Hosts: []string{"x"}},
		"no key of libvirt/localhost@A.TEST for aes128-cts-hmac-sha1-96":                          {Client: "fred", EType: krb5.AES128SHA1},
		`no flaw "late" of tickets: want one of no-ticket, expired`:                               {Client: "fred", Flaw: "late"},
		"tickets that last 1752000h0m0s: want them to end by 2106-02-07":                          {Client: "fred", Life: 1752000 * time.Hour},
		"tickets that last -1s": {Client: "fred", Life: -time.Second},
	} {
		if _, err := r.Tickets(q); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// What is no keytab is refused without showing what it is; holes and keys of other
// types are passed over.
func TestParseKeytab(t *testing.T) {
	t.Parallel()
	good := newRealm(t, krb5.Config{}).Keytab().Marshal()
	for n := range good {
		if _, err := krb5.ParseKeytab(good[:n]); err == nil && n != 2+4+int(good[5]) {
			t.Errorf("cut at %d it is taken", n)
		}
	}
	hole := append([]byte{5, 2, 0xff, 0xff, 0xff, 0xfd, 1, 2, 3}, good[2:]...)
	if kt, err := krb5.ParseKeytab(hole); err != nil || len(kt.Keys()) != 2 {
		t.Errorf("%v, %v", kt, err)
	}
	rc4 := slices.Clone(good)
	at := bytes.Index(rc4, []byte{0, 18, 0, 32})
	rc4[at+1] = 23
	if kt, err := krb5.ParseKeytab(rc4); err != nil || len(kt.Keys()) != 1 {
		t.Errorf("%v, %v", kt, err)
	}
	rc4[at+1] = 17
	const canary = "canary-3d1c"
	for what, data := range map[string][]byte{
		"size": rc4, "nothing": nil, "version 1": {5, 1}, "no keys": {5, 2}, "hole without end": {5, 2, 0x80, 0, 0, 0},
		"text": []byte(canary), "text behind": []byte("\x05\x02\x00\x00\x00\x20" + canary),
	} {
		if kt, err := krb5.ParseKeytab(data); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v, %v", what, kt, err)
		}
	}
}

// No bytes make ParseKeytab panic, and what it takes it writes again.
func FuzzParseKeytab(f *testing.F) {
	r, err := krb5.New(krb5.Config{ETypes: krb5.ETypes(), Seed: "fuzz", Now: noon})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(r.Keytab().Marshal())
	f.Add([]byte{5, 2, 0xff, 0xff, 0xff, 0xfd, 1, 2, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		kt, err := krb5.ParseKeytab(data)
		if err != nil {
			return
		}
		again, err := krb5.ParseKeytab(kt.Marshal())
		if err != nil || len(again.Keys()) != len(kt.Keys()) {
			t.Errorf("%v, and again %v, %v", kt, again, err)
		}
	})
}

// Nothing that is printed shows a key.
func TestShowsNoSecrets(t *testing.T) {
	t.Parallel()
	const seed = "canary-51e9"
	config := krb5.Config{Seed: seed}
	r := newRealm(t, config)
	tickets, err := r.Tickets(krb5.Request{Client: "fred"})
	if err != nil {
		t.Fatal(err)
	}
	key := r.Keytab().Keys()[0]
	var text string
	for _, verb := range []string{"%v ", "%+v ", "%#v ", "%s ", "%q ", "%d ", "%x ", "%o "} {
		for _, v := range []any{key, &key, r.Keytab(), *r.Keytab(), tickets, *tickets, r, *r, config, &config} {
			text += fmt.Sprintf(verb, v)
		}
	}
	secret := key.Secret()
	for _, form := range []string{seed, string(secret), hex.EncodeToString(secret), base64.StdEncoding.EncodeToString(secret)[:20], strings.Trim(fmt.Sprint(secret), "[]")} {
		if strings.Contains(text, form) {
			t.Errorf("%q shows the key", text)
		}
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	a, b := newRealm(t, krb5.Config{Name: "A.TEST", Hosts: []string{"a"}}), newRealm(t, krb5.Config{Name: "B.TEST", Hosts: []string{"b"}})
	r, err := krb5.Of(krb5.NewKeytab(append(a.Keytab().Keys(), b.Keytab().Keys()...)...), nil)
	if err != nil || r.Name() != "A.TEST" || !slices.Equal(r.Hosts(), []string{"a"}) {
		t.Errorf("%v, %v", r, err)
	}
	if _, err := krb5.Of(krb5.NewKeytab(), nil); err == nil {
		t.Error("a realm comes of no keys")
	}
	for _, e := range krb5.ETypes() {
		if got, err := krb5.ParseEType(e.String()); err != nil || got != e {
			t.Errorf("%s: %v, %v", e, got, err)
		}
	}
	if _, err := krb5.ParseEType("rc4-hmac"); err == nil {
		t.Error("rc4-hmac is taken")
	}
}

// A file without an end is read as far as a keytab may go.
func TestReadEndless(t *testing.T) {
	const endless = "/dev/zero"
	if _, err := os.Stat(endless); err != nil {
		t.Skip(err)
	}
	if _, err := krb5.ReadKeytab(endless); err == nil || !strings.Contains(err.Error(), "this is not a keytab") {
		t.Errorf("%s: %v", endless, err)
	}
}
