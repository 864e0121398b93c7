package hypervisor

import (
	"fmt"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"
)

// Error is libvirt's virError as a driver raises it. Message is the whole text
// that a client prints; Str1 to Str3 and Int1, Int2 are what libvirt sends
// beside it (the message's template, its detail and so on), where an empty
// string means absent.
type Error struct {
	Code             libvirt.ErrorNumber // VIR_ERR_…
	Domain           libvirt.ErrorDomain // VIR_FROM_…
	Message          string
	Str1, Str2, Str3 string
	Int1, Int2       int32
}

// Error returns the text that a client prints.
func (e *Error) Error() string { return e.Message }

// Errorf raises an error as libvirt's virReportError does with a detail: the
// message is the code's text with the formatted detail filled in, Str1 the
// text's template and Str2 the detail.
func Errorf(domain libvirt.ErrorDomain, code libvirt.ErrorNumber, format string, args ...any) *Error {
	detail := fmt.Sprintf(format, args...)
	template := errorTexts[code].detailed
	return &Error{
		Code: code, Domain: domain,
		Message: strings.Replace(template, "%s", detail, 1),
		Str1:    template, Str2: detail,
		Int1: -1, Int2: -1,
	}
}

// BareError raises an error as virReportError does without a detail: the test
// driver's "Domain not found" is one.
func BareError(domain libvirt.ErrorDomain, code libvirt.ErrorNumber) *Error {
	text := errorTexts[code].bare
	return &Error{Code: code, Domain: domain, Message: text, Str1: text, Int1: -1, Int2: -1}
}

// SystemError raises an error as virReportSystemError does: the detail, a
// colon and what strerror says, with the errno in Int1.
func SystemError(domain libvirt.ErrorDomain, errno Errno, format string, args ...any) *Error {
	text := fmt.Sprintf(format, args...) + ": " + errno.Error()
	return &Error{
		Code: libvirt.ErrSystemError, Domain: domain, Message: text,
		Str1: "%s", Str2: text,
		Int1: int32(errno), Int2: -1,
	}
}

// InvalidArg raises an error as libvirt's virReportInvalid…Arg macros do for
// an argument that an API function refuses before any driver sees it: function
// and argument name travel in Str1 and Str2, and both integers are zero. text
// is the whole message, of which libvirt has no template.
func InvalidArg(domain libvirt.ErrorDomain, function, argument, text string) *Error {
	return &Error{
		Code: libvirt.ErrInvalidArg, Domain: domain, Message: text,
		Str1: function, Str2: argument,
	}
}

// Unsupported raises VIR_ERR_NO_SUPPORT as an API function does whose driver
// lacks it: the detail is the API function's name.
func Unsupported(domain libvirt.ErrorDomain, function string) *Error {
	return Errorf(domain, libvirt.ErrNoSupport, "%s", function)
}

// UnsupportedFlags raises what virCheckFlags does for flags that a driver's
// function does not know. allowed is the set it does know; flags outside it
// are reported. It returns nil when there are none.
func UnsupportedFlags(domain libvirt.ErrorDomain, function string, flags, allowed uint32) error {
	bad := flags &^ allowed
	if bad == 0 {
		return nil
	}
	return InvalidArg(domain, function, "flags",
		fmt.Sprintf("unsupported flags (0x%x) in function %s", bad, function))
}
