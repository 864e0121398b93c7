package hypervisor

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
)

// hostState is what a State holds of its host. Nothing in it changes.
type hostState struct {
	// hostname is virConnectGetHostname's answer.
	hostname string
	// bootedAt is when the counters of the host began.
	bootedAt time.Time
	// capabilities reads the host's capabilities when first asked: making a
	// State must not cost that much.
	capabilities func() *capabilities
}

func newHostState(document, hostname string, now time.Time) hostState {
	return hostState{
		hostname:     cmp.Or(hostname, "localhost"),
		bootedAt:     now,
		capabilities: sync.OnceValue(func() *capabilities { return parseCapabilities(document) }),
	}
}

// require refuses a function of the host that the driver lacks.
func (h *HostTraits) require(api string) error { return h.KindTraits.require(FromDomain, api) }

// ConnectGetHostname returns the name of the host.
func (s *State) ConnectGetHostname() string { return s.host.hostname }

// ConnectGetCapabilities returns the document that describes the host and the
// guests that it can run.
func (s *State) ConnectGetCapabilities() string { return s.traits.Host.Capabilities }

// ConnectGetSysinfo returns the host's SMBIOS document. It fails with
// VIR_ERR_CONFIG_UNSUPPORTED on a host without.
func (s *State) ConnectGetSysinfo(flags uint32) (string, error) {
	h := &s.traits.Host
	if err := h.checkFlags("ConnectGetSysinfo", flags, 0); err != nil {
		return "", err
	}
	if h.Sysinfo == "" {
		return "", h.errorf(libvirt.ErrConfigUnsupported, "Host SMBIOS information is not available")
	}
	return h.Sysinfo, nil
}

// ConnectGetMaxVcpus returns how many virtual CPUs a domain of the type may
// have; nil asks for the driver's default. It fails with VIR_ERR_INVALID_ARG for
// a type that the driver does not know, if it looks at the type at all.
func (s *State) ConnectGetMaxVcpus(domainType *string) (int32, error) {
	h := &s.traits.Host
	if h.MaxVcpusByType == nil || domainType == nil {
		return h.MaxVcpus, nil
	}
	if n, ok := h.MaxVcpusByType[strings.ToLower(*domainType)]; ok {
		return n, nil
	}
	return 0, h.errorf(libvirt.ErrInvalidArg, "unknown type '%s'", *domainType)
}

// NodeGetInfo returns the host's CPUs and memory.
func (s *State) NodeGetInfo() NodeInfo { return s.traits.Host.Info }

// NodeGetSecurityModel returns the host's first security model.
func (s *State) NodeGetSecurityModel() SecurityModel { return s.traits.Host.SecurityModel }

// ConnectGetCPUModelNames returns the CPU models that libvirt knows for an
// architecture. It fails with VIR_ERR_INVALID_ARG for an architecture that
// libvirt has not heard of, and with VIR_ERR_NO_SUPPORT for one of whose CPUs it
// knows nothing.
func (s *State) ConnectGetCPUModelNames(arch string, flags uint32) ([]string, error) {
	h := &s.traits.Host
	if err := h.checkFlags("ConnectGetCPUModelNames", flags, 0); err != nil {
		return nil, err
	}
	if !slices.Contains(architectures, arch) {
		return nil, h.errorf(libvirt.ErrInvalidArg, "cannot find architecture %s", arch)
	}
	models, ok := h.CPUModels(arch)
	if !ok {
		return nil, Errorf(FromCPU, libvirt.ErrNoSupport, "'%s' architecture is not supported by CPU driver", arch)
	}
	return models, nil
}

// architectures are those that libvirt 9.0.0 has a name for.
var architectures = []string{
	"alpha", "armv6l", "armv7l", "armv7b", "aarch64", "cris", "i686", "ia64",
	"lm32", "m68k", "microblaze", "microblazeel", "mips", "mipsel", "mips64",
	"mips64el", "openrisc", "parisc", "parisc64", "ppc", "ppcle", "ppc64",
	"ppc64le", "ppcemb", "riscv32", "riscv64", "s390", "s390x", "sh4", "sh4eb",
	"sparc", "sparc64", "unicore32", "x86_64", "xtensa", "xtensaeb",
}
