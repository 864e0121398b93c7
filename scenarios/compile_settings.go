package scenarios

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"sort"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// settings checks what says who may come in.
func (c *compiler) settings(at place, k *nodeKeys) {
	hostname := fakeserver.WithHostname(k.Hostname) // DIGEST-MD5's realm
	checkSettings[authKeys](c, "auth", k.Auth.Value, hostname)
	checkSettings[tlsKeys](c, "tls", k.TLS.Value)
	checkSettings[sshKeys](c, "ssh", k.SSH.Value)
	for i, v := range k.Certificates {
		if _, err := certs.Lookup(v); err != nil {
			c.problem(at.path(fmt.Sprintf("certificates[%d]", i)), "certificates: there is no %q in the catalogue: %s", v, instead(string(v), catalogue()))
		}
	}
}

// catalogue are the names of the certificates that there are.
func catalogue() []string {
	var names []string
	for _, e := range certs.Catalogue() {
		names = append(names, string(e.Variant))
	}
	return names
}

// checkSettings has package fakeserver look at the settings of one key, and reports
// each thing that it minds at the part of v without which it does not.
func checkSettings[T any, K interface {
	*T
	options() []fakeserver.Option
}](c *compiler, key string, v *yamlValue, more ...fakeserver.Option) {
	if v == nil {
		return
	}
	check := func(v *yamlValue) error {
		var k T
		(&decoder{}).decode(v, reflect.ValueOf(&k).Elem(), key)
		return fakeserver.Check(append(K(&k).options(), more...)...)
	}
	const most = 20 // problems
	for range most {
		err := check(v)
		if err == nil {
			return
		}
		var found blamed
		found, v = blame(v, err, check)
		text := options.ReplaceAllString(found.err.Error(), "")
		c.problem(found.at, "%s: %s", key, userName.ReplaceAllString(text, "user"))
		if v == nil {
			return
		}
	}
}

// options is how errors of package fakeserver begin: with the name of a Go function.
var options = regexp.MustCompile(`^With\w+: (sshd: )?`)

// userName is where errors show the name of a user. A comma that was forgotten makes
// the password a part of it.
var userName = regexp.MustCompile(`user "([^"\\]|\\.)*"`)

// blamed is a part of a value that is wrong.
type blamed struct {
	at  pos
	err error
}

// blame finds the smallest part of v that check minds, and returns it and what is left
// of v without it, which is nil if that is nothing. err is what check says of v.
//
// That is the part without which the rest is right; where there is more than one thing
// wrong, the first that makes the parts before it wrong.
func blame(v *yamlValue, err error, check func(*yamlValue) error) (blamed, *yamlValue) {
	const most = 1000 // parts, so that the search takes no time
	n := v.parts()
	if n == 0 || v.size(most) >= most {
		return blamed{v.pos, err}, nil
	}
	guilty, before := -1, n
	for i := range n { // from the end: of two that do not agree, it is the second
		if i = n - 1 - i; check(v.without(i)) == nil {
			guilty = i
			break
		}
	}
	if guilty < 0 {
		before = sort.Search(n, func(n int) bool { return check(v.first(n)) != nil })
		guilty = before - 1
	}
	if guilty < 0 {
		return blamed{v.pos, err}, nil // wrong even if it is empty
	}
	some := v.first(before)
	err = check(some)
	found, left := blame(v.part(guilty), err, func(part *yamlValue) error { return check(some.with(guilty, part)) })
	if left == nil {
		return found, v.without(guilty)
	}
	return found, v.with(guilty, left)
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

// without returns v but for one of its values.
func (v *yamlValue) without(i int) *yamlValue {
	out := *v
	out.index = nil
	if v.kind == mapKind {
		out.keys = slices.Delete(slices.Clone(v.keys), i, i+1)
	} else {
		out.items = slices.Delete(slices.Clone(v.items), i, i+1)
	}
	return &out
}

// with returns v with another of its values in the place of one.
func (v *yamlValue) with(i int, part *yamlValue) *yamlValue {
	out := *v
	out.index = nil
	if v.kind == mapKind {
		out.keys = slices.Clone(v.keys)
		out.keys[i].value = part
	} else {
		out.items = slices.Clone(v.items)
		out.items[i] = part
	}
	return &out
}
