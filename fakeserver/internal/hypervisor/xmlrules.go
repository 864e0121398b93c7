package hypervisor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// xmlRule says how libvirt formats one element: which attributes and children,
// in which order. A document goes through its rules twice: to drop what libvirt
// does not know and refuse what it refuses, and to bring what was filled in
// since into order.
//
// Rules are written as indented text, one element on each line, two blanks for
// each level, `#` at the start of a line for comments:
//
//	disk* type:file|block device    may repeat; else the first one counts
//	  source file =                  has text
//	  readonly!                      is kept even when empty
//	  encryption format ...          keeps all below as it is
//	  @info                          the children of the fragment "@info"
//
// An attribute takes any value, or as its name is followed by
//
//	:a|b   one of these
//	:#     a number, left out when 0
//	:#0    a number
//	:#+    a number, not 0
//	:~     a number that may be negative
//	:#i    a number as libvirt reads its signed ones that may not be negative
//
// and is required if its name ends in an exclamation mark. The value "default"
// among those allowed is left out.
//
// Text is any after `=`, a number that is left out when 0 after `=#`, an amount
// of memory in KiB after `=KiB` and one in bytes after `=bytes`, whose unit
// attribute says in what it comes. `@name` among attributes stands for those of
// the fragment.
type xmlRule struct {
	name     string // as written: with the prefix of its namespace
	many     bool
	keep     bool
	opaque   bool
	text     xmlTextKind
	attrs    []xmlAttrRule
	children []*xmlRule
}

type xmlTextKind uint8

const (
	xmlNoText xmlTextKind = iota
	xmlAnyText
	xmlNumberText
	xmlKiBText
	xmlBytesText
)

type xmlAttrRule struct {
	name     string
	required bool
	number   string   // "#", "#0", "#+", "#i", "~" or none
	values   []string // or nil for any
}

// parseXMLRules reads rules. They are part of the program, so that a mistake in
// them is a panic.
func parseXMLRules(text string) *xmlRule {
	fragments := map[string]*xmlRule{}
	var root *xmlRule
	var open []*xmlRule
	for n, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		depth := (len(line) - len(strings.TrimLeft(line, " "))) / 2
		if depth > len(open) {
			panic(fmt.Sprintf("line %d is indented too deep", n+1))
		}
		open = open[:depth]
		if depth > 0 && strings.HasPrefix(words[0], "@") {
			parent := open[depth-1]
			parent.children = append(parent.children, fragments[words[0]].children...)
			continue
		}
		rule := parseXMLRule(words, fragments)
		switch {
		case depth > 0:
			open[depth-1].children = append(open[depth-1].children, rule)
		case strings.HasPrefix(rule.name, "@"):
			fragments[rule.name] = rule
		default:
			root = rule
		}
		open = append(open, rule)
	}
	return root
}

func parseXMLRule(words []string, fragments map[string]*xmlRule) *xmlRule {
	r := &xmlRule{name: words[0]}
	r.name, r.keep = strings.CutSuffix(r.name, "!")
	r.name, r.many = strings.CutSuffix(r.name, "*")
	for _, w := range words[1:] {
		switch {
		case w == "...":
			r.opaque = true
		case w == "=":
			r.text = xmlAnyText
		case w == "=#":
			r.text = xmlNumberText
		case w == "=KiB":
			r.text = xmlKiBText
		case w == "=bytes":
			r.text = xmlBytesText
		case strings.HasPrefix(w, "@"):
			r.attrs = append(r.attrs, fragments[w].attrs...)
		default:
			r.attrs = append(r.attrs, parseXMLAttrRule(w))
		}
	}
	return r
}

func parseXMLAttrRule(word string) xmlAttrRule {
	// The colon of a namespace is not the one before a kind.
	prefix := ""
	if rest, ok := strings.CutPrefix(word, "xmlns:"); ok {
		prefix, word = "xmlns:", rest
	}
	name, kind, _ := strings.Cut(word, ":")
	name, required := strings.CutSuffix(name, "!")
	a := xmlAttrRule{name: prefix + name, required: required}
	switch kind {
	case "":
	case "#", "#0", "#+", "#i", "~":
		a.number = kind
	default:
		a.values = strings.Split(kind, "|")
	}
	return a
}

// find returns the rule at a path of names below r.
func (r *xmlRule) find(path ...string) *xmlRule {
	for _, name := range path {
		i := slices.IndexFunc(r.children, func(c *xmlRule) bool { return c.name == name })
		r = r.children[i]
	}
	return r
}

// arrange returns what of el libvirt would format, or its complaint.
func (r *xmlRule) arrange(el *etree.Element) (*etree.Element, error) { return r.apply(el, false) }

// read returns what of el libvirt knows, or its complaint: arrange's result, and
// elements with nothing in them.
func (r *xmlRule) read(el *etree.Element) (*etree.Element, error) { return r.apply(el, true) }

func (r *xmlRule) apply(el *etree.Element, keepEmpty bool) (*etree.Element, error) {
	out := etree.NewElement(r.name)
	for i := range r.attrs {
		a := &r.attrs[i]
		attr := el.SelectAttr(a.name)
		switch {
		case attr == nil && a.required:
			return nil, Errorf(FromXML, libvirt.ErrXMLError,
				"Missing required attribute '%s' in element '%s'", a.name, el.Tag)
		case attr == nil:
			continue
		}
		value, err := a.check(el.Tag, attr.Value)
		if err != nil {
			return nil, err
		}
		if value != "" {
			out.CreateAttr(a.name, value)
		}
	}
	if r.opaque {
		r.copyRest(out, el)
		return out, nil
	}
	if err := r.arrangeText(out, el); err != nil {
		return nil, err
	}
	for _, child := range r.children {
		for _, t := range el.Child {
			in, ok := t.(*etree.Element)
			if !ok || in.FullTag() != child.name || in.SelectAttr("xmlns") != nil {
				continue
			}
			made, err := child.apply(in, keepEmpty)
			if err != nil {
				return nil, err
			}
			if child.keep || keepEmpty || !isEmptyXML(made) {
				out.AddChild(made)
			}
			if !child.many {
				break
			}
		}
	}
	return out, nil
}

func isEmptyXML(el *etree.Element) bool { return len(el.Attr) == 0 && len(el.Child) == 0 }

func (r *xmlRule) copyRest(out, el *etree.Element) {
	for _, a := range el.Attr {
		if out.SelectAttr(a.FullKey()) == nil {
			out.CreateAttr(a.FullKey(), a.Value)
		}
	}
	for _, t := range slices.Clone(el.Copy().Child) { // AddChild takes them away
		out.AddChild(t)
	}
}

// check is libvirt's virXMLProp… function for the kind of value.
func (a *xmlAttrRule) check(element, value string) (string, error) {
	invalid := func(tail string) error {
		return Errorf(FromXML, libvirt.ErrXMLError,
			"Invalid value for attribute '%s' in element '%s': "+tail, a.name, element, value)
	}
	switch {
	case a.number == "~" || a.number == "#i":
		n, err := strconv.ParseInt(strings.TrimLeft(value, " \t\n"), 10, 32)
		if err != nil {
			return "", invalid("'%s'. Expected integer value")
		}
		if n < 0 && a.number == "#i" {
			return "", invalid("'%s'. Expected non-negative value")
		}
		return strconv.FormatInt(n, 10), nil
	case a.number != "":
		n, err := parseUint(value, 32)
		if err != nil {
			return "", invalid("'%s'. Expected non-negative integer value")
		}
		if n == 0 && a.number == "#+" {
			return "", Errorf(FromXML, libvirt.ErrXMLError,
				"Invalid value for attribute '%s' in element '%s': Zero is not permitted", a.name, element)
		}
		if n == 0 && a.number == "#" {
			return "", nil
		}
		return strconv.FormatUint(n, 10), nil
	case a.values != nil && !slices.Contains(a.values, value):
		return "", invalid("'%s'.")
	case a.values != nil && value == "default":
		return "", nil
	}
	return value, nil
}

func (r *xmlRule) arrangeText(out, el *etree.Element) error {
	if r.text == xmlNoText {
		return nil
	}
	text := xmlText(el)
	switch r.text {
	case xmlNumberText:
		n, err := parseUint(text, 64)
		if err != nil || n == 0 {
			text = ""
		} else {
			text = strconv.FormatUint(n, 10)
		}
	case xmlKiBText, xmlBytesText:
		scale := uint64(1024)
		if r.text == xmlBytesText {
			scale = 1
		}
		if text == "" {
			for len(out.Attr) > 0 {
				out.RemoveAttr(out.Attr[0].FullKey())
			}
			return nil
		}
		bytes, err := parseScaled("./"+r.name+"[1]", text, el.SelectAttrValue("unit", ""), scale)
		if err != nil {
			return err
		}
		out.RemoveAttr("unit")
		if r.text == xmlKiBText {
			out.CreateAttr("unit", "KiB")
			bytes = ceilDiv(bytes, 1024)
		} else {
			out.CreateAttr("unit", "bytes")
		}
		text = strconv.FormatUint(bytes, 10)
	}
	if text != "" {
		out.SetText(text)
	}
	return nil
}

// invalidAttr is virXMLPropEnum's error.
func invalidAttr(name, element, value string) error {
	return Errorf(FromXML, libvirt.ErrXMLError, "Invalid value for attribute '%s' in element '%s': '%s'.", name, element, value)
}

// xmlAttrNumber is the error of virXMLPropInt and its like; kind is "integer"
// or "non-negative integer".
func xmlAttrNumber(name, element, value, kind string) error {
	return Errorf(FromXML, libvirt.ErrXMLError,
		"Invalid value for attribute '%s' in element '%s': '%s'. Expected %s value", name, element, value, kind)
}
