package driver

import (
	"path"
	"strconv"
	"strings"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// openFile opens test:///PATH. The state is the connection's own, as in the real
// driver, which reads the file anew for each.
func (n *Node) openFile(d *Driver, u openURI) (*Connection, error) {
	f := testFile{files: n.cfg.Files, path: u.path}
	root, err := f.read(u.path, "node")
	if err != nil {
		return nil, err
	}
	own := *d
	own.Traits.Host = testFileHost(d.Traits.Host)
	if err := f.nodeInfo(root, &own.Traits.Host.Info); err != nil {
		return nil, err
	}
	n.mu.Lock()
	n.opened++
	// Not the driver's name: what a user adds to that is not in the file, and two
	// connections make up other UUIDs.
	own.Name = "test#" + strconv.Itoa(n.opened)
	n.mu.Unlock()
	own.Populate = nothing
	state, err := n.cfg.NewState(&own)
	if err != nil {
		return nil, hypervisor.Errorf(hypervisor.FromTest, libvirt.ErrInternalError, "%v", err)
	}
	if err := f.populate(state, root); err != nil {
		return nil, err
	}
	return &Connection{Driver: d, State: state, Objects: state, URI: u.text}, nil
}

// testFileHost is the host of test:///PATH: that of test:///default without its
// NUMA cells.
func testFileHost(h hypervisor.HostTraits) hypervisor.HostTraits {
	h.Capabilities = withoutCells(h.Capabilities)
	figures := *h.Figures.(*hypervisor.FixedFigures)
	figures.FreeMemory, figures.CellsFreeMemory = 0, nil
	h.Figures = &figures
	return h
}

// withoutCells takes the NUMA cells out of a host's capabilities.
func withoutCells(capabilities string) string {
	before, rest, _ := strings.Cut(capabilities, "      <cells ")
	_, after, ok := strings.Cut(rest, "      </cells>\n")
	if !ok {
		return capabilities
	}
	return before + "      <cells num='0'>\n      </cells>\n" + after
}

// testFile reads what a node of the test driver consists of.
type testFile struct {
	files map[string]string
	path  string // of the node's own file
}

// read reads one file.
func (f *testFile) read(name, root string) (*etree.Element, error) {
	text, ok := f.files[name]
	if !ok {
		return nil, hypervisor.Errorf(hypervisor.FromTest, libvirt.ErrXMLError, "failed to parse xml document '%s'", name)
	}
	return hypervisor.ParseFile(hypervisor.FromTest, name, text, root)
}

// each does something with every element of that name, or with what it has in a
// file of its own.
func (f *testFile) each(in *etree.Element, name string, do func(el *etree.Element, xml string) error) error {
	for _, el := range in.SelectElements(name) {
		if file := el.SelectAttrValue("file", ""); file != "" {
			if !strings.HasPrefix(file, "/") {
				file = path.Join(path.Dir(f.path), file)
			}
			var err error
			if el, err = f.read(file, name); err != nil {
				return err
			}
		}
		doc := etree.NewDocument()
		doc.SetRoot(el.Copy())
		xml, err := doc.WriteToString()
		if err != nil {
			return err
		}
		if err := do(el, xml); err != nil {
			return err
		}
	}
	return nil
}

// populate makes the objects in the order in which the real driver does, whose
// first mistake is the one that it tells.
func (f *testFile) populate(s *hypervisor.State, root *etree.Element) error {
	running := hypervisor.Standing{Active: true, Persistent: true}
	for _, kind := range []struct {
		name string
		add  func(el *etree.Element, xml string) error
	}{
		{"domain", func(el *etree.Element, xml string) error { return addTestDomain(s, el, xml) }},
		{"network", func(_ *etree.Element, xml string) error {
			_, err := s.AddNetwork(xml, running)
			return err
		}},
		{"interface", func(_ *etree.Element, xml string) error {
			_, err := s.AddInterface(xml, true)
			return err
		}},
		{"pool", func(_ *etree.Element, xml string) error {
			_, err := s.AddStoragePool(xml, running)
			return err
		}},
		{"device", func(_ *etree.Element, xml string) error {
			_, err := s.AddNodeDevice(xml)
			return err
		}},
	} {
		if err := f.each(root, kind.name, kind.add); err != nil {
			return err
		}
	}
	if root.FindElement("./auth/user") != nil {
		// The daemon has nobody to ask for a name.
		return hypervisor.Errorf(hypervisor.FromAuth, libvirt.ErrInvalidArg, "Missing authentication credentials")
	}
	return nil
}

// addTestDomain adds a domain, which runs unless the test driver's own elements
// say otherwise.
func addTestDomain(s *hypervisor.State, el *etree.Element, xml string) error {
	transient := el.SelectElement("test:transient") != nil
	saved := el.SelectElement("test:hasmanagedsave") != nil
	state := libvirt.DomainRunning
	if run := el.SelectElement("test:runstate"); run != nil {
		n, err := strconv.ParseUint(strings.TrimSpace(run.Text()), 10, 32)
		if err != nil {
			return testFileError("invalid runstate")
		}
		if state = libvirt.DomainState(n); n > uint64(libvirt.DomainPmsuspended) {
			return testFileError("runstate '%d' out of range'", n)
		}
	}
	switch {
	case transient && state == libvirt.DomainShutoff:
		return testFileError("transient domain cannot have runstate 'shutoff'")
	case saved && state != libvirt.DomainShutoff:
		return testFileError("domain with managedsave data can only have runstate 'shutoff'")
	}
	ref, err := s.AddDomain(xml, hypervisor.Standing{Active: state != libvirt.DomainShutoff, Persistent: !transient})
	if err != nil {
		return err
	}
	if state == libvirt.DomainPaused {
		return s.DomainSuspend(ref)
	}
	return nil
}

func testFileError(format string, args ...any) error {
	return hypervisor.Errorf(hypervisor.FromTest, libvirt.ErrXMLError, format, args...)
}

// nodeInfo reads what the file says of the node's CPUs and memory.
func (f *testFile) nodeInfo(root *etree.Element, info *hypervisor.NodeInfo) error {
	number := func(path string) (n int32, ok bool, err error) {
		el := root.FindElement("./cpu/" + path)
		if el == nil || strings.TrimSpace(el.Text()) == "" {
			return 0, false, nil
		}
		v, err := strconv.ParseUint(strings.TrimSpace(el.Text()), 10, 31)
		if err != nil {
			return 0, false, testFileError("invalid node cpu %s value", path)
		}
		return int32(v), true, nil
	}
	for _, field := range []struct {
		name string
		to   *int32
	}{{"nodes", &info.Nodes}, {"sockets", &info.Sockets}, {"cores", &info.Cores}, {"threads", &info.Threads}} {
		n, ok, err := number(field.name)
		if err != nil {
			return err
		}
		if ok {
			*field.to = n
		}
	}
	info.CPUs = info.Cores * info.Threads * info.Sockets * info.Nodes
	active, ok, err := number("active")
	if err != nil {
		return err
	}
	if ok {
		info.CPUs = min(info.CPUs, active)
	}
	if n, ok, err := number("mhz"); err != nil {
		return err
	} else if ok {
		info.MHz = n
	}
	if model := root.FindElement("./cpu/model"); model != nil {
		if len(model.Text()) > 31 {
			return hypervisor.Errorf(hypervisor.FromTest, libvirt.ErrInternalError, "Model %s too big for destination", model.Text())
		}
		if model.Text() != "" {
			info.Model = model.Text()
		}
	}
	if memory := root.SelectElement("memory"); memory != nil && strings.TrimSpace(memory.Text()) != "" {
		n, err := strconv.ParseUint(strings.TrimSpace(memory.Text()), 10, 64)
		if err != nil {
			return testFileError("invalid node memory value")
		}
		info.Memory = n
	}
	return nil
}
