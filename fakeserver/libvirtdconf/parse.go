package libvirtdconf

import "bytes"

// Limits of a file. Libvirt reads no longer one either; it has no bound for lists in
// lists, and crashes at a million.
const (
	maxFile  = 10 << 20
	maxDepth = 5000
)

// parser reads the form of file that all of libvirt's settings have: NAME = VALUE,
// where a value is a number, a string or a list of values. Which files it takes, and
// what it says about others, was found out by trying.
type parser struct {
	data []byte
	pos  int
	line int
}

// parse returns all settings of a file, in their order.
func parse(data []byte) ([]setting, error) {
	if len(data) > maxFile {
		return nil, &Error{Text: "Value too large for defined data type: a configuration has at most 10 MiB"}
	}
	p := &parser{data: data, line: 1}
	var all []setting
	for p.pos < len(data) {
		if err := p.statement(&all); err != nil {
			return nil, err
		}
		p.skipLines()
	}
	return all, nil
}

func (p *parser) fail(text string) error { return &Error{Line: p.line, Text: text} }

// at reports whether the next byte is one of these.
func (p *parser) at(any string) bool {
	return p.pos < len(p.data) && bytes.IndexByte([]byte(any), p.data[p.pos]) >= 0
}

func (p *parser) skipBlanks() {
	for p.at(" \t") {
		p.pos++
	}
}

func (p *parser) skipLines() {
	for p.at(" \t\r\n") {
		if p.at("\n") {
			p.line++
		}
		p.pos++
	}
}

// skipComment goes to the end of the line, if a comment begins here.
func (p *parser) skipComment() bool {
	if !p.at("#") {
		return false
	}
	for p.pos < len(p.data) && !p.at("\r\n") {
		p.pos++
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

// statement reads one setting or comment. A file of blanks alone is none.
func (p *parser) statement(all *[]setting) error {
	p.skipLines()
	if p.skipComment() {
		return nil
	}
	s := setting{line: p.line}
	begin := p.pos
	for p.pos < len(p.data) {
		c := p.data[p.pos]
		if !isLetter(c) && (p.pos == begin || !isDigit(c) && c != '_') {
			break
		}
		p.pos++
	}
	if p.pos == begin {
		return p.fail("expecting a name")
	}
	s.name = string(p.data[begin:p.pos])
	p.skipBlanks()
	if !p.at("=") {
		return p.fail("expecting an assignment")
	}
	p.pos++
	p.skipBlanks()
	var err error
	if s.value, err = p.value(0); err != nil {
		return err
	}
	*all = append(*all, s)
	p.skipBlanks()
	switch {
	case p.pos == len(p.data) || p.skipComment() || p.at("\r\n"):
		return nil
	case p.at(";"):
		p.pos++
		return nil
	}
	return p.fail("expecting a separator")
}

func (p *parser) value(depth int) (value, error) {
	switch {
	case p.at(`"'`):
		return p.text()
	case p.at("["):
		return p.list(depth)
	case p.at("-+0123456789"):
		return p.number()
	}
	return value{}, p.fail("expecting a value")
}

// text reads a string. There is no way to write its quote inside. One in three
// double quotes may have several lines; the first of at most six bytes behind which
// nothing follows are taken for an empty string and another.
func (p *parser) text() (value, error) {
	const long = `"""`
	if rest := p.data[p.pos:]; len(rest) > 2*len(long) && bytes.HasPrefix(rest, []byte(long)) {
		body := rest[len(long):]
		end := bytes.Index(body, []byte(long))
		if end < 0 {
			p.line += bytes.Count(body[:len(body)-(len(long)-1)], []byte("\n"))
			return value{}, p.fail("unterminated string")
		}
		p.line += bytes.Count(body[:end], []byte("\n"))
		p.pos += len(long) + end + len(long)
		return textOf(body[:end]), nil
	}
	quote := p.data[p.pos]
	body := p.data[p.pos+1:]
	end := bytes.IndexAny(body, string(quote)+"\r\n")
	if end < 0 || body[end] != quote {
		return value{}, p.fail("unterminated string")
	}
	p.pos += end + 2
	return textOf(body[:end]), nil
}

// textOf makes a string, which ends at a NUL, as those of C do.
func textOf(data []byte) value {
	data, _, _ = bytes.Cut(data, []byte{0})
	return value{kind: textKind, text: string(data)}
}

// number reads a number, which has no bounds: what is beyond 64 bits is lost.
func (p *parser) number() (value, error) {
	v := value{kind: numberKind}
	switch {
	case p.at("-"):
		v.kind = negativeKind
		p.pos++
	case p.at("+"):
		p.pos++
	}
	begin := p.pos
	for p.pos < len(p.data) && isDigit(p.data[p.pos]) {
		v.number = v.number*10 + uint64(p.data[p.pos]-'0')
		p.pos++
	}
	if p.pos == begin {
		return value{}, p.fail("unterminated number")
	}
	if v.kind == negativeKind {
		v.number = -v.number
	}
	return v, nil
}

func (p *parser) list(depth int) (value, error) {
	if depth == maxDepth {
		return value{}, p.fail("there are too many lists in lists")
	}
	v := value{kind: listKind}
	p.pos++
	p.skipLines()
	for more := p.pos < len(p.data) && !p.at("]"); more; {
		item, err := p.value(depth + 1)
		if err != nil {
			return value{}, err
		}
		v.items = append(v.items, item)
		p.skipLines()
		if p.pos == len(p.data) || p.at("]") {
			break
		}
		if !p.at(",") {
			return value{}, p.fail("expecting a separator in list")
		}
		p.pos++
		p.skipLines()
		more = !p.at("]")
	}
	if !p.at("]") {
		return value{}, p.fail("list is not closed with ]")
	}
	p.pos++
	return v, nil
}
