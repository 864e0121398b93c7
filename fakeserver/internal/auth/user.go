package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/xdg-go/scram"
)

// User is one that may log in with a name and a password.
type User struct {
	Name string
	// Password may be empty if there are Verifiers: then DIGEST-MD5, which needs the
	// password itself, refuses the user.
	Password string
	// Verifiers are what servers of SCRAM keep in place of a password, each in the
	// form of RFC 5803: SCRAM-SHA-256$4096:SALT$STOREDKEY:SERVERKEY, with the last
	// three in base64.
	Verifiers []string
}

// scramHash is a hash that SCRAM is defined with.
type scramHash struct {
	mechanism string
	generator scram.HashGeneratorFcn
	size      int
}

var (
	hashSHA256 = scramHash{ScramSHA256, scram.SHA256, sha256.Size}
	hashSHA1   = scramHash{ScramSHA1, scram.SHA1, sha1.Size}
)

const (
	// iterations is what Cyrus SASL does for users with a password.
	iterations = 4096
	// maxIterations keeps a login from taking minutes.
	maxIterations = 10_000_000
	saltSize      = 16
)

// account is a User with what is worked out of it.
type account struct {
	password string
	// stored are the verifiers by mechanism, made once each at most.
	stored map[string]func() (scram.StoredCredentials, error)
}

func newAccount(u User) (*account, error) {
	switch {
	case u.Name == "" || strings.ContainsRune(u.Name, 0):
		return nil, errors.New("want a name")
	case strings.ContainsRune(u.Password, 0):
		return nil, errors.New("the password has a zero byte")
	case u.Password == "" && len(u.Verifiers) == 0:
		return nil, errors.New("want a password or a verifier")
	}
	a := &account{password: u.Password, stored: make(map[string]func() (scram.StoredCredentials, error))}
	for _, h := range []scramHash{hashSHA256, hashSHA1} {
		if u.Password != "" {
			a.stored[h.mechanism] = sync.OnceValues(func() (scram.StoredCredentials, error) { return h.deriveNew(u.Password) })
		}
	}
	for i, text := range u.Verifiers {
		mechanism, creds, err := parseVerifier(text)
		if err != nil {
			return nil, fmt.Errorf("verifier %d: %w", i+1, err)
		}
		a.stored[mechanism] = func() (scram.StoredCredentials, error) { return creds, nil }
	}
	return a, nil
}

// derive makes a verifier of a password.
func (h scramHash) derive(password, salt string, iterations int) (scram.StoredCredentials, error) {
	client, err := h.generator.NewClient("-", password, "")
	if err != nil {
		return scram.StoredCredentials{}, err
	}
	return client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: salt, Iters: iterations})
}

// deriveNew makes a verifier with a salt of its own.
func (h scramHash) deriveNew(password string) (scram.StoredCredentials, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	return h.derive(password, string(salt), iterations)
}

// errVerifier says nothing of what was there.
var errVerifier = errors.New("want SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY, with base64 in the last three, or the same with SCRAM-SHA-1")

func parseVerifier(text string) (mechanism string, c scram.StoredCredentials, err error) {
	parts := strings.Split(text, "$")
	if len(parts) != 3 {
		return "", c, errVerifier
	}
	count, salt, _ := strings.Cut(parts[1], ":")
	stored, server, _ := strings.Cut(parts[2], ":")
	for _, h := range []scramHash{hashSHA256, hashSHA1} {
		if parts[0] != h.mechanism {
			continue
		}
		c.Iters, err = strconv.Atoi(count)
		saltBytes, err1 := base64.StdEncoding.DecodeString(salt)
		storedKey, err2 := base64.StdEncoding.DecodeString(stored)
		serverKey, err3 := base64.StdEncoding.DecodeString(server)
		if errors.Join(err, err1, err2, err3) != nil || c.Iters < 1 || c.Iters > maxIterations ||
			len(saltBytes) == 0 || len(storedKey) != h.size || len(serverKey) != h.size {
			return "", c, errVerifier
		}
		c.Salt, c.StoredKey, c.ServerKey = string(saltBytes), storedKey, serverKey
		return h.mechanism, c, nil
	}
	return "", c, errVerifier
}

// find returns a user by the name that a client gave: the user's own, or that with
// "@" and the realm. It returns nil if there is none.
func (s *Server) find(name string) *account {
	if a := s.users[name]; a != nil {
		return a
	}
	if short, realm, ok := strings.Cut(name, "@"); ok && realm == s.realm {
		return s.users[short]
	}
	return nil
}

// check reports whether a password is the user's.
func (a *account) check(password string) bool {
	if a.password != "" {
		return hmac.Equal([]byte(a.password), []byte(password))
	}
	for _, h := range []scramHash{hashSHA256, hashSHA1} {
		if stored := a.stored[h.mechanism]; stored != nil {
			c, err := stored()
			if err != nil {
				return false
			}
			tried, err := h.derive(password, c.Salt, c.Iters)
			return err == nil && hmac.Equal(tried.StoredKey, c.StoredKey)
		}
	}
	return false
}
