package naming

import (
	"encoding/xml"
	"io"
	"strings"
)

// maxName is the length from which a text goes on unread; no name is as long.
const maxName = 4096

// ScanDocument finds the name and the UUID in a libvirt document: elements below
// the root, or for interfaces and network filters an attribute of it. Documents
// that do not parse have what was found up to there; whoever answers the call
// complains of the rest.
func ScanDocument(doc string) (Object, bool) {
	d := xml.NewDecoder(strings.NewReader(doc))
	// A document says in which encoding it was, and is text already.
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var s Object
	var path [3]string // the open elements, as far down as names are
	depth := 0
	text := ""
	for !s.HasUUID || s.Name == "" {
		token, err := d.RawToken()
		if err != nil {
			break
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth < len(path) {
				path[depth] = t.Name.Local
			}
			depth++
			text = ""
			switch {
			case depth == 1 && (path[0] == "interface" || path[0] == "filter"),
				depth == 2 && path[0] == "filterbinding" && path[1] == "portdev":
				s.Name = attribute(t, "name")
			}
		case xml.CharData:
			// A name in many pieces, with comments between them, is none.
			if depth <= len(path) && len(text) < maxName {
				text += string(t)
			}
		case xml.EndElement:
			if depth == 0 {
				return s, s.Name != "" || s.HasUUID
			}
			if depth <= len(path) {
				s.note(path[:depth], strings.TrimSpace(text))
			}
			depth--
			text = ""
		}
	}
	return s, s.Name != "" || s.HasUUID
}

// note takes the text of the element at path, if it names the object.
func (s *Object) note(path []string, text string) {
	switch {
	case len(path) == 2 && path[1] == "uuid":
		s.UUID, s.HasUUID = ParseUUID(text)
	case len(path) == 2 && path[1] == "name" && path[0] != "filter" && path[0] != "interface" && path[0] != "filterbinding",
		// A secret has no name; its usage is what it is found by.
		len(path) == 3 && path[0] == "secret" && path[1] == "usage":
		if s.Name == "" {
			s.Name = text
		}
	}
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// RootOf returns the name of a document's root element, "" if it has none.
func RootOf(doc string) string {
	d := xml.NewDecoder(strings.NewReader(doc))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		token, err := d.RawToken()
		if err != nil {
			return ""
		}
		if t, ok := token.(xml.StartElement); ok {
			return t.Name.Local
		}
	}
}
