package hypervisor

import (
	"slices"
	"strings"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

const (
	metadataDescription = int32(libvirt.DomainMetadataDescription)
	metadataTitle       = int32(libvirt.DomainMetadataTitle)
	metadataElement     = int32(libvirt.DomainMetadataElement)
)

// DomainMetadata is what virDomainSetMetadata sets: of Type
// (virDomainMetadataType), nil Text for none. An element has a namespace URI,
// and Key as the prefix for it.
type DomainMetadata struct {
	Type           int32
	Text, Key, URI *string
}

// DomainGetMetadata is virDomainGetMetadata. Flags are VIR_DOMAIN_AFFECT_….
func (s *State) DomainGetMetadata(ref DomainRef, kind int32, uri *string, flags uint32) (string, error) {
	const function = "virDomainGetMetadata"
	if flags&affectLive != 0 && flags&affectConfig != 0 {
		return "", exclusiveFlags(function, "ctl", "VIR_DOMAIN_AFFECT_LIVE", "VIR_DOMAIN_AFFECT_CONFIG")
	}
	if err := checkNull(function, kind, "uri", uri, kind == metadataElement); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	dom, err := s.domainCall("DomainGetMetadata", ref, flags)
	if err != nil {
		return "", err
	}
	// Common code looks at the flags again, for drivers that do not.
	if err := UnsupportedFlags(FromDomain, "virDomainObjGetMetadata", flags, affectLive|affectConfig); err != nil {
		return "", err
	}
	if kind > metadataElement {
		return "", Errorf(FromDomain, libvirt.ErrInvalidArg, "unknown metadata type '%d'", kind)
	}
	def, _, err := dom.oneDef(flags)
	if err != nil {
		return "", err
	}
	if text, ok := def.metadata(kind, uri); ok {
		return text, nil
	}
	return "", Errorf(FromDomain, libvirt.ErrNoDomainMetadata, "Requested metadata element is not present")
}

// checkNull refuses an argument that a kind of metadata needs and has not, or
// has and does not need.
func checkNull(function string, kind int32, name string, value *string, needed bool) error {
	switch {
	case kind < metadataDescription || kind > metadataElement:
		return nil
	case needed && value == nil:
		return InvalidArg(FromDomain, function, name, name+" in "+function+" must not be NULL")
	case !needed && value != nil:
		return InvalidArg(FromDomain, function, name, name+" in "+function+" must be NULL")
	}
	return nil
}

func (d *domainDef) metadata(kind int32, uri *string) (string, bool) {
	name := map[int32]string{metadataDescription: "description", metadataTitle: "title"}[kind]
	if name != "" {
		el := d.root.SelectElement(name)
		if el == nil {
			return "", false
		}
		return xmlText(el), true
	}
	el := d.metadataOf(uri)
	if kind != metadataElement || el == nil {
		return "", false
	}
	return withoutNamespace(el, *uri), true
}

// metadataOf returns the element that is in a namespace, or nil.
func (d *domainDef) metadataOf(uri *string) *etree.Element {
	metadata := d.root.SelectElement("metadata")
	if metadata == nil || uri == nil {
		return nil
	}
	for _, el := range metadata.ChildElements() {
		if el.NamespaceURI() == *uri {
			return el
		}
	}
	return nil
}

// withoutNamespace formats an element as it was before its namespace came to
// it, virXMLExtractNamespaceXML.
func withoutNamespace(el *etree.Element, uri string) string {
	var member []*etree.Element // of the namespace, found while the tree is whole
	var find func(*etree.Element)
	doc := etree.NewElement("metadata")
	for _, a := range el.Parent().Attr {
		doc.CreateAttr(a.FullKey(), a.Value)
	}
	root := el.Copy()
	doc.AddChild(root)
	find = func(e *etree.Element) {
		if e.NamespaceURI() == uri {
			member = append(member, e)
		}
		for _, child := range e.ChildElements() {
			find(child)
		}
	}
	find(root)
	declareOuterNamespaces(root)
	for _, e := range member {
		e.Space = ""
	}
	if i := slices.IndexFunc(root.Attr, func(a etree.Attr) bool { return isXMLNS(&a) && a.Value == uri }); i >= 0 {
		root.Attr = slices.Delete(root.Attr, i, i+1)
	}
	var b strings.Builder
	dumpXML(&b, root, 0, true)
	return b.String()
}

// DomainSetMetadata is virDomainSetMetadata. Flags are VIR_DOMAIN_AFFECT_….
func (s *State) DomainSetMetadata(ref DomainRef, m DomainMetadata, flags uint32) error {
	const function = "virDomainSetMetadata"
	if m.Type == metadataTitle && m.Text != nil && strings.Contains(*m.Text, "\n") {
		return InvalidArg(FromDomain, function, "metadata", "metadata title can't contain newlines")
	}
	if err := checkNull(function, m.Type, "uri", m.URI, m.Type == metadataElement); err != nil {
		return err
	}
	if m.Type != metadataElement || m.Text != nil {
		if err := checkNull(function, m.Type, "key", m.Key, m.Type == metadataElement); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.unlock()
	dom, err := s.domainCall("DomainSetMetadata", ref, flags)
	if err != nil {
		return err
	}
	live, config, err := dom.defs(flags)
	if err != nil {
		return err
	}
	for _, def := range []*domainDef{live, config} {
		if def == nil {
			continue
		}
		if err := def.setMetadata(m); err != nil {
			return err
		}
	}
	s.emitLocked(DomainMetadataChangeEvent{Domain: dom.ref(), Type: m.Type, URI: m.URI})
	return nil
}

// setMetadata is virDomainDefSetMetadata.
func (d *domainDef) setMetadata(m DomainMetadata) error {
	switch {
	case m.Type > metadataElement:
		return Errorf(FromDomain, libvirt.ErrInvalidArg, "unknown metadata type '%d'", m.Type)
	case m.Type == metadataDescription:
		d.setText("description", m.Text)
	case m.Type == metadataTitle:
		d.setText("title", m.Text)
	case m.Type == metadataElement:
		if err := d.setMetadataElement(m); err != nil {
			return err
		}
	}
	d.root = arrangeDomain(d.root)
	return nil
}

func (d *domainDef) setText(name string, text *string) {
	xmlRemove(d.root, name)
	if text != nil && *text != "" {
		d.root.CreateElement(name).SetText(*text)
	}
}

func (d *domainDef) setMetadataElement(m DomainMetadata) error {
	var added *etree.Element
	if m.Text != nil {
		root, err := parseXML(FromDomain, "(metadata_xml)", *m.Text)
		if err != nil {
			return err
		}
		if err := intoNamespace(root, *m.Key, *m.URI); err != nil {
			return err
		}
		xmlEnsure(d.root, "metadata")
		added = root
	}
	for old := d.metadataOf(m.URI); old != nil; old = d.metadataOf(m.URI) {
		old.Parent().RemoveChild(old)
	}
	if added != nil {
		d.root.SelectElement("metadata").AddChild(added)
	}
	return nil
}

// intoNamespace puts what is in no namespace into one, virXMLInjectNamespace.
func intoNamespace(root *etree.Element, prefix, uri string) error {
	prefix = strings.Trim(prefix, " \t\n\r")
	if !isNCName(prefix) {
		return Errorf(FromXML, libvirt.ErrInternalError, "failed to validate prefix for a new XML namespace")
	}
	if prefix == "xml" || root.SelectAttr("xmlns:"+prefix) != nil {
		return Errorf(FromXML, libvirt.ErrInternalError, "failed to create a new XML namespace")
	}
	var walk func(*etree.Element)
	walk = func(el *etree.Element) {
		for _, child := range el.ChildElements() {
			walk(child)
		}
		if el.NamespaceURI() == "" {
			el.Space = prefix
		}
	}
	walk(root)
	root.CreateAttr("xmlns:"+prefix, uri)
	return nil
}

// isNCName is xmlValidateNCName.
func isNCName(name string) bool {
	for i, r := range name {
		if r == ':' || i == 0 && !isXMLNameStart(r) || i > 0 && !isXMLNameRest(r) {
			return false
		}
	}
	return name != ""
}
