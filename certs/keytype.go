package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"strings"
)

// KeyType is a kind of key pair, for certificates and for SSH alike.
type KeyType int

// The kinds of keys that GnuTLS, Go, OpenSSH, libssh and libssh2 all accept. An RSA
// key takes a thousand times longer to make than the others and is never made
// unless it was asked for.
const (
	P256 KeyType = iota // ECDSA on NIST P-256: the default for certificates
	P384
	P521
	Ed25519 // the default for SSH
	RSA2048
	RSA3072
	RSA4096
)

var keyTypeNames = [...]string{"p256", "p384", "p521", "ed25519", "rsa2048", "rsa3072", "rsa4096"}

// String returns the name of k in lower case, such as "p256" or "ed25519".
func (k KeyType) String() string {
	if k < 0 || int(k) >= len(keyTypeNames) {
		return fmt.Sprintf("KeyType(%d)", int(k))
	}
	return keyTypeNames[k]
}

// MarshalText returns the name of k, as [KeyType.String] does.
func (k KeyType) MarshalText() ([]byte, error) {
	if k < 0 || int(k) >= len(keyTypeNames) {
		return nil, fmt.Errorf("certs: there is no key type %d", int(k))
	}
	return []byte(keyTypeNames[k]), nil
}

// UnmarshalText reads a name as [KeyType.String] gives it, in either case.
func (k *KeyType) UnmarshalText(text []byte) error {
	for i, name := range keyTypeNames {
		if strings.EqualFold(name, string(text)) {
			*k = KeyType(i)
			return nil
		}
	}
	return fmt.Errorf("certs: unknown key type %q: want one of %s", text, strings.Join(keyTypeNames[:], ", "))
}

// generate makes a key. With a random source of its own it repeats for the same
// bytes, except for RSA: since Go 1.26 the generators of the standard library
// ignore the source they are given, so the keys are built from raw bytes here, and
// the search for primes is not worth repeating that way.
func (k KeyType) generate(random io.Reader) (crypto.Signer, error) {
	switch k {
	case P256:
		return generateECDSA(elliptic.P256(), random)
	case P384:
		return generateECDSA(elliptic.P384(), random)
	case P521:
		return generateECDSA(elliptic.P521(), random)
	case Ed25519:
		seed := make([]byte, ed25519.SeedSize)
		if _, err := io.ReadFull(randomOr(random), seed); err != nil {
			return nil, fmt.Errorf("certs: making an Ed25519 key: %w", err)
		}
		return ed25519.NewKeyFromSeed(seed), nil
	case RSA2048:
		return rsa.GenerateKey(rand.Reader, 2048)
	case RSA3072:
		return rsa.GenerateKey(rand.Reader, 3072)
	case RSA4096:
		return rsa.GenerateKey(rand.Reader, 4096)
	}
	return nil, fmt.Errorf("certs: there is no key type %d", int(k))
}

func generateECDSA(curve elliptic.Curve, random io.Reader) (crypto.Signer, error) {
	if random == nil {
		return ecdsa.GenerateKey(curve, rand.Reader)
	}
	bits := curve.Params().BitSize
	raw := make([]byte, (bits+7)/8)
	// A scalar out of range is drawn again: about never on P-256 and P-384, every
	// other time on P-521. More than this many in a row is a source that is stuck.
	for range 128 {
		if _, err := io.ReadFull(random, raw); err != nil {
			return nil, fmt.Errorf("certs: making a key on %s: %w", curve.Params().Name, err)
		}
		raw[0] &= byte(0xff >> (8*len(raw) - bits))
		if key, err := ecdsa.ParseRawPrivateKey(curve, raw); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("certs: making a key on %s: %w", curve.Params().Name, errStuckSource)
}

var errStuckSource = errors.New("the random source repeats a value that is no key")

func randomOr(random io.Reader) io.Reader {
	if random == nil {
		return rand.Reader
	}
	return random
}
