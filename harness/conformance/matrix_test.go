package conformance_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

var update = flag.Bool("update", false, "write what the clients make of the rows to testdata")

// python is Debian's, which has Debian's bindings.
const python = "/usr/bin/python3"

const pythonClient = `
import sys, libvirt

def ask(credentials, _):
	for c in credentials:
		try:
			c[4] = input(c[1])
		except EOFError:
			c[4] = "" # as virsh has it
	return 0

kinds = [libvirt.VIR_CRED_AUTHNAME, libvirt.VIR_CRED_PASSPHRASE, libvirt.VIR_CRED_ECHOPROMPT, libvirt.VIR_CRED_NOECHOPROMPT, libvirt.VIR_CRED_REALM]
c = libvirt.openAuth(sys.argv[1] or None, [kinds, ask, None], 0)
c.getHostname()
c.getType()
c.close()
`

// testClients are the clients of the tests.
var testClients = []string{virshName, pythonName, goLibvirtName}

const (
	virshName     = "virsh"
	pythonName    = "python3-libvirt"
	goLibvirtName = "go-libvirt"
)

// testClient is a client that the tests run against the whole matrix.
type testClient struct {
	name    string
	client  conformance.Client
	without []conformance.Capability
	known   map[string]string // rows that fail, with the reason
	texts   *texts            // of a client whose texts are known
}

func virshClient(t *testing.T) testClient {
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	needOfLibvirt(t)
	return testClient{name: virshName, client: conformance.Command(virsh, "-c", "{uri}", "list"), known: knownOfVirsh, texts: newTexts(t, virsh)}
}

// needOfLibvirt skips the test without what libvirt's library makes use of.
func needOfLibvirt(t *testing.T) {
	t.Helper()
	testclients.Need(t, "ssh", "openssh-client")
	testclients.NeedSASL(t, "scram", "libsasl2-modules")
	testclients.NeedSASL(t, "gssapiv2", "libsasl2-modules-gssapi-mit")
}

func TestVirsh(t *testing.T) {
	t.Parallel()
	runMatrix(t, virshClient(t))
}

func TestPython(t *testing.T) {
	t.Parallel()
	if out, err := exec.Command(python, "-c", "import libvirt").CombinedOutput(); err != nil {
		testclients.Unavailable(t, "python3-libvirt is not installed: apt-get install python3-libvirt: "+string(out))
	}
	needOfLibvirt(t)
	runMatrix(t, testClient{name: pythonName, client: conformance.Command(python, "-c", pythonClient, "{uri}"), known: knownOfPython})
}

func TestGoLibvirt(t *testing.T) {
	t.Parallel()
	testclients.Need(t, "ssh", "openssh-client")
	runMatrix(t, testClient{name: goLibvirtName, client: goLibvirt, without: []conformance.Capability{conformance.NoURI, conformance.SASL, conformance.GSSAPI}, known: knownOfGoLibvirt})
}

// runMatrix runs a client against every row. A row that fails must be known to, and one
// that is known to fail must do so: a release that mends it is noticed.
func runMatrix(t *testing.T, c testClient) {
	var mu sync.Mutex
	results := map[string]conformance.Verdict{}
	filter := conformance.Filter{Without: c.without}
	t.Run("rows", func(t *testing.T) {
		for i, cell := range conformance.Select(filter) {
			if raced && i%len(testClients) != slices.Index(testClients, c.name) {
				continue // the race detector sees each row once
			}
			t.Run(cell.ID, func(t *testing.T) {
				t.Parallel()
				r := conformance.Result{Verdict: conformance.NotApplicable, Reason: filter.Lacking(cell)}
				if r.Reason == "" {
					r = conformance.Run(t.Context(), cell, c.client)
					if r.Verdict == conformance.NotApplicable {
						testclients.Unavailable(t, r.Reason)
					}
				}
				r.Cell = cell
				if c.texts != nil {
					c.texts.judge(t, r)
				}
				judgeEntry(t, c.name, r, atFake)
				mu.Lock()
				results[cell.ID] = r.Verdict
				mu.Unlock()
				why, known := c.known[cell.ID]
				switch {
				case r.Verdict == conformance.NotApplicable:
					t.Skip(r.Reason)
				case r.Verdict == conformance.Fail && !known:
					t.Errorf("%s: %s\n%s", r.URI, r.Reason, r.Output)
				case r.Verdict == conformance.Pass && known:
					t.Errorf("%s: passes, and is known to fail: %s", r.URI, why)
				}
			})
		}
	})
	there := map[string]bool{}
	for _, cell := range conformance.All() {
		there[cell.ID] = true
	}
	for id := range c.known {
		if !there[id] {
			t.Errorf("%s is known to fail, and is no row", id)
		}
	}
	if *update && !raced {
		writeResults(t, c, results)
		if c.texts != nil {
			c.texts.write(t)
		}
	}
}

// writeResults keeps what docs/uris.md says of the clients.
func writeResults(t *testing.T, c testClient, results map[string]conformance.Verdict) {
	type line struct {
		ID      string              `json:"id"`
		Verdict conformance.Verdict `json:"verdict"`
		Reason  string              `json:"reason,omitempty"`
	}
	var lines []line
	for id, verdict := range results {
		lines = append(lines, line{id, verdict, c.known[id]})
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Compare(a.ID, b.ID) })
	var b strings.Builder
	b.WriteString("[\n")
	for i, l := range lines {
		text, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
		if i < len(lines)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("]\n")
	if err := os.WriteFile("results/"+c.name+".json", []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
