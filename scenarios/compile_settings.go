package scenarios

import (
	"fmt"
	"reflect"
	"regexp"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// settings checks what says who may come in.
func (c *compiler) settings(at place, n *node) {
	k := n.keys
	if keytab := k.Auth.Kerberos.Keytab; keytab != "" && c.dir == "" {
		c.problem(k.Auth.path("kerberos.keytab"), "keytab: only a scenario that is read from a file can name one")
		return
	}
	k.Auth.Kerberos.Keytab = c.path(k.Auth.Kerberos.Keytab)
	// What the settings have to do with.
	more := []fakeserver.Option{
		fakeserver.WithHostname(k.Hostname), fakeserver.WithDrivers(n.drivers...), fakeserver.WithLibvirtVersion(k.version()),
	}
	checkSettings(c, "auth", k.Auth.Value, func(k *authKeys) []fakeserver.Option {
		k.Kerberos.Keytab = c.path(k.Kerberos.Keytab)
		return append(k.options(), more...)
	})
	checkSettings(c, "access", k.Access.Value, func(k *accessKeys) []fakeserver.Option { return append(k.options(), more...) })
	checkSettings(c, "unix_sockets", k.UnixSockets.Value, (*unixKeys).options)
	checkSettings(c, "tls", k.TLS.Value, (*tlsKeys).options)
	checkSettings(c, "ssh", k.SSH.Value, (*sshKeys).options)
	for i, v := range k.Certificates {
		if _, err := certs.Lookup(v); err != nil {
			c.problem(at.path(fmt.Sprintf("certificates[%d]", i)), "certificates: there is no %q in the catalogue: %s", v, instead(string(v), catalogue()))
		}
	}
}

// catalogue are the names of the certificates that there are.
func catalogue() []string {
	var names []string
	for _, e := range certs.Catalogue() {
		names = append(names, string(e.Variant))
	}
	return names
}

// checkSettings has package fakeserver look at the settings of one key, and reports
// each thing that it minds at the part of v without which it does not.
func checkSettings[T any](c *compiler, key string, v *yamlValue, options func(*T) []fakeserver.Option) {
	if v == nil {
		return
	}
	check := func(v *yamlValue) error {
		var k T
		(&decoder{}).decode(v, reflect.ValueOf(&k).Elem(), key)
		return fakeserver.Check(options(&k)...)
	}
	most := 20 // problems
	if v.size(few) >= few {
		most = 1
	}
	for range most {
		err := check(v)
		if err == nil {
			return
		}
		var found blamed
		found, v = blame(v, err, check)
		text := optionName.ReplaceAllString(found.err.Error(), "")
		c.problem(found.at, "%s: %s", key, userName.ReplaceAllString(text, "user"))
		if v == nil {
			return
		}
	}
}

// optionName is how errors of package fakeserver begin: with the name of a Go function.
var optionName = regexp.MustCompile(`^With\w+: (sshd: )?`)

// userName is where errors show the name of a user. A comma that was forgotten makes
// the password a part of it.
var userName = regexp.MustCompile(`user "([^"\\]|\\.)*"`)
