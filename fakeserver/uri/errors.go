package uri

import (
	"fmt"
	"strings"
)

// The codes and domains of libvirt's errors that a client gives before it has
// reached any server: VIR_ERR_… and VIR_FROM_… of virterror.h.
const (
	codeInternal      = 1
	codeNoConnect     = 5
	codeInvalidArg    = 8
	codeConfSyntax    = 33
	codeSystem        = 38
	codeNoSupport     = 67 // VIR_ERR_CONFIG_UNSUPPORTED
	codeUnsupportedOp = 84 // VIR_ERR_OPERATION_UNSUPPORTED
	codeSSH           = 85
	codeLibSSH        = 98

	fromNone   = 0
	fromRPC    = 7
	fromRemote = 13
	fromURI    = 45
	fromSSH    = 50
	fromLibSSH = 66
)

// Error is a refusal by the client itself: nothing was sent.
type Error struct {
	// URI is the text that was refused.
	URI string `json:"uri"`
	// Code and Domain are libvirt's virErrorNumber and virErrorDomain. Both are 0
	// for an error of another client's.
	Code   int `json:"code"`
	Domain int `json:"domain"`
	// Message is what the client reports, word for word.
	Message string `json:"message"`
	// Why says what is wrong, and Help what to do.
	Why  string `json:"why,omitempty"`
	Help string `json:"help,omitempty"`
}

// Error returns the client's own message.
func (e *Error) Error() string { return e.Message }

func unparsable(text, why, help string) *Error {
	return &Error{
		URI: text, Code: codeInternal, Domain: fromURI,
		Message: "internal error: Unable to parse URI " + text, Why: why, Help: help,
	}
}

// refuse says what stopped the parser.
func (p *parser) refuse(text string) *Error {
	rest := p.in[p.pos:]
	if p.why != "" {
		return unparsable(text, p.why, "write the host as name, 192.0.2.1 or [2001:db8::1], and the port as :16509; or leave the port out")
	}
	if rest == "" {
		return unparsable(text, "it ends too early", "the form is driver[+transport]://[user@][host][:port]/[path][?parameters]")
	}
	c := rest[0]
	before := p.in[:p.pos]
	switch {
	case c == '%':
		return unparsable(text, fmt.Sprintf("%q is no escape: after %% come two hexadecimal digits", rest[:min(3, len(rest))]), "write a percent sign as %25")
	case c >= 0x80:
		return unparsable(text, "it has a character that is not ASCII", "escape each of its bytes in UTF-8: é is %C3%A9. A host name wants its ASCII form (xn--…)")
	case strings.Contains(before, "://") && c == ':':
		return unparsable(text, "the colon after "+quoted(before)+" begins neither a port nor a path", "write an IPv6 address in brackets, and the path after a slash")
	case !strings.Contains(before, ":"):
		return unparsable(text, "a driver begins with a letter and has only letters, digits, + - and .", "begin with a driver such as qemu, or qemu+ssh")
	case c == '#':
		return unparsable(text, "it has a second \"#\"", "escape it as %23")
	}
	return unparsable(text, fmt.Sprintf("%q cannot stand at byte %d", string(rune(c)), p.pos), "escape it as "+escape(string(rune(c)), ""))
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }

func (u *URI) errorf(code, domain int, why, help, message string, args ...any) *Error {
	return &Error{URI: u.Text, Code: code, Domain: domain, Message: fmt.Sprintf(message, args...), Why: why, Help: help}
}
