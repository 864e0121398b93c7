package hypervisor

import (
	"strings"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"
)

// twoCells is a host of two NUMA cells, as no driver's preset has it.
var twoCells = &LinuxFigures{
	CPUs:     9,
	CPUTimes: [4]time.Duration{time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second},
	Cells: []HostCell{
		{Total: 1000, Free: 400, FreeHugePages: map[uint32]uint64{2048: 3}},
		{Total: 2000, Free: 800, FreeHugePages: map[uint32]uint64{2048: 5}},
	},
	Buffers: 7, Cached: 8,
}

func newLinuxHost(t *testing.T) (s *State, clock *time.Time) {
	t.Helper()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s = New(Config{
		Now:    func() time.Time { return now },
		Traits: &Traits{Host: HostTraits{KindTraits: KindTraits{ErrorDomain: FromQEMU, Prefix: "qemu"}, Figures: twoCells}},
	})
	return s, &now
}

func TestLinuxCPUStatsIdleSinceBoot(t *testing.T) {
	s, now := newLinuxHost(t)
	*now = now.Add(1500 * time.Millisecond)
	want := []NodeStat{{"kernel", 1e9}, {"user", 2e9}, {"idle", 4.5e9}, {"iowait", 4e9}}
	if got, _, err := s.NodeGetCPUStats(8, 4, 0); err != nil || !cmp.Equal(got, want) {
		t.Errorf("one CPU: %v, %v", got, err)
	}
	for i := range want {
		want[i].Value *= 9
	}
	if got, _, err := s.NodeGetCPUStats(-1, 4, 0); err != nil || !cmp.Equal(got, want) {
		t.Errorf("all CPUs: %v, %v", got, err)
	}
}

func TestLinuxMemory(t *testing.T) {
	s, _ := newLinuxHost(t)
	all := []NodeStat{{"total", 3000}, {"free", 1200}, {"buffers", 7}, {"cached", 8}}
	if got, _, err := s.NodeGetMemoryStats(-1, 4, 0); err != nil || !cmp.Equal(got, all) {
		t.Errorf("all cells: %v, %v", got, err)
	}
	if got, _, err := s.NodeGetMemoryStats(1, 2, 0); err != nil || !cmp.Equal(got, []NodeStat{{"total", 2000}, {"free", 800}}) {
		t.Errorf("one cell: %v, %v", got, err)
	}
	if got := s.NodeGetFreeMemory(); got != 1200<<10 {
		t.Errorf("%d bytes are free", got)
	}
	if got, err := s.NodeGetCellsFreeMemory(1, 7); err != nil || !cmp.Equal(got, []uint64{800 << 10}) {
		t.Errorf("cells from 1 on: %v, %v", got, err)
	}
	if got, err := s.NodeGetFreePages([]uint32{4, 2048}, 0, 2, 0); err != nil || !cmp.Equal(got, []uint64{100, 3, 200, 5}) {
		t.Errorf("pages of both cells: %v, %v", got, err)
	}
	if got, err := s.NodeGetFreePages([]uint32{2048, 4}, -1, 1, 0); err != nil || !cmp.Equal(got, []uint64{8, 300}) {
		t.Errorf("pages of the host: %v, %v", got, err)
	}
}

func TestLinuxCPUMap(t *testing.T) {
	s, _ := newLinuxHost(t)
	got, err := s.NodeGetCPUMap(0)
	if diff := cmp.Diff(CPUMap{CPUs: 9, Online: 9, Map: []byte{0xff, 1}}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

const someCapabilities = `<capabilities>
  <host><cpu><arch>x86_64</arch></cpu></host>
  <guest><os_type>hvm</os_type><arch name='i686'><emulator>/bin/e32</emulator>
    <machine canonical='pc-i440fx-7.2' maxCpus='255'>pc</machine>
    <machine maxCpus='255'>pc-i440fx-7.2</machine>
    <domain type='qemu'/></arch></guest>
  <guest><os_type>hvm</os_type><arch name='x86_64'><emulator>/bin/e64</emulator>
    <machine canonical='pc-i440fx-7.2' maxCpus='255'>pc</machine>
    <machine canonical='pc-q35-7.2' maxCpus='288'>q35</machine>
    <domain type='qemu'/><domain type='kvm'/></arch></guest>
</capabilities>`

const someDomainCapabilities = `<domainCapabilities>
  <path>/bin/e64</path>
  <domain>DOMAIN</domain>
  <machine>pc-i440fx-7.2</machine>
  <arch>x86_64</arch>
  <vcpu max='255'/>
  <devices>
    <disk supported='yes'>
      <enum name='bus'>
        <value>ide</value>
        <value>virtio</value>
      </enum>
    </disk>
  </devices>
</domainCapabilities>
`

func TestDomainCapabilities(t *testing.T) {
	forType := func(domain string) string { return strings.Replace(someDomainCapabilities, "DOMAIN", domain, 1) }
	s := New(Config{Traits: &Traits{Host: HostTraits{
		KindTraits:         KindTraits{ErrorDomain: FromQEMU, Prefix: "qemu"},
		Capabilities:       someCapabilities,
		DomainCapabilities: map[string]string{"kvm": forType("kvm"), "qemu": forType("qemu")},
	}}})
	p := func(s string) *string { return &s }
	q35 := strings.NewReplacer("pc-i440fx-7.2", "pc-q35-7.2", "max='255'", "max='288'", "        <value>ide</value>\n", "").Replace(forType("kvm"))
	i686 := strings.NewReplacer("/bin/e64", "/bin/e32", "x86_64", "i686").Replace(forType("qemu"))
	for _, c := range []struct {
		name  string
		query DomainCapabilitiesQuery
		want  string
	}{
		{"the host's own choice", DomainCapabilitiesQuery{}, forType("kvm")},
		{"as if without a type", DomainCapabilitiesQuery{DomainType: p("none")}, forType("kvm")},
		{"without KVM", DomainCapabilitiesQuery{DomainType: p("qemu"), Machine: p("pc")}, forType("qemu")},
		{"another machine", DomainCapabilitiesQuery{Machine: p("q35")}, q35},
		{"another architecture", DomainCapabilitiesQuery{Arch: p("i686"), Machine: p("pc-i440fx-7.2")}, i686},
		{"an emulator for both", DomainCapabilitiesQuery{Arch: p("i686"), Emulator: p("/bin/e64")},
			strings.Replace(forType("kvm"), "<arch>x86_64", "<arch>i686", 1)},
	} {
		got, err := s.ConnectGetDomainCapabilities(c.query, 0)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", c.name, err, diff)
		}
	}
	for _, c := range []struct {
		query DomainCapabilitiesQuery
		want  string
	}{
		{DomainCapabilitiesQuery{DomainType: p("kvm"), Arch: p("i686")}, "the accel 'kvm' is not supported by '/bin/e32' on this host"},
		{DomainCapabilitiesQuery{DomainType: p("xen"), Arch: p("i686")}, "the accel 'tcg' is not supported by '/bin/e32' on this host"},
		{DomainCapabilitiesQuery{DomainType: p("xen")}, "Emulator '/bin/e64' does not support virt type 'xen'"},
		{DomainCapabilitiesQuery{DomainType: p("xen"), Machine: p("x")}, "the machine 'x' is not supported by emulator '/bin/e64'"},
		{DomainCapabilitiesQuery{Arch: p("x86_64"), Emulator: p("/bin/e32")}, "Emulator '/bin/e32' does not support arch 'x86_64'"},
		{DomainCapabilitiesQuery{Arch: p("armv7l"), Emulator: p("/bin/e32")},
			"architecture from emulator 'i686' doesn't match given architecture 'armv7l'"},
	} {
		_, err := s.ConnectGetDomainCapabilities(c.query, 0)
		wantError(t, err, Error{
			Code: libvirt.ErrInvalidArg, Domain: FromQEMU,
			Message: "invalid argument: " + c.want, Str1: "invalid argument: %s", Str2: c.want, Int1: -1, Int2: -1,
		})
	}
}
