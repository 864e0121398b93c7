package hypervisor

import (
	"slices"

	"github.com/beevik/etree"
)

// metadata keeps what clients store with a domain, virXMLNodeSanitizeNamespaces:
// one element for each namespace.
func (p *domainParser) metadata() error {
	metadata := p.root.SelectElement("metadata")
	if metadata == nil {
		return nil
	}
	declareOuterNamespaces(metadata)
	seen := map[string]bool{}
	for _, t := range slices.Clone(metadata.Child) {
		uri := ""
		if el, ok := t.(*etree.Element); ok {
			uri = el.NamespaceURI()
		}
		if uri == "" || seen[uri] {
			metadata.RemoveChild(t)
		}
		seen[uri] = true
	}
	return nil
}

// declareOuterNamespaces declares at an element the namespaces that it and what
// is below it use from further out, as libxml2 does when it copies a node.
func declareOuterNamespaces(el *etree.Element) {
	outer := el.Parent()
	declare := func(prefix string) {
		name := "xmlns:" + prefix
		if prefix == "" {
			name = "xmlns"
		}
		for up := outer; up != nil; up = up.Parent() {
			if a := up.SelectAttr(name); a != nil {
				xmlDefault(el, name, a.Value)
				return
			}
		}
	}
	var walk func(*etree.Element, []string)
	walk = func(e *etree.Element, inner []string) {
		inner = slices.Clone(inner)
		for i := range e.Attr {
			if isXMLNS(&e.Attr[i]) {
				prefix := e.Attr[i].Key
				if e.Attr[i].Space == "" {
					prefix = ""
				}
				inner = append(inner, prefix)
			}
		}
		if !slices.Contains(inner, e.Space) {
			declare(e.Space)
		}
		for _, a := range slices.Clone(e.Attr) {
			if a.Space != "" && a.Space != "xmlns" && !slices.Contains(inner, a.Space) {
				declare(a.Space)
			}
		}
		for _, child := range e.ChildElements() {
			walk(child, inner)
		}
	}
	walk(el, nil)
}
