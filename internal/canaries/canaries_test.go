package canaries

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Each form is found wherever it stands, and nothing else is.
func TestIn(t *testing.T) {
	t.Parallel()
	var set Set
	secret, other := set.New("mine"), set.New("another")
	inJSON, _ := json.Marshal(map[string]any{"a": "x" + secret, "b": []byte("xy" + secret + "z")})
	for _, text := range []string{
		secret,
		"level=INFO msg=" + fmt.Sprintf("%q", "user "+secret+" is in"),
		hex.EncodeToString([]byte("x" + secret)), fmt.Sprintf("%X", "xyz"+secret),
		base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.StdEncoding.EncodeToString([]byte("x" + secret + "y")),
		base64.StdEncoding.EncodeToString([]byte("xy" + secret + "zzz")),
		base64.RawURLEncoding.EncodeToString([]byte("\x00fred\x00" + secret)),
		"qemu://" + url.UserPassword("u", secret).String() + "@h", "?p=" + url.QueryEscape(secret), url.PathEscape(secret),
		fmt.Sprint([]byte("x" + secret)), fmt.Sprintf("%#v", []byte(secret+"x")), fmt.Sprintf("%v", []int8{1, 2}) + fmt.Sprint([]byte(secret)),
		string(inJSON),
	} {
		leaks := set.In(text)
		if len(leaks) == 0 || slices.ContainsFunc(leaks, func(l string) bool { return !strings.HasPrefix(l, "mine, ") }) {
			t.Errorf("in %q are %q", text, leaks)
		}
	}
	for _, text := range []string{"", "Qz", secret[1:], strings.ToUpper(secret), base64.StdEncoding.EncodeToString([]byte(secret[:8]))} {
		if leaks := set.In(text); len(leaks) > 0 {
			t.Errorf("in %q are %q", text, leaks)
		}
	}
	if secret == other || set.Len() != 2 {
		t.Errorf("%d secrets: %q and %q", set.Len(), secret, other)
	}
}

// Every long line of a key is a secret of its own; its frame is not.
func TestAddLines(t *testing.T) {
	t.Parallel()
	var set Set
	set.Add("key", "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\nAwEHBG0wawIBAQQgevZz\nQ==\n-----END PRIVATE KEY-----\n")
	if set.Len() != 2 || len(set.In("BEGIN PRIVATE KEY")) > 0 || len(set.In("x AwEHBG0wawIBAQQgevZz x")) == 0 {
		t.Errorf("%d lines: %q", set.Len(), set.secrets)
	}
}
