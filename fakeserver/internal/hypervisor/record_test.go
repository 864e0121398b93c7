package hypervisor_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// testDrivers are the drivers as the scripts want them.
var testDrivers = map[string]func() *driver.Driver{
	"test": driver.Test,
	"qemu": func() *driver.Driver { return unprivileged(driver.QEMU()) },
}

// eachScript plays every script of testdata/domain/script, and after each change
// does something that must make no difference.
func eachScript(t *testing.T, after func(t *testing.T, name string, st *hypervisor.State)) {
	scripts, err := filepath.Glob("testdata/domain/script/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for name, uri := range map[string]string{"test": "test:///default", "qemu": "qemu:///session"} {
		for _, script := range scripts {
			if !readScript(t, script).plays(uri) {
				continue
			}
			t.Run(name+"/"+strings.TrimSuffix(filepath.Base(script), ".txt"), func(t *testing.T) {
				t.Parallel()
				want, err := os.ReadFile(filepath.Join("testdata/domain", name, filepath.Base(script)))
				if err != nil {
					t.Fatal(err)
				}
				p := newPlayer(t, name)
				var before hypervisor.Objects
				p.after = func() {
					if now := p.st.Objects(); !cmp.Equal(before, now) {
						before = now
						after(t, name, p.st)
					}
				}
				got := p.script(name, script)
				if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
					t.Errorf("it made a difference:\n%s", diff)
				}
			})
		}
	}
}

// TestObjectsAreTheWholeState replaces a State by what is recorded of it after
// each call of the scripts.
func TestObjectsAreTheWholeState(t *testing.T) {
	eachScript(t, func(t *testing.T, name string, st *hypervisor.State) {
		t.Helper()
		sameAgain(t, testDrivers[name](), st)
	})
}

// sameAgain makes a State out of the objects of another, and compares the two.
// Then it gives the other its own objects.
func sameAgain(t testing.TB, d *driver.Driver, st *hypervisor.State) {
	t.Helper()
	objects, answers := st.Objects(), dump(t, st)
	again := hypervisor.New(hypervisor.Config{Traits: &d.Traits, Seed: [32]byte{9}, Now: fixedNow})
	for _, st := range []*hypervisor.State{again, st} {
		if err := st.SetObjects(objects); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(objects, st.Objects()); diff != "" {
			t.Fatalf("recorded (-) and made and recorded again (+):\n%s", diff)
		}
		if diff := cmp.Diff(answers, dump(t, st)); diff != "" {
			t.Fatalf("answers before (-) and after (+):\n%s", diff)
		}
	}
}

// TestCopiesAreTheWholeState replaces a State by a copy of it after each call of
// the scripts.
func TestCopiesAreTheWholeState(t *testing.T) {
	eachScript(t, func(t *testing.T, name string, st *hypervisor.State) {
		t.Helper()
		copied, answers := st.Copy(), dump(t, st)
		other := hypervisor.New(hypervisor.Config{Traits: &testDrivers[name]().Traits, Now: fixedNow})
		for _, st := range []*hypervisor.State{other, st} {
			st.Restore(copied)
			if diff := cmp.Diff(answers, dump(t, st)); diff != "" {
				t.Fatalf("answers before (-) and after (+):\n%s", diff)
			}
		}
	})
}

// TestNetworksAreReadAgain records networks of every kind that a driver takes,
// with a live definition beside the other.
func TestNetworksAreReadAgain(t *testing.T) {
	t.Parallel()
	documents, err := os.ReadFile("../remote/testdata/networks.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name, make := range testDrivers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			taken := 0
			for line := range strings.Lines(string(documents)) {
				d := make()
				st := hypervisor.New(hypervisor.Config{Traits: &d.Traits, Now: fixedNow})
				ref, err := st.NetworkDefineXML(strings.ReplaceAll(strings.TrimSuffix(line, "\n"), `\n`, "\n"), 0)
				if err != nil {
					continue
				}
				taken++
				sameAgain(t, d, st)
				if err := st.NetworkCreate(ref); err != nil {
					t.Fatal(err)
				}
				const next = "<network><name>NAME</name><uuid>UUID</uuid><forward mode='nat'/><bridge name='virbr99'/><ip address='10.9.9.1' prefix='24'/></network>"
				if _, err := st.NetworkDefineXML(strings.NewReplacer("NAME", ref.Name, "UUID", ref.UUID.String()).Replace(next), 0); err != nil {
					t.Fatalf("%s: %v", line, err)
				}
				sameAgain(t, d, st)
			}
			if taken < 20 {
				t.Errorf("the driver took only %d networks of the file", taken)
			}
		})
	}
}
