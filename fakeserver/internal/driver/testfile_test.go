package driver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

// testDomain is a domain of a file, with the test driver's own elements.
func testDomain(name, own string) string {
	return fmt.Sprintf("<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>"+
		"<name>%s</name><memory>65536</memory><os><type>hvm</type></os>%s</domain>", name, own)
}

var testFiles = map[string]string{
	"empty":       "<node/>",
	"nothing":     "",
	"cut":         "<node><domain",
	"mismatch":    "<node>\n  <a>text</b>\n</node>",
	"other-root":  "<other/>",
	"mhz":         "<node><cpu><mhz>x</mhz></cpu></node>",
	"memory":      "<node><memory>x</memory></node>",
	"model":       "<node><cpu><model>0123456789012345678901234567890123456789</model></cpu></node>",
	"no-name":     "<node><domain type='test'/></node>",
	"no-os":       "<node><domain type='test'><name>k</name></domain></node>",
	"login":       "<node><auth><user password='x'>u</user></auth></node>",
	"runstate":    "<node>" + testDomain("s", "<test:runstate>9</test:runstate>") + "</node>",
	"transient":   "<node>" + testDomain("s", "<test:transient/><test:runstate>5</test:runstate>") + "</node>",
	"saved":       "<node>" + testDomain("s", "<test:hasmanagedsave/>") + "</node>",
	"with-files":  "<node><domain file='one-domain'/></node>",
	"one-domain":  testDomain("apart", ""),
	"no-file":     "<node><domain file='nonesuch'/></node>",
	"all":         "<node>" + testDomain("a", "") + testDomain("b", "<test:runstate>5</test:runstate>") + "<network><name>n</name></network></node>",
	"wrong-first": "<node><memory>x</memory>" + testDomain("s", "<test:runstate>9</test:runstate>") + "</node>",
}

// TestFilesAsTheRealDaemon opens each file as the real test driver does.
func TestFilesAsTheRealDaemon(t *testing.T) {
	d := testdaemon.Start(t)
	dir, err := os.MkdirTemp("", "nodes") // the daemon may not read t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for name, text := range testFiles {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		files[path] = text
	}
	n := newNodeOf(Config{Drivers: drivers("test"), Files: files})
	for name := range testFiles {
		t.Run(name, func(t *testing.T) {
			uri := "test://" + filepath.Join(dir, name)
			want := dialDaemon(t, d.Socket).open(uri)
			got := ""
			c, err := n.Open(uri)
			if err != nil {
				got = errorText(err)
			} else {
				c.Close()
			}
			if got != want {
				t.Errorf("%s\nis    %q\nwant  %q", testFiles[name], got, want)
			}
		})
	}
}

func newNodeOf(cfg Config) *Node {
	cfg.NewState = func(d *Driver) (*hypervisor.State, error) {
		var seed [32]byte
		copy(seed[:], d.Name)
		s := hypervisor.New(hypervisor.Config{Traits: &d.Traits, Seed: seed})
		return s, d.Populate(s)
	}
	return NewNode(cfg)
}

func errorText(err error) string {
	var e *hypervisor.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	return fmt.Sprintf("error %d of %d: %s", e.Code, e.Domain, e.Message)
}

func domainNames(t *testing.T, s *hypervisor.State) []string {
	t.Helper()
	refs, err := s.ConnectListAllDomains(0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, ref := range refs {
		names = append(names, ref.Name)
	}
	return names
}

// TestFileOfANode looks at what a file makes, which each connection has to itself.
func TestFileOfANode(t *testing.T) {
	n := newNodeOf(Config{Drivers: drivers("test"), Files: map[string]string{"/node.xml": `<node>
  <cpu><mhz>6000</mhz><model>i986</model><active>50</active><nodes>4</nodes><sockets>4</sockets><cores>4</cores><threads>2</threads></cpu>
  <memory>8192000</memory>` + testDomain("a", "") + testDomain("b", "<test:runstate>5</test:runstate>") + "</node>"}})
	open := func() *Connection {
		t.Helper()
		c, err := n.Open("test:///node.xml")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	one, two := open(), open()
	if got := domainNames(t, one.State); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("the domains are %v", got)
	}
	info := hypervisor.NodeInfo{Model: "i986", Memory: 8192000, CPUs: 50, MHz: 6000, Nodes: 4, Sockets: 4, Cores: 4, Threads: 2}
	if got := one.State.NodeGetInfo(); got != info {
		t.Errorf("the host is %+v, want %+v", got, info)
	}
	if caps := one.State.ConnectGetCapabilities(); !strings.Contains(caps, "<cells num='0'>\n      </cells>") {
		t.Errorf("the host has cells:\n%s", caps)
	}
	a, err := one.State.DomainLookupByName("a")
	if err != nil {
		t.Fatal(err)
	}
	if err := one.State.DomainDestroy(a); err != nil {
		t.Fatal(err)
	}
	theirs, err := two.State.DomainLookupByName("a")
	if err != nil || theirs.ID < 0 || theirs.UUID == a.UUID {
		t.Errorf("the other connection has %+v, %v; this one had %+v", theirs, err, a)
	}
}
