package hypervisor

import (
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"
)

// DHCPLease is virNetworkDHCPLease.
type DHCPLease struct {
	Interface string // the network's bridge
	Expiry    int64  // seconds since the epoch
	IPv6      bool
	MAC       string
	IAID      string // "" if there is none; the same for what follows
	IPAddress string
	Prefix    uint32
	Hostname  string
	ClientID  string
}

// NetworkGetDHCPLeases returns what a network's DHCP server has given away, to
// one MAC address or with nil to all. It fails with VIR_ERR_INVALID_MAC for what
// is no MAC address. No guest of a fake node asks for an address, so that there
// is never a lease.
func (s *State) NetworkGetDHCPLeases(ref NetworkRef, mac *string, flags uint32) ([]DHCPLease, error) {
	const api = "NetworkGetDHCPLeases"
	t := &s.traits.Objects.Network
	if err := t.require(FromNetwork, api); err != nil {
		return nil, err
	}
	if err := t.checkFlags(api, flags, 0); err != nil {
		return nil, err
	}
	if mac != nil && !validMAC(*mac) {
		return nil, t.errorf(libvirt.ErrInvalidMac, "%s", *mac)
	}
	s.mu.Lock()
	defer s.unlock()
	_, err := s.networkLocked(ref)
	return nil, err
}

// validMAC reports whether text is a MAC address as virMacAddrParse takes it,
// which does not look at what comes after a blank.
func validMAC(text string) bool {
	if i := strings.IndexFunc(text, func(r rune) bool { return r <= ' ' }); i >= 0 {
		text = text[:i]
	}
	_, ok := parseMAC(text)
	return ok && !strings.Contains(text, "+")
}
