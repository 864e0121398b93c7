package hypervisor

import (
	"errors"
	"math"
	"strconv"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"
)

// parseUint is virStrToLong_uip and its wider brother: blanks and a plus sign
// may come before the digits, nothing after them.
func parseUint(text string, bits int) (uint64, error) {
	text = strings.TrimLeft(text, " \t\n\v\f\r")
	text = strings.TrimPrefix(text, "+")
	return strconv.ParseUint(text, 10, bits)
}

// parseUintBase is parseUint for C's bases: 0 takes 0x… for hexadecimal and
// 0… for octal.
func parseUintBase(text string, base, bits int) (uint64, error) {
	text = strings.TrimLeft(text, " \t\n\v\f\r")
	text = strings.TrimPrefix(text, "+")
	if strings.ContainsAny(text, "_oObB") && base == 0 {
		if !strings.HasPrefix(strings.ToLower(text), "0x") || strings.Contains(text, "_") {
			return 0, errors.New("not a number in C")
		}
	}
	if base == 16 {
		text = strings.TrimPrefix(strings.TrimPrefix(text, "0x"), "0X")
	}
	return strconv.ParseUint(text, base, bits)
}

// parseScaled is virParseScaledValue: a number with a unit, or in steps of
// scale without one. The result is in bytes. where is the XPath that the error
// shows.
func parseScaled(where, text, unit string, scale uint64) (uint64, error) {
	n, err := parseUint(text, 64)
	if err != nil {
		return 0, Errorf(FromXML, libvirt.ErrXMLError,
			"Invalid value '%s' for element or attribute '%s'", text, where)
	}
	return scaleInteger(n, unit, scale)
}

// scaleInteger is virScaleInteger.
func scaleInteger(n uint64, unit string, scale uint64) (uint64, error) {
	switch lower := strings.ToLower(unit); lower {
	case "":
	case "b", "byte", "bytes":
		scale = 1
	default:
		base := uint64(0)
		switch rest := lower[1:]; rest {
		case "", "ib":
			base = 1024
		case "b":
			base = 1000
		}
		power := strings.IndexByte("kmgtpe", lower[0]) + 1
		if base == 0 || power == 0 {
			return 0, Errorf(FromNone, libvirt.ErrInvalidArg, "unknown suffix '%s'", unit)
		}
		scale = 1
		for range power {
			scale *= base
		}
	}
	if n > math.MaxUint64/scale {
		return 0, Errorf(FromNone, libvirt.ErrOverflow, "value too large: %d%s", n, unit)
	}
	return n * scale, nil
}

func ceilDiv(n, d uint64) uint64 {
	if n%d == 0 {
		return n / d
	}
	return n/d + 1
}

// parseYesNo is virStringParseYesNo.
func parseYesNo(text string) (value, ok bool) {
	return text == "yes", text == "yes" || text == "no"
}
