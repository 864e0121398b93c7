package scenarios

import (
	"encoding/xml"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// maxCount bounds how many objects one entry makes.
const maxCount = 100_000

// maxFirst bounds the number of an entry's first object, so that the last has one
// that fits 32 bits too.
const maxFirst = 1<<31 - maxCount

// instance is one object that an entry makes.
type instance struct {
	xml string
	// number replaces the patterns of a text.
	number func(string) string
	// sample is false for objects that differ from others by their number alone,
	// and are like those in what the driver says of them.
	sample bool
}

// entry is what is common to the kinds of objects.
type entry struct {
	*sourceKeys
	kind string
	// form are the keys of the short form.
	form []string
	// document makes the document of the short form. Patterns in it are
	// replaced once it is made, and, by number, while it is.
	document func(number func(string) string) string
	names    map[string]int // line of each name of that kind
}

// instances makes an entry's objects: their documents, with numbers in place of
// patterns.
func (c *compiler) instances(e entry) []instance {
	text, ok := c.source(e)
	if !ok {
		return nil
	}
	if e.Count == nil {
		if e.First != nil {
			c.problem(e.atKey("first"), "first stands without count")
		}
		if name := e.Value.key("name"); name != nil && strings.Contains(name.value.text, "{n") {
			c.problem(name.value.pos, "name: %q is a pattern, but there is no count", name.value.text)
		}
		same := func(s string) string { return s }
		if text == "" && e.document != nil {
			text = e.document(same)
		}
		c.unique(e, text, e.start())
		return []instance{{text, same, true}}
	}
	first, count := 1, *e.Count
	if e.First != nil {
		first = *e.First
	}
	if count < 1 || count > maxCount {
		c.problem(e.at("count"), "count: want 1 to %d, not %d", maxCount, count)
		return nil
	}
	if first < 0 || first > maxFirst {
		c.problem(e.at("first"), "first: want 0 to %d, not %d", maxFirst, first)
		return nil
	}
	if !c.patterns(e.Value) {
		return nil
	}
	patterns := make(map[string]pattern)
	all := make([]instance, 0, count)
	for n := first; n < first+count; n++ {
		number := func(s string) string {
			p, ok := patterns[s]
			if !ok {
				p, _ = parsePattern(s) // c.patterns has seen them all
				patterns[s] = p
			}
			return p.at(n)
		}
		document := ""
		if text == "" && e.document != nil {
			document = e.document(number)
		} else {
			document = number(text)
		}
		if !c.unique(e, document, e.at("name")) {
			return nil // the next would be so too
		}
		const samples = 2
		all = append(all, instance{document, number, n < first+samples || n == first+count-1})
	}
	return all
}

// source returns the document that an entry gives, "" if it has a short form. It
// reports false if there is none or more than one.
func (c *compiler) source(e entry) (string, bool) {
	var given []string
	for _, key := range []string{"xml", "file"} {
		if e.has(key) {
			given = append(given, key)
		}
	}
	short := ""
	for _, k := range e.Value.keys {
		if short == "" && slices.Contains(e.form, k.name) {
			short = k.name
		}
	}
	want := "xml or file"
	if e.form != nil {
		want = "xml, file or name"
	}
	switch {
	case len(given) > 1:
		c.problem(e.atKey("file"), "file stands beside xml: want one of them")
		return "", false
	case len(given) == 1 && short != "":
		c.problem(e.atKey(short), "%s stands beside %s: it is part of the document", short, given[0])
		return "", false
	case len(given) == 0 && !e.has("name") && !e.has("live_xml"):
		c.problem(e.start(), "this %s is nothing yet: want %s", e.kind, want)
		return "", false
	case e.has("name") && e.Value.key("name").value.text == "":
		c.problem(e.at("name"), "name: want at least one character")
		return "", false
	case len(given) == 0:
		return "", true
	}
	text := e.XML
	if given[0] == "file" {
		if text = c.readFile(e.at("file"), e.File); text == "" {
			return "", false
		}
	}
	if strings.TrimSpace(text) == "" {
		c.problem(e.at(given[0]), "%s: want a document, not nothing", given[0])
		return "", false
	}
	return text, true
}

// patterns checks the patterns of all texts below v.
func (c *compiler) patterns(v *yamlValue) bool {
	good := true
	if v.kind == textKind {
		if _, err := parsePattern(v.text); err != nil {
			c.problem(v.pos, "%v", err)
			good = false
		}
	}
	for _, k := range v.keys {
		good = c.patterns(k.value) && good
	}
	for _, item := range v.items {
		good = c.patterns(item) && good
	}
	return good
}

// unique refuses a second object of the same name.
func (c *compiler) unique(e entry, text string, at pos) bool {
	name := documentName(text)
	if name == "" {
		return true // that is the driver's to refuse
	}
	if line, twice := e.names[name]; twice {
		if line == e.start().line && e.Count != nil {
			c.problem(at, "count: all of them would be called %q: put {n} into the name", name)
		} else {
			c.problem(at, "the %s at line %d is called %q too", e.kind, line, name)
		}
		return false
	}
	e.names[name] = e.start().line
	return true
}

// documentName returns the text of the element name below the root, "" if there
// is none to be found.
func documentName(text string) string {
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = nil
	depth, in := 0, false
	var name strings.Builder
	for {
		t, err := d.Token()
		if err != nil {
			return ""
		}
		switch t := t.(type) {
		case xml.StartElement:
			depth++
			in = depth == 2 && t.Name.Local == "name"
		case xml.EndElement:
			depth--
			if in {
				return name.String()
			}
		case xml.CharData:
			if in {
				name.Write(t)
			}
		}
	}
}

func formKeys[T any]() []string { return (&decoder{}).layout(reflect.TypeFor[T]()).names }

// driver makes a driver's objects.
func (c *compiler) driver(name string, k *driverKeys) *ownObjects {
	own := &ownObjects{driver: name, preset: k.Preset, at: k.start()}
	add := own.add
	names := make(map[string]int)
	for i := range k.Domains {
		d := &k.Domains[i]
		e := entry{&d.sourceKeys, "domain", formKeys[domainForm](), nil, names}
		if d.Name != "" {
			template := d.document(name, c.report)
			e.document = func(number func(string) string) string { return number(template) }
		}
		if (d.ID != 0 || !d.Started.IsZero() || d.LiveXML != "") && d.State != "running" && d.State != "paused" {
			c.problem(d.start(), "id, started and live_xml are those of an active domain: want state running or paused")
		}
		for _, in := range c.instances(e) {
			add(d.place, in.sample, fakeserver.Objects{Domains: []fakeserver.DomainObject{d.object(in)}})
		}
	}
	names = make(map[string]int)
	for i := range k.Networks {
		n := &k.Networks[i]
		form := []string{"name", "uuid", "forward", "bridge", "address", "dhcp"}
		for _, in := range c.instances(entry{&n.sourceKeys, "network", form, func(number func(string) string) string {
			one := n.withNumber(number)
			return one.document(c.report)
		}, names}) {
			// Domains may be in any of them.
			add(n.place, true, fakeserver.Objects{Networks: []fakeserver.NetworkObject{{
				XML: in.xml, LiveXML: in.number(n.LiveXML), Active: n.State != inactive, Autostart: n.Autostart, Transient: n.Transient,
			}}})
		}
	}
	names = make(map[string]int)
	for i := range k.Pools {
		p := &k.Pools[i]
		template := p.document(c.report)
		for _, in := range c.instances(entry{&p.sourceKeys, "pool", []string{"name", "uuid", "path"}, func(number func(string) string) string {
			return number(template)
		}, names}) {
			add(p.place, in.sample, fakeserver.Objects{Pools: []fakeserver.PoolObject{{
				XML: in.xml, Active: p.State != inactive, Autostart: p.Autostart, Transient: p.Transient,
			}}})
		}
	}
	for i := range k.Interfaces {
		f := &k.Interfaces[i]
		for _, in := range c.instances(entry{&f.sourceKeys, "interface", nil, nil, make(map[string]int)}) {
			add(f.place, in.sample, fakeserver.Objects{Interfaces: []fakeserver.InterfaceObject{{XML: in.xml, Active: f.State != inactive}}})
		}
	}
	names = make(map[string]int)
	for i := range k.NodeDevices {
		d := &k.NodeDevices[i]
		for _, in := range c.instances(entry{&d.sourceKeys, "device", nil, nil, names}) {
			add(d.place, in.sample, fakeserver.Objects{NodeDevices: []fakeserver.NodeDeviceObject{{XML: in.xml}}})
		}
	}
	own.last, own.devices, own.verbatim = k.LastDomainID, k.NetworkDevices, k.Verbatim
	if own.preset == "" {
		own.preset = presetDefault
	}
	return own
}

// object is the domain of an entry, as data.
func (k *domainKeys) object(in instance) fakeserver.DomainObject {
	return fakeserver.DomainObject{
		XML: in.xml, LiveXML: in.number(k.LiveXML), StartXML: in.number(k.StartXML),
		State: string(k.State), Reason: k.Reason, ID: k.ID, Started: k.Started.In(time.UTC),
		Transient: k.Transient, Autostart: k.Autostart,
		ManagedSave: k.ManagedSave, SavedPaused: k.SavedPaused, RebootPending: k.RebootPending,
	}
}
