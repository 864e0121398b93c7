package hypervisor_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

var update = flag.Bool("update", false, "record testdata/domain/{test,qemu} from a real libvirtd")

// TestDomainScripts plays the scripts of testdata/domain/script against the
// fake's drivers and compares the transcripts with those of the real ones.
// `go test -run TestDomainScripts -update` records them again.
func TestDomainScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/domain/script/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for name, uri := range map[string]string{"test": "test:///default", "qemu": "qemu:///session"} {
		for _, script := range scripts {
			t.Run(name+"/"+strings.TrimSuffix(filepath.Base(script), ".txt"), func(t *testing.T) {
				if !readScript(t, script).plays(uri) {
					t.Skip("not for this driver")
				}
				golden := filepath.Join("testdata/domain", name, filepath.Base(script))
				if *update {
					recordScript(t, uri, script, golden)
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				got := playScript(t, name, script)
				if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
					t.Errorf("the real daemon (-) and this fake (+) differ:\n%s", diff)
				}
			})
		}
	}
}

const scriptHead = "Recorded by: go test -run TestDomainScripts -update\n"

// recordScript plays a script against a real daemon of its own.
func recordScript(t *testing.T, uri, script, golden string) {
	testclients.Need(t, "/usr/bin/python3", "python3-libvirt")
	d := testdaemon.Start(t)
	cmd := exec.Command("testdata/domain/record.py", d.URI(uri), "testdata/domain/xml", script)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("record.py: %v\n%s", err, stderr.String())
	}
	if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(golden, append([]byte(scriptHead), out...), 0o644); err != nil {
		t.Fatal(err)
	}
}

type script []string

func readScript(t *testing.T, path string) script {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(text), "\n")
}

// plays reports whether a script is for a driver: its first line may name one.
func (s script) plays(uri string) bool {
	only, ok := strings.CutPrefix(s[0], "# only ")
	return !ok || strings.HasPrefix(uri, only)
}

// unprivileged makes the QEMU driver's answers those of qemu:///session, against
// which the transcripts are recorded: no cgroup, no labels.
func unprivileged(d *driver.Driver) *driver.Driver {
	if pc := d.Traits.Domain.XML.PC; pc != nil {
		pc.Partition = ""
		pc.Seclabel = nil
		pc.StateDir = "@STATE@"
		pc.NVRAMDir = "@STATE@/nvram"
		d.Traits.Domain.SecurityLabels = d.Traits.Domain.SecurityLabels[:1]
		d.Traits.Domain.ManagedSaveDir = "@STATE@/save"
	}
	return d
}
