package fakeserver

import (
	"errors"
	"fmt"
	"slices"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/auth"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
)

// Kerberos is what GSSAPI needs, SASL's mechanism for Kerberos 5: the keys of the service
// libvirt/HOST. There is no KDC: they come from a file, or are made up with the node, and
// tickets for them are forged by [Server.Kerberos] or "fakelibvirtd krb5 ticket". The zero
// value has no keys, and so GSSAPI is not offered.
type Kerberos struct {
	// Realm is the default realm of the node, whose users come in under their mere
	// names: fred for fred@REALM, but fred@OTHER.REALM as that. Empty means that of the
	// Keytab's first key. Without a Keytab, keys are made up for this realm.
	Realm string `yaml:"realm,omitempty"`
	// Keytab is a file with the keys.
	Keytab string `yaml:"keytab,omitempty"`
	// Hosts are those whose tickets the node takes, the HOST of libvirt/HOST. Empty means
	// all by which the node's URIs name it: its host name, those of WithNames,
	// localhost (also for unix sockets), 127.0.0.1 and ::1. A real libvirtd takes one
	// alone, its host name.
	Hosts []string `yaml:"hosts,omitempty"`
}

// wanted reports whether there are settings.
func (k *Kerberos) wanted() bool { return k.Realm != "" || k.Keytab != "" || k.Hosts != nil }

// makeKerberos reads the node's keys, or makes them up. It returns nil if there are to
// be none.
func (c *config) makeKerberos() (*auth.Kerberos, error) {
	k := &c.auth.Kerberos
	if !k.wanted() {
		return nil, nil
	}
	if k.Realm == "" && k.Keytab == "" {
		return nil, errors.New("Kerberos has hosts and nothing else: want a realm, such as EXAMPLE.TEST, or a keytab")
	}
	hosts := slices.Clone(k.Hosts)
	if len(hosts) == 0 {
		hosts = slices.Concat([]string{c.hostname}, c.names, []string{"localhost", "127.0.0.1", "::1"})
	}
	var err error
	if k.Keytab == "" {
		c.realm, err = krb5.New(krb5.Config{Name: k.Realm, Hosts: hosts, Now: c.clock.Now})
	} else {
		c.realm, err = c.readKeytab()
	}
	if err != nil {
		return nil, fmt.Errorf("Kerberos: %w", err)
	}
	realm := k.Realm
	if realm == "" {
		realm = c.realm.Name()
	}
	return &auth.Kerberos{Keytab: c.realm.Keytab(), Realm: realm, Hosts: hosts, Now: c.clock.Now}, nil
}

func (c *config) readKeytab() (*krb5.Realm, error) {
	keytab, err := krb5.ReadKeytab(c.auth.Kerberos.Keytab)
	if err != nil {
		return nil, err
	}
	return krb5.Of(keytab, c.clock.Now)
}

// Kerberos returns the realm of the node's keys, which forges tickets for its clients;
// nil if WithAuth has no settings of Kerberos. The time of tickets is that of the node's
// clock.
func (s *Server) Kerberos() *krb5.Realm { return s.cfg.realm }
