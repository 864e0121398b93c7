package scenarios

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// Dump returns the state of a node as a scenario that begins with it: for each
// driver its objects, by their documents, with all that was chosen for them, those of
// a session daemon too. What the host has by itself is left to a preset where nothing
// of it has changed. Connections, faults in force, the timeline and who may come in
// are no part of the state. The node counts as used from then on: test:///default no
// longer resets.
func Dump(srv *fakeserver.Server) ([]byte, error) { return dump(srv, srv.Hostname(), false) }

// DumpAll is Dump without presets: every object is listed.
func DumpAll(srv *fakeserver.Server) ([]byte, error) { return dump(srv, srv.Hostname(), true) }

func dump(srv *fakeserver.Server, name string, all bool) ([]byte, error) {
	if !nodeNames.MatchString(name) {
		name = "dump"
	}
	w := &yamlWriter{}
	w.line(0, "name: %s", quote(name))
	w.line(0, "hostname: %s", quote(srv.Hostname()))
	w.line(0, "libvirt_version: %s", srv.LibvirtVersion())
	if seed := srv.Seed(); seed != 0 {
		w.line(0, "seed: %d", seed)
	}
	if err := w.contents(daemon{}, srv.Drivers(), srv.Driver, all); err != nil {
		return nil, err
	}
	if session := srv.SessionDrivers(); len(session) > 0 {
		w.line(0, "session_daemon:")
		w.below = 2
		if err := w.contents(daemon{beside: true}, session, srv.SessionDriver, all); err != nil {
			return nil, err
		}
	}
	return []byte(w.String()), nil
}

// yamlWriter writes the YAML of a dump.
type yamlWriter struct {
	strings.Builder
	below int // how far to the right everything stands
}

func (w *yamlWriter) line(indent int, format string, args ...any) {
	fmt.Fprintf(w, "%*s"+format+"\n", append([]any{w.below + indent, ""}, args...)...)
}

// contents writes the drivers of a daemon and what they have.
func (w *yamlWriter) contents(kind daemon, drivers []string, look func(string) (*fakeserver.Driver, error), all bool) error {
	w.line(0, "drivers: [%s]", strings.Join(drivers, ", "))
	w.line(0, "objects:")
	for _, driver := range drivers {
		d, err := look(driver)
		if err != nil {
			return err
		}
		objects := d.Objects()
		preset := presetEmpty
		if !all {
			host, err := kind.preset(driver, presetHost)
			if err != nil {
				return err
			}
			if reflect.DeepEqual(host.Interfaces, objects.Interfaces) && reflect.DeepEqual(host.NodeDevices, objects.NodeDevices) {
				preset = presetHost
				objects.Interfaces, objects.NodeDevices = nil, nil
			}
		}
		w.driver(driver, preset, objects)
	}
	return nil
}

func (w *yamlWriter) driver(name string, preset presetName, o fakeserver.Objects) {
	w.line(2, "%s:", name)
	w.line(4, "preset: %s", preset)
	if o.LastDomainID != 0 {
		w.line(4, "last_domain_id: %d", o.LastDomainID)
	}
	if o.NetworkDevices != 0 {
		w.line(4, "network_devices: %d", o.NetworkDevices)
	}
	if o.Verbatim && len(o.Domains) > 0 {
		w.line(4, "verbatim: true")
	}
	list(w, "domains", o.Domains, func(i *item, d fakeserver.DomainObject) {
		i.text("xml", d.XML)
		i.word("state", d.State)
		i.word("reason", d.Reason)
		i.number("id", int(d.ID))
		if !d.Started.IsZero() {
			i.word("started", d.Started.UTC().Format(time.RFC3339Nano))
		}
		i.flag("autostart", d.Autostart)
		i.flag("transient", d.Transient)
		i.flag("managed_save", d.ManagedSave)
		i.flag("saved_paused", d.SavedPaused)
		i.flag("reboot_pending", d.RebootPending)
		i.text("live_xml", d.LiveXML)
		i.text("start_xml", d.StartXML)
	})
	list(w, "networks", o.Networks, func(i *item, n fakeserver.NetworkObject) {
		i.text("xml", n.XML)
		i.standing(n.Active, n.Autostart, n.Transient)
		i.text("live_xml", n.LiveXML)
	})
	list(w, "pools", o.Pools, func(i *item, p fakeserver.PoolObject) {
		i.text("xml", p.XML)
		i.standing(p.Active, p.Autostart, p.Transient)
	})
	list(w, "interfaces", o.Interfaces, func(i *item, f fakeserver.InterfaceObject) {
		i.text("xml", f.XML)
		i.standing(f.Active, false, false)
	})
	list(w, "node_devices", o.NodeDevices, func(i *item, d fakeserver.NodeDeviceObject) {
		i.text("xml", d.XML)
	})
}

func list[T any](w *yamlWriter, key string, objects []T, write func(*item, T)) {
	if len(objects) == 0 {
		return
	}
	w.line(4, "%s:", key)
	for _, o := range objects {
		write(&item{w: w, dash: "- "}, o)
	}
}

// item is one entry of a list; its first key stands behind the dash.
type item struct {
	w    *yamlWriter
	dash string
}

func (i *item) key(name, value string) {
	i.w.line(6, "%-2s%s: %s", i.dash, name, value)
	i.dash = ""
}

func (i *item) word(name, value string) {
	if value != "" {
		i.key(name, quote(value))
	}
}

func (i *item) number(name string, n int) {
	if n != 0 {
		i.key(name, fmt.Sprint(n))
	}
}

func (i *item) flag(name string, set bool) {
	if set {
		i.key(name, "true")
	}
}

func (i *item) standing(active, autostart, transient bool) {
	if !active {
		i.key("state", string(inactive))
	}
	i.flag("autostart", autostart)
	i.flag("transient", transient)
}

// text writes a document: as a literal block, unless it has what such a block
// cannot hold.
func (i *item) text(name, text string) {
	text = strings.TrimRight(text, "\n")
	if text == "" {
		return
	}
	odd := func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) }
	if strings.HasPrefix(text, " ") || strings.HasPrefix(text, "\n") || strings.ContainsFunc(text, odd) {
		i.key(name, quoted(text))
		return
	}
	i.key(name, "|")
	for line := range strings.Lines(text + "\n") {
		if line == "\n" {
			i.w.WriteString(line)
			continue
		}
		fmt.Fprintf(i.w, "%*s%s", i.w.below+10, "", line)
	}
}

// quote writes a word as it is where YAML cannot take it for something else.
func quote(word string) string {
	plain := word != "" && nodeNames.MatchString(word) && strings.ContainsFunc(word, unicode.IsLetter)
	switch strings.ToLower(word) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		plain = false
	}
	if plain && (word[0] >= 'a' && word[0] <= 'z' || word[0] >= 'A' && word[0] <= 'Z') {
		return word
	}
	return quoted(word)
}

// quoted writes a text as JSON does, which is YAML too.
func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string has a JSON form
	}
	return string(b)
}
