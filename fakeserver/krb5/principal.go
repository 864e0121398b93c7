package krb5

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/types"
)

// Principal is who a ticket is from or for.
type Principal struct {
	// Name has its parts divided by slashes: "fred", "libvirt/node1".
	Name  string
	Realm string
}

// String returns NAME@REALM.
func (p Principal) String() string { return p.Name + "@" + p.Realm }

// ParsePrincipal reads NAME or NAME@REALM; realm is that of a name without one.
func ParsePrincipal(text, realm string) (Principal, error) {
	name, own, hasRealm := strings.Cut(text, "@")
	if hasRealm {
		realm = own
	}
	p := Principal{name, realm}
	for _, part := range strings.Split(name, "/") {
		if part == "" {
			return p, fmt.Errorf("principal %q: want NAME, NAME/INSTANCE or one of these with @REALM", text)
		}
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r == '\\' || unicode.IsControl(r) }) || len(name) > maxName {
		return p, fmt.Errorf("principal %q: want a name without backslashes and control characters, of at most %d bytes", text, maxName)
	}
	return p, checkRealm(realm)
}

// maxName bounds the bytes of names, whose lengths have 16 bits in a keytab.
const maxName = 1024

func checkRealm(realm string) error {
	if realm == "" || strings.ContainsAny(realm, "@/\\\x00 \t\r\n{}[]=\"") || len(realm) > maxName {
		return fmt.Errorf("realm %q: want a name such as EXAMPLE.TEST", realm)
	}
	return nil
}

// checkHost tells whether a host's name can be a part of a principal.
func checkHost(host string) error {
	if host == "" || strings.ContainsAny(host, "@/\\\x00 \t\r\n") || len(host) > maxName {
		return fmt.Errorf("host %q: want a host name or an address", host)
	}
	return nil
}

// wire returns the principal's name as messages have it.
func (p Principal) wire() types.PrincipalName {
	kind := nametype.KRB_NT_PRINCIPAL
	if strings.Contains(p.Name, "/") {
		kind = nametype.KRB_NT_SRV_HST
	}
	return types.PrincipalName{NameType: kind, NameString: strings.Split(p.Name, "/")}
}
