package auth

import (
	"slices"
	"strings"
)

// The mechanisms by name.
const (
	GSSAPI      = "GSSAPI"
	ScramSHA256 = "SCRAM-SHA-256"
	ScramSHA1   = "SCRAM-SHA-1"
	DigestMD5   = "DIGEST-MD5"
	Plain       = "PLAIN"
	Anonymous   = "ANONYMOUS"
)

// minSSF is the strength, in bits of a key, that libvirtd wants of a mechanism's own
// encryption where the connection has none.
const minSSF = 56

// conversation is one exchange of a mechanism.
type conversation interface {
	// start answers what came with the mechanism's name; data has length 0 if
	// nothing did.
	start(data []byte) (Reply, error)
	// step answers what came after.
	step(data []byte) (Reply, error)
}

// mechanism is one that the server knows.
type mechanism struct {
	name string
	// ssf is the strength of the encryption that it can bring.
	ssf int
	// anonymous mechanisms tell of no user that could be checked.
	anonymous bool
	// kerberos is needed for some.
	kerberos bool
	begin    func(s *Server, secure bool, done *result) conversation
}

// mechanisms are all that there are, in the order in which Cyrus SASL lists them if
// nobody has told it which: the strongest first.
func mechanisms() []mechanism {
	return []mechanism{
		{name: GSSAPI, ssf: 256, kerberos: true, begin: beginGSSAPI},
		{name: ScramSHA256, begin: beginScram(hashSHA256)},
		{name: ScramSHA1, begin: beginScram(hashSHA1)},
		{name: DigestMD5, ssf: 128, begin: beginDigest},
		{name: Plain, begin: beginPlain},
		{name: Anonymous, anonymous: true, begin: beginAnonymous},
	}
}

// fits reports whether libvirtd may use the mechanism on such a connection.
func (m *mechanism) fits(secure bool) bool {
	return secure || m.ssf >= minSSF && !m.anonymous
}

// Names returns the names of all mechanisms, the strongest first.
func Names() []string {
	var names []string
	for _, m := range mechanisms() {
		names = append(names, m.name)
	}
	return names
}

// Canonical returns a mechanism's name as it is listed, for one in letters of any
// case, or "" if there is none.
func Canonical(name string) string {
	names := Names()
	i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
	if i < 0 {
		return ""
	}
	return names[i]
}
