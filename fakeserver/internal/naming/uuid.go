package naming

import (
	"encoding/hex"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"
)

// FormatUUID writes a UUID with its four dashes, in small letters.
func FormatUUID(u libvirt.UUID) string {
	var b [36]byte
	hex.Encode(b[0:8], u[0:4])
	hex.Encode(b[9:13], u[4:6])
	hex.Encode(b[14:18], u[6:8])
	hex.Encode(b[19:23], u[8:10])
	hex.Encode(b[24:36], u[10:16])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// ParseUUID reads a UUID in any of the forms that libvirt reads (virUUIDParse):
// with dashes anywhere between bytes, or none.
func ParseUUID(s string) (u libvirt.UUID, ok bool) {
	n, err := hex.Decode(u[:], make32(s))
	return u, err == nil && n == len(u)
}

func make32(s string) []byte {
	b := []byte(strings.ReplaceAll(strings.TrimSpace(s), "-", ""))
	if len(b) != 2*libvirt.UUIDBuflen {
		return nil
	}
	return b
}
