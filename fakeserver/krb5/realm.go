package krb5

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// service is what the principals of libvirt's service begin with.
const service = "libvirt/"

// DefaultRealm is what a realm is called if its Config does not say.
const DefaultRealm = "FAKELIBVIRTD.TEST"

// Config is what a made-up realm is to be like. Its zero value has a key of libvirt's
// service for localhost and for 127.0.0.1.
type Config struct {
	// Name is the realm's name; empty is DefaultRealm.
	Name string
	// Hosts are those of the services libvirt/HOST; nil is localhost and 127.0.0.1.
	Hosts []string
	// ETypes are the types of encryption of which each service has a key; nil is
	// AES256SHA1 alone.
	ETypes []EType
	// Version is the number of the keys (kvno); 0 is 1.
	Version uint32
	// Seed has the same keys come of it each time, if the rest of the Config is the
	// same. Without one they are random. It is as secret as the keys.
	Seed string
	// Now is what the time is; nil is time.Now.
	Now func() time.Time
}

// String masks the seed.
func (c Config) String() string {
	return fmt.Sprintf("{realm %s, hosts %v, encryption types %v, version %d, seed ***}", c.Name, c.Hosts, c.ETypes, c.Version)
}

// Format masks the seed, whatever the verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// Realm is a realm with its own keys. It may be used by many goroutines at a time.
type Realm struct {
	name   string
	keytab *Keytab
	now    func() time.Time
}

// String shows no secrets.
func (r Realm) String() string { return fmt.Sprintf("realm %s with keys %s", r.name, r.keytab) }

// Format shows no secrets, whatever the verb.
func (r Realm) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

// New makes up a realm.
func New(c Config) (*Realm, error) {
	if c.Name == "" {
		c.Name = DefaultRealm
	}
	if c.Hosts == nil {
		c.Hosts = []string{"localhost", "127.0.0.1"}
	}
	if c.ETypes == nil {
		c.ETypes = []EType{AES256SHA1}
	}
	if c.Version == 0 {
		c.Version = 1
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Seed == "" {
		c.Seed = rand.Text()
	}
	if err := checkRealm(c.Name); err != nil {
		return nil, err
	}
	if len(c.Hosts) == 0 || len(c.ETypes) == 0 {
		return nil, errors.New("a realm without hosts or without encryption types has no keys")
	}
	r := &Realm{name: c.Name, keytab: &Keytab{}, now: c.Now}
	for i, host := range c.Hosts {
		if err := checkHost(host); err != nil {
			return nil, err
		}
		if slices.Contains(c.Hosts[:i], host) {
			continue
		}
		for _, e := range c.ETypes {
			secret, err := makeKey(c, host, e)
			if err != nil {
				return nil, err
			}
			r.keytab.keys = append(r.keytab.keys, Key{
				Principal: Principal{service + host, c.Name}, Version: c.Version, EType: e,
				Made: c.Now().Truncate(time.Second), secret: secret,
			})
		}
	}
	return r, nil
}

// makeKey works a key out of the seed.
func makeKey(c Config, host string, e EType) ([]byte, error) {
	if e.KeySize() == 0 {
		return nil, fmt.Errorf("encryption type %d: want one of %v", e, ETypes())
	}
	what := fmt.Sprintf("%s%s@%s %d %d", service, host, c.Name, c.Version, e)
	return hkdf.Key(sha256.New, []byte(c.Seed), nil, what, e.KeySize())
}

// Of returns the realm of a keytab's first key. now is what the time is; nil is
// time.Now.
func Of(t *Keytab, now func() time.Time) (*Realm, error) {
	if len(t.keys) == 0 {
		return nil, errors.New("the keytab has no keys")
	}
	if now == nil {
		now = time.Now
	}
	return &Realm{name: t.keys[0].Principal.Realm, keytab: t, now: now}, nil
}

// Name returns the realm's name.
func (r *Realm) Name() string { return r.name }

// Keytab returns the keys of the realm's services.
func (r *Realm) Keytab() *Keytab { return r.keytab }

// Hosts returns the hosts of which libvirt's service has a key, in the keytab's order.
func (r *Realm) Hosts() []string {
	var hosts []string
	for _, k := range r.keytab.keys {
		host, ok := strings.CutPrefix(k.Principal.Name, service)
		if ok && k.Principal.Realm == r.name && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}
