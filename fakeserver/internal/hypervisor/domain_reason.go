package hypervisor

import (
	"fmt"
	"slices"

	libvirt "github.com/digitalocean/go-libvirt"
)

// domainStates are the states that a domain may be in here, by the names and
// with the reasons that libvirt writes into its status files: virDomainState,
// virDomainRunningReason and their like.
var domainStates = []struct {
	state   libvirt.DomainState
	name    string
	reasons []string
}{
	{libvirt.DomainShutoff, "shutoff", []string{"unknown", "shutdown", "destroyed", "crashed", "migrated", "saved",
		"failed", "from snapshot", "daemon"}},
	{libvirt.DomainRunning, "running", []string{"unknown", "booted", "migrated", "restored", "from snapshot",
		"unpaused", "migration canceled", "save canceled", "wakeup", "crashed", "post-copy", "post-copy failed"}},
	{libvirt.DomainPaused, "paused", []string{"unknown", "user", "migration", "save", "dump", "ioerror", "watchdog",
		"from snapshot", "shutdown", "snapshot", "panicked", "starting up", "post-copy", "post-copy failed"}},
}

// stateNames returns the names of a state and its reason.
func stateNames(state, reason int32) (string, string) {
	for _, s := range domainStates {
		if int32(s.state) == state && int(reason) < len(s.reasons) {
			return s.name, s.reasons[reason]
		}
	}
	return fmt.Sprint(state), fmt.Sprint(reason) // no domain gets there
}

// stateNumbers is stateNames the other way round. "" is "shutoff", and as a
// reason what virsh would bring about: "unknown", for a paused domain "user".
func stateNumbers(state, reason string) (int32, int32, error) {
	if state == "" {
		state = "shutoff"
	}
	var names []string
	for _, s := range domainStates {
		names = append(names, s.name)
		if s.name != state {
			continue
		}
		switch {
		case reason == "" && s.state == libvirt.DomainPaused:
			reason = "user"
		case reason == "":
			reason = "unknown"
		}
		i := slices.Index(s.reasons, reason)
		if i < 0 {
			return 0, 0, fmt.Errorf("no reason %q to be %s: there are %q", reason, state, s.reasons)
		}
		return int32(s.state), int32(i), nil
	}
	return 0, 0, fmt.Errorf("no state %q: there are %q", state, names)
}
