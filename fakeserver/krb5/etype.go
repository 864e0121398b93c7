package krb5

import (
	"fmt"
	"strings"
)

// EType is a type of encryption, by its number.
type EType int32

// The types of encryption that there are here: those with AES.
const (
	AES128SHA1   EType = 17 // aes128-cts-hmac-sha1-96
	AES256SHA1   EType = 18 // aes256-cts-hmac-sha1-96
	AES128SHA256 EType = 19 // aes128-cts-hmac-sha256-128
	AES256SHA384 EType = 20 // aes256-cts-hmac-sha384-192
)

// ETypes returns all of them.
func ETypes() []EType { return []EType{AES128SHA1, AES256SHA1, AES128SHA256, AES256SHA384} }

// String returns the name, as MIT's programs print it.
func (e EType) String() string {
	switch e {
	case AES128SHA1:
		return "aes128-cts-hmac-sha1-96"
	case AES256SHA1:
		return "aes256-cts-hmac-sha1-96"
	case AES128SHA256:
		return "aes128-cts-hmac-sha256-128"
	case AES256SHA384:
		return "aes256-cts-hmac-sha384-192"
	}
	return fmt.Sprintf("etype %d", int32(e))
}

// KeySize returns the length of a key in bytes; 0 for a type that is not one of
// [ETypes].
func (e EType) KeySize() int {
	const aes128, aes256 = 16, 32
	switch e {
	case AES128SHA1, AES128SHA256:
		return aes128
	case AES256SHA1, AES256SHA384:
		return aes256
	}
	return 0
}

// ParseEType returns the type of a name.
func ParseEType(name string) (EType, error) {
	var names []string
	for _, e := range ETypes() {
		if e.String() == name {
			return e, nil
		}
		names = append(names, e.String())
	}
	return 0, fmt.Errorf("no encryption type %q: want one of %s", name, strings.Join(names, ", "))
}
