package hypervisor

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"
)

// formatXML writes a tree as libvirt formats its objects: two blanks for each
// level, apostrophes around values, text and children never mixed. Comments
// and processing instructions are left out: libvirt keeps none of them, but for
// what stands in <metadata>, which xmlOpaque names.
func formatXML(root *etree.Element) string {
	var b strings.Builder
	writeXML(&b, root, 0)
	return b.String()
}

func writeXML(b *strings.Builder, el *etree.Element, indent int) {
	if xmlOpaque(el) {
		pad(b, indent)
		dumpXML(b, el, indent/2, true)
		b.WriteByte('\n')
		return
	}
	pad(b, indent)
	b.WriteByte('<')
	b.WriteString(el.FullTag())
	for i := range el.Attr {
		a := &el.Attr[i]
		b.WriteByte(' ')
		b.WriteString(a.FullKey())
		b.WriteString("='")
		escapeXML(b, a.Value)
		b.WriteByte('\'')
	}
	if text := xmlText(el); text != "" && !hasElements(el) {
		b.WriteByte('>')
		escapeXML(b, text)
	} else if hasElements(el) || xmlBlock(el) {
		b.WriteString(">\n")
		for _, t := range el.Child {
			if child, ok := t.(*etree.Element); ok {
				writeXML(b, child, indent+2)
			}
		}
		pad(b, indent)
	} else {
		b.WriteString("/>\n")
		return
	}
	b.WriteString("</")
	b.WriteString(el.FullTag())
	b.WriteString(">\n")
}

func pad(b *strings.Builder, n int) {
	for range n {
		b.WriteByte(' ')
	}
}

// xmlBlock tells the elements that libvirt writes on two lines even when nothing
// is in them.
func xmlBlock(el *etree.Element) bool {
	switch el.Tag {
	case "devices", "redirdev", "hyperv", "kvm", "xen":
		return true
	}
	return false
}

func hasElements(el *etree.Element) bool {
	for _, t := range el.Child {
		if _, ok := t.(*etree.Element); ok {
			return true
		}
	}
	return false
}

// xmlText is XPath's string() of an element without children.
func xmlText(el *etree.Element) string {
	var text string
	for _, t := range el.Child {
		if cd, ok := t.(*etree.CharData); ok {
			text += cd.Data
		}
	}
	return text
}

// escapeXML is virBufferEscapeString, which drops control characters.
func escapeXML(b *strings.Builder, s string) {
	if strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || strings.ContainsRune(`<>&"'`, r) }) < 0 {
		b.WriteString(s)
		return
	}
	for _, r := range s {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\'':
			b.WriteString("&apos;")
		case r < 0x1a && r != '\t' && r != '\n' && r != '\r':
		default:
			b.WriteRune(r)
		}
	}
}

// xmlOpaque tells the elements that libvirt keeps as libxml2's trees, and dumps
// with libxml2's formatting.
func xmlOpaque(el *etree.Element) bool { return el.Space == "" && el.Tag == "metadata" }

// dumpXML is libxml2's xmlNodeDump: quotation marks around values, namespace
// declarations first, children on lines of their own unless there is text among
// them. level is the indentation of el's children, less one, in steps of two.
func dumpXML(b *strings.Builder, el *etree.Element, level int, format bool) {
	b.WriteByte('<')
	b.WriteString(el.FullTag())
	for _, declarations := range []bool{true, false} {
		for i := range el.Attr {
			a := &el.Attr[i]
			if isXMLNS(a) != declarations {
				continue
			}
			b.WriteByte(' ')
			b.WriteString(a.FullKey())
			b.WriteString(`="`)
			escapeAttrXML(b, a.Value, declarations)
			b.WriteByte('"')
		}
	}
	if len(el.Child) == 0 {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	for _, t := range el.Child {
		if _, ok := t.(*etree.CharData); ok {
			format = false
		}
	}
	for _, t := range el.Child {
		if format {
			b.WriteByte('\n')
			pad(b, 2*(level+1))
		}
		switch t := t.(type) {
		case *etree.Element:
			dumpXML(b, t, level+1, format)
		case *etree.CharData:
			if t.IsCData() {
				b.WriteString("<![CDATA[" + t.Data + "]]>")
			} else {
				xmlTextEscaper.WriteString(b, t.Data)
			}
		case *etree.Comment:
			b.WriteString("<!--" + t.Data + "-->")
		case *etree.ProcInst:
			b.WriteString("<?" + t.Target)
			if t.Inst != "" {
				b.WriteString(" " + t.Inst)
			}
			b.WriteString("?>")
		}
	}
	if format {
		b.WriteByte('\n')
		pad(b, 2*level)
	}
	b.WriteString("</")
	b.WriteString(el.FullTag())
	b.WriteByte('>')
}

func isXMLNS(a *etree.Attr) bool { return a.Space == "xmlns" || a.Space == "" && a.Key == "xmlns" }

var xmlTextEscaper = strings.NewReplacer("<", "&lt;", ">", "&gt;", "&", "&amp;", "\r", "&#13;")

// escapeAttrXML is xmlBufAttrSerializeTxtContent: in values, other than in the
// names of namespaces, libxml2 writes what is not ASCII as references, since the
// document has no encoding.
func escapeAttrXML(b *strings.Builder, s string, namespace bool) {
	for _, r := range s {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\n' || r == '\r' || r == '\t':
			fmt.Fprintf(b, "&#%d;", r)
		case r >= 0x80 && !namespace:
			fmt.Fprintf(b, "&#x%X;", r)
		default:
			b.WriteRune(r)
		}
	}
}
