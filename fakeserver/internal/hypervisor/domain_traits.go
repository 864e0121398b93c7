package hypervisor

import (
	"strings"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
)

// DomainTraits is how a driver treats domains.
type DomainTraits struct {
	KindTraits
	// Flags holds the flags that the driver's functions know, by the function
	// of the API. A function that is not there knows none.
	Flags map[string]uint32
	// BareNotFound is true for a driver that says only "Domain not found" when
	// a look-up finds none.
	BareNotFound bool
	// NotFound is how another driver words a look-up that finds none.
	NotFound NotFound
	// Refusals are the driver's complaints about a domain in the wrong state.
	Refusals DomainRefusals
	// Guest is what the driver notices of the guest itself.
	Guest GuestTraits
	// XML is what the driver makes of definitions.
	XML DomainXMLTraits

	// OSType is virDomainGetOSType's answer for a driver that does not look;
	// "" means what the definition says.
	OSType string
	// TransientKeepsID is true for a driver that lets a domain that was never
	// persistent go with its id when it stops, as the event shows.
	TransientKeepsID bool
	// SecurityLabels are those of a running domain, one for each security
	// driver.
	SecurityLabels []SecurityLabel
	// Messages are virDomainGetMessages' for a running domain.
	Messages []DomainMessage
	// ManagedSaveDir is where the driver keeps the state of domains that
	// virDomainManagedSave saved; "" for a driver that only remembers that it
	// did, and resumes nothing.
	ManagedSaveDir string
	// HostnameSuffix makes the answer of virDomainGetHostname from the domain's
	// name; "" for a driver that would ask a guest agent.
	HostnameSuffix string
	// OneMemoryDef is true for a driver that changes the memory of the running
	// domain or of its configuration, but not of both in one call.
	OneMemoryDef bool
	// MaxVcpus bounds what virDomainSetVcpusFlags takes; 0 leaves it open.
	MaxVcpus uint32
}

// NotFound holds the error's detail for a look-up of a domain that is not there,
// by what was looked for: a name, a UUID, an id, or the domain that a client
// holds, of which a format of package fmt may show %[1]s, the UUID, and %[2]s, the
// name. "" is what the QEMU driver says.
type NotFound struct{ Name, UUID, ID, Held string }

// SecurityLabel is virSecurityLabel.
type SecurityLabel struct {
	Label     string
	Enforcing bool
}

// DomainMessage is one message of virDomainGetMessages, of the kind that Flag
// asks for (VIR_DOMAIN_MESSAGE_…).
type DomainMessage struct {
	Flag uint32
	Text string
}

// Refusal is a complaint: code and domain of the error, and its detail, in which
// %s stands for the name by which the client called the domain. The zero value
// refuses nothing.
type Refusal struct {
	Code libvirt.ErrorNumber
	From libvirt.ErrorDomain
	Text string
}

// error returns the refusal about the domain of that name, or nil.
func (r *Refusal) error(name string) error {
	if r.Text == "" {
		return nil
	}
	return Errorf(r.From, r.Code, "%s", strings.ReplaceAll(r.Text, "%s", name))
}

// DomainRefusals says how a driver refuses what a domain's state forbids. Where
// a driver has no word of its own, libvirt's common one follows.
type DomainRefusals struct {
	StartActive       Refusal
	StartNoConsole    Refusal // none: it is no error
	SuspendInactive   Refusal
	SuspendPaused     Refusal // none: it is no error
	ResumeInactive    Refusal
	ResumeRunning     Refusal
	ShutdownInactive  Refusal
	ShutdownPaused    Refusal // none: it is no error
	UndefineTransient Refusal // none: it is no error
	AutostartOf       Refusal // a transient domain; none: it is no error
	RenameSaved       Refusal // none: it is no error
	RenameToItself    Refusal
	VcpusInactive     Refusal
	MaxVcpusLive      Refusal // none: it is no error
	// VcpusLive and VcpusConfig refuse more vCPUs than the definition has at
	// most; %d stands for the number asked for, then for the maximum.
	VcpusLive, VcpusConfig string
	// NoGuestAgent and DeadGuestAgent refuse what only an agent in the guest
	// could do: the one of a domain without a channel for it, the other of a
	// domain with. A driver without agents has neither.
	NoGuestAgent, DeadGuestAgent Refusal
}

// DomainXMLTraits is what a driver makes of definitions.
type DomainXMLTraits struct {
	// Arch is the architecture of a definition that names none.
	Arch string
	// Namespace is that of the driver's own elements, which it writes with
	// NamespacePrefix; "" for a driver without.
	Namespace, NamespacePrefix string
	// InterfacePrefix begins the names of the host's side of interfaces, for a
	// driver that names them when it defines a domain.
	InterfacePrefix string
	// MACPrefix begins the MAC addresses that the driver makes up; zero for that
	// of QEMU and KVM.
	MACPrefix [3]byte
	// RandomSource is where random numbers come from if the definition does not
	// say.
	RandomSource string
	// ConsoleTarget is what a console is of a guest without hardware, whose
	// definition does not say; "" means a serial port.
	ConsoleTarget string
	// Guests are what the host can run, for a driver that refuses the rest; nil
	// for one that does not look.
	Guests []Guest
	// PC is for a driver that knows how machines are built; nil for one that
	// takes definitions as they are.
	PC *PCTraits
}

// GuestTraits is what a driver notices of what runs inside its domains.
type GuestTraits struct {
	// Events is true for a hypervisor that reports what the guest does: that it
	// runs, has shut down or has been reset. Where it is false, a domain jumps
	// from state to state.
	Events bool
	// CPUTime returns the CPU time that a domain has used, in nanoseconds, at a
	// time and after having run for so long.
	CPUTime func(now time.Time, ran time.Duration) uint64
}
