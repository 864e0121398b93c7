package harness_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

func TestScenarioByName(t *testing.T) {
	t.Parallel()
	host := harness.Start(t, harness.Scenario("lab"), harness.WithTransports(harness.TCP), harness.WithHostname("mine"))
	l := host.Connect(t)
	domains, _, err := l.ConnectListAllDomains(1, libvirt.ConnectListDomainsRunning)
	if err != nil || len(domains) != 3 {
		t.Errorf("%d domains run (%v), want 3", len(domains), err)
	}
	if name, err := l.ConnectGetHostname(); err != nil || name != "mine" {
		t.Errorf("hostname %q (%v): options that follow change the scenario", name, err)
	}
	if host.Server.Addr(harness.TCP) == "" || host.Server.Addr(harness.Unix) != "" {
		t.Error("the node does not listen where the option says")
	}
}

// fatal is a test that remembers how it was failed.
type fatal struct {
	testing.TB
	text string
}

var errFatal = errors.New("fatal")

func (f *fatal) Helper() {}
func (f *fatal) Fatalf(format string, args ...any) {
	f.text = fmt.Sprintf(format, args...)
	panic(errFatal)
}

func TestScenarioThatIsWrongFailsStart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		start func(testing.TB)
		want  string
	}{
		{"unknown", func(t testing.TB) { harness.Start(t, harness.Scenario("labs")) }, `no scenario "labs": there are default, empty`},
		{"no file", func(t testing.TB) { harness.Start(t, harness.Scenario("testdata/none.yaml")) }, "testdata/none.yaml: there is no such file"},
		{"text", func(t testing.TB) { harness.Start(t, harness.ScenarioYAML("name: a\nsed: 1\n")) }, `scenario:2:1: unknown key "sed": did you mean "seed"?`},
		{"several", func(t testing.TB) { harness.Start(t, harness.ScenarioYAML("name: p\nnodes: [{name: a}, {name: b}]\n")) }, "scenario p has several nodes: a, b"},
		{"nodes", func(t testing.TB) { harness.StartNodes(t, "testdata/none.yaml") }, "there is no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := &fatal{TB: t}
			func() {
				defer func() {
					if r := recover(); r != nil && r != errFatal {
						panic(r)
					}
				}()
				c.start(f)
			}()
			if !strings.Contains(f.text, c.want) {
				t.Errorf("failed with %q, want %q", f.text, c.want)
			}
		})
	}
}

func TestStartNodes(t *testing.T) {
	t.Parallel()
	hosts := harness.StartNodes(t, "testdata/pair.yaml")
	if len(hosts) != 2 {
		t.Fatalf("got %v", hosts)
	}
	for name, want := range map[string]string{"node1": "node1", "node2": "second.example.com"} {
		if got, err := hosts[name].Connect(t).ConnectGetHostname(); err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", name, got, err, want)
		}
	}
}

// Two nodes of one option share nothing, the clock included.
func TestScenarioIsMadeAnewForEachNode(t *testing.T) {
	t.Parallel()
	option := harness.ScenarioYAML("name: a\nclock: {manual: 2026-01-01T00:00:00Z}\ntransports: []\n")
	first, second := harness.Start(t, option), harness.Start(t, option)
	first.Server.Clock().(*clock.Manual).Advance(time.Hour)
	if first.Server.Clock().Now().Equal(second.Server.Clock().Now()) {
		t.Error("the nodes have one clock")
	}
}

// A timeline goes by the node's clock, and by calls.
func TestTimelineOfAScenario(t *testing.T) {
	t.Parallel()
	host := harness.Start(t, harness.ScenarioYAML(`
name: a
clock: {manual: 2026-01-01T00:00:00Z}
transports: []
objects:
  qemu:
    domains: [{name: web, state: running}]
timeline:
  - {at: 5s, crash: {domain: web}}
  - after: {on: ConnectListAllDomains, count: 3}
    appear: {domain: "<domain type='kvm'><name>late</name><memory>65536</memory><os><type>hvm</type></os></domain>"}
`))
	l := host.Connect(t)
	running := func() (names []string) {
		t.Helper()
		domains, _, err := l.ConnectListAllDomains(1, libvirt.ConnectListDomainsRunning)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range domains {
			names = append(names, d.Name)
		}
		return names
	}
	if got := fmt.Sprint(running()); got != "[web]" {
		t.Errorf("at the start %s runs", got)
	}
	host.Server.Clock().(*clock.Manual).Advance(5 * time.Second)
	if got := fmt.Sprint(running()); got != "[]" {
		t.Errorf("after 5 s %s runs", got)
	}
	if got := fmt.Sprint(running()); got != "[]" {
		t.Errorf("in the third list %s runs", got)
	}
	if got := fmt.Sprint(running()); got != "[late]" {
		t.Errorf("after the third list %s runs", got)
	}
}

// TestFlakyIsSurvivable is a client that tries again, as the comments in the
// scenario say that one may: it gets through, and has met each fault.
func TestFlakyIsSurvivable(t *testing.T) {
	t.Parallel()
	manual := clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	host := harness.Start(t, harness.Scenario("flaky"), fakeserver.WithClock(manual), harness.WithTransports())

	connect := func() *libvirt.Libvirt {
		l := libvirt.NewWithDialer(host.Dialer())
		if err := l.ConnectToURI(libvirt.QEMUSystem); err != nil {
			t.Fatal(err)
		}
		return l
	}
	l := connect()
	if domains, _, err := l.ConnectListAllDomains(1, 0); err == nil {
		t.Errorf("the first list has %d domains, want a connection that ends", len(domains))
	}
	_ = l.Disconnect()
	l = connect()
	defer func() { _ = l.Disconnect() }()

	go func() {
		if manual.WaitPending(t.Context(), 1) == nil {
			manual.Advance(2 * time.Second)
		}
	}()
	before := manual.Now()
	domains, _, err := l.ConnectListAllDomains(1, 0)
	if err != nil || len(domains) != 5 {
		t.Fatalf("the second list: %d domains, %v", len(domains), err)
	}
	if waited := manual.Now().Sub(before); waited != 2*time.Second {
		t.Errorf("the second list took %v, want 2s", waited)
	}
	byName := make(map[string]libvirt.Domain)
	for _, d := range domains {
		byName[d.Name] = d
	}
	for try := 1; try <= 3; try++ {
		if err := l.DomainCreate(byName["moody"]); (err == nil) != (try == 3) {
			t.Errorf("try %d to start moody: %v", try, err)
		}
	}
	for try := 1; try <= 2; try++ {
		err := l.DomainCreate(byName["extra-1"])
		if want := []libvirt.ErrorNumber{libvirt.ErrOperationTimeout, libvirt.ErrOperationInvalid}[try-1]; !isCode(err, want) {
			t.Errorf("try %d to start extra-1: %v, want code %d", try, err, want)
		}
	}
	for _, name := range []string{"steady", "extra-3"} {
		_, err := l.DomainGetXMLDesc(byName[name], 0)
		if (name == "extra-3") != libvirt.IsNotFound(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, fault := range host.Server.Faults() {
		if fault.Hits() == 0 {
			t.Errorf("%v was never met", fault)
		}
	}
}

func isCode(err error, code libvirt.ErrorNumber) bool {
	var e libvirt.Error
	return errors.As(err, &e) && e.Code == uint32(code)
}

func ExampleScenario() {
	host := harness.Start(t, harness.Scenario("lab"))
	l := host.Connect(t)
	networks, _, err := l.ConnectListAllNetworks(1, libvirt.ConnectListNetworksActive)
	for _, n := range networks {
		fmt.Println(n.Name, err)
	}
	t.end()
	// Output:
	// backstage <nil>
	// default <nil>
}
