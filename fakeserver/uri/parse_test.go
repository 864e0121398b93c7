package uri_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/uri"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uri.URI{
		"qemu:///system":               {Driver: "qemu", Path: "/system"},
		"xen":                          {Driver: "xen", Path: "/system"},
		"xen://":                       {Driver: "xen", Path: "/system"},
		"qemu+SSH://h/":                {Driver: "qemu", Suffix: "SSH", HasSuffix: true, Host: "h", HasHost: true, Path: "/"},
		"a+:///":                       {Driver: "a", HasSuffix: true, Path: "/"},
		"qemu://u:p@h%41:016509/a%2Fb": {Driver: "qemu", User: "u:p", HasUser: true, Host: "hA", HasHost: true, Port: 16509, Path: "/a/b"},
		"qemu://[2001:db8::1]:7/x":     {Driver: "qemu", Host: "2001:db8::1", HasHost: true, Port: 7, Path: "/x"},
		"qemu://[127.0.0.1]/x":         {Driver: "qemu", Host: "[127.0.0.1]", HasHost: true, Path: "/x"},
		"qemu://:7/x":                  {Driver: "qemu", Path: "/x"},
		"qemu://@h/x":                  {Driver: "qemu", User: "@h/x", HasUser: true, Host: "h", HasHost: true, Path: "/x"},
		"qemu:x#":                      {Driver: "qemu", Path: "x", HasFragment: true},
		"default":                      {Path: "default"},
		"x:///a%00b?a=%00c": {
			Driver: "x", Path: "/a", Query: "a=%00c",
			Params: []uri.Param{{Name: "a"}},
		},
		"x:///?a=1;b=2&c;d&=e&&f=": {
			Driver: "x", Path: "/", Query: "a=1;b=2&c;d&=e&&f=",
			Params: []uri.Param{{Name: "a", Value: "1;b=2"}, {Name: "c;d"}, {Name: "f"}},
		},
		"x:///?=&a": {
			Driver: "x", Path: "/", Query: "=&a",
			Params: []uri.Param{{Name: "=&a"}, {Name: "a"}},
		},
	} {
		want.Text = text
		got, err := uri.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for text, why := range map[string]string{
		"":                      "empty",
		"1qemu:///":             "begins with a letter",
		"qemu://h:/x":           "a port is a number",
		"qemu://h:2147483648/x": "too large",
		"qemu://[::1/x":         "bracket",
		"qemu://::1/x":          "a port is a number",
		"qemu:///a b":           `" " cannot stand at byte 9`,
		"qemu:///%zz":           `"%zz" is no escape`,
		"qemu:///?a=[b]":        `"[" cannot stand`,
		"qemu:///é":             "not ASCII",
		"qemu:///#a#b":          `second "#"`,
		"qemu:///a\x00":         "zero byte",
		"qemu://u@v@h/":         `"@" cannot stand`,
	} {
		_, err := uri.Parse(text)
		var e *uri.Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if !strings.Contains(e.Why, why) || e.Help == "" || e.Code != 1 || e.Domain != 45 || e.Message != "internal error: Unable to parse URI "+text {
			t.Errorf("%q: %+v, want why: %s", text, *e, why)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range corpus(f, "uris.txt") {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := uri.Parse(text)
		for _, e := range []uri.Environment{{}, {UID: 7, Home: "/h", ReadOnly: true}, {Client: uri.GoLibvirt}} {
			if x := uri.Explain(text, e); text != "" && err != nil && x.Problem == nil {
				t.Errorf("%q is explained but not parsed", text)
			}
			if _, err := e.Open(text); err != nil {
				var known *uri.Error
				if !errors.As(err, &known) || known.Message == "" || known.Help == "" {
					t.Errorf("%q: %#v", text, err)
				}
			}
		}
		if err != nil {
			return
		}
		// What is sent can be read again, and stays the same; not so with parameters,
		// whose names libvirt does not escape again.
		p, err := u.Plan(uri.Environment{})
		if err != nil || p.Transport == uri.InProcess || p.Name == "" || u.Query != "" {
			return
		}
		again, err := uri.Parse(p.Name)
		if err != nil {
			t.Fatalf("%q is asked for as %q: %v", text, p.Name, err)
		}
		if again.Path != u.Path && u.Driver != "xen" && strings.HasPrefix(u.Path, "/") {
			t.Errorf("%q: the path %q became %q", text, u.Path, again.Path)
		}
	})
}
