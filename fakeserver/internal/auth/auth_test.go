package auth

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xdg-go/scram"
)

func newTestServer(t *testing.T, c Config) *Server {
	t.Helper()
	if c.Realm == "" {
		c.Realm = "node"
	}
	if c.Users == nil {
		c.Users = []User{{Name: "fred", Password: "secret"}, {Name: "bob", Password: "other"}}
	}
	s, err := NewServer(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOffered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mechanisms []string
		secure     bool
		want       string
	}{
		{nil, true, "SCRAM-SHA-256,SCRAM-SHA-1,DIGEST-MD5,PLAIN"},
		{nil, false, "DIGEST-MD5"},
		{[]string{"anonymous", "plain", "Scram-SHA-1", "digest-md5", "PLAIN"}, true, "ANONYMOUS,PLAIN,SCRAM-SHA-1,DIGEST-MD5"},
		{[]string{"plain", "anonymous", "scram-sha-256"}, false, ""},
		{[]string{}, true, ""},
	} {
		got := strings.Join(newTestServer(t, Config{Mechanisms: c.mechanisms}).Offered(c.secure), ",")
		if got != c.want {
			t.Errorf("%v, secure %v: %s, want %s", c.mechanisms, c.secure, got, c.want)
		}
	}
}

func TestNewServerRefuses(t *testing.T) {
	t.Parallel()
	const secret = "canary-55d1"
	for name, c := range map[string]Config{
		"mechanism":     {Realm: "x", Mechanisms: []string{"NTLM"}},
		"no Kerberos":   {Realm: "x", Mechanisms: []string{"gssapi"}},
		"realm":         {Users: []User{{Name: "a", Password: secret}}},
		"no name":       {Realm: "x", Users: []User{{Password: secret}}},
		"no password":   {Realm: "x", Users: []User{{Name: "a"}}},
		"zero byte":     {Realm: "x", Users: []User{{Name: "a", Password: secret + "\x00"}}},
		"twice":         {Realm: "x", Users: []User{{Name: "a", Password: secret}, {Name: "a", Password: secret}}},
		"verifier":      {Realm: "x", Users: []User{{Name: "a", Verifiers: []string{secret}}}},
		"verifier keys": {Realm: "x", Users: []User{{Name: "a", Verifiers: []string{"SCRAM-SHA-1$4096:" + base64.StdEncoding.EncodeToString([]byte(secret)) + "$YQ==:YQ=="}}}},
		"iterations":    {Realm: "x", Users: []User{{Name: "a", Verifiers: []string{verifier(hashSHA1, secret, 0)}}}},
	} {
		if _, err := NewServer(c); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// verifier is a password in the form of RFC 5803.
func verifier(h scramHash, password string, iterations int) string {
	c, err := h.derive(password, "0123456789abcdef", max(iterations, 1))
	if err != nil {
		panic(err)
	}
	b := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("%s$%d:%s$%s:%s", h.mechanism, iterations, b([]byte(c.Salt)), b(c.StoredKey), b(c.ServerKey))
}

// What g_pattern_match_simple matches; brackets are no set, as the real libvirtd
// shows, which keeps fred out for "f[a-r]ed".
func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"fred", "fred", true}, {"fred", "freda", false}, {"fred", "fre", false},
		{"f[a-r]ed", "fred", false}, {"?nonymous", "anonymous", true}, {"?", "é", true},
		{"*", "", true}, {"*", "a/b@c", true}, {"fr*@*", "fred@node", true}, {"fr*@*", "fred", false},
		{"*a*b", "xxaxxbxxb", true}, {"*a*b", "xxaxxbxxc", false}, {"a**", "a", true}, {"", "", true}, {"", "a", false},
	} {
		if got := match(c.pattern, c.text); got != c.want {
			t.Errorf("match(%q, %q) is %v", c.pattern, c.text, got)
		}
	}
}

// login plays the client, and returns the exchange and its failure.
func login(s *Server, secure bool, mechanism, user, password string, client func(*Exchange) error) (*Exchange, error) {
	switch mechanism {
	case Plain:
		return s.Start(secure, mechanism, []byte("\x00"+user+"\x00"+password))
	case Anonymous:
		return s.Start(secure, mechanism, []byte(user))
	case DigestMD5:
		x, err := s.Start(secure, mechanism, nil)
		if err == nil {
			err = client(x)
		}
		return x, err
	}
	h := hashSHA256
	if mechanism == ScramSHA1 {
		h = hashSHA1
	}
	c, err := h.generator.NewClient(user, password, "")
	if err != nil {
		return nil, err
	}
	return scramLogin(s, secure, mechanism, c.NewConversation())
}

func scramLogin(s *Server, secure bool, mechanism string, talk *scram.ClientConversation) (*Exchange, error) {
	first, err := talk.Step("")
	if err != nil {
		return nil, err
	}
	x, err := s.Start(secure, mechanism, []byte(first))
	for err == nil && !x.Reply().Done {
		var next string
		if next, err = talk.Step(string(x.Reply().Data)); err == nil {
			err = x.Step([]byte(next))
		}
	}
	if err == nil {
		if _, err = talk.Step(string(x.Reply().Data)); err == nil && !talk.Valid() {
			err = errors.New("the server's signature is wrong")
		}
	}
	return x, err
}

func digestClient(user, password, realm string, change func(string) string) func(*Exchange) error {
	return func(x *Exchange) error {
		_, err := digestAnswer(x, user, password, realm, "rc4", change)
		return err
	}
}

// digestAnswer answers a challenge and returns the client's own layer.
func digestAnswer(x *Exchange, user, password, realm, cipher string, change func(string) string) (Layer, error) {
	challenge, err := parseDirectives(string(x.Reply().Data))
	if err != nil {
		return nil, err
	}
	r := &digestResponse{user: user, realm: realm, cnonce: "cnonce", nc: "00000001", qop: challenge["qop"], uri: "libvirt/node"}
	ha1 := r.secret(password, challenge["nonce"])
	text := fmt.Sprintf(`username="%s",realm="%s",nonce="%s",cnonce="cnonce",nc=00000001,qop=%s,maxbuf=65536,digest-uri="libvirt/node",response=%s`,
		user, realm, challenge["nonce"], r.qop, r.proof(ha1, "AUTHENTICATE:", challenge["nonce"]))
	if r.qop != "auth" {
		text += ",cipher=" + cipher
	}
	if change != nil {
		text = change(text)
	}
	if err := x.Step([]byte(text)); err != nil {
		return nil, err
	}
	if want := "rspauth=" + r.proof(ha1, ":", challenge["nonce"]); string(x.Reply().Data) != want {
		return nil, fmt.Errorf("the server answers %q, want %q", x.Reply().Data, want)
	}
	if r.qop == "auth" {
		return nil, nil
	}
	return newDigestLayer(ha1, cipher, digestMaxPacket, clientSide)
}

func TestLogin(t *testing.T) {
	t.Parallel()
	salted := []User{{Name: "fred", Verifiers: []string{verifier(hashSHA256, "secret", 5000), verifier(hashSHA1, "secret", 4096)}}}
	for _, c := range []struct {
		name, mechanism string
		config          Config
		user, password  string
		want            string // the user, "" if refused
	}{
		{"right", ScramSHA256, Config{}, "fred", "secret", "fred"},
		{"right", ScramSHA1, Config{}, "fred", "secret", "fred"},
		{"right", Plain, Config{}, "fred", "secret", "fred"},
		{"right", DigestMD5, Config{}, "fred", "secret", "fred"},
		{"right", Anonymous, Config{Mechanisms: []string{Anonymous}}, "me", "", "anonymous"},
		{"password", ScramSHA256, Config{}, "fred", "wrong", ""},
		{"password", ScramSHA1, Config{}, "fred", "wrong", ""},
		{"password", Plain, Config{}, "fred", "wrong", ""},
		{"password", DigestMD5, Config{}, "fred", "wrong", ""},
		{"no password", Plain, Config{}, "fred", "", ""},
		{"another's password", Plain, Config{}, "fred", "other", ""},
		{"user", ScramSHA256, Config{}, "nobody", "secret", ""},
		{"user", Plain, Config{}, "nobody", "secret", ""},
		{"user", DigestMD5, Config{}, "nobody", "secret", ""},
		{"not offered", Anonymous, Config{}, "me", "", ""},
		{"not offered", Plain, Config{Mechanisms: []string{ScramSHA1}}, "fred", "secret", ""},
		{"not allowed", Plain, Config{Allowed: []string{"bob", "f"}}, "fred", "secret", ""},
		{"not allowed", ScramSHA256, Config{Allowed: []string{}}, "fred", "secret", ""},
		{"not allowed", DigestMD5, Config{Allowed: []string{"fred@*"}}, "fred", "secret", ""},
		{"allowed", Plain, Config{Allowed: []string{"bob", "f*"}}, "fred", "secret", "fred"},
		{"with the realm", Plain, Config{Allowed: []string{"fred@*"}}, "fred@node", "secret", "fred@node"},
		{"another realm", Plain, Config{}, "fred@elsewhere", "secret", ""},
		{"verifier", ScramSHA256, Config{Users: salted}, "fred", "secret", "fred"},
		{"verifier", ScramSHA1, Config{Users: salted}, "fred", "secret", "fred"},
		{"verifier", Plain, Config{Users: salted}, "fred", "secret", "fred"},
		{"verifier, password", ScramSHA256, Config{Users: salted}, "fred", "wrong", ""},
		{"verifier, password", Plain, Config{Users: salted}, "fred", "wrong", ""},
		{"verifier", DigestMD5, Config{Users: salted}, "fred", "secret", ""},
	} {
		t.Run(c.name+" "+c.mechanism, func(t *testing.T) {
			t.Parallel()
			x, err := login(newTestServer(t, c.config), true, c.mechanism, c.user, c.password, digestClient(c.user, c.password, "node", nil))
			switch {
			case c.want == "" && !errors.Is(err, ErrRefused):
				t.Errorf("not refused: %v", err)
			case c.want == "" && x != nil && (x.User() != "" || x.Reply().Done):
				t.Errorf("refused, and yet %q is in", x.User())
			case c.want != "" && (err != nil || x.User() != c.want || !x.Reply().Done):
				t.Errorf("%v", err)
			case err != nil && strings.Contains(err.Error(), c.password) && c.password != "":
				t.Errorf("the error has the password: %v", err)
			}
			if x != nil && x.Step([]byte("more")) == nil {
				t.Error("a step after the end is taken")
			}
		})
	}
}

// The example of RFC 2831, section 4, but for the user's mechanism: its response and
// rspauth.
func TestDigestExample(t *testing.T) {
	t.Parallel()
	r := &digestResponse{user: "chris", realm: "elwood.innosoft.com", cnonce: "OA6MHXh6VqTrRk", nc: "00000001", qop: "auth", uri: "imap/elwood.innosoft.com"}
	const nonce = "OA6MG9tEQGm2hh"
	ha1 := r.secret("secret", nonce)
	if got := r.proof(ha1, "AUTHENTICATE:", nonce); got != "d388dad90d4bbd760a152321f2143af7" {
		t.Errorf("response is %s", got)
	}
	if got := r.proof(ha1, ":", nonce); got != "ea40f60335c427b5527b84dbabcdfffd" {
		t.Errorf("rspauth is %s", got)
	}
}

func TestDigestRefuses(t *testing.T) {
	t.Parallel()
	replace := func(old, new string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, new, 1) }
	}
	for name, change := range map[string]func(string) string{
		"nothing":            func(string) string { return "" },
		"junk":               func(string) string { return "junk" },
		"open quote":         func(s string) string { return s + `,x="y` },
		"open backslash":     func(s string) string { return s + `,x="y\` },
		"replay":             replace("nc=00000001", "nc=00000002"),
		"another nonce":      replace(`,nonce="`, `,nonce="x`),
		"another realm":      replace(`realm="node"`, `realm="else"`),
		"no user":            replace("username=", "x="),
		"twice":              func(s string) string { return s + `,username="bob"` },
		"for another":        func(s string) string { return s + `,authzid="bob"` },
		"no response":        replace("response=", "x="),
		"response cut":       func(s string) string { i := strings.Index(s, "response="); return s[:i+20] + ",cipher=rc4" },
		"no layer":           replace("qop=auth-conf", "qop=auth"),
		"auth-int":           replace("qop=auth-conf", "qop=auth-int"),
		"cipher not offered": replace("cipher=rc4", "cipher=rc4-40"),
		"des":                replace("cipher=rc4", "cipher=des"),
		"no cipher":          replace(",cipher=rc4", ""),
		"maxbuf tiny":        replace("maxbuf=65536", "maxbuf=16"),
		"maxbuf huge":        replace("maxbuf=65536", "maxbuf=16777216"),
		"maxbuf junk":        replace("maxbuf=65536", "maxbuf=many"),
	} {
		x, err := login(newTestServer(t, Config{}), false, DigestMD5, "", "", digestClient("fred", "secret", "node", change))
		if !errors.Is(err, ErrRefused) || x.User() != "" || x.Layer() != nil {
			t.Errorf("%s: %v, user %q", name, err, x.User())
		}
	}
}

// Names and passwords of ISO 8859-1 are hashed as that, others in UTF-8.
func TestDigestLatin1(t *testing.T) {
	t.Parallel()
	if got := latin1("fréd"); got != "fr\xe9d" {
		t.Errorf("%q", got)
	}
	for _, same := range []string{"fred", "fr\xe9d", "fr€d"} {
		if got := latin1(same); got != same {
			t.Errorf("%q becomes %q", same, got)
		}
	}
	start := md5.Sum([]byte("fr\xe9d:node:p\xfc"))
	want := md5.Sum([]byte(string(start[:]) + ":n:c"))
	if got := (&digestResponse{user: "fréd", realm: "node", cnonce: "c"}).secret("pü", "n"); !bytes.Equal(got, want[:]) {
		t.Errorf("%x", got)
	}
}

func TestLayerCarries(t *testing.T) {
	t.Parallel()
	for _, cipher := range []string{"rc4", "rc4-56"} {
		t.Run(cipher, func(t *testing.T) {
			t.Parallel()
			x, err := newTestServer(t, Config{}).Start(false, DigestMD5, nil)
			if err != nil {
				t.Fatal(err)
			}
			layer, err := digestAnswer(x, "fred", "secret", "node", cipher, nil)
			if err != nil {
				t.Fatal(err)
			}
			carries(t, x.Layer(), layer)
		})
	}
}

// carries fails the test if a server and a client with these layers do not understand
// each other.
func carries(t *testing.T, ours, theirs Layer) {
	t.Helper()
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	server, client := NewConn(near), NewConn(far)
	server.Secure(ours)
	client.Secure(theirs)
	sent := bytes.Repeat([]byte("0123456789abcde"), 20_000)
	for _, d := range []struct{ from, to *Conn }{{server, client}, {client, server}, {server, client}} {
		for _, n := range []int{1, 7, 8, 15, 16, 17, 100, 65530, len(sent)} {
			go d.from.Write(sent[:n])
			got := make([]byte, n)
			if _, err := io.ReadFull(d.to, got); err != nil || !bytes.Equal(got, sent[:n]) {
				t.Fatalf("%d bytes: %v", n, err)
			}
		}
	}
}

// A packet that is damaged, repeated or of a wrong length ends the connection.
func TestLayerRefuses(t *testing.T) {
	t.Parallel()
	for _, cipher := range []string{"rc4", "rc4-56"} {
		for name, change := range map[string]func([]byte) []byte{
			"payload":   func(p []byte) []byte { p[4] ^= 1; return p },
			"mac":       func(p []byte) []byte { p[len(p)-8] ^= 1; return p },
			"version":   func(p []byte) []byte { p[len(p)-5] ^= 3; return p },
			"sequence":  func(p []byte) []byte { p[len(p)-1]++; return p },
			"too short": func([]byte) []byte { return []byte{0, 0, 0, 6, 0, 1, 0, 0, 0, 0} },
			"empty":     func([]byte) []byte { return []byte{0, 0, 0, 0} },
			"too long":  func([]byte) []byte { return []byte{0, 1, 0, 1} },
			"in clear":  func([]byte) []byte { return []byte{0, 0, 0, 28, 0x20, 0, 0x80, 0x86, 0, 0, 0, 1} },
			"cut":       func(p []byte) []byte { return p[:9] },
		} {
			x, err := newTestServer(t, Config{}).Start(false, DigestMD5, nil)
			if err != nil {
				t.Fatal(err)
			}
			layer, err := digestAnswer(x, "fred", "secret", "node", cipher, nil)
			if err != nil {
				t.Fatal(err)
			}
			near, far := net.Pipe()
			server := NewConn(near)
			server.Secure(x.Layer())
			packet := layer.Wrap(make([]byte, 4), []byte("twelve bytes"))
			packet[3] = byte(len(packet) - 4)
			go func() {
				far.Write(change(packet))
				far.Close()
			}()
			got := make([]byte, 64)
			if n, err := server.Read(got); err == nil || n > 0 || err == io.EOF {
				t.Errorf("%s, %s: %q, %v", cipher, name, got[:n], err)
			}
			near.Close()
		}
	}
}

// No bytes that a client may send make a step panic, or let it in.
func FuzzStep(f *testing.F) {
	f.Add(ScramSHA256, []byte("n,,n=fred,r=abc"), []byte("c=biws,r=abc,p=YWJj"))
	f.Add(ScramSHA1, []byte("n,a=x,n=fr=2Ced,r=abc"), []byte("c=biws"))
	f.Add(Plain, []byte("\x00fred\x00"), []byte(""))
	f.Add(DigestMD5, []byte(""), []byte(`username="fred",realm="node",nonce="x\"`))
	s, err := NewServer(Config{Realm: "node", Users: []User{{Name: "fred", Password: "long and never guessed"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, mechanism string, first, second []byte) {
		for _, secure := range []bool{true, false} {
			x, err := s.Start(secure, mechanism, first)
			if err == nil {
				err = x.Step(second)
			}
			if x != nil && x.User() != "" {
				t.Errorf("%q is in: %v", x.User(), err)
			}
		}
	})
}

func TestReplies(t *testing.T) {
	t.Parallel()
	s := newTestServer(t, Config{Mechanisms: []string{Plain, Anonymous, ScramSHA256}})
	for _, c := range []struct {
		mechanism string
		want      Reply
	}{
		{Plain, Reply{Data: []byte{}}}, {Anonymous, Reply{Data: []byte{}}}, {ScramSHA256, Reply{}},
	} {
		x, err := s.Start(true, strings.ToLower(c.mechanism), nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, x.Reply()); diff != "" {
			t.Errorf("%s: %s", c.mechanism, diff)
		}
	}
}
