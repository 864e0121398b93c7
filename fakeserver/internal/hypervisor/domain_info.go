package hypervisor

import (
	"slices"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
)

// DomainInfo is virDomainInfo.
type DomainInfo struct {
	State             int32
	MaxMemory, Memory uint64 // KiB
	Vcpus             uint32
	CPUTime           uint64 // nanoseconds
}

// DomainGetInfo is virDomainGetInfo.
func (s *State) DomainGetInfo(ref DomainRef) (DomainInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	dom, err := s.domainLocked(ref)
	if err != nil {
		return DomainInfo{}, err
	}
	return DomainInfo{
		State:     dom.state,
		MaxMemory: dom.def.memory, Memory: dom.def.currentMemory,
		Vcpus: dom.def.vcpus, CPUTime: s.cpuTimeLocked(dom),
	}, nil
}

func (s *State) cpuTimeLocked(dom *domain) uint64 {
	now := s.now()
	var ran time.Duration
	if dom.active() {
		// A guest that runs has done something, whatever the clock's steps.
		ran = max(now.Sub(dom.started), 0) + time.Second
	}
	return s.traits.Domain.Guest.CPUTime(now, ran)
}

// DomainGetState is virDomainGetState: a virDomainState and the reason for it,
// whose meaning depends on the state. It knows no flags.
func (s *State) DomainGetState(ref DomainRef, flags uint32) (state, reason int32, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	dom, err := s.domainCall("DomainGetState", ref, flags)
	if err != nil {
		return 0, 0, err
	}
	return dom.state, dom.reason, nil
}

// DomainIsActive is virDomainIsActive.
func (s *State) DomainIsActive(ref DomainRef) (bool, error) {
	return s.askDomain(ref, (*domain).active)
}

// DomainIsPersistent is virDomainIsPersistent.
func (s *State) DomainIsPersistent(ref DomainRef) (bool, error) {
	return s.askDomain(ref, func(d *domain) bool { return d.persistent })
}

// DomainIsUpdated is virDomainIsUpdated, which is about a feature that libvirt
// no longer has.
func (s *State) DomainIsUpdated(ref DomainRef) (bool, error) {
	return s.askDomain(ref, func(*domain) bool { return false })
}

// DomainGetAutostart is virDomainGetAutostart.
func (s *State) DomainGetAutostart(ref DomainRef) (bool, error) {
	return s.askDomain(ref, func(d *domain) bool { return d.autostart })
}

func (s *State) askDomain(ref DomainRef, question func(*domain) bool) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	dom, err := s.domainLocked(ref)
	if err != nil {
		return false, err
	}
	return question(dom), nil
}

// DomainSetAutostart is virDomainSetAutostart.
func (s *State) DomainSetAutostart(ref DomainRef, autostart bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	dom, err := s.domainLocked(ref)
	if err != nil {
		return err
	}
	if !dom.persistent {
		if err := s.traits.Domain.Refusals.AutostartOf.error(ref.Name); err != nil {
			return err
		}
	}
	dom.autostart = autostart
	return nil
}

// DomainGetOSType is virDomainGetOSType.
func (s *State) DomainGetOSType(ref DomainRef) (string, error) {
	if fixed := s.traits.Domain.OSType; fixed != "" {
		return fixed, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	dom, err := s.domainLocked(ref)
	if err != nil {
		return "", err
	}
	return dom.def.osType, nil
}

// DomainGetSecurityLabelList is virDomainGetSecurityLabelList; an inactive
// domain has none.
func (s *State) DomainGetSecurityLabelList(ref DomainRef) ([]SecurityLabel, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	dom, err := s.domainLocked(ref)
	if err != nil || !dom.active() {
		return nil, err
	}
	return slices.Clone(s.traits.Domain.SecurityLabels), nil
}

// DomainGetSecurityLabel is virDomainGetSecurityLabel: the label of the first
// security driver, empty for an inactive domain.
func (s *State) DomainGetSecurityLabel(ref DomainRef) (SecurityLabel, error) {
	labels, err := s.DomainGetSecurityLabelList(ref)
	if err != nil || len(labels) == 0 {
		return SecurityLabel{}, err
	}
	return labels[0], nil
}

// DomainGetMessages is virDomainGetMessages. Flags are VIR_DOMAIN_MESSAGE_…;
// none asks for all.
func (s *State) DomainGetMessages(ref DomainRef, flags uint32) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	dom, err := s.domainCall("DomainGetMessages", ref, flags)
	if err != nil || !dom.active() {
		return nil, err
	}
	var texts []string
	for _, m := range s.traits.Domain.Messages {
		if flags == 0 || flags&m.Flag != 0 {
			texts = append(texts, m.Text)
		}
	}
	return texts, nil
}

// DomainGetControlInfo is virDomainGetControlInfo: whether a job occupies the
// monitor of an active domain, which it never does here, and so always
// VIR_DOMAIN_CONTROL_OK. It knows no flags.
func (s *State) DomainGetControlInfo(ref DomainRef, flags uint32) (state uint32, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	dom, err := s.domainCall("DomainGetControlInfo", ref, flags)
	if err != nil {
		return 0, err
	}
	return uint32(libvirt.DomainControlOk), dom.requireActive()
}

// DomainGetHostname is virDomainGetHostname. Flags are
// VIR_DOMAIN_GET_HOSTNAME_….
func (s *State) DomainGetHostname(ref DomainRef, flags uint32) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.traits.Domain
	const lease, agent = uint32(libvirt.DomainGetHostnameLease), uint32(libvirt.DomainGetHostnameAgent)
	if known := t.Flags["DomainGetHostname"]; known&lease != 0 && flags&(lease|agent) == lease|agent {
		return "", InvalidArg(t.ErrorDomain, t.function("DomainGetHostname"), "ctl",
			"Flags 'VIR_DOMAIN_GET_HOSTNAME_LEASE' and 'VIR_DOMAIN_GET_HOSTNAME_AGENT' are mutually exclusive")
	}
	dom, err := s.domainCall("DomainGetHostname", ref, flags)
	if err != nil {
		return "", err
	}
	switch err := dom.requireActive(); {
	case err != nil:
		return "", err
	case t.HostnameSuffix != "":
		return ref.Name + t.HostnameSuffix, nil
	case flags&lease != 0:
		return "", t.errorf(libvirt.ErrNoHostname, "no hostname found for domain %s", dom.def.name)
	}
	return "", s.askAgentLocked(dom, ref)
}
