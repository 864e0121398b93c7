package auth

import (
	"errors"
	"strings"
	"testing"
)

// What a client sends has the size that it may have at libvirtd, and no more.
func TestSizes(t *testing.T) {
	t.Parallel()
	pad := func(begin, end string, size int) string {
		return begin + strings.Repeat("y", size-len(begin)-len(end)) + end
	}
	digest := func(size int) error {
		change := func(s string) string { return pad(s+`,x="`, `"`, size) }
		_, err := login(newTestServer(t, Config{}), false, DigestMD5, "", "", digestClient("fred", "secret", "node", change))
		return err
	}
	scram := func(size int) error {
		_, err := newTestServer(t, Config{}).Start(true, ScramSHA256, []byte(pad("n,,n=fred,r=", "", size)))
		return err
	}
	for _, c := range []struct {
		what string
		send func(size int) error
		most int
	}{
		{"a response of DIGEST-MD5", digest, 4096},
		{"a message of SCRAM", scram, 2048},
	} {
		if err := c.send(c.most); err != nil {
			t.Errorf("%s of %d bytes: %v", c.what, c.most, err)
		}
		if err := c.send(c.most + 1); !errors.Is(err, ErrRefused) {
			t.Errorf("%s of %d bytes: %v", c.what, c.most+1, err)
		}
	}
}
