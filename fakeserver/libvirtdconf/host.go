package libvirtdconf

import (
	"bytes"
	"encoding/hex"
	"strings"
)

// asHostUUID reads what libvirtd takes for the UUID of a host.
func (s *setting) asHostUUID() (string, error) {
	text, err := s.asText()
	if err == nil && !isHostUUID(text) {
		err = s.fail("invalid host UUID: %s", text)
	}
	return text, err
}

// isHostUUID reports whether a text is 16 bytes in hexadecimal, not all the same.
// Libvirt does not mind hyphens before any of them, nor blanks around.
func isHostUUID(text string) bool {
	const blanks = " \t\n\v\f\r"
	text = strings.TrimRight(strings.TrimLeft(text, blanks+"-"), blanks)
	var id []byte
	for {
		text = strings.TrimLeft(text, "-")
		if len(text) < 2 {
			break
		}
		octet, err := hex.DecodeString(text[:2])
		if err != nil {
			return false
		}
		id, text = append(id, octet...), text[2:]
		if len(id) == 16 {
			break
		}
	}
	return text == "" && len(id) == 16 && !bytes.Equal(id, bytes.Repeat(id[:1], 16))
}

// checkSource looks at where libvirtd has the UUID from, which it does if the file
// does not have one.
func (c *Config) checkSource() error {
	if c.uuidSource == nil || c.hasUUID || c.uuidSource.text == "smbios" || c.uuidSource.text == "machine-id" {
		return nil
	}
	return c.uuidSource.fail("invalid UUID source: %s", c.uuidSource.text)
}

// asLogLevel reads 1 to 4, or 0 for that of libvirtd.
func (s *setting) asLogLevel() (uint32, error) {
	n, err := s.asUint()
	if err == nil && n > 4 {
		err = s.fail("invalid argument: Failed to set logging priority, argument '%d' is invalid", n)
	}
	return n, err
}
