package uri

import (
	"math"
	"strings"
)

// Parse reads a URI as virConnectOpen does: virURIParse on libxml2's
// xmlParseURI, the parser of RFC 3986, after "xen" and "xen://" have been taken
// for xen:///system.
//
// Like libvirt it takes unknown drivers, transports and parameters, and a
// reference without a driver: what becomes of them is the [URI.Plan]'s to say.
// The error is an [*Error] with libvirt's "Unable to parse URI", and in Why the
// character that cannot stand where it does.
//
// An empty text is refused: for libvirt it is no URI, which
// [Environment.Resolve] looks up.
func Parse(text string) (*URI, error) {
	subject := text
	if strings.EqualFold(text, "xen") || text == "xen://" {
		// Kept by libvirt for clients of the time before it had paths for Xen.
		subject = "xen:///system"
	}
	if nul := strings.IndexByte(subject, 0); nul >= 0 {
		return nil, unparsable(text, "a zero byte ends a string in C: no URI can hold one", "take it out")
	}
	u := &URI{Text: text}
	p := &parser{in: subject}
	if scheme, ok := p.scheme(); ok {
		u.Driver, u.Suffix, u.HasSuffix = strings.Cut(scheme, "+")
		u.HasSuffix = strings.Contains(scheme, "+")
		if !p.rest(u, true) || p.pos < len(p.in) {
			return nil, p.refuse(text)
		}
	} else {
		// libxml2 then tries for a relative reference.
		p.pos = 0
		if !p.rest(u, false) || p.pos < len(p.in) {
			return nil, p.refuse(text)
		}
	}
	if text == "" {
		return nil, unparsable(text, "it is empty", "leave the URI out to have the default, or write one such as qemu:///system")
	}
	u.Params = parseQuery(u.Query)
	return u, nil
}

// parser walks through a URI by the grammar of RFC 3986, as libxml2 does.
type parser struct {
	in  string
	pos int
	why string // why it stopped, where the character alone does not say
}

func (p *parser) peek() byte {
	if p.pos < len(p.in) {
		return p.in[p.pos]
	}
	return 0
}

func (p *parser) scheme() (string, bool) {
	i := 0
	for i < len(p.in) && (isAlpha(p.in[i]) || i > 0 && (isDigit(p.in[i]) || strings.IndexByte("+-.", p.in[i]) >= 0)) {
		i++
	}
	if i == 0 || i == len(p.in) || p.in[i] != ':' {
		return "", false
	}
	p.pos = i + 1
	return p.in[:i], true
}

// rest reads what follows the scheme, or all of a relative reference.
func (p *parser) rest(u *URI, absolute bool) bool {
	if strings.HasPrefix(p.in[p.pos:], "//") {
		p.pos += 2
		if !p.authority(u) {
			return false
		}
		if c := p.peek(); c == '/' {
			u.Path = unescape(p.run(":@/"))
		}
	} else {
		extra := ":@/"
		if !absolute {
			// The first segment of a relative path has no colon.
			start := p.pos
			p.run("@")
			if p.peek() == ':' {
				return false
			}
			p.pos = start
		}
		u.Path = unescape(p.run(extra))
	}
	if p.peek() == '?' {
		p.pos++
		u.Query = p.run(":@/?")
	}
	if p.peek() == '#' {
		p.pos++
		u.Fragment, u.HasFragment = unescape(p.run(":@/?[]")), true
	}
	return true
}

func (p *parser) authority(u *URI) bool {
	start := p.pos
	user := p.run(":")
	if p.peek() == '@' {
		u.HasUser, u.User = true, unescape(user)
		if user == "" {
			// libxml2's xmlURIUnescapeString takes a length of 0 for "to the end".
			u.User = unescape(p.in[p.pos:])
		}
		p.pos++
	} else {
		p.pos = start
	}
	host, ok := p.host()
	if !ok {
		return false
	}
	if host != "" {
		u.HasHost, u.Host = true, unescape(host)
		if h := u.Host; len(h) > 2 && h[0] == '[' && h[len(h)-1] == ']' && strings.Contains(h, ":") {
			u.Host = h[1 : len(h)-1]
		}
	}
	if p.peek() != ':' {
		return true
	}
	p.pos++
	if !isDigit(p.peek()) {
		p.why = "a port is a number, and \":\" without one is not allowed"
		return false
	}
	port := 0
	for isDigit(p.peek()) {
		port = port*10 + int(p.peek()-'0')
		if port > math.MaxInt32 {
			p.why = "the port is too large"
			return false
		}
		p.pos++
	}
	if u.HasHost {
		u.Port = port
	}
	return true
}

func (p *parser) host() (string, bool) {
	if p.peek() != '[' {
		return p.run(""), true
	}
	end := strings.IndexByte(p.in[p.pos:], ']')
	if end < 0 {
		p.why = "the bracket of the IPv6 address is not closed"
		return "", false
	}
	host := p.in[p.pos : p.pos+end+1]
	p.pos += end + 1
	return host, true
}

// run takes unreserved characters, sub-delimiters, escapes, and those in extra.
func (p *parser) run(extra string) string {
	start := p.pos
	for p.pos < len(p.in) {
		c := p.in[p.pos]
		switch {
		case isAlnum(c), strings.IndexByte("-._~!$&'()*+,;=", c) >= 0, strings.IndexByte(extra, c) >= 0:
			p.pos++
		case c == '%' && p.pos+2 < len(p.in) && isHex(p.in[p.pos+1]) && isHex(p.in[p.pos+2]):
			p.pos += 3
		default:
			return p.in[start:p.pos]
		}
	}
	return p.in[start:]
}

// parseQuery splits a query as virURIParseParams does.
func parseQuery(query string) []Param {
	var params []Param
	for query != "" {
		// A ";" separates only where no "&" follows any more.
		end := strings.IndexByte(query, '&')
		if end < 0 {
			end = strings.IndexByte(query, ';')
		}
		if end < 0 {
			end = len(query)
		}
		eq := strings.IndexByte(query[:end], '=')
		switch {
		case end == 0:
		case eq < 0:
			params = append(params, Param{Name: unescape(query[:end])})
		case eq == 0 && end == 1:
			// "=" alone: again a length of 0 is taken for the whole rest.
			params = append(params, Param{Name: unescape(query)})
		case eq == 0:
			// "=value" is dropped, as CGI.pm did.
		default:
			params = append(params, Param{unescape(query[:eq]), unescape(query[eq+1 : end])})
		}
		query = query[min(end+1, len(query)):]
	}
	return params
}
