package call

import (
	"regexp"
	"strings"
)

// masked stands in shown text for what was taken out.
const masked = "***"

// The places of texts that hold secrets. What ends a secret may be missing: the
// text may be cut. In each, the second group is the secret.
var secretTexts = []*regexp.Regexp{
	// Elements with a secret as their text; with VIR_DOMAIN_XML_SECURE, libvirt
	// shows cookies as it shows passwords. Those in which other elements follow
	// are about a secret, and hold none.
	regexp.MustCompile(`(?is)(<(?:secret|password|passwd|cookie)\b[^<>]*>)(\s*(?:[^<\s]|<!\[CDATA\[).*?)(</|$)`),
	// Attributes, and settings in the native configuration of hypervisors:
	// passwd='…', vncpasswd = "…", password=….
	regexp.MustCompile(`(?i)(passw(?:or)?d['"]?\s*[=:]\s*)('[^']*|"[^"]*|[^\s'",;<>]+)()`),
	// What QEMU's command line says of a secret object.
	regexp.MustCompile(`(?i)(secret[^\s'"<>]*,data=)([^\s'",<>]+)()`),
	// An entity of a document may stand for any of them.
	regexp.MustCompile(`(?i)(<!ENTITY\s)([^>]*)()`),
	// The password in a URI.
	regexp.MustCompile(`(://[^\s/:@'"<>]*:)([^\s/@'"<>]+)(@)`),
}

// MaskText returns text with *** in place of the passwords and secrets that stand
// in XML, in a hypervisor's native configuration, or in a URI.
func MaskText(text string) string {
	for _, re := range secretTexts {
		if !re.MatchString(text) {
			continue
		}
		text = re.ReplaceAllStringFunc(text, func(s string) string {
			groups := re.FindStringSubmatch(s)
			quote := ""
			if strings.HasPrefix(groups[2], "'") || strings.HasPrefix(groups[2], `"`) {
				quote = groups[2][:1]
			}
			return groups[1] + quote + masked + groups[3]
		})
	}
	return text
}
