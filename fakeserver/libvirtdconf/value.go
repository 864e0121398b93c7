package libvirtdconf

import "math"

// kind is what a value is, as it stands in the file.
type kind int

const (
	textKind     kind = iota
	numberKind        // without a minus
	negativeKind      // with one, be it of zero
	listKind
)

// value is what a setting is set to.
type value struct {
	kind   kind
	text   string
	number uint64 // in two's complement if negativeKind
	items  []value
}

// setting is one assignment of the file.
type setting struct {
	name string
	line int
	value
}

// The words of libvirt about a value of the wrong type or beyond its bounds.

func (s *setting) asText() (string, error) {
	if s.kind != textKind {
		return "", s.fail("expected a string for '%s' parameter", s.name)
	}
	return s.text, nil
}

func (s *setting) asBool() (bool, error) {
	switch {
	case s.kind != numberKind:
		return false, s.fail("expected a bool for '%s' parameter", s.name)
	case s.number > 1:
		return false, s.fail("value for '%s' parameter must be 0 or 1", s.name)
	}
	return s.number == 1, nil
}

func (s *setting) asUint() (uint32, error) {
	switch {
	case s.kind != numberKind:
		return 0, s.fail("expected an unsigned integer for '%s' parameter", s.name)
	case s.number > math.MaxUint32:
		return 0, s.fail("value for '%s' parameter must be in range 0:%d", s.name, uint32(math.MaxUint32))
	}
	return uint32(s.number), nil
}

// asInt takes the number for a signed one, as libvirt does: 18446744073709551615 is -1.
func (s *setting) asInt() (int32, error) {
	n := int64(s.number)
	switch {
	case s.kind != numberKind && s.kind != negativeKind:
		return 0, s.fail("expected a signed integer for '%s' parameter", s.name)
	case n < math.MinInt32 || n > math.MaxInt32:
		return 0, s.fail("value for '%s' parameter must be in range %d:%d", s.name, math.MinInt32, math.MaxInt32)
	}
	return int32(n), nil
}

// asTexts returns a list, which is not nil.
func (s *setting) asTexts() ([]string, error) {
	list := []string{}
	for _, item := range s.items {
		if item.kind != textKind {
			return nil, s.fail("expected a string list for '%s' parameter", s.name)
		}
		list = append(list, item.text)
	}
	if s.kind != listKind {
		return nil, s.fail("expected a string list for '%s' parameter", s.name)
	}
	return list, nil
}
