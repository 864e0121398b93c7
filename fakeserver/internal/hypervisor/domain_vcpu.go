package hypervisor

import (
	"fmt"

	libvirt "github.com/digitalocean/go-libvirt"
)

const (
	vcpuMaximum = uint32(libvirt.DomainVCPUMaximum)
	vcpuGuest   = uint32(libvirt.DomainVCPUGuest)
)

// DomainGetVcpusFlags is virDomainGetVcpusFlags: how many vCPUs the domain has,
// or may have with VIR_DOMAIN_VCPU_MAXIMUM.
func (s *State) DomainGetVcpusFlags(ref DomainRef, flags uint32) (uint32, error) {
	if flags&affectLive != 0 && flags&affectConfig != 0 {
		return 0, exclusiveFlags("virDomainGetVcpusFlags", "ctl", "VIR_DOMAIN_AFFECT_LIVE", "VIR_DOMAIN_AFFECT_CONFIG")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	dom, err := s.domainCall("DomainGetVcpusFlags", ref, flags)
	if err != nil {
		return 0, err
	}
	def, _, err := dom.oneDef(flags)
	switch {
	case err != nil:
		return 0, err
	case flags&vcpuGuest != 0:
		return 0, s.askGuestVcpusLocked(dom, ref)
	case flags&vcpuMaximum != 0:
		return def.maxVcpus, nil
	}
	return def.vcpus, nil
}

// askGuestVcpusLocked fails as every question to a guest agent does.
func (s *State) askGuestVcpusLocked(dom *domain, ref DomainRef) error {
	if !dom.active() {
		return s.traits.Domain.errorf(libvirt.ErrInvalidArg,
			"vCPU count provided by the guest agent can only be requested for live domains")
	}
	return s.askAgentLocked(dom, ref)
}

// DomainGetMaxVcpus is virDomainGetMaxVcpus, of an active domain.
func (s *State) DomainGetMaxVcpus(ref DomainRef) (uint32, error) {
	return s.DomainGetVcpusFlags(ref, affectLive|vcpuMaximum)
}

// DomainSetVcpus is virDomainSetVcpus, for an active domain.
func (s *State) DomainSetVcpus(ref DomainRef, n uint32) error {
	if n == 0 {
		return noVcpus("virDomainSetVcpus")
	}
	return s.setVcpus(ref, n, affectLive)
}

func noVcpus(function string) error {
	return InvalidArg(FromDomain, function, "nvcpus", fmt.Sprintf("nvcpus in %s must not be zero", function))
}

// DomainSetVcpusFlags is virDomainSetVcpusFlags. Flags are VIR_DOMAIN_VCPU_….
func (s *State) DomainSetVcpusFlags(ref DomainRef, n, flags uint32) error {
	const function = "virDomainSetVcpusFlags"
	switch {
	case flags&vcpuMaximum != 0 && flags&affectConfig == 0:
		return InvalidArg(FromDomain, function, "ctl",
			"Flag 'VIR_DOMAIN_AFFECT_CONFIG' is required by flag 'VIR_DOMAIN_VCPU_MAXIMUM'")
	case flags&vcpuGuest != 0 && flags&affectConfig != 0:
		return exclusiveFlags(function, "ctl", "VIR_DOMAIN_VCPU_GUEST", "VIR_DOMAIN_AFFECT_CONFIG")
	case n == 0:
		return noVcpus(function)
	}
	return s.setVcpus(ref, n, flags)
}

func (s *State) setVcpus(ref DomainRef, n, flags uint32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.traits.Domain
	if err := t.checkDomainFlags("DomainSetVcpusFlags", flags); err != nil {
		return err
	}
	if t.MaxVcpus != 0 && n > t.MaxVcpus {
		return t.errorf(libvirt.ErrInvalidArg,
			"requested cpu amount exceeds maximum supported amount (%d > %d)", n, t.MaxVcpus)
	}
	dom, err := s.domainLocked(ref)
	if err != nil {
		return err
	}
	live, config, err := dom.defs(flags)
	switch {
	case err != nil:
		return err
	case flags&vcpuGuest != 0:
		return s.askAgentLocked(dom, ref)
	case flags&vcpuMaximum != 0 && live != nil && t.Refusals.MaxVcpusLive.Text != "":
		return t.Refusals.MaxVcpusLive.error(ref.Name)
	case live != nil && n > live.maxVcpus:
		return t.errorf(libvirt.ErrInvalidArg, t.Refusals.VcpusLive, n, live.maxVcpus)
	case config != nil && flags&vcpuMaximum == 0 && n > config.maxVcpus:
		return t.errorf(libvirt.ErrInvalidArg, t.Refusals.VcpusConfig, n, config.maxVcpus)
	}
	if live != nil {
		live.setVcpus(n, live.maxVcpus)
	}
	if config != nil {
		if flags&vcpuMaximum != 0 {
			config.setVcpus(config.vcpus, n)
		} else {
			config.setVcpus(n, config.maxVcpus)
		}
	}
	return nil
}

// VcpuInfo is virVcpuInfo.
type VcpuInfo struct {
	Number  uint32
	State   int32  // virVcpuState
	CPUTime uint64 // nanoseconds
	CPU     int32  // the host's CPU that it runs on
}

// DomainGetVcpus is virDomainGetVcpus, of an active domain: at most max vCPUs,
// and for each the maplen bytes of the map of host CPUs that it may run on.
func (s *State) DomainGetVcpus(ref DomainRef, max, maplen int) ([]VcpuInfo, []byte, error) {
	const function = "virDomainGetVcpus"
	switch {
	case max <= 0:
		return nil, nil, InvalidArg(FromDomain, function, "maxinfo", "maxinfo in virDomainGetVcpus must be greater than zero")
	case maplen < 0:
		return nil, nil, InvalidArg(FromDomain, function, "maplen", "maplen in virDomainGetVcpus must be zero")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	dom, err := s.domainLocked(ref)
	if err != nil {
		return nil, nil, err
	}
	if !dom.active() {
		return nil, nil, s.traits.Domain.Refusals.VcpusInactive.error(ref.Name)
	}
	n := min(max, int(dom.def.vcpus))
	pins := s.vcpuPinsLocked(dom.def)
	info := make([]VcpuInfo, n)
	maps := make([]byte, 0, n*maplen)
	for i := range info {
		pin := pins.of(i)
		info[i] = VcpuInfo{
			Number: uint32(i), State: int32(libvirt.VCPURunning),
			CPUTime: s.cpuTimeLocked(dom) / uint64(dom.def.vcpus), CPU: int32(pin[len(pin)-1]),
		}
		maps = append(maps, bitmapBytes(pin, maplen)...)
	}
	return info, maps, nil
}

// DomainGetVcpuPinInfo is virDomainGetVcpuPinInfo: the map of host CPUs, of
// maplen bytes, for each of at most max vCPUs. Flags are VIR_DOMAIN_AFFECT_….
func (s *State) DomainGetVcpuPinInfo(ref DomainRef, max, maplen int, flags uint32) (n int, maps []byte, err error) {
	const function = "virDomainGetVcpuPinInfo"
	positive := func(name string) error {
		return InvalidArg(FromDomain, function, name, name+" in "+function+" must be greater than zero")
	}
	switch {
	case max <= 0:
		return 0, nil, positive("ncpumaps")
	case maplen <= 0:
		return 0, nil, positive("maplen")
	case flags&affectLive != 0 && flags&affectConfig != 0:
		return 0, nil, exclusiveFlags(function, "ctl", "VIR_DOMAIN_AFFECT_LIVE", "VIR_DOMAIN_AFFECT_CONFIG")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	dom, err := s.domainCall("DomainGetVcpuPinInfo", ref, flags)
	if err != nil {
		return 0, nil, err
	}
	def, _, err := dom.oneDef(flags)
	if err != nil {
		return 0, nil, err
	}
	pins := s.vcpuPinsLocked(def)
	n = min(max, int(def.maxVcpus))
	for i := range n {
		maps = append(maps, bitmapBytes(pins.of(i), maplen)...)
	}
	return n, maps, nil
}

// vcpuPins are the host CPUs, never none, that a domain's vCPUs may run on.
type vcpuPins struct {
	each map[int][]int // <vcpupin>
	rest []int         // the set of <vcpu>, else all
}

func (p vcpuPins) of(vcpu int) []int {
	if pin := p.each[vcpu]; pin != nil {
		return pin
	}
	return p.rest
}

func (s *State) vcpuPinsLocked(def *domainDef) vcpuPins {
	pins := vcpuPins{each: map[int][]int{}}
	if set, err := parseBitmap(xmlAttr(def.root.SelectElement("vcpu"), "cpuset")); err == nil && len(set) > 0 {
		pins.rest = set
	} else {
		host := &s.traits.Host.Info
		pins.rest = make([]int, max(1, host.Nodes*host.Sockets*host.Cores*host.Threads))
		for i := range pins.rest {
			pins.rest[i] = i
		}
	}
	if tune := def.root.SelectElement("cputune"); tune != nil {
		for _, pin := range tune.SelectElements("vcpupin") {
			i, err := parseUint(xmlAttr(pin, "vcpu"), 31)
			set, bad := parseBitmap(xmlAttr(pin, "cpuset"))
			if err == nil && bad == nil && len(set) > 0 {
				pins.each[int(i)] = set
			}
		}
	}
	return pins
}
