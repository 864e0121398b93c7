package driver

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

var update = flag.Bool("update", false, "write what the real libvirtd answers into recorded/")

// recordedFrom says from which connection the files come that the real daemon
// prints exactly so. The others are hosts made up after a real one.
var recordedFrom = map[string]string{
	"test.txt":      "test:///default",
	"cpumodels.txt": "test:///default",
	"tcg.txt":       "qemu:///session",
}

func TestRecordedAnswersAreTheRealDaemons(t *testing.T) {
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	d := testdaemon.Start(t)
	for file, uri := range recordedFrom {
		t.Run(file, func(t *testing.T) {
			path := filepath.Join("recorded", file)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			preamble, _, _ := strings.Cut(string(text), "-- ")
			now := preamble
			for _, s := range sections(string(text)) {
				args := append([]string{"-c", d.URI(uri)}, strings.Fields(s.command)...)
				out, err := exec.Command(virsh, args...).CombinedOutput()
				if err != nil {
					t.Fatalf("virsh %s: %v\n%s", s.command, err, out)
				}
				now += "-- " + s.command + " --\n" + strings.TrimRight(string(out), "\n") + "\n"
			}
			if *update {
				if err := os.WriteFile(path, []byte(now), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(masked(file, string(text)), masked(file, now)); diff != "" {
				t.Errorf("recorded/%s (-) differs from the real daemon (+):\n%s", file, diff)
			}
		})
	}
}

// installed is what a domain's capabilities tell of packages beside QEMU: UEFI
// firmware and TPM emulators.
var installed = regexp.MustCompile(`(?s) *<(tpm|os) supported='yes'>.*?</(tpm|os)>\n`)

// masked leaves out what depends on the machine: the devices that QEMU's
// optional modules bring into tcg.txt, and what packages beside it do.
func masked(file, text string) string {
	if file != "tcg.txt" {
		return text
	}
	before, rest, _ := strings.Cut(text, "  <devices>\n")
	_, after, _ := strings.Cut(rest, "  </devices>\n")
	return installed.ReplaceAllString(before+after, "")
}

// TestMadeUpDocumentsFitTheSchemas holds the documents that no daemon printed
// against libvirt's own description of them.
func TestMadeUpDocumentsFitTheSchemas(t *testing.T) {
	validate := testclients.Need(t, "virt-xml-validate", "libvirt-clients")
	testclients.Need(t, "xmllint", "libxml2-utils")
	schemas := map[string]string{
		"capabilities": "capability", "domcapabilities": "domaincaps",
		"nodedev-dumpxml": "nodedev", "iface-dumpxml": "interface", "pool-capabilities": "storagepoolcaps",
	}
	for command, document := range recordings["kvm.txt"] {
		verb, _, _ := strings.Cut(command, " ")
		if schemas[verb] == "" {
			continue // libvirt has no schema for a sysinfo document by itself
		}
		path := filepath.Join(t.TempDir(), "document.xml")
		if err := os.WriteFile(path, []byte(document), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(validate, path, schemas[verb]).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
}

func TestSectionsOfRecordings(t *testing.T) {
	got := sections("for readers\n-- a b --\none\n\ntwo\n-- c --\n")
	want := []section{{"a b", "one\n\ntwo\n"}, {"c", ""}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(section{})); diff != "" {
		t.Error(diff)
	}
}
