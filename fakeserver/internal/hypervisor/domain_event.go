package hypervisor

import libvirt "github.com/digitalocean/go-libvirt"

// DomainBalloonChangeEvent is VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE: the guest's
// balloon leaves it this much memory.
type DomainBalloonChangeEvent struct {
	Domain DomainRef
	Actual uint64 // KiB
}

// Class returns DomainEvents.
func (DomainBalloonChangeEvent) Class() EventClass { return DomainEvents }

// ID returns VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE.
func (DomainBalloonChangeEvent) ID() int32 { return int32(libvirt.DomainEventIDBalloonChange) }

// Subject returns the domain's UUID.
func (e DomainBalloonChangeEvent) Subject() string { return string(e.Domain.UUID[:]) }

// DomainMetadataChangeEvent is VIR_DOMAIN_EVENT_ID_METADATA_CHANGE: Type is a
// virDomainMetadataType, URI the namespace of an element; nil for the title and
// the description.
type DomainMetadataChangeEvent struct {
	Domain DomainRef
	Type   int32
	URI    *string
}

// Class returns DomainEvents.
func (DomainMetadataChangeEvent) Class() EventClass { return DomainEvents }

// ID returns VIR_DOMAIN_EVENT_ID_METADATA_CHANGE.
func (DomainMetadataChangeEvent) ID() int32 { return int32(libvirt.DomainEventIDMetadataChange) }

// Subject returns the domain's UUID.
func (e DomainMetadataChangeEvent) Subject() string { return string(e.Domain.UUID[:]) }
