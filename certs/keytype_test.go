package certs

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// seeded returns a random source that repeats.
func seeded(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

func describe(key crypto.Signer) string {
	switch key := key.(type) {
	case *ecdsa.PrivateKey:
		return key.Curve.Params().Name
	case ed25519.PrivateKey:
		return "Ed25519"
	case *rsa.PrivateKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	}
	return fmt.Sprintf("%T", key)
}

func TestKeyTypeGenerate(t *testing.T) {
	t.Parallel()
	for kind, want := range map[KeyType]string{
		P256: "P-256", P384: "P-384", P521: "P-521", Ed25519: "Ed25519",
		RSA2048: "RSA 2048", RSA3072: "RSA 3072",
	} {
		for _, source := range []struct {
			name   string
			reader io.Reader
		}{{"default source", nil}, {"own source", seeded(1)}} {
			t.Run(kind.String()+"/"+source.name, func(t *testing.T) {
				key, err := kind.generate(source.reader)
				if err != nil {
					t.Fatal(err)
				}
				if got := describe(key); got != want {
					t.Errorf("made a key of %s, want %s", got, want)
				}
			})
		}
	}
}

func TestKeyTypeGenerateRepeats(t *testing.T) {
	for _, kind := range []KeyType{P256, P384, P521, Ed25519} {
		t.Run(kind.String(), func(t *testing.T) {
			der := func(seed byte) []byte {
				key, err := kind.generate(seeded(seed))
				if err != nil {
					t.Fatal(err)
				}
				der, err := x509.MarshalPKCS8PrivateKey(key)
				if err != nil {
					t.Fatal(err)
				}
				return der
			}
			if !bytes.Equal(der(1), der(1)) {
				t.Error("two keys from the same bytes differ")
			}
			if bytes.Equal(der(1), der(2)) {
				t.Error("keys from different bytes are equal")
			}
		})
	}
}

// constant repeats one byte for ever.
type constant byte

func (c constant) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

func TestKeyTypeGenerateBadSource(t *testing.T) {
	for _, c := range []struct {
		name   string
		kind   KeyType
		source io.Reader
		want   error
	}{
		{"zero is no scalar", P256, constant(0), errStuckSource},
		{"beyond the order of the curve", P521, constant(0xff), errStuckSource},
		{"too few bytes for a scalar", P384, strings.NewReader("short"), io.ErrUnexpectedEOF},
		{"too few bytes for a seed", Ed25519, strings.NewReader("short"), io.ErrUnexpectedEOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := c.kind.generate(c.source); !errors.Is(err, c.want) {
				t.Errorf("generate: %v, want %v", err, c.want)
			}
		})
	}
	if _, err := KeyType(99).generate(nil); err == nil {
		t.Error("generate made a key of a type that does not exist")
	}
}

func TestKeyTypeText(t *testing.T) {
	for k := P256; k <= RSA4096; k++ {
		text, err := k.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back KeyType
		if err := back.UnmarshalText(bytes.ToUpper(text)); err != nil || back != k {
			t.Errorf("%s reads back as %s, %v", text, back, err)
		}
	}
	if _, err := KeyType(99).MarshalText(); err == nil {
		t.Error("MarshalText named a type that does not exist")
	}
	var k KeyType
	if err := k.UnmarshalText([]byte("dsa")); err == nil || !strings.Contains(err.Error(), "ed25519") {
		t.Errorf("UnmarshalText(dsa): %v, want the names that exist", err)
	}
	if got, want := KeyType(99).String(), "KeyType(99)"; got != want {
		t.Errorf("String() = %s, want %s", got, want)
	}
}
