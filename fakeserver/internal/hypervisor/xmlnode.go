package hypervisor

import (
	"slices"

	"github.com/beevik/etree"
)

// xmlAttr returns an attribute's value, or "".
func xmlAttr(el *etree.Element, name string) string {
	if el == nil {
		return ""
	}
	return el.SelectAttrValue(name, "")
}

// xmlHasAttr reports whether an element has an attribute.
func xmlHasAttr(el *etree.Element, name string) bool {
	return el != nil && el.SelectAttr(name) != nil
}

// xmlDefault gives an attribute a value unless it has one.
func xmlDefault(el *etree.Element, name, value string) {
	if !xmlHasAttr(el, name) {
		el.CreateAttr(name, value)
	}
}

// xmlChild returns the first child of that name, or nil, also of nil.
func xmlChild(el *etree.Element, path ...string) *etree.Element {
	for _, name := range path {
		if el == nil {
			return nil
		}
		el = el.SelectElement(name)
	}
	return el
}

// xmlEnsure returns the first child of that name, which it makes if there is
// none.
func xmlEnsure(el *etree.Element, name string) *etree.Element {
	if child := el.SelectElement(name); child != nil {
		return child
	}
	return el.CreateElement(name)
}

// xmlEnsureText makes sure that there is a child of that name with text, and
// gives it this one if not.
func xmlEnsureText(el *etree.Element, name, text string) string {
	child := xmlEnsure(el, name)
	if xmlText(child) == "" {
		child.SetText(text)
	}
	return xmlText(child)
}

// xmlElement makes an element with attributes, given as names and values.
func xmlElement(name string, attrs ...string) *etree.Element {
	el := etree.NewElement(name)
	for i := 0; i < len(attrs); i += 2 {
		el.CreateAttr(attrs[i], attrs[i+1])
	}
	return el
}

// xmlRemove removes every child of that name.
func xmlRemove(el *etree.Element, name string) {
	for _, child := range el.SelectElements(name) {
		el.RemoveChild(child)
	}
}

// xmlKeepAttrs removes the attributes that are not named.
func xmlKeepAttrs(el *etree.Element, names ...string) {
	el.Attr = slices.DeleteFunc(el.Attr, func(a etree.Attr) bool { return !slices.Contains(names, a.FullKey()) })
}
