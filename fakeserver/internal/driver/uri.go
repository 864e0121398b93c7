package driver

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/uri"
)

// openURI is a connection URI as the daemon's virConnectOpen sees it.
type openURI struct {
	text   string // as virURIFormat would print it
	scheme string // in the case in which it came: libvirt compares exactly
	path   string
}

// alias is what libvirt opens in place of some names that are no URIs.
func alias(name string) string {
	if strings.EqualFold(name, "xen") || name == "xen://" {
		return "xen:///system"
	}
	return name
}

// noDriver is the error for a URI that no driver takes.
func noDriver(uri string) error {
	return hypervisor.Errorf(hypervisor.FromNone, libvirt.ErrNoConnect, "%s", uri)
}

func parseURI(name string) (openURI, error) {
	u, err := url.Parse(name)
	// libxml2, unlike net/url, takes no blank anywhere.
	if err != nil || strings.ContainsAny(name, " \t\n") {
		return openURI{}, hypervisor.Errorf(hypervisor.FromURI, libvirt.ErrInternalError, "Unable to parse URI %s", name)
	}
	if u.Scheme == "" {
		return openURI{}, noDriver("URI '" + name + "' does not include a driver name")
	}
	scheme, rest, _ := strings.Cut(name, ":")
	if u.Host != "" && u.Path == "" && slices.Contains(needPaths, scheme) && (u.Host == "system" || u.Host == "session") {
		return openURI{}, hypervisor.Errorf(hypervisor.FromNone, libvirt.ErrInternalError,
			"invalid URI %s (maybe you want %s:///%s)", name, scheme, u.Host)
	}
	path := u.Path
	if u.Opaque != "" {
		path = u.Opaque
	}
	if path == "/embed" {
		if err := refuseEmbedded(scheme, u.Query()); err != nil {
			return openURI{}, err
		}
	}
	if err := builtWithout(scheme); err != nil {
		return openURI{}, err
	}
	if u.Host != "" {
		return openURI{}, remoteURIError(scheme, u)
	}
	if _, transport, ok := strings.Cut(scheme, "+"); ok && !slices.Contains(transports, transport) {
		return openURI{}, unknownTransport()
	}
	text := name
	if !strings.HasPrefix(rest, "//") {
		text = scheme + "://" + rest
	}
	return openURI{text: text, scheme: scheme, path: path}, nil
}

// needPaths are the schemes for which libvirt suspects that a host "system" or
// "session" was meant for the path.
var needPaths = []string{"qemu", "vbox", "vz"}

// transports are those that libvirt knows, however a URI says them.
var transports = []string{"tls", "unix", "ssh", "ext", "tcp", "libssh2", "libssh"}

func unknownTransport() error {
	return hypervisor.Errorf(hypervisor.FromRemote, libvirt.ErrInvalidArg,
		"remote_open: transport in URL not recognised (should be tls|unix|ssh|ext|tcp|libssh2|libssh)")
}

// refuseEmbedded refuses what is wrong with the URI of a driver that is to run
// inside its client. One that is right names a driver that the daemon does not
// have as such.
func refuseEmbedded(scheme string, query url.Values) error {
	if strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz") != "" {
		return noDriver("URI scheme '" + scheme + "' for embedded driver is not valid")
	}
	if !query.Has("root") {
		return hypervisor.Errorf(hypervisor.FromURI, libvirt.ErrInvalidArg, "Missing URI parameter 'root'")
	}
	if !strings.HasPrefix(query.Get("root"), "/") {
		return hypervisor.Errorf(hypervisor.FromNone, libvirt.ErrConfigUnsupported, "root path must be absolute")
	}
	return nil
}

// builtWithout refuses the drivers that Debian's libvirt could have and has not,
// as libvirt does when it has come to the end of its own.
func builtWithout(scheme string) error {
	if name := strings.ToLower(scheme); name != "hyperv" && name != "parallels" {
		return nil
	}
	return hypervisor.Errorf(hypervisor.FromNone, libvirt.ErrConfigUnsupported, "libvirt was built without the '%s' driver", scheme)
}

// remoteURIError answers a URI with a host. The real daemon would connect
// there, as a client; a fake node reaches out to nobody, and says what the real
// one says where nobody listens.
func remoteURIError(scheme string, u *url.URL) error {
	if slices.Contains(esxSchemes, scheme) {
		return hypervisor.Errorf(hypervisor.FromESX, libvirt.ErrInternalError,
			"IP address lookup for host '%s' failed: Name or service not known", u.Hostname())
	}
	_, transport, given := strings.Cut(scheme, "+")
	if given && !slices.Contains(transports, transport) {
		return unknownTransport()
	}
	port := u.Port()
	if port == "" {
		port = strconv.Itoa(uri.TLSPort)
		if transport == "tcp" {
			port = strconv.Itoa(uri.TCPPort)
		}
	}
	return hypervisor.SystemError(hypervisor.FromRPC, hypervisor.ECONNREFUSED, "unable to connect to server at '%s:%s'", u.Hostname(), port)
}
