package scenarios

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
)

// node is what a scenario says of one node, checked.
type node struct {
	name string
	keys *nodeKeys
	contents
	user     *contents // of a session daemon
	faults   []fault.Rule
	timeline []fakeserver.TimelineEntry
	// appearing are the objects of faults that define some.
	appearing []appearing
}

// appearing is an object that is not there from the start.
type appearing struct {
	from place
	rule *fault.Appear
}

// compiler checks a file beyond its shape and makes nodes of it.
type compiler struct {
	dir      string // of files that the scenario names; "" if it may name none
	problems []*Problem
	node     *node
}

func (c *compiler) report(p *Problem) { c.problems = append(c.problems, p) }

func (c *compiler) problem(at pos, format string, args ...any) {
	c.report(problem(at, format, args...))
}

// parse reads a scenario from its text.
func parse(name string, data []byte, dir string) (*Scenario, error) {
	root, p := readYAML(data)
	if p != nil {
		return nil, report(name, []*Problem{p})
	}
	d := &decoder{}
	var f file
	d.decode(root, reflect.ValueOf(&f).Elem(), "the scenario")
	if len(d.problems) > 0 {
		return nil, report(name, d.problems)
	}
	c := &compiler{dir: dir}
	s := &Scenario{Name: f.Name, Summary: f.Summary, source: slices.Clone(data)}
	s.nodes = c.file(&f)
	if len(c.problems) == 0 {
		for i := range s.nodes {
			c.try(s.nodes[i])
			c.tryAppearing(s.nodes[i])
		}
	}
	if err := report(name, c.problems); err != nil {
		return nil, err
	}
	return s, nil
}

// nodeNames are what a node may be called: names of environment variables are
// made of them.
var nodeNames = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func (c *compiler) file(f *file) []*node {
	switch {
	case f.Name == "":
		c.problem(f.at("name"), "the scenario has no name: want a key such as `name: lab`")
	case !nodeNames.MatchString(f.Name):
		c.problem(f.at("name"), "name: want letters, digits, dots, dashes and underscores, not %.40q", f.Name)
	}
	if strings.Contains(f.Summary, "\n") {
		c.problem(f.at("summary"), "summary: want one line")
	}
	if len(f.Nodes) == 0 {
		if f.has("nodes") {
			c.problem(f.at("nodes"), "nodes: want at least one, or the keys of the only node at the top")
		}
		return []*node{c.compile(f.place, f.Name, "localhost", &f.nodeKeys)}
	}
	own := (&decoder{}).layout(reflect.TypeFor[nodeKeys]()).names
	for _, k := range f.Value.keys {
		if slices.Contains(own, k.name) {
			c.problem(k.pos, "%s stands beside nodes: give it to each node that it is meant for", k.name)
		}
	}
	var nodes []*node
	names := make(map[string]int)
	addresses := make(map[string]string)
	for i := range f.Nodes {
		n := &f.Nodes[i]
		line, twice := names[EnvName(n.Name)]
		switch {
		case n.Name == "":
			c.problem(n.at("name"), "nodes[%d] has no name", i)
		case !nodeNames.MatchString(n.Name):
			c.problem(n.at("name"), "name: want letters, digits, dots, dashes and underscores, not %.40q", n.Name)
		case twice:
			c.problem(n.at("name"), "name: the node at line %d has the same name, or one that makes the same variables, %s", line, EnvName(n.Name))
		}
		names[EnvName(n.Name)] = n.at("name").line
		for _, t := range transportNames() {
			address := n.Transports[call.Transport(t)]
			if strings.HasSuffix(address, ":0") || address == "" {
				continue
			}
			if other, taken := addresses[address]; taken {
				c.problem(n.at("transports"), "transports: node %s listens on %s already", other, address)
			}
			addresses[address] = n.Name
		}
		nodes = append(nodes, c.compile(n.place, n.Name, n.Name, &n.nodeKeys))
	}
	return nodes
}

// EnvName returns a node's name as it stands in names of environment variables:
// node-1 is NODE_1.
func EnvName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' {
			return '_'
		}
		return r
	}, strings.ToUpper(name))
}

func (c *compiler) compile(at place, name, hostname string, k *nodeKeys) *node {
	k.Hostname = cmp.Or(k.Hostname, hostname)
	n := &node{name: name, keys: k}
	c.node = n
	n.contents = c.contents(at, &k.contentKeys, []string{"qemu", "test"})
	n.daemon = daemon{seed: k.Seed, session: k.Session}
	if k.SessionDaemon != nil {
		user := c.contents(k.SessionDaemon.place, &k.SessionDaemon.contentKeys, n.drivers)
		user.daemon = daemon{seed: k.Seed, beside: true}
		n.user = &user
	}
	c.daemons(at, n)
	c.settings(at, n)
	c.limits(&k.Limits)
	for i := range k.Faults {
		f := &k.Faults[i]
		c.rule(f.place, &f.Rule)
		n.faults = append(n.faults, f.Rule)
	}
	for i := range k.Timeline {
		c.entry(&k.Timeline[i])
	}
	return n
}

func (c *compiler) limits(k *limitKeys) {
	for _, l := range []struct {
		key   string
		value *int
		least int
	}{{"max_clients", k.MaxClients, 1}, {"max_client_requests", k.MaxClientRequests, 1}, {"keepalive_count", k.KeepAliveCount, 0}} {
		if l.value != nil && *l.value < l.least {
			c.problem(k.at(l.key), "%s: want %d or more, not %d", l.key, l.least, *l.value)
		}
	}
	if k.KeepAliveInterval != nil && *k.KeepAliveInterval < 0 {
		c.problem(k.at("keepalive_interval"), "keepalive_interval: want 0s or more, not %v", time.Duration(*k.KeepAliveInterval))
	}
}

// path returns where a file is that the scenario names, "" if that is its name.
func (c *compiler) path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.dir, name)
}

// readFile reads a document that the scenario names.
func (c *compiler) readFile(at pos, path string) string {
	if c.dir == "" {
		c.problem(at, "file: only a scenario that is read from a file can name one")
		return ""
	}
	path = c.path(path)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		c.problem(at, "file: there is no %s", path)
		return ""
	case err == nil && (!info.Mode().IsRegular() || info.Size() > maxFile):
		c.problem(at, "file: %s is no regular file of at most %d MiB", path, maxFile>>20)
		return ""
	}
	text, err := os.ReadFile(path)
	if err != nil {
		c.problem(at, "file: %v", err)
	}
	return string(text)
}
