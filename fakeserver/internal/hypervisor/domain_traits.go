package hypervisor

// DomainTraits is how a driver treats domains.
type DomainTraits struct{}
