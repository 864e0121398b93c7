package hypervisor

import (
	"slices"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"
)

// KindTraits is how a driver treats one kind of object. libvirt has a driver of
// its own for each kind, which raises errors in its own name; the test driver
// does everything itself.
type KindTraits struct {
	// Absent is true for a kind that the driver does not have at all.
	Absent bool
	// Lacks holds the functions of libvirt's API, without "vir", that the
	// driver does not implement although it has the kind.
	Lacks []string
	// ErrorDomain is the VIR_FROM_… of what the driver finds out.
	ErrorDomain libvirt.ErrorDomain
	// Prefix and Omit say what the driver calls its function for a function of
	// the API, which libvirt tells with unknown flags: Prefix, then the API's
	// name without "vir" and without Omit at its beginning. With "storage" and
	// "Storage", virStoragePoolGetXMLDesc is storagePoolGetXMLDesc and
	// virConnectListAllStoragePools is storageConnectListAllStoragePools.
	Prefix, Omit string
	// Within names the function of the API in which the driver does another one,
	// and looks at its flags.
	Within map[string]string
}

// function returns the name of the driver's function for one of the API.
func (k *KindTraits) function(api string) string {
	if other, ok := k.Within[api]; ok {
		api = other
	}
	return k.Prefix + strings.TrimPrefix(api, k.Omit)
}

// require refuses a function of the API that the driver lacks, as libvirt's
// own layer above the drivers does: under the error domain of that layer.
func (k *KindTraits) require(from libvirt.ErrorDomain, api string) error {
	if k.Absent || slices.Contains(k.Lacks, api) {
		return Unsupported(from, "vir"+api)
	}
	return nil
}

// checkFlags refuses flags that the driver's function does not know.
func (k *KindTraits) checkFlags(api string, flags, allowed uint32) error {
	if flags&^allowed == 0 {
		return nil
	}
	return UnsupportedFlags(k.ErrorDomain, k.function(api), flags, allowed)
}

// errorf raises an error of the driver with a detail.
func (k *KindTraits) errorf(code libvirt.ErrorNumber, format string, args ...any) error {
	return Errorf(k.ErrorDomain, code, format, args...)
}

// HostTraits is the node that a driver shows.
type HostTraits struct {
	KindTraits
	// Capabilities is virConnectGetCapabilities' document.
	Capabilities string
	// Sysinfo is virConnectGetSysinfo's document. Without one the host has no
	// SMBIOS information to give.
	Sysinfo string
	// DomainCapabilities is virConnectGetDomainCapabilities' document for the
	// domain types that the host runs, as it is for the host's own
	// architecture and the machine that is its default.
	DomainCapabilities map[string]string
	// CPUModels returns the names of the CPU models that libvirt knows for an
	// architecture; false if it knows nothing of that architecture's CPUs.
	CPUModels func(arch string) ([]string, bool)
	// MaxVcpus is virConnectGetMaxVcpus' answer.
	MaxVcpus int32
	// MaxVcpusByType is the same by domain type in lower case, for a driver
	// that looks at the type; others are refused. Without a type MaxVcpus
	// holds.
	MaxVcpusByType map[string]int32
	// Info is what virNodeGetInfo tells.
	Info NodeInfo
	// SecurityModel is the first of the host's security models.
	SecurityModel SecurityModel
	// Figures are the host's counters.
	Figures HostFigures
}

// NodeInfo is virNodeInfo.
type NodeInfo struct {
	Model                          string // at most 31 bytes
	Memory                         uint64 // KiB
	CPUs, MHz                      int32
	Nodes, Sockets, Cores, Threads int32
}

// SecurityModel is virSecurityModel.
type SecurityModel struct{ Model, DOI string }

// NodeStat is one of the host's counters, virNodeCPUStats or
// virNodeMemoryStats.
type NodeStat struct {
	Field string
	Value uint64 // nanoseconds of a CPU, KiB of memory
}

// ObjectTraits is how a driver treats the objects of secondary drivers.
type ObjectTraits struct {
	Network    NetworkTraits
	Storage    StorageTraits
	NodeDevice NodeDeviceTraits
	Interface  InterfaceTraits
	Secret     KindTraits
	NWFilter   KindTraits
}
