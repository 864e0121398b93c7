package hypervisor

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
)

// The productions below stop and complain where libxml2's functions of similar
// names do (xmlParseStartTag2, xmlParseAttValueInternal and so on).

func (p *xmlParser) startTag() (el *etree.Element, name string, empty bool, err error) {
	line := p.line
	p.skip(1)
	name = p.nameToken()
	if name == "" {
		return nil, "", false, p.fail("StartTag: invalid element name\n")
	}
	el = etree.NewElement(name)
	redefined := ""
	p.blanks()
	for p.pos < len(p.src) && p.peek(0) != '>' && !p.has("/>") {
		key := p.nameToken()
		if key == "" {
			return nil, "", false, p.fail("error parsing attribute name\n")
		}
		p.blanks()
		if p.peek(0) != '=' {
			return nil, "", false, p.fail("Specification mandates value for attribute %s\n", key)
		}
		p.skip(1)
		p.blanks()
		value, err := p.attributeValue()
		if err != nil {
			return nil, "", false, err
		}
		if el.SelectAttr(key) != nil && redefined == "" {
			redefined = key
		}
		el.CreateAttr(key, value)
		if p.peek(0) == '>' || p.has("/>") {
			break
		}
		if !p.blanks() {
			return nil, "", false, p.fail("attributes construct error\n")
		}
	}
	if redefined != "" {
		return nil, "", false, p.fail("Attribute %s redefined\n", redefined)
	}
	switch {
	case p.has("/>"):
		p.skip(2)
		return el, name, true, nil
	case p.peek(0) == '>':
		p.skip(1)
		return el, name, false, nil
	}
	return nil, "", false, p.fail("Couldn't find end of Start Tag %s line %d\n", name, line)
}

func (p *xmlParser) endTag(in openElement) error {
	p.skip(2)
	name := p.nameToken()
	p.blanks()
	if p.peek(0) != '>' {
		return p.fail("expected '>'\n")
	}
	p.skip(1)
	if name != in.name {
		if name == "" {
			name = "unparsable"
		}
		return p.fail("Opening and ending tag mismatch: %s line %d and %s\n", in.name, in.line, name)
	}
	return nil
}

// nameToken reads a qualified name, or nothing.
func (p *xmlParser) nameToken() string {
	n := 0
	for p.pos+n < len(p.src) {
		r, size := utf8.DecodeRuneInString(p.src[p.pos+n:])
		if !isXMLNameStart(r) && (n == 0 || !isXMLNameRest(r)) {
			break
		}
		n += size
	}
	name := p.src[p.pos : p.pos+n]
	p.skip(n)
	return name
}

func isXMLNameStart(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == ':'
	case r == utf8.RuneError, r == 0xd7, r == 0xf7, r == 0x37e:
		return false
	}
	return r >= 0xc0 && r <= 0x2ff || r >= 0x370 && r <= 0x1fff || r >= 0x200c && r <= 0x200d ||
		r >= 0x2070 && r <= 0x218f || r >= 0x2c00 && r <= 0x2fef || r >= 0x3001 && r <= 0xd7ff ||
		r >= 0xf900 && r <= 0xfdcf || r >= 0xfdf0 && r <= 0xfffd || r >= 0x10000 && r <= 0xeffff
}

func isXMLNameRest(r rune) bool {
	return r >= '0' && r <= '9' || r == '-' || r == '.' || r == 0xb7 || r >= 0x300 && r <= 0x36f || r == 0x203f || r == 0x2040
}

func isXMLChar(r rune) bool {
	return r >= 0x20 && r <= 0xd7ff || r == '\t' || r == '\n' || r == '\r' || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= 0x10ffff
}

func (p *xmlParser) attributeValue() (string, error) {
	quote := p.peek(0)
	if quote != '\'' && quote != '"' {
		return "", p.fail("AttValue: \" or ' expected\n")
	}
	p.skip(1)
	var value strings.Builder
	for p.pos < len(p.src) && p.peek(0) != quote {
		switch c := p.peek(0); c {
		case '<':
			return "", p.fail("Unescaped '<' not allowed in attributes values\n")
		case '&':
			text, err := p.reference()
			if err != nil {
				return "", err
			}
			value.WriteString(text)
		case '\t', '\n', '\r':
			value.WriteByte(' ')
			p.skip(1)
		default:
			r, size, err := p.char()
			if err != nil {
				return "", err
			}
			if !isXMLChar(r) {
				return "", p.fail("invalid character in attribute value\n")
			}
			value.WriteRune(r)
			p.skip(size)
		}
	}
	if p.pos >= len(p.src) {
		return "", p.fail("AttValue: ' expected\n")
	}
	p.skip(1)
	return value.String(), nil
}

// char decodes the character here without consuming it.
func (p *xmlParser) char() (rune, int, error) {
	r, size := utf8.DecodeRuneInString(p.src[p.pos:])
	if r == utf8.RuneError && size == 1 {
		return 0, 0, p.fail("Input is not proper UTF-8, indicate encoding !\nBytes: 0x%02X 0x%02X 0x%02X 0x%02X\n",
			p.peek(0), p.peek(1), p.peek(2), p.peek(3))
	}
	return r, size, nil
}

func (p *xmlParser) charData(parent *etree.Element) error {
	var text strings.Builder
	begin, beginLine := p.pos, p.line
	for p.pos < len(p.src) {
		c := p.peek(0)
		if c == '<' || c == '&' {
			break
		}
		if p.has("]]>") {
			p.pos, p.line = begin, beginLine // where libxml2's scan began
			return p.fail("Sequence ']]>' not allowed in content\n")
		}
		if c == '\r' { // XML's end-of-line handling
			if p.peek(1) != '\n' {
				text.WriteByte('\n')
			}
			p.skip(1)
			continue
		}
		r, size, err := p.char()
		if err != nil {
			return err
		}
		if !isXMLChar(r) {
			return p.fail("PCDATA invalid Char value %d\n", r)
		}
		text.WriteRune(r)
		p.skip(size)
	}
	p.addText(parent, text.String())
	return nil
}

// reference reads a character or entity reference. No entity but the five of
// XML itself is ever expanded.
func (p *xmlParser) reference() (string, error) {
	if p.has("&#") {
		return p.charReference()
	}
	p.skip(1)
	name := p.nameToken()
	if name == "" {
		return "", p.fail("xmlParseEntityRef: no name\n")
	}
	if p.peek(0) != ';' {
		return "", p.fail("EntityRef: expecting ';'\n")
	}
	p.skip(1)
	switch name {
	case "lt":
		return "<", nil
	case "gt":
		return ">", nil
	case "amp":
		return "&", nil
	case "quot":
		return `"`, nil
	case "apos":
		return "'", nil
	}
	return "", p.fail("Entity '%s' not defined\n", name)
}

func (p *xmlParser) charReference() (string, error) {
	p.skip(2)
	base, digits, kind := 10, "0123456789", "Dec"
	if p.peek(0) == 'x' {
		base, digits, kind = 16, "0123456789abcdefABCDEF", "Hex"
		p.skip(1)
	}
	n := 0
	for p.peek(n) != 0 && strings.IndexByte(digits, p.peek(n)) >= 0 {
		n++
	}
	number := p.src[p.pos : p.pos+n]
	p.skip(n)
	if p.peek(0) != ';' {
		if kind == "Hex" {
			return "", p.fail("xmlParseCharRef: invalid hexadecimal value\n")
		}
		return "", p.fail("xmlParseCharRef: invalid decimal value\n")
	}
	p.skip(1)
	value, err := strconv.ParseUint(number, base, 32)
	if number == "" {
		value, err = 0, nil
	}
	if err != nil || value >= 0x110000 {
		return "", p.fail("xmlParseCharRef: character reference out of bounds\n")
	}
	if !isXMLChar(rune(value)) {
		return "", p.fail("xmlParseCharRef: invalid xmlChar value %d\n", value)
	}
	return string(rune(value)), nil
}

func (p *xmlParser) comment(parent *etree.Element) error {
	p.skip(4)
	end := strings.Index(p.src[p.pos:], "--")
	switch {
	case end < 0:
		p.skip(len(p.src))
		return p.fail("Comment not terminated\n")
	case p.peek(end+2) != '>':
		text := p.src[p.pos : p.pos+end]
		p.skip(end)
		return p.fail("Double hyphen within comment: <!--%.50s\n", text)
	}
	if parent != nil {
		parent.CreateComment(p.src[p.pos : p.pos+end])
	}
	p.skip(end + 3)
	return nil
}

func (p *xmlParser) cdata(parent *etree.Element) error {
	p.skip(len("<![CDATA["))
	end := strings.Index(p.src[p.pos:], "]]>")
	if end < 0 {
		p.skip(len(p.src))
		return p.fail("CData section not finished\n\n")
	}
	parent.CreateCData(p.src[p.pos : p.pos+end])
	p.skip(end + 3)
	return nil
}

func (p *xmlParser) instruction(parent *etree.Element) error {
	p.skip(2)
	target := p.nameToken()
	switch {
	case target == "":
		return p.fail("xmlParsePI : no target name\n")
	case target == "xml":
		return p.fail("XML declaration allowed only at the start of the document\n")
	case strings.EqualFold(target, "xml"):
		return p.fail("xmlParsePITarget: invalid name prefix 'xml'\n")
	}
	end := strings.Index(p.src[p.pos:], "?>")
	if !isXMLBlank(p.peek(0)) && end != 0 {
		return p.fail("ParsePI: PI %s space expected\n", target)
	}
	if end < 0 {
		p.skip(len(p.src))
		return p.fail("ParsePI: PI %s never end ...\n", target)
	}
	if parent != nil {
		parent.CreateProcInst(target, strings.TrimLeft(p.src[p.pos:p.pos+end], " \t\r\n"))
	}
	p.skip(end + 2)
	return nil
}

// declaration reads <?xml …?>. Of encodings that libxml2 knows, UTF-8 and its
// subset are taken as they are and Latin-1 is converted.
func (p *xmlParser) declaration() error {
	p.skip(len("<?xml"))
	p.blanks()
	if !p.has("version") {
		return p.fail("Malformed declaration expecting version\n")
	}
	for _, key := range []string{"version", "encoding", "standalone"} {
		if !p.has(key) {
			continue
		}
		p.skip(len(key))
		p.blanks()
		if p.peek(0) != '=' {
			return p.fail("expected '='\n")
		}
		p.skip(1)
		p.blanks()
		quote := p.peek(0)
		if quote != '\'' && quote != '"' {
			return p.fail("String not started expecting ' or \"\n")
		}
		end := strings.IndexByte(p.src[p.pos+1:], quote)
		if end < 0 {
			return p.fail("String not closed expecting \" or '\n")
		}
		value := p.src[p.pos+1 : p.pos+1+end]
		p.skip(end + 2)
		if key == "encoding" {
			if err := p.encoding(value); err != nil {
				return err
			}
		}
		if !p.blanks() && !p.has("?>") {
			return p.fail("Blank needed here\n")
		}
	}
	if !p.has("?>") {
		return p.fail("parsing XML declaration: '?>' expected\n")
	}
	p.skip(2)
	return nil
}

func (p *xmlParser) encoding(name string) error {
	switch strings.ToUpper(name) {
	case "UTF-8", "UTF8", "ASCII", "US-ASCII":
	case "ISO-8859-1", "ISO-LATIN-1", "LATIN1":
		var rest strings.Builder
		for _, b := range []byte(p.src[p.pos:]) {
			rest.WriteRune(rune(b))
		}
		p.src = p.src[:p.pos] + rest.String()
	default:
		return p.fail("Unsupported encoding %s\n", name)
	}
	return nil
}

// doctype skips a document type declaration. Entities that it declares stay
// unknown.
func (p *xmlParser) doctype() error {
	p.skip(len("<!DOCTYPE"))
	p.blanks()
	name := p.nameToken()
	if name == "" {
		return p.fail("xmlParseDocTypeDecl : no DOCTYPE name !\n")
	}
	depth := 0
	for p.pos < len(p.src) {
		switch c := p.peek(0); {
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == '>' && depth <= 0:
			p.skip(1)
			return nil
		case c == '\'' || c == '"':
			if end := strings.IndexByte(p.src[p.pos+1:], c); end >= 0 {
				p.skip(end + 1)
			}
		}
		p.skip(1)
	}
	return p.fail("DOCTYPE improperly terminated\n")
}
