package uri

import (
	"strings"
)

// URI is a connection URI as libvirt's client reads it. Escapes are resolved,
// but for Query.
type URI struct {
	// Text is the URI as it was given.
	Text string
	// Driver is the scheme before the first "+", in the case in which it came:
	// libvirt compares drivers exactly.
	Driver string
	// Suffix is the scheme after the first "+": the transport as written. Whether
	// one is written at all says HasSuffix; "test+:///" has an empty one.
	Suffix    string
	HasSuffix bool
	// User is the whole of what stands before "@", a password included: libvirt
	// knows no passwords in URIs.
	User    string
	HasUser bool
	// Host is without the brackets of an IPv6 address. HasHost is false for the
	// empty host of "qemu:///system", and for one with a port alone, which libxml2
	// drops.
	Host    string
	HasHost bool
	// Port is 0 where none is given, and for ":0", which libvirt takes for none.
	Port int
	Path string
	// Query is what follows "?", with its escapes.
	Query string
	// Params are the extra parameters of the query, in its order.
	Params      []Param
	Fragment    string
	HasFragment bool
}

// Param is one extra parameter.
type Param struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// String returns the text that was parsed.
func (u *URI) String() string { return u.Text }

// Scheme returns driver and transport as written, such as "qemu+ssh".
func (u *URI) Scheme() string {
	if u.HasSuffix {
		return u.Driver + "+" + u.Suffix
	}
	return u.Driver
}

// Param returns the value of an extra parameter of libvirt's as its client finds
// it: whatever the case of the name, and the last one of several. The value may
// be empty; ok says whether the parameter is there.
func (u *URI) Param(name string) (value string, ok bool) {
	for _, p := range u.Params {
		if strings.EqualFold(p.Name, name) {
			value, ok = p.Value, true
		}
	}
	return value, ok
}

// format prints a URI as virURIFormat does without user, host and port: it always
// writes "//", and escapes what xmlSaveUri escapes.
func format(scheme, path, query string, fragment *string) string {
	var b strings.Builder
	b.WriteString(scheme + "://")
	b.WriteString(escape(path, "-_.!~*'()/;@&=+$,"))
	if query != "" {
		b.WriteString("?" + query)
	}
	if fragment != nil {
		b.WriteString("#" + escape(*fragment, "-_.!~*'();/?:@&=+$,[]"))
	}
	return b.String()
}

// formatParams joins parameters as virURIFormatParams does: values escaped, but
// not names.
func formatParams(params []Param) string {
	parts := make([]string, len(params))
	for i, p := range params {
		parts[i] = p.Name + "=" + Escape(p.Value)
	}
	return strings.Join(parts, "&")
}

// Escape escapes a value for use in a query, as libvirt itself does when it
// passes one on: all but ASCII letters, digits and "-._~" becomes %XX.
func Escape(value string) string { return escape(value, "-._~") }

func escape(s, keep string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if isAlnum(c) || strings.IndexByte(keep, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

// unescape resolves escapes as a C string holds the result: it ends at %00.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		}
		if c == 0 {
			break
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isAlnum(c byte) bool { return isAlpha(c) || isDigit(c) }
func isHex(c byte) bool   { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func unhex(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
