package hypervisor

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// xmlMaxDepth is how deep libxml2 lets elements nest.
const xmlMaxDepth = 256

// parseXML reads an XML document as libvirt's virXMLParse does, through
// libxml2: what is not well-formed fails with the text that libxml2 has for it,
// which clients show. domain is the VIR_FROM_… of the caller, name what libvirt
// calls the document, such as "(domain_definition)". The root element's name is
// not looked at; requireRoot does that.
//
// A parser of our own, because the error's text, line and column are part of
// the answer, and because nothing a client sends may expand entities.
func parseXML(domain libvirt.ErrorDomain, name, text string) (*etree.Element, error) {
	// libvirt passes a C string.
	if i := strings.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	p := &xmlParser{domain: domain, name: name, src: text, line: 1}
	root, err := p.document()
	p.endText()
	if err != nil {
		return nil, err
	}
	return root, nil
}

// requireRoot checks a root element's name as virXMLParse does.
func requireRoot(root *etree.Element, name string) error {
	got := root.Tag
	if root.Space != "" && root.SelectAttr("xmlns:"+root.Space) == nil {
		got = root.FullTag() // no namespace, but a name with a colon
	}
	if got != name {
		return Errorf(FromXML, libvirt.ErrXMLError, "expecting root element of '%s', not '%s'", name, got)
	}
	return nil
}

// xmlParser follows libxml2's recursive descent, so that it stops where libxml2
// stops: the position shows in the error.
type xmlParser struct {
	domain libvirt.ErrorDomain
	name   string
	src    string
	pos    int
	line   int

	// A text that grows: one reference after another would otherwise copy it
	// each time.
	text    *etree.CharData
	textRun strings.Builder
}

// fail is libvirt's catchXMLError: the message, the line of the document, and a
// pointer below it.
func (p *xmlParser) fail(format string, args ...any) error {
	start := p.pos
	at := func(i int) byte {
		if i < len(p.src) {
			return p.src[i]
		}
		return 0
	}
	eol := func(c byte) bool { return c == '\n' || c == '\r' }
	for start > 0 && eol(at(start)) {
		start--
	}
	for start > 0 && !eol(at(start)) {
		start--
	}
	if eol(at(start)) {
		start++
	}
	// An empty line at the very end puts the start behind the cursor; libvirt
	// subtracts unsigned numbers there and gets a pointer at the line's end.
	col := p.pos - start
	line := p.src[min(start, len(p.src)):]
	if i := strings.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	if col < 0 || col > len(line) {
		col = len(line)
	}
	shown := line
	if shown == "" {
		shown = "(null)" // what printf makes of libvirt's empty buffer
	}
	pointer := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return '-'
	}, strings.ToValidUTF8(asciiOnly(line[:col]), "-"))
	return Errorf(p.domain, libvirt.ErrXMLDetail, "%s:%d: %s%s\n%s^",
		p.name, p.line, fmt.Sprintf(format, args...), shown, pointer)
}

// asciiOnly makes one character of each byte, because the pointer counts bytes.
func asciiOnly(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] >= utf8.RuneSelf {
			b[i] = '-'
		}
	}
	return string(b)
}

func (p *xmlParser) peek(i int) byte {
	if p.pos+i < len(p.src) {
		return p.src[p.pos+i]
	}
	return 0
}

func (p *xmlParser) has(prefix string) bool { return strings.HasPrefix(p.src[p.pos:], prefix) }

func (p *xmlParser) skip(n int) {
	n = min(n, len(p.src)-p.pos)
	p.line += strings.Count(p.src[p.pos:p.pos+n], "\n")
	p.pos += n
}

func (p *xmlParser) blanks() bool {
	n := 0
	for isXMLBlank(p.peek(n)) {
		n++
	}
	p.skip(n)
	return n > 0
}

func (p *xmlParser) document() (*etree.Element, error) {
	p.src = strings.TrimPrefix(p.src, "\ufeff")
	if p.src == "" {
		return nil, p.fail("Document is empty\n")
	}
	if p.has("<?xml") && isXMLBlank(p.peek(5)) {
		if err := p.declaration(); err != nil {
			return nil, err
		}
	}
	if err := p.misc(nil); err != nil {
		return nil, err
	}
	if p.has("<!DOCTYPE") {
		if err := p.doctype(); err != nil {
			return nil, err
		}
		if err := p.misc(nil); err != nil {
			return nil, err
		}
	}
	if p.peek(0) != '<' {
		return nil, p.fail("Start tag expected, '<' not found\n")
	}
	root, err := p.element()
	if err != nil {
		return nil, err
	}
	if err := p.misc(nil); err != nil {
		return nil, err
	}
	if p.pos < len(p.src) {
		return nil, p.fail("Extra content at the end of the document\n")
	}
	return root, nil
}

// misc skips blanks, comments and processing instructions around the root.
func (p *xmlParser) misc(parent *etree.Element) error {
	for {
		switch {
		case p.blanks():
		case p.has("<?"):
			if err := p.instruction(parent); err != nil {
				return err
			}
		case p.has("<!--"):
			if err := p.comment(parent); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// openElement is an element whose end tag has not come yet.
type openElement struct {
	el   *etree.Element
	name string
	line int
}

// element parses the root element and everything inside, without recursion:
// depth is libxml2's business, not our stack's.
func (p *xmlParser) element() (*etree.Element, error) {
	var root *etree.Element
	var open []openElement
	for {
		switch {
		case p.peek(0) == '<' && (len(open) == 0 || p.startsElement()):
			line := p.line
			el, name, empty, err := p.startTag()
			if err != nil {
				return nil, err
			}
			if len(open) == 0 {
				root = el
			} else {
				open[len(open)-1].el.AddChild(el)
			}
			if !empty {
				open = append(open, openElement{el, name, line})
				if len(open) > xmlMaxDepth {
					return nil, p.fail("Excessive depth in document: %d use XML_PARSE_HUGE option\n", xmlMaxDepth)
				}
			}
		case p.has("</"):
			if err := p.endTag(open[len(open)-1]); err != nil {
				return nil, err
			}
			open = open[:len(open)-1]
		case p.pos >= len(p.src):
			in := open[len(open)-1]
			return nil, p.fail("Premature end of data in tag %s line %d\n", in.name, in.line)
		default:
			if err := p.content(open[len(open)-1].el); err != nil {
				return nil, err
			}
		}
		if len(open) == 0 {
			return root, nil
		}
	}
}

// startsElement reports whether the '<' here opens an element.
func (p *xmlParser) startsElement() bool {
	switch p.peek(1) {
	case '/', '?':
		return false
	case '!':
		return !p.has("<!--") && !p.has("<![CDATA[")
	}
	return true
}

// content parses one piece of what stands between tags.
func (p *xmlParser) content(parent *etree.Element) error {
	switch {
	case p.has("<?"):
		return p.instruction(parent)
	case p.has("<!--"):
		return p.comment(parent)
	case p.has("<![CDATA["):
		return p.cdata(parent)
	case p.peek(0) == '&':
		text, err := p.reference()
		if err != nil {
			return err
		}
		p.addText(parent, text)
		return nil
	}
	return p.charData(parent)
}

// addText appends text, joining it with text before it: a reference does not
// split what XPath sees. Blanks between elements are dropped, by libxml2's own
// guess at what they are; libvirt asks for that, and dumps of <metadata> show it.
func (p *xmlParser) addText(parent *etree.Element, text string) {
	n := len(parent.Child)
	if n > 0 {
		if cd, ok := parent.Child[n-1].(*etree.CharData); ok && !cd.IsCData() {
			if p.text != cd {
				p.endText()
				p.text = cd
				p.textRun.WriteString(cd.Data)
			}
			p.textRun.WriteString(text)
			return
		}
	}
	if strings.Trim(text, " \t\r\n") == "" && p.ignorable(parent) {
		return
	}
	parent.CreateText(text)
}

// endText gives the text that grew its content.
func (p *xmlParser) endText() {
	if p.text != nil {
		p.text.Data = p.textRun.String()
		p.text = nil
		p.textRun.Reset()
	}
}

// ignorable is libxml2's areBlanks for blanks that end here.
func (p *xmlParser) ignorable(parent *etree.Element) bool {
	switch n := len(parent.Child); {
	case p.peek(0) != '<':
		return false
	case n == 0:
		return p.peek(1) != '/'
	default:
		_, text := parent.Child[0].(*etree.CharData)
		return !text
	}
}

func isXMLBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
