// Package canaries finds secrets in what programs print, for tests: each secret is a text
// that stands nowhere else, and so is found wherever it leaks to, as it is or encoded.
//
//	var set canaries.Set
//	password := set.New("password")
//	… log in with it …
//	if leaks := set.In(log); len(leaks) > 0 { t.Error(leaks) } // ["password, in base64"]
package canaries

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Set is some secrets by name. The zero value has none.
type Set struct {
	names, secrets []string
}

// New makes up a secret. It has characters that encodings change, and none that a shell
// or a file of settings trips over within quotes.
func (s *Set) New(name string) string {
	var b [9]byte
	rand.Read(b[:])
	secret := "Qz" + hex.EncodeToString(b[:]) + "/+&%=z"
	s.Add(name, secret)
	return secret
}

// Add adds a secret that is made elsewhere. Of a text of several lines, such as a
// private key in a file, each line is one, if it is long enough not to be found by
// chance and has no blanks, as headers have.
func (s *Set) Add(name, secret string) {
	const least = 12
	for line := range strings.Lines(secret) {
		line = strings.TrimSpace(line)
		if len(line) >= least && !strings.ContainsAny(line, " \t") {
			s.names, s.secrets = append(s.names, name), append(s.secrets, line)
		}
	}
}

// Len returns how many secrets there are, each line of them counted.
func (s *Set) Len() int { return len(s.secrets) }

// In returns which secrets are in a text, and as what.
func (s *Set) In(text string) (leaks []string) {
	for i, secret := range s.secrets {
		for _, f := range forms(secret) {
			if strings.Contains(text, f.text) {
				leaks = append(leaks, s.names[i]+", "+f.name)
			}
		}
	}
	slices.Sort(leaks)
	return slices.Compact(leaks)
}

// form is a way to write a secret.
type form struct{ name, text string }

func forms(secret string) []form {
	b := []byte(secret)
	quoted := strconv.Quote(secret)
	escaped, _ := json.Marshal(secret) // of a string, that cannot fail
	list := []form{
		{"as it is", secret},
		{"quoted", quoted[1 : len(quoted)-1]},
		{"in JSON", string(escaped[1 : len(escaped)-1])},
		{"in hexadecimal", hex.EncodeToString(b)},
		{"in hexadecimal", strings.ToUpper(hex.EncodeToString(b))},
		{"in a query", url.QueryEscape(secret)},
		{"in a path", url.PathEscape(secret)},
		{"as a list of bytes", strings.Trim(fmt.Sprint(b), "[]")},
		{"as a list of bytes", strings.Trim(strings.ReplaceAll(fmt.Sprint(b), " ", ","), "[]")},
		{"as a list of bytes", strings.Trim(strings.ReplaceAll(fmt.Sprint(b), " ", ", "), "[]")},
		{"as Go's bytes", strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", b), "[]byte{"), "}")},
	}
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for ahead := range 3 { // bytes before it that share a group with its first
			text := e.EncodeToString(append(make([]byte, ahead), b...))
			// What other bytes have a part in is cut off at both ends.
			first := []int{0, 2, 3}[ahead]
			last := (ahead + len(b)) / 3 * 4
			list = append(list, form{"in base64", text[first:last]})
		}
	}
	return list
}
