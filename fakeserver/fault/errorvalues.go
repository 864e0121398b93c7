package fault

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
)

// ErrorCode is a virErrorNumber. In YAML and JSON it is libvirt's name of it, or
// the number.
type ErrorCode libvirt.ErrorNumber

// ErrorDomain is a virErrorDomain. In YAML and JSON it is libvirt's name of it,
// or the number.
type ErrorDomain libvirt.ErrorDomain

// String returns libvirt's name, or the number if there is none.
func (c ErrorCode) String() string { return nameOr(int32(c), errorCodes[:]) }

// MarshalText implements encoding.TextMarshaler.
func (c ErrorCode) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a name, with or without VIR_ERR_, or a number.
func (c *ErrorCode) UnmarshalText(text []byte) error {
	n, err := parseNumber(string(text), "error code", "VIR_ERR_", errorCodes[:])
	*c = ErrorCode(n)
	return err
}

// UnmarshalJSON reads a string as UnmarshalText does, or a number.
func (c *ErrorCode) UnmarshalJSON(text []byte) error { return c.UnmarshalText(unquote(text)) }

// String returns libvirt's name, or the number if there is none.
func (d ErrorDomain) String() string { return nameOr(int32(d), errorDomains[:]) }

// MarshalText implements encoding.TextMarshaler.
func (d ErrorDomain) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a name, with or without VIR_FROM_, or a number.
func (d *ErrorDomain) UnmarshalText(text []byte) error {
	n, err := parseNumber(string(text), "error domain", "VIR_FROM_", errorDomains[:])
	*d = ErrorDomain(n)
	return err
}

// UnmarshalJSON reads a string as UnmarshalText does, or a number.
func (d *ErrorDomain) UnmarshalJSON(text []byte) error { return d.UnmarshalText(unquote(text)) }

func nameOr(n int32, names []string) string {
	if n >= 0 && int(n) < len(names) {
		return names[n]
	}
	return strconv.Itoa(int(n))
}

func parseNumber(text, what, prefix string, names []string) (int32, error) {
	if n, err := strconv.ParseInt(text, 10, 32); err == nil {
		return int32(n), nil
	}
	for i, name := range names {
		if text == name || text != "" && prefix+text == name {
			return int32(i), nil
		}
	}
	// The prefix, which all have, says nothing about which is near.
	bare := func(yield func(string) bool) {
		for _, name := range names {
			if !yield(strings.TrimPrefix(name, prefix)) {
				return
			}
		}
	}
	near := naming.Nearest(strings.TrimPrefix(text, prefix), bare)
	if near == "" {
		return 0, fmt.Errorf("there is no %s %q", what, text)
	}
	return 0, fmt.Errorf("there is no %s %q, did you mean %s?", what, text, names[slices.IndexFunc(names, func(name string) bool {
		return strings.TrimPrefix(name, prefix) == near
	})])
}

// unquote returns the text of a JSON string, or the JSON itself.
func unquote(text []byte) []byte {
	var s string
	if json.Unmarshal(text, &s) == nil {
		return []byte(s)
	}
	return text
}
