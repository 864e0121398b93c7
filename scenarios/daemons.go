package scenarios

import (
	"path"
	"slices"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// portsKey is whether the node has the default ports.
type portsKey struct{ wanted, strict bool }

func (p *portsKey) fromYAML(d *decoder, v *yamlValue, name string) {
	switch {
	case v.kind == boolKind:
		p.wanted = v.text == "true"
	case v.kind == textKind && v.text == "strict":
		p.wanted, p.strict = true, true
	default:
		d.wrong(v, name, "true, false or strict")
	}
}

// modularKey is which daemons serve the node; all that it calls for if names is
// empty.
type modularKey struct {
	wanted bool
	names  []string
}

func (m *modularKey) fromYAML(d *decoder, v *yamlValue, name string) {
	known := append(fakeserver.ModularDaemons(), "libvirtd")
	switch {
	case v.kind == boolKind:
		m.wanted = v.text == "true"
	case v.kind == listKind && len(v.items) > 0:
		m.wanted = true
		for _, item := range v.items {
			if item.kind != textKind {
				d.wrong(item, name, "the name of a daemon")
				continue
			}
			if !slices.Contains(known, item.text) {
				d.problem(item.pos, "unknown daemon %q: %s", item.text, instead(item.text, known))
				continue
			}
			m.names = append(m.names, item.text)
		}
	default:
		d.wrong(v, name, "true, false or a list of daemons")
	}
}

// daemons checks what the node is served by, and how it is reached.
func (c *compiler) daemons(at place, n *node) {
	k := n.keys
	if !at.has("transports") {
		k.Transports = nil
		if m := k.Modular; len(m.names) > 0 && !slices.Contains(m.names, "libvirtd") && !slices.Contains(m.names, "virtproxyd") {
			k.Transports = transports{call.Unix: "", call.SSH: ""} // the others have no daemon
		}
	}
	if k.Session && k.SessionDaemon != nil {
		c.problem(at.atKey("session_daemon"), "session_daemon: the node is a user's already, by session")
		return
	}
	if _, wanted := k.Transports[call.Unix]; k.RunDir != "" && k.Transports != nil && !wanted {
		c.problem(at.at("run_dir"), "run_dir: the node does not listen on unix")
		return
	}
	for _, key := range []string{"run_dir", "modular", "session_daemon"} {
		if err := fakeserver.Check(n.serving(key)...); err != nil && at.has(key) {
			_, text, _ := strings.Cut(err.Error(), ": ")
			c.problem(at.at(key), "%s: %s", key, text)
		}
	}
}

// serving are the options that a key has to agree with.
func (n *node) serving(key string) []fakeserver.Option {
	k := n.keys
	opts := []fakeserver.Option{fakeserver.WithDrivers(n.drivers...), fakeserver.WithInactiveDrivers(k.InactiveDrivers...)}
	if k.Transports != nil {
		opts = append(opts, fakeserver.WithTransports())
		for t, address := range k.Transports {
			opts = append(opts, fakeserver.WithListener(t, address))
		}
	}
	if k.Session {
		opts = append(opts, fakeserver.WithSession())
	}
	if key == "run_dir" {
		return append(opts, fakeserver.WithRunDir(k.RunDir))
	}
	if k.Modular.wanted {
		opts = append(opts, fakeserver.WithModularDaemons(k.Modular.names...))
	}
	if k.SessionDaemon != nil && key == "session_daemon" {
		opts = append(opts, fakeserver.WithSessionDaemon())
	}
	return opts
}

func (c *compiler) testFiles(files []testFileKeys) {
	for i := range files {
		f := &files[i]
		switch {
		case !path.IsAbs(f.Path):
			c.problem(f.at("path"), "test_files: want a path that begins with a slash, not %q", f.Path)
		case slices.ContainsFunc(files[:i], func(other testFileKeys) bool { return other.Path == f.Path }):
			c.problem(f.at("path"), "test_files: %s for the second time", f.Path)
		}
		if (f.XML == "") == (f.File == "") {
			c.problem(f.start(), "test_files: want xml or file, and one of them")
			continue
		}
		if f.File != "" {
			f.XML = c.readFile(f.at("file"), f.File)
		}
	}
}

// daemonOptions are those of the keys about daemons.
func (k *nodeKeys) daemonOptions() []fakeserver.Option {
	var opts []fakeserver.Option
	switch {
	case k.DefaultPorts.strict:
		opts = append(opts, fakeserver.WithDefaultPorts(fakeserver.Strictly))
	case k.DefaultPorts.wanted:
		opts = append(opts, fakeserver.WithDefaultPorts())
	}
	if k.RunDir != "" {
		opts = append(opts, fakeserver.WithRunDir(k.RunDir))
	}
	if k.Modular.wanted {
		opts = append(opts, fakeserver.WithModularDaemons(k.Modular.names...))
	}
	if k.Session {
		opts = append(opts, fakeserver.WithSession())
	}
	return opts
}
