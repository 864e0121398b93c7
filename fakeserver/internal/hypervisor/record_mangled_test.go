package hypervisor_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// TestMangledRecordsDoNoHarm leaves out each element and each attribute of a
// record's documents in turn. Each may be refused; none may make a call panic.
func TestMangledRecordsDoNoHarm(t *testing.T) {
	t.Parallel()
	st := newQEMU(t, 0)
	mustStart(t, st, define(t, st, "a", "<serial type='pty'/><channel type='unix'><target type='virtio' name='x'/></channel>"+
		"<graphics type='vnc' websocket='-1'/><vsock/><interface type='bridge'><source bridge='br0'/></interface>"+
		"<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/></disk><disk type='file' device='cdrom'><target dev='sdb' bus='sata'/></disk>"))
	whole := st.Objects()
	for name, field := range map[string]func(*hypervisor.DomainObject) *string{
		"XML":     func(o *hypervisor.DomainObject) *string { return &o.XML },
		"LiveXML": func(o *hypervisor.DomainObject) *string { return &o.LiveXML },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made := 0
			mangle(t, *field(&whole.Domains[0]), func(xml string) {
				o := whole
				o.Domains = []hypervisor.DomainObject{whole.Domains[0]}
				*field(&o.Domains[0]) = xml
				st := newQEMU(t, 0)
				if st.SetObjects(o) == nil {
					made++
					useUp(t, st)
				}
			})
			if made < 50 {
				t.Errorf("only %d records were taken", made)
			}
		})
	}
}

// mangle calls f with a document that lacks one element, or one attribute, for each
// in turn. It stays as libvirt would write it.
func mangle(t testing.TB, xml string, f func(string)) {
	t.Helper()
	lines := strings.SplitAfter(xml, "\n")
	indent := func(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
	for i, line := range lines[1:] {
		if indent(line) == 0 {
			continue
		}
		i++
		end := i + 1
		if !strings.Contains(line, "/") || !strings.HasSuffix(line, "/>\n") && !strings.Contains(line, "</") {
			for indent(lines[end]) > indent(line) {
				end++
			}
			end++ // the closing tag
		}
		f(strings.Join(slices.Concat(lines[:i], lines[end:]), ""))
	}
	for _, at := range regexp.MustCompile(` [a-z:A-Z]+='[^']*'`).FindAllStringIndex(xml, -1) {
		f(xml[:at[0]] + xml[at[1]:])
	}
}

// useUp calls much of what there is, on every domain.
func useUp(t testing.TB, st *hypervisor.State) {
	t.Helper()
	dump(t, st)
	refs, err := st.ConnectListAllDomains(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range refs {
		title := "t"
		for flags := range uint32(4) {
			st.DomainSetMemoryFlags(ref, 4096, flags)
			st.DomainSetVcpusFlags(ref, 1, flags)
			st.DomainSetMetadata(ref, hypervisor.DomainMetadata{Type: 1, Text: &title}, flags)
		}
		for _, call := range []func(hypervisor.DomainRef) error{
			st.DomainSuspend, st.DomainResume, st.DomainDestroy, st.DomainCreate, st.DomainShutdown,
			func(ref hypervisor.DomainRef) error { return st.DomainRename(ref, fmt.Sprint(ref.Name, "2"), 0) },
			st.DomainCreate, st.CrashDomain,
		} {
			call(ref) // may be refused
		}
	}
	if err := st.SetObjects(st.Objects()); err != nil {
		t.Error(err)
	}
	dump(t, st)
}
