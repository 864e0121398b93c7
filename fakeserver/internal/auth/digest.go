package auth

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What DIGEST-MD5 allows for (RFC 2831).
const (
	// digestMaxPacket is what the server receives in one packet: what libvirtd sets.
	digestMaxPacket = 65536
	// digestOverhead is how much less than that a packet carries: Cyrus SASL leaves 25
	// bytes for a signature and a trailer, and counts the word of the length in.
	digestOverhead = 25 + 4
	// A client may say that it receives more than digestLeast in one packet, and no
	// more than digestLimit.
	digestLeast = 16
	digestLimit = 0xffffff
	nonceSize   = 32
	// digestMaxResponse is how many bytes a response may have.
	digestMaxResponse = 4096
)

// digestTalk is an exchange of DIGEST-MD5.
type digestTalk struct {
	server *Server
	secure bool
	done   *result
	nonce  string
	sent   bool
}

func beginDigest(s *Server, secure bool, done *result) conversation {
	return &digestTalk{server: s, secure: secure, done: done}
}

// start sends the challenge. A client that wants to go on where another connection
// was, and so sends data, is given a new one.
func (t *digestTalk) start([]byte) (Reply, error) {
	raw := make([]byte, nonceSize)
	rand.Read(raw)
	t.nonce = base64.StdEncoding.EncodeToString(raw)
	qop := `qop="auth"`
	if !t.secure {
		qop = `qop="auth-conf",cipher="rc4-56,rc4,3des"`
	}
	return Reply{Data: fmt.Appendf(nil, `nonce="%s",realm="%s",%s,maxbuf=%d,charset=utf-8,algorithm=md5-sess`,
		t.nonce, t.server.realm, qop, digestMaxPacket)}, nil
}

// step takes the response and answers with the server's own proof.
func (t *digestTalk) step(data []byte) (Reply, error) {
	if t.sent {
		return Reply{}, refuse("DIGEST-MD5: a second response")
	}
	t.sent = true
	r, err := t.parse(data)
	if err != nil {
		return Reply{}, err
	}
	t.done.tried = r.user
	a := t.server.find(r.user)
	if a == nil || a.password == "" {
		return Reply{}, refuse("DIGEST-MD5: no user %q with a password", r.user)
	}
	ha1 := r.secret(a.password, t.nonce)
	want := r.proof(ha1, "AUTHENTICATE:", t.nonce)
	if !hmac.Equal([]byte(want), []byte(r.response)) {
		return Reply{}, refuse("DIGEST-MD5: user %q", r.user)
	}
	if r.qop == "auth-conf" {
		if t.done.layer, err = newDigestLayer(ha1, r.cipher, r.maxBuf, serverSide); err != nil {
			return Reply{}, err
		}
		t.done.ssf = digestStrength[r.cipher]
	}
	t.done.user = r.user
	return Reply{Data: []byte("rspauth=" + r.proof(ha1, ":", t.nonce)), Done: true}, nil
}

// digestResponse is what a client says in its response.
type digestResponse struct {
	user, realm, authzid, cnonce, nc string
	qop, cipher                      string
	uri, response                    string
	maxBuf                           int
}

// parse reads and checks all of a response but the proof.
func (t *digestTalk) parse(data []byte) (*digestResponse, error) {
	if len(data) > digestMaxResponse {
		return nil, refuse("DIGEST-MD5: a response of %d bytes", len(data))
	}
	text, _, _ := strings.Cut(string(data), "\x00") // for Cyrus SASL it ends there
	d, err := parseDirectives(text)
	if err != nil {
		return nil, err
	}
	r := &digestResponse{
		user: d["username"], realm: d["realm"], authzid: d["authzid"], cnonce: d["cnonce"], nc: "00000001",
		qop: d["qop"], cipher: strings.ToLower(d["cipher"]), uri: d["digest-uri"], response: d["response"],
		maxBuf: digestMaxPacket,
	}
	if r.qop == "" {
		r.qop = "auth"
	}
	count, _ := strconv.ParseUint(d["nc"], 16, 32)
	wantQOP := "auth"
	if !t.secure {
		wantQOP = "auth-conf"
	}
	if text, ok := d["maxbuf"]; ok {
		if r.maxBuf, err = strconv.Atoi(text); err != nil {
			return nil, refuse("DIGEST-MD5: maxbuf")
		}
	}
	switch {
	case r.user == "" || r.uri == "" || r.response == "":
		err = refuse("DIGEST-MD5: something is missing")
	case d["nonce"] != t.nonce || count != 1:
		err = refuse("DIGEST-MD5: the nonce is not the server's, or not new")
	case r.realm != "" && r.realm != t.server.realm:
		err = refuse("DIGEST-MD5: realm %q", r.realm)
	case r.qop != wantQOP:
		err = refuse("DIGEST-MD5: qop %q", r.qop)
	case r.authzid != "" && r.authzid != r.user:
		err = refuse("DIGEST-MD5: user %q for %q", r.user, r.authzid)
	case r.maxBuf <= digestLeast || r.maxBuf > digestLimit:
		err = refuse("DIGEST-MD5: maxbuf %d", r.maxBuf)
	case !hasPrefixFold(r.uri, "libvirt/"):
		err = refuse("DIGEST-MD5: a digest-uri of another service")
	case d["charset"] != "" && !strings.EqualFold(d["charset"], "utf-8"):
		err = refuse("DIGEST-MD5: charset %q", d["charset"])
	}
	return r, err
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// secret returns H(A1) of the algorithm md5-sess.
func (r *digestResponse) secret(password, nonce string) []byte {
	start := md5.Sum([]byte(latin1(r.user) + ":" + latin1(r.realm) + ":" + latin1(password)))
	a1 := string(start[:]) + ":" + nonce + ":" + r.cnonce
	if r.authzid != "" {
		a1 += ":" + r.authzid
	}
	h := md5.Sum([]byte(a1))
	return h[:]
}

// proof returns the response-value, for method "AUTHENTICATE:", or the server's
// rspauth, for ":".
func (r *digestResponse) proof(ha1 []byte, method, nonce string) string {
	a2 := method + r.uri
	if r.qop != "auth" {
		a2 += ":00000000000000000000000000000000"
	}
	return hexMD5(hex.EncodeToString(ha1) + ":" + nonce + ":" + r.nc + ":" + r.cnonce + ":" + r.qop + ":" + hexMD5(a2))
}

func hexMD5(s string) string {
	h := md5.Sum([]byte(s))
	return hex.EncodeToString(h[:])
}

// latin1 returns text in ISO 8859-1 if it can be, as the RFC wants it hashed, and
// unchanged if it cannot.
func latin1(text string) string {
	if !utf8.ValidString(text) {
		return text
	}
	var b []byte
	for _, c := range text {
		if c > 0xff {
			return text
		}
		b = append(b, byte(c))
	}
	return string(b)
}

// parseDirectives reads a list of NAME=VALUE or NAME="VALUE", with commas between.
// The last counts of those that are there twice, but for realm and maxbuf, of which
// there may be one each.
func parseDirectives(text string) (map[string]string, error) {
	d := make(map[string]string)
	for {
		text = strings.TrimLeft(text, " \t\r\n,")
		if text == "" {
			return d, nil
		}
		name, rest, ok := strings.Cut(text, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if !ok || name == "" || strings.ContainsAny(name, "\",") {
			return nil, refuse("DIGEST-MD5: a directive without a value")
		}
		if _, twice := d[name]; twice && (name == "realm" || name == "maxbuf") {
			return nil, refuse("DIGEST-MD5: a directive twice")
		}
		value, rest, err := directiveValue(strings.TrimLeft(rest, " \t\r\n"))
		if err != nil {
			return nil, err
		}
		d[name] = value
		text = rest
	}
}

// directiveValue cuts a value off, with its quotes and backslashes taken away.
func directiveValue(text string) (value, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		i := strings.IndexByte(text, ',')
		if i < 0 {
			i = len(text)
		}
		return strings.TrimSpace(text[:i]), text[i:], nil
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return b.String(), text[i+1:], nil
		case '\\':
			i++
			if i == len(text) {
				continue
			}
			b.WriteByte(text[i])
		default:
			b.WriteByte(text[i])
		}
	}
	return "", "", refuse("DIGEST-MD5: a quote without an end")
}
