package scenarios_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/scenarios"
)

// node starts the node of a scenario as it says.
func node(t *testing.T, text string) *harness.Host {
	t.Helper()
	s, err := scenarios.Parse("s.yaml", []byte("name: lab\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	opts, err := s.Options()
	if err != nil {
		t.Fatal(err)
	}
	return harness.Start(t, opts...)
}

func TestDaemonKeys(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "fl") // short enough for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, c := range []struct {
		text, daemons string
		transports    []call.Transport
	}{
		{"transports: [unix]\n", "libvirtd", []call.Transport{call.Unix}},
		{"modular: false\nsession: true\n", "libvirtd", []call.Transport{call.TCP, call.TLS, call.Unix, call.SSH}},
		{"modular: true\ndrivers: [lxc]\n", "virtproxyd virtlxcd virtinterfaced virtnetworkd virtnodedevd virtnwfilterd virtsecretd virtstoraged", []call.Transport{call.TCP, call.TLS, call.Unix, call.SSH}},
		{"modular: [virtqemud, virtxend]\ninactive_drivers: [xen]\nrun_dir: " + dir + "\n", "virtqemud virtxend", []call.Transport{call.Unix, call.SSH}},
	} {
		host := node(t, c.text)
		if got := strings.Join(host.Server.Daemons(), " "); got != c.daemons {
			t.Errorf("%s has %s", c.text, got)
		}
		for _, transport := range []call.Transport{call.TCP, call.TLS, call.Unix, call.SSH} {
			if listens := host.Server.Addr(transport) != ""; listens != slices.Contains(c.transports, transport) {
				t.Errorf("%s listens on %s: %t", c.text, transport, listens)
			}
		}
		if strings.Contains(c.text, "run_dir") {
			if _, err := os.Stat(filepath.Join(dir, "libvirt", "virtxend-sock")); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestDriverKeys(t *testing.T) {
	t.Parallel()
	host := node(t, "transports: [unix]\ndefault_uri: test:///default\ninactive_drivers: [xen]\ntest_files:\n  - path: /srv/node.xml\n    xml: <node><domain type='test'><name>own</name><memory>8192</memory><os><type>hvm</type></os></domain></node>\n")
	if uri, err := host.ConnectTo(t, "").ConnectGetUri(); err != nil || uri != "test:///default" {
		t.Errorf("an empty URI opens %s, %v", uri, err)
	}
	if d, err := host.ConnectTo(t, "test:///srv/node.xml").DomainLookupByName("own"); err != nil || d.Name != "own" {
		t.Errorf("the file has %v, %v", d, err)
	}
}

func TestDefaultPortsKey(t *testing.T) {
	t.Parallel()
	host := node(t, "transports: [tcp]\ndefault_ports: true\n")
	if ports := host.Server.DefaultPorts(); len(ports) != 1 {
		t.Errorf("the node has default ports %v", ports)
	}
	if ports := node(t, "transports: [tcp]\ndefault_ports: false\n").Server.DefaultPorts(); len(ports) != 0 {
		t.Errorf("a node without has default ports %v", ports)
	}
}

// Editors offer the daemons that there are.
func TestSchemaHasTheDaemons(t *testing.T) {
	t.Parallel()
	for _, name := range append(fakeserver.ModularDaemons(), "libvirtd") {
		if !bytes.Contains(scenarios.Schema(), []byte(`"`+name+`"`)) {
			t.Errorf("the schema has no %s", name)
		}
	}
}
