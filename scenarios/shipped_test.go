package scenarios_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/scenarios"
)

// start starts a node of a scenario, in memory alone.
func start(t *testing.T, s *scenarios.Scenario) *harness.Host {
	t.Helper()
	opts, err := s.Options()
	if err != nil {
		t.Fatal(err)
	}
	return harness.Start(t, append(opts, fakeserver.WithTransports())...)
}

// everyScenario is each that ships, and the one with every key.
func everyScenario(t *testing.T) []*scenarios.Scenario {
	t.Helper()
	full, err := scenarios.Load("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return append(scenarios.All(), full)
}

// Every scenario that ships loads, dumps, and loads again to the same state: as
// the drivers hold it, and as clients see it.
func TestScenariosDumpToTheSameState(t *testing.T) {
	t.Parallel()
	for _, s := range everyScenario(t) {
		for name, dump := range map[string]func(*fakeserver.Server) ([]byte, error){"dump": scenarios.Dump, "all": scenarios.DumpAll} {
			t.Run(s.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				first := start(t, s)
				text, err := dump(first.Server)
				if err != nil {
					t.Fatal(err)
				}
				again, err := scenarios.Parse("dump.yaml", text)
				if err != nil {
					t.Fatal(err)
				}
				for _, fault := range first.Server.Faults() {
					fault.Remove() // they are no part of the state
				}
				second := start(t, again)
				for _, driver := range first.Server.Drivers() {
					if diff := cmp.Diff(first.Driver(driver).Objects(), second.Driver(driver).Objects()); diff != "" {
						t.Errorf("driver %s holds otherwise (+) after a dump:\n%s", driver, diff)
					}
					uri := map[string]string{"qemu": "qemu:///system", "test": "test:///default"}[driver]
					if diff := cmp.Diff(seen(t, first, uri), seen(t, second, uri)); diff != "" {
						t.Errorf("a client of %s sees otherwise (+) after a dump:\n%s", uri, diff)
					}
				}
				for _, driver := range first.Server.SessionDrivers() {
					if diff := cmp.Diff(sessionObjects(t, first, driver), sessionObjects(t, second, driver)); diff != "" {
						t.Errorf("driver %s of the session holds otherwise (+) after a dump:\n%s", driver, diff)
					}
				}
				twice, err := dump(second.Server)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(text, twice) {
					t.Errorf("a dump of the dump differs (+):\n%s", cmp.Diff(string(text), string(twice)))
				}
			})
		}
	}
}

// sessionObjects is what a driver of a session daemon has.
func sessionObjects(t *testing.T, host *harness.Host, name string) fakeserver.Objects {
	t.Helper()
	d, err := host.Server.SessionDriver(name)
	if err != nil {
		t.Fatal(err)
	}
	return d.Objects()
}

// seen is what a client sees of a hypervisor: each object's standing and its
// documents.
func seen(t *testing.T, host *harness.Host, uri string) []string {
	t.Helper()
	l := host.ConnectTo(t, uri)
	var all []string
	add := func(err error, format string, args ...any) {
		if err != nil {
			t.Errorf("%s: %v", fmt.Sprintf(format, args...), err)
		}
		all = append(all, fmt.Sprintf(format, args...))
	}
	domains, _, err := l.ConnectListAllDomains(1, 0)
	add(err, "%d domains", len(domains))
	for _, d := range domains {
		state, reason, err := l.DomainGetState(d, 0)
		add(err, "domain %s %x %d state %d reason %d", d.Name, d.UUID, d.ID, state, reason)
		autostart, err := l.DomainGetAutostart(d)
		persistent, perr := l.DomainIsPersistent(d)
		saved, serr := l.DomainHasManagedSaveImage(d, 0)
		add(cmpErr(err, perr, serr), "autostart %d persistent %d saved %d", autostart, persistent, saved)
		for _, flags := range []libvirt.DomainXMLFlags{0, libvirt.DomainXMLInactive, libvirt.DomainXMLSecure} {
			text, err := l.DomainGetXMLDesc(d, flags)
			add(err, "%s", text)
		}
	}
	networks, _, err := l.ConnectListAllNetworks(1, 0)
	add(err, "%d networks", len(networks))
	for _, n := range networks {
		active, err := l.NetworkIsActive(n)
		text, xerr := l.NetworkGetXMLDesc(n, 0)
		add(cmpErr(err, xerr), "network %s %d %s", n.Name, active, text)
	}
	pools, _, err := l.ConnectListAllStoragePools(1, 0)
	add(err, "%d pools", len(pools))
	for _, p := range pools {
		active, err := l.StoragePoolIsActive(p)
		text, xerr := l.StoragePoolGetXMLDesc(p, 0)
		add(cmpErr(err, xerr), "pool %s %d %s", p.Name, active, text)
	}
	devices, _, err := l.ConnectListAllNodeDevices(1, 0)
	add(err, "%d devices", len(devices))
	interfaces, _, err := l.ConnectListAllInterfaces(1, 0)
	add(err, "%d interfaces", len(interfaces))
	return all
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// The scenarios are what their summaries say.
func TestScenariosThatShip(t *testing.T) {
	t.Parallel()
	type count struct{ Domains, Running, Networks, Pools, Devices int }
	want := map[string]map[string]count{
		"default":    {"qemu": {Devices: 7}, "test": {1, 1, 1, 1, 4}},
		"empty":      {"qemu": {}, "test": {}},
		"lab":        {"qemu": {6, 3, 3, 2, 7}},
		"datacenter": {"qemu": {1000, 700, 22, 1, 7}},
		"flaky":      {"qemu": {5, 1, 1, 0, 7}},
		"locked":     {"qemu": {1, 1, 0, 0, 7}},
	}
	var names []string
	for _, s := range scenarios.All() {
		names = append(names, s.Name)
		if s.Summary == "" || !bytes.Contains(s.Source(), []byte("\nsummary: "+s.Summary+"\n")) {
			t.Errorf("%s: summary %q", s.Name, s.Summary)
		}
		host := start(t, s)
		for driver, want := range want[s.Name] {
			o := host.Driver(driver).Objects()
			got := count{len(o.Domains), 0, len(o.Networks), len(o.Pools), len(o.NodeDevices)}
			for _, d := range o.Domains {
				if d.State == "running" {
					got.Running++
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s has otherwise (+) than wanted (-):\n%s", s.Name, driver, diff)
			}
		}
	}
	if sorted := slices.Sorted(maps.Keys(want)); !slices.Equal(sorted, slices.Sorted(slices.Values(names))) {
		t.Errorf("there are %v, want %v", names, sorted)
	}
	if names[0] != "default" {
		t.Errorf("the first is %s, want default", names[0])
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	_, err := scenarios.Lookup("labs")
	if want := `no scenario "labs": there are default, empty, datacenter, flaky, lab, locked`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	for path, want := range map[string]string{
		"testdata/none.yaml": "testdata/none.yaml: there is no such file",
		"testdata":           "testdata: this is a directory: want a file of YAML",
	} {
		if _, err := scenarios.Load(path); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if s, err := scenarios.Find("./shipped/lab.yaml"); err != nil || s.Name != "lab" {
		t.Error(s, err)
	}
	if s, err := scenarios.Find("lab"); err != nil || s.Name != "lab" {
		t.Error(s, err)
	}
}

func TestSeveralNodes(t *testing.T) {
	t.Parallel()
	s, err := scenarios.Parse("pair", []byte("name: pair\nnodes: [{name: one, seed: 1}, {name: two, hostname: second}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	nodes := s.Nodes()
	if len(nodes) != 2 || nodes[0].Hostname != "one" || nodes[1].Hostname != "second" || nodes[1].Name != "two" {
		t.Errorf("got %+v", nodes)
	}
	if _, err := s.Options(); err == nil || !strings.Contains(err.Error(), "one, two") {
		t.Errorf("Options of two nodes: %v", err)
	}
}

// A scenario that was read from text alone names no files.
func TestParseReadsNoFiles(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, err = scenarios.Parse("full", text)
	if err == nil || !strings.Contains(err.Error(), "file: only a scenario that is read from a file can name one") {
		t.Error(err)
	}
}

func BenchmarkDatacenter(b *testing.B) {
	for b.Loop() {
		s, err := scenarios.Lookup("datacenter")
		if err != nil {
			b.Fatal(err)
		}
		srv, err := s.Start(b.Context(), fakeserver.WithTransports())
		if err != nil {
			b.Fatal(err)
		}
		srv.Close()
	}
}
