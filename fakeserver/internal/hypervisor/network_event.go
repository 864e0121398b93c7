package hypervisor

import libvirt "github.com/digitalocean/go-libvirt"

// NetworkLifecycleEvent is VIR_NETWORK_EVENT_ID_LIFECYCLE: a
// virNetworkEventLifecycleType and its detail, which is always 0.
type NetworkLifecycleEvent struct {
	Network       NetworkRef
	Event, Detail int32
}

// Class returns NetworkEvents.
func (NetworkLifecycleEvent) Class() EventClass { return NetworkEvents }

// ID returns VIR_NETWORK_EVENT_ID_LIFECYCLE.
func (NetworkLifecycleEvent) ID() int32 { return int32(libvirt.NetworkEventIDLifecycle) }

// Subject returns the network's UUID.
func (e NetworkLifecycleEvent) Subject() string { return string(e.Network.UUID[:]) }

// emitNetworkLocked tells of a change in a network's life.
func (s *State) emitNetworkLocked(ref NetworkRef, event libvirt.NetworkEventLifecycleType) {
	s.emitLocked(NetworkLifecycleEvent{Network: ref, Event: int32(event)})
}
