package hypervisor_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// player plays a script against the fake. It is the twin of record.py.
type player struct {
	t      *testing.T
	st     *hypervisor.State
	kind   string
	known  map[string]hypervisor.DomainRef
	events []string
	out    strings.Builder
	after  func() // each call
}

// fixedNow is a clock that stands still.
func fixedNow() time.Time { return time.Unix(1700000000, 0) }

func newPlayer(t *testing.T, name string) *player {
	d := map[string]func() *driver.Driver{"test": driver.Test, "qemu": driver.QEMU}[name]()
	d = unprivileged(d)
	p := &player{t: t, kind: name, known: map[string]hypervisor.DomainRef{}}
	p.st = hypervisor.New(hypervisor.Config{Traits: &d.Traits, Now: fixedNow})
	if err := d.Populate(p.st); err != nil {
		t.Fatal(err)
	}
	for _, id := range []libvirt.DomainEventID{
		libvirt.DomainEventIDLifecycle, libvirt.DomainEventIDReboot, libvirt.DomainEventIDMetadataChange,
	} {
		p.st.Subscribe(hypervisor.Subscription{Class: hypervisor.DomainEvents, ID: int32(id),
			Deliver: func(_ int32, e hypervisor.Event) { p.event(e) }})
	}
	return p
}

func playScript(t *testing.T, name, path string) string {
	p := newPlayer(t, name)
	return p.script(name, path)
}

func (p *player) script(name, path string) string {
	t := p.t
	p.out.WriteString(scriptHead)
	fmt.Fprintf(&p.out, "# record.py %s %s\n", strings.ToUpper(name), filepath.Base(path))
	for _, line := range readScript(t, path) {
		if line != "" && !strings.HasPrefix(line, "#") {
			p.play(line)
		}
	}
	return p.out.String()
}

func (p *player) event(e hypervisor.Event) {
	line := func(kind string, d hypervisor.DomainRef, rest string) {
		text := strings.TrimRight(fmt.Sprintf("event %s %s id=%d %s", kind, d.Name, d.ID, rest), " ")
		p.events = append(p.events, text)
	}
	switch e := e.(type) {
	case hypervisor.DomainLifecycleEvent:
		line("lifecycle", e.Domain, fmt.Sprintf("%d %d", e.Event, e.Detail))
	case hypervisor.DomainRebootEvent:
		line("reboot", e.Domain, "")
	case hypervisor.DomainMetadataChangeEvent:
		uri := "-"
		if e.URI != nil {
			uri = *e.URI
		}
		line("metadata", e.Domain, fmt.Sprintf("%d %s", e.Type, uri))
	}
}

func (p *player) play(line string) {
	line, _, _ = strings.Cut(line, " # wait ")
	fmt.Fprintf(&p.out, "$ %s\n", line)
	words := strings.Fields(line)
	if words[0] == "try" {
		words = strings.SplitN(line, " ", 3)
	}
	p.events = nil
	out, err := p.call(words[0], words[1:])
	if err != nil {
		var e *hypervisor.Error
		if !errors.As(err, &e) {
			p.t.Fatalf("%s: %v is not libvirt's", line, err)
		}
		quote := func(s string) string {
			switch {
			case s == "":
				return "None"
			case strings.Contains(s, "'") && !strings.Contains(s, `"`):
				return `"` + escapePython(s) + `"`
			}
			return "'" + strings.ReplaceAll(escapePython(s), "'", `\'`) + "'"
		}
		out = fmt.Sprintf("error %d %d %s\n  %s %s %s %d %d", e.Code, e.Domain, e.Message,
			quote(e.Str1), quote(e.Str2), quote(e.Str3), e.Int1, e.Int2)
	}
	if out != "" {
		p.out.WriteString(mask(out) + "\n")
	}
	if words[0] == "try" {
		p.events = nil
	}
	for _, e := range p.events {
		p.out.WriteString(e + "\n")
	}
	if p.after != nil {
		p.after()
	}
}

// escapePython is Python's repr of what is between the quotes.
func escapePython(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune("\\\n\t\r", r):
			b.WriteString(strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(string(r)))
		case r < 0x20 || r >= 0x7f && r <= 0xa0:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

var ptys = regexp.MustCompile(`/dev/pts/[0-9]+`)

// mask hides what is not the same in any two runs of the real daemon.
func mask(text string) string { return ptys.ReplaceAllString(text, "/dev/pts/N") }

func (p *player) document(name string) string {
	text, err := os.ReadFile(filepath.Join("testdata/domain/xml", name+".xml"))
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "@TYPE@", p.kind)
}

// dom finds the domain of that name, also after it has gone.
func (p *player) dom(name string) (hypervisor.DomainRef, error) {
	ref, err := p.st.DomainLookupByName(name)
	if err != nil {
		known, ok := p.known[name]
		if !ok {
			return ref, err
		}
		return known, nil
	}
	p.known[name] = ref
	return ref, nil
}

func number(s string) uint32 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic(err)
	}
	return uint32(n)
}

// call makes one call. Flags come last and are numbers.
func (p *player) call(op string, args []string) (string, error) {
	st := p.st
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	flags := func(i int) uint32 {
		if arg(i) == "" {
			return 0
		}
		return number(args[i])
	}
	ptr := func(s string) *string {
		if s == "-" || s == "" {
			return nil
		}
		return &s
	}
	found := func(ref hypervisor.DomainRef, err error) (string, error) {
		if err == nil {
			p.known[ref.Name] = ref
		}
		return fmt.Sprintf("%s %s id=%d", ref.Name, ref.UUID, ref.ID), err
	}
	switch op { // calls without a domain
	case "define":
		return found(st.DomainDefineXMLFlags(p.document(arg(0)), flags(1)))
	case "try":
		return p.try(arg(0), arg(1))
	case "createxml":
		return found(st.DomainCreateXML(p.document(arg(0)), flags(1)))
	case "lookup":
		return found(st.DomainLookupByName(arg(0)))
	case "lookup-uuid":
		id, err := hypervisor.ParseUUID(arg(0))
		if err != nil {
			return "", err
		}
		return found(st.DomainLookupByUUID(id))
	case "lookup-id":
		return found(st.DomainLookupByID(int32(number(arg(0)))))
	case "list":
		refs, err := st.ConnectListAllDomains(flags(0))
		var names []string
		for _, r := range refs {
			names = append(names, r.Name)
		}
		return words(names), err
	case "ids":
		ids := st.ConnectListDomains(100)
		slices.Sort(ids)
		var texts []string
		for _, id := range ids {
			texts = append(texts, fmt.Sprint(id))
		}
		if texts == nil {
			return "none", nil
		}
		return strings.Join(texts, " "), nil
	case "defined":
		return words(st.ConnectListDefinedDomains(100)), nil
	case "counts":
		return fmt.Sprintf("%d %d", st.ConnectNumOfDomains(), st.ConnectNumOfDefinedDomains()), nil
	}
	ref, err := p.dom(arg(0))
	if err != nil {
		return "", err
	}
	switch op {
	case "create":
		_, err := st.DomainCreateWithFlags(ref, flags(1))
		return "", err
	case "shutdown":
		return "", st.DomainShutdownFlags(ref, flags(1))
	case "destroy":
		return "", st.DomainDestroyFlags(ref, flags(1))
	case "crash":
		return "", st.CrashDomain(ref)
	case "undefine":
		return "", st.DomainUndefineFlags(ref, flags(1))
	case "suspend":
		return "", st.DomainSuspend(ref)
	case "resume":
		return "", st.DomainResume(ref)
	case "reboot":
		return "", st.DomainReboot(ref, flags(1))
	case "reset":
		return "", st.DomainReset(ref, flags(1))
	case "state":
		state, reason, err := st.DomainGetState(ref, flags(1))
		return fmt.Sprintf("%d %d", state, reason), err
	case "info":
		info, err := st.DomainGetInfo(ref)
		used := "0"
		if info.CPUTime != 0 {
			used = "some"
		}
		return fmt.Sprintf("%d max=%d mem=%d cpus=%d time=%s", info.State, info.MaxMemory, info.Memory, info.Vcpus, used), err
	case "flags":
		active, err := st.DomainIsActive(ref)
		if err != nil {
			return "", err
		}
		persistent, _ := st.DomainIsPersistent(ref)
		updated, _ := st.DomainIsUpdated(ref)
		return fmt.Sprintf("active=%d persistent=%d updated=%d", bit(active), bit(persistent), bit(updated)), nil
	case "autostart":
		if arg(1) == "" {
			is, err := st.DomainGetAutostart(ref)
			return fmt.Sprintf("autostart=%d", bit(is)), err
		}
		return "", st.DomainSetAutostart(ref, arg(1) != "0")
	case "ostype":
		return st.DomainGetOSType(ref)
	case "maxmem":
		kib, err := st.DomainGetMaxMemory(ref)
		return fmt.Sprint(kib), err
	case "setmem":
		if arg(2) == "" {
			return "", st.DomainSetMemory(ref, uint64(number(arg(1))))
		}
		return "", st.DomainSetMemoryFlags(ref, uint64(number(arg(1))), flags(2))
	case "setmaxmem":
		return "", st.DomainSetMaxMemory(ref, uint64(number(arg(1))))
	case "vcpus":
		n, err := st.DomainGetVcpusFlags(ref, flags(1))
		return fmt.Sprint(n), err
	case "maxvcpus":
		n, err := st.DomainGetMaxVcpus(ref)
		return fmt.Sprint(n), err
	case "setvcpus":
		if arg(2) == "" {
			return "", st.DomainSetVcpus(ref, number(arg(1)))
		}
		return "", st.DomainSetVcpusFlags(ref, number(arg(1)), flags(2))
	case "seclabel":
		l, err := st.DomainGetSecurityLabel(ref)
		return fmt.Sprintf("'%s' %s", l.Label, strings.ToUpper(fmt.Sprint(l.Enforcing)[:1])+fmt.Sprint(l.Enforcing)[1:]), err
	case "managedsave":
		return "", st.DomainManagedSave(ref, flags(1))
	case "hasmanagedsave":
		has, err := st.DomainHasManagedSaveImage(ref, flags(1))
		return fmt.Sprint(bit(has)), err
	case "managedsaveremove":
		return "", st.DomainManagedSaveRemove(ref, flags(1))
	case "metadata":
		return st.DomainGetMetadata(ref, int32(number(arg(1))), ptr(arg(2)), flags(3))
	case "setmetadata":
		m := hypervisor.DomainMetadata{Type: int32(number(arg(1))), Key: ptr(arg(3)), URI: ptr(arg(4))}
		if arg(2) != "-" {
			text := strings.ReplaceAll(strings.ReplaceAll(arg(2), "_", " "), `\n`, "\n")
			m.Text = &text
		}
		return "", st.DomainSetMetadata(ref, m, flags(5))
	case "rename":
		name := arg(1)
		if name == "-" {
			name = ""
		}
		return "", st.DomainRename(ref, name, flags(2))
	case "messages":
		texts, err := st.DomainGetMessages(ref, flags(1))
		if len(texts) == 0 {
			texts = []string{"none"}
		}
		return strings.Join(texts, "; "), err
	case "hostname":
		return st.DomainGetHostname(ref, flags(1))
	case "control":
		state, err := st.DomainGetControlInfo(ref, flags(1))
		return fmt.Sprintf("%d 0", state), err
	case "again": // define a domain as it is shown
		before, err := st.DomainGetXMLDesc(ref, 3)
		if err != nil {
			return "", err
		}
		if _, err := st.DomainDefineXMLFlags(before, 0); err != nil {
			return "", err
		}
		after, err := st.DomainGetXMLDesc(ref, 3)
		if before == after {
			after = "same"
		}
		return strings.TrimRight(after, "\n"), err
	case "xml":
		xml, err := st.DomainGetXMLDesc(ref, flags(1))
		return strings.TrimRight(xml, "\n"), err
	}
	p.t.Fatalf("record.py knows no %q either", op)
	return "", nil
}

// try defines a domain that is all right but for a piece of text.
func (p *player) try(where, text string) (string, error) {
	piece := map[string]string{where: text}
	document := text
	switch where {
	case "raw":
	case "json":
		if err := json.Unmarshal([]byte(text), &document); err != nil {
			p.t.Fatalf("%s: %v", text, err)
		}
	default:
		document = "<domain type='@TYPE@'><name>x</name><uuid>11111111-2222-4333-8444-5555555555ff</uuid>" +
			"<memory>65536</memory><os><type>hvm</type>" + piece["os"] + "</os>" + piece["domain"] +
			"<devices>" + piece["devices"] + "</devices></domain>"
	}
	ref, err := p.st.DomainDefineXMLFlags(strings.ReplaceAll(document, "@TYPE@", p.kind), 0)
	if err != nil {
		return "", err
	}
	return "taken", p.st.DomainUndefine(ref)
}

func words(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
