package scenarios

import (
	"slices"
	"sort"
)

// blamed is a part of a value that is wrong.
type blamed struct {
	at  pos
	err error
}

// How many parts are searched for what is wrong, so that it takes no time: few in every
// way and for more than one thing, and many by halves.
const (
	few  = 300
	many = 20_000
)

// blame finds the smallest part of v that check minds, and returns it and what is left
// of v without it, which is nil if that is nothing. err is what check says of v.
//
// That is the part without which the rest is right; where there is more than one thing
// wrong, the first that makes those before it wrong.
func blame(v *yamlValue, err error, check func(*yamlValue) error) (blamed, *yamlValue) {
	switch size := v.size(many); {
	case size >= many:
		return blamed{v.pos, err}, nil
	case size < few:
		if found, left := byRemoval(v, err, check); left != nil {
			return found, left
		}
	}
	return byOrder(v, err, check)
}

// byRemoval finds the smallest part without which check is content; left is nil if
// there is none. Of two parts that do not agree it is the second.
func byRemoval(v *yamlValue, err error, check func(*yamlValue) error) (found blamed, left *yamlValue) {
	inside := func(i int) func(*yamlValue) error {
		return func(part *yamlValue) error { return check(v.with(i, part)) }
	}
	for i := v.parts() - 1; i >= 0; i-- {
		if check(v.with(i, nil)) != nil {
			continue
		}
		if found, left = byRemoval(v.part(i), err, inside(i)); left == nil {
			found, left = byOrder(v.part(i), err, inside(i))
		}
		return found, v.with(i, left)
	}
	for i := v.parts() - 1; i >= 0; i-- {
		if found, left = byRemoval(v.part(i), err, inside(i)); left != nil {
			return found, v.with(i, left)
		}
	}
	return blamed{}, nil
}

// byOrder finds the first part that makes those before it wrong: v itself, if it is
// wrong even without any.
func byOrder(v *yamlValue, err error, check func(*yamlValue) error) (blamed, *yamlValue) {
	n := sort.Search(v.parts(), func(n int) bool { return check(v.first(n)) != nil })
	if n == 0 {
		return blamed{v.pos, err}, nil
	}
	some, i := v.first(n), n-1
	found, left := blame(v.part(i), check(some), func(part *yamlValue) error { return check(some.with(i, part)) })
	return found, v.with(i, left)
}

// parts returns how many values are in a mapping or list.
func (v *yamlValue) parts() int { return len(v.keys) + len(v.items) }

func (v *yamlValue) part(i int) *yamlValue {
	if v.kind == mapKind {
		return v.keys[i].value
	}
	return v.items[i]
}

// size counts the values in v and below it, up to a most.
func (v *yamlValue) size(most int) int {
	n := 1
	for i := 0; i < v.parts() && n < most; i++ {
		n += v.part(i).size(most - n)
	}
	return n
}

// first returns v with its first n values alone.
func (v *yamlValue) first(n int) *yamlValue {
	out := *v
	out.index = nil
	out.keys, out.items = v.keys[:min(n, len(v.keys))], v.items[:min(n, len(v.items))]
	return &out
}

// with returns v with another of its values in the place of one, or with none if part
// is nil.
func (v *yamlValue) with(i int, part *yamlValue) *yamlValue {
	out := *v
	out.index = nil
	out.keys, out.items = slices.Clone(v.keys), slices.Clone(v.items)
	switch {
	case part == nil && v.kind == mapKind:
		out.keys = slices.Delete(out.keys, i, i+1)
	case part == nil:
		out.items = slices.Delete(out.items, i, i+1)
	case v.kind == mapKind:
		out.keys[i].value = part
	default:
		out.items[i] = part
	}
	return &out
}
