package certs

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"
)

// Option changes what [New], [NewSSH] and the functions that load or make anew do.
// An option that does not concern one of them is ignored by it.
type Option func(*options)

type options struct {
	names    []string
	keys     *KeyType
	hostKeys []KeyType
	now      func() time.Time
	random   io.Reader
	past     time.Duration
	future   time.Duration

	unchecked bool
}

// Ten years, because a host with a clock of its own may stand far from the clock of
// the real clients that visit it; a day of grace for clocks that are merely wrong.
const (
	defaultPast   = 24 * time.Hour
	defaultFuture = 10 * 365 * 24 * time.Hour
)

func collect(opts []Option) options {
	o := options{past: defaultPast, future: defaultFuture, now: time.Now}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// Names adds DNS names and IP addresses to the server certificate, which always
// has localhost, 127.0.0.1 and ::1. Give what stands in the clients' URIs, without
// a port: libvirt's C clients accept a server only under a name in its certificate.
func Names(names ...string) Option {
	return func(o *options) { o.names = append(o.names, names...) }
}

// Keys sets the kind of every key that is made, in place of P-256 for certificates
// and Ed25519 for SSH.
func Keys(k KeyType) Option {
	return func(o *options) { o.keys = &k }
}

// HostKeys gives an SSH server one host key of each kind named, in place of a
// single one of the kind that [Keys] says. A client then chooses by its own
// preferences.
func HostKeys(kinds ...KeyType) Option {
	return func(o *options) { o.hostKeys = append(o.hostKeys, kinds...) }
}

// Clock sets what time it is when certificates are made, and for the configuration
// that [PKI.ClientTLS] returns. The default is time.Now.
func Clock(now func() time.Time) Option {
	return func(o *options) {
		if now != nil {
			o.now = now
		}
	}
}

// Rand sets the source of keys and serial numbers. With the same bytes and the same
// [Clock] everything this package makes and writes repeats byte for byte, for every
// kind of key but RSA (Go's RSA generator takes no source). What it makes is then
// as secret as the source: it is meant for tests.
//
// The source is read under a lock of its own PKI; it need not be safe for
// concurrent use unless it is shared.
func Rand(source io.Reader) Option {
	return func(o *options) { o.random = source }
}

// Validity sets from how long before now until how long after now certificates are
// valid. The default is from a day ago until ten years ahead.
func Validity(past, future time.Duration) Option {
	return func(o *options) { o.past, o.future = past, future }
}

// Unchecked has [LoadOrNew] and [LoadServer] take certificates as they are,
// whoever has signed them, and for the names that they have: what a libvirtd does
// with tls_no_sanity_certificate. It is how a server comes by a certificate that its
// clients must refuse.
func Unchecked() Option { return func(o *options) { o.unchecked = true } }

// loopbackNames are in every server certificate: a node listens on 127.0.0.1 and
// ::1, and people write localhost.
func loopbackNames() []string { return []string{"localhost", "127.0.0.1", "::1"} }

// subjectNames sorts names into what a certificate calls DNS names and IP
// addresses, each once.
func subjectNames(names []string) (dns []string, ips []net.IP, err error) {
	for _, name := range names {
		bare := name
		if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
			bare = name[1 : len(name)-1]
		}
		if ip := net.ParseIP(bare); ip != nil {
			if !slices.ContainsFunc(ips, ip.Equal) {
				ips = append(ips, ip)
			}
			continue
		}
		if !isDNSName(name) {
			return nil, nil, fmt.Errorf("certs: %q is neither a DNS name nor an IP address (a port does not belong to it)", name)
		}
		if !slices.Contains(dns, name) {
			dns = append(dns, name)
		}
	}
	return dns, ips, nil
}

// isDNSName is liberal: underscores are common among containers, and a leading
// asterisk label is a wildcard.
func isDNSName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for i, label := range strings.Split(strings.TrimSuffix(name, "."), ".") {
		if label == "*" && i == 0 {
			continue
		}
		if label == "" || len(label) > 63 {
			return false
		}
		for _, c := range label {
			if !(c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z') {
				return false
			}
		}
	}
	return true
}
