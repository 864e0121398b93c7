package hypervisor

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// UUID is a UUID as the wire carries it: 16 raw bytes.
type UUID [16]byte

// ParseUUID reads a UUID as virUUIDParse does: 32 hexadecimal digits, dashes
// anywhere between pairs of digits, blanks around it.
func ParseUUID(text string) (UUID, error) {
	var id UUID
	digits := strings.ReplaceAll(strings.TrimSpace(text), "-", "")
	if len(digits) != 2*len(id) {
		return UUID{}, fmt.Errorf("malformed UUID %q: want 32 hexadecimal digits", text)
	}
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return UUID{}, fmt.Errorf("malformed UUID %q: %w", text, err)
	}
	return id, nil
}

// String formats the UUID in the canonical form, with four dashes.
func (id UUID) String() string {
	var b [36]byte
	hex.Encode(b[0:8], id[0:4])
	hex.Encode(b[9:13], id[4:6])
	hex.Encode(b[14:18], id[6:8])
	hex.Encode(b[19:23], id[8:10])
	hex.Encode(b[24:36], id[10:16])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}
