package libvirtdconf

import (
	"crypto/tls"
	"slices"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// versions returns the oldest and the newest TLS that a priority string of GnuTLS
// allows, 0 for those of the node's own choice. It understands what begins with a set
// of GnuTLS's and goes on with versions alone, if these stand in one row.
func versions(priority string) (oldest, newest fakeserver.TLSVersion, ok bool) {
	row := []fakeserver.TLSVersion{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13}
	names := []string{"VERS-TLS1.0", "VERS-TLS1.1", "VERS-TLS1.2", "VERS-TLS1.3"}
	words := strings.Split(priority, ":")
	if !slices.Contains([]string{"NORMAL", "SECURE128", "SECURE192", "SECURE256"}, strings.ToUpper(words[0])) {
		return 0, 0, false
	}
	if len(words) == 1 {
		return 0, 0, true
	}
	allowed := []bool{false, false, true, true} // as Debian's GnuTLS has it
	for _, word := range words[1:] {
		sign, name := word[:min(1, len(word))], strings.ToUpper(word[min(1, len(word)):])
		if sign != "-" && sign != "!" && sign != "+" {
			return 0, 0, false
		}
		i := slices.Index(names, name)
		switch {
		case i >= 0:
			allowed[i] = sign == "+"
		case name == "VERS-ALL" || name == "VERS-TLS-ALL":
			for i := range allowed {
				allowed[i] = sign == "+"
			}
		default:
			return 0, 0, false
		}
	}
	first := slices.Index(allowed, true)
	if first < 0 {
		return 0, 0, false
	}
	last := first
	for last+1 < len(allowed) && allowed[last+1] {
		last++
	}
	if slices.Contains(allowed[last+1:], true) {
		return 0, 0, false
	}
	return row[first], row[last], true
}
