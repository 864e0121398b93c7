package scenarios

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Scenario is one node described in advance, or several.
type Scenario struct {
	Name string
	// Summary is one line about it.
	Summary string

	source []byte
	nodes  []*node
}

// Node is one node of a scenario.
type Node struct {
	// Name is the node's own among several, else the scenario's.
	Name string
	// Options make it. They are made anew by each call of Nodes and serve one
	// node: a clock in them is that node's.
	Options []fakeserver.Option
	// Transports are what the scenario has it listen on, with the addresses, ""
	// for a free one; nil if it does not say.
	Transports map[call.Transport]string
	// URI is that of the hypervisor worth a look: the first for which the scenario
	// has objects, else test:///default, or what the node has.
	URI string
	// LibvirtVersion is the version that it speaks as.
	LibvirtVersion rpc.Version
	// Hostname is the host's own name.
	Hostname string
}

//go:embed shipped/*.yaml
var shipped embed.FS

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of scenarios, for editors.
func Schema() []byte { return bytes.Clone(schema) }

// names are the scenarios that ship with this module, the default first.
func names() []string {
	all := []string{"default", "empty"}
	files, err := fs.Glob(shipped, "shipped/*.yaml")
	if err != nil {
		panic(err) // the pattern is wrong
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".yaml"); !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// All returns the scenarios that ship with this module, the default one first.
func All() []*Scenario {
	var all []*Scenario
	for _, name := range names() {
		s, err := Lookup(name)
		if err != nil {
			panic(err) // a test reads them all
		}
		all = append(all, s)
	}
	return all
}

// Lookup returns the scenario of that name that ships with this module, or an
// error that says which there are.
func Lookup(name string) (*Scenario, error) {
	if !slices.Contains(names(), name) {
		return nil, fmt.Errorf("no scenario %q: there are %s", name, strings.Join(names(), ", "))
	}
	data, err := shipped.ReadFile("shipped/" + name + ".yaml")
	if err != nil {
		return nil, err
	}
	return parse(name+".yaml", data, "")
}

// Load reads a scenario from a file. Documents that it names are relative to the
// file's directory. The error is Problems, a line for each thing that is wrong.
func Load(path string) (*Scenario, error) {
	info, err := os.Stat(path)
	if err == nil {
		switch {
		case info.IsDir():
			err = errors.New("this is a directory: want a file of YAML")
		case info.Mode().IsRegular() && info.Size() > maxFile:
			err = fmt.Errorf("the file has more than %d MiB", maxFile>>20)
		}
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		var pathErr *fs.PathError
		if errors.Is(err, fs.ErrNotExist) {
			err = errors.New("there is no such file")
		} else if errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		return nil, Problems{{File: path, Text: err.Error()}}
	}
	return parse(path, data, cmp.Or(filepath.Dir(path), "."))
}

// Parse reads a scenario from its text, which name stands for in errors. It may
// name no files. The error is Problems.
func Parse(name string, data []byte) (*Scenario, error) { return parse(name, data, "") }

// Find is Load for what looks like a path (it has a slash or ends in .yaml or
// .yml), else Lookup.
func Find(nameOrPath string) (*Scenario, error) {
	if strings.ContainsAny(nameOrPath, `/\`) || slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(nameOrPath)) {
		return Load(nameOrPath)
	}
	s, err := Lookup(nameOrPath)
	if err != nil {
		if _, serr := os.Stat(nameOrPath); serr == nil {
			return Load(nameOrPath)
		}
		return nil, fmt.Errorf("%w; a file's name ends in .yaml or has a slash", err)
	}
	return s, nil
}

// Source returns the scenario's own text.
func (s *Scenario) Source() []byte { return bytes.Clone(s.source) }

// Nodes returns the scenario's nodes, in the file's order.
func (s *Scenario) Nodes() []Node {
	all := make([]Node, len(s.nodes))
	for i, n := range s.nodes {
		version := n.keys.version()
		all[i] = Node{
			Name: n.name, Options: n.options(version), LibvirtVersion: version,
			Transports: maps.Clone(n.keys.Transports), Hostname: n.keys.Hostname, URI: n.uri(),
		}
	}
	return all
}

// version is the libvirt version that the node speaks as.
func (k *nodeKeys) version() rpc.Version {
	if k.LibvirtVersion == "" {
		return rpc.DefaultVersion
	}
	v, _ := rpc.ParseVersion(string(k.LibvirtVersion)) // it was read before
	return v
}

// Options returns the options of the only node, or an error if there are
// several.
func (s *Scenario) Options() ([]fakeserver.Option, error) {
	if len(s.nodes) != 1 {
		var names []string
		for _, n := range s.nodes {
			names = append(names, n.name)
		}
		return nil, fmt.Errorf("scenario %s has several nodes: %s", s.Name, strings.Join(names, ", "))
	}
	return s.Nodes()[0].Options, nil
}

// Start starts a node of a scenario that has one.
func (s *Scenario) Start(ctx context.Context, opts ...fakeserver.Option) (*fakeserver.Server, error) {
	own, err := s.Options()
	if err != nil {
		return nil, err
	}
	return fakeserver.Start(ctx, append(own, opts...)...)
}

// uri is that of the hypervisor worth a look.
func (n *node) uri() string {
	driver := n.drivers[0]
	if slices.Contains(n.drivers, "test") {
		driver = "test"
	}
	for _, d := range n.drivers {
		if o := n.objects[d]; len(o.Domains) > 0 {
			driver = d
			break
		}
	}
	return fakeserver.DriverURI(driver)
}

func (n *node) options(version rpc.Version) []fakeserver.Option {
	k := n.keys
	opts := []fakeserver.Option{
		fakeserver.WithHostname(k.Hostname),
		fakeserver.WithNames(k.Names...),
		fakeserver.WithLibvirtVersion(version),
		fakeserver.WithSeed(k.Seed),
		fakeserver.WithFaults(n.faults...),
		fakeserver.WithTimeline(n.timeline...),
	}
	if k.Clock.manual != nil {
		opts = append(opts, fakeserver.WithClock(clock.NewManual(*k.Clock.manual)))
	}
	if k.Transports != nil {
		opts = append(opts, fakeserver.WithTransports())
		for t, address := range k.Transports {
			opts = append(opts, fakeserver.WithListener(t, address))
		}
	}
	opts = append(opts, k.daemonOptions()...)
	opts = append(opts, n.contents.options()...)
	if n.user != nil {
		opts = append(opts, fakeserver.WithSessionDaemon(n.user.options()...))
	}
	opts = append(opts, k.Auth.options()...)
	opts = append(opts, k.Access.options()...)
	opts = append(opts, k.UnixSockets.options()...)
	opts = append(opts, k.TLS.options()...)
	opts = append(opts, k.SSH.options()...)
	opts = append(opts, fakeserver.WithCertificates(k.Certificates...))
	l := &k.Limits
	if l.MaxClients != nil {
		opts = append(opts, fakeserver.WithMaxClients(*l.MaxClients))
	}
	if l.MaxClientRequests != nil {
		opts = append(opts, fakeserver.WithMaxClientRequests(*l.MaxClientRequests))
	}
	if l.KeepAliveInterval != nil || l.KeepAliveCount != nil {
		interval, count := fakeserver.DefaultKeepAliveInterval, fakeserver.DefaultKeepAliveCount
		if l.KeepAliveInterval != nil {
			interval = time.Duration(*l.KeepAliveInterval)
		}
		if l.KeepAliveCount != nil {
			count = *l.KeepAliveCount
		}
		opts = append(opts, fakeserver.WithKeepAlive(interval, count))
	}
	return opts
}
