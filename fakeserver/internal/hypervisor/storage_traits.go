package hypervisor

// StorageTraits is how a driver treats storage pools and volumes.
type StorageTraits struct {
	KindTraits
	// FindsByName is true for a driver that finds the pool that a client holds
	// by its name. Others go by the UUID, and tell both in errors.
	FindsByName bool
	// SanitizesPaths is true for a driver that looks for a path without the
	// slashes that it has too many, and tells both in errors.
	SanitizesPaths bool
	// XMLFlags are the flags that GetXMLDesc of a pool knows.
	XMLFlags uint32
	// PoolCapabilities is virConnectGetStoragePoolCapabilities' document.
	PoolCapabilities string
	// MissingKey is the error's detail for the key of no volume, with one %s.
	MissingKey string
	// InactiveListAll is the error's detail when all volumes of an inactive
	// pool are asked for. %s, if there is one, is the pool's name.
	InactiveListAll string
}
