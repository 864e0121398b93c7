package harness

import (
	"log/slog"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// The options that most tests need. Those of package fakeserver that are not
// repeated here serve as well.

// WithTransports listens on these transports alone.
func WithTransports(transports ...call.Transport) Option {
	return fakeserver.WithTransports(transports...)
}

// WithDomainXML defines domains in a driver: "qemu" or "test".
func WithDomainXML(driver string, documents ...string) Option {
	return fakeserver.WithDomainXML(driver, documents...)
}

// WithRunningDomainXML defines domains and starts them.
func WithRunningDomainXML(driver string, documents ...string) Option {
	return fakeserver.WithRunningDomainXML(driver, documents...)
}

// WithHostname names the node.
func WithHostname(name string) Option { return fakeserver.WithHostname(name) }

// WithNames adds names to the node's certificate and known_hosts.
func WithNames(names ...string) Option { return fakeserver.WithNames(names...) }

// WithLibvirtVersion sets the libvirt version that the node speaks as.
func WithLibvirtVersion(v rpc.Version) Option { return fakeserver.WithLibvirtVersion(v) }

// WithLogger logs connections, and at level debug every call.
func WithLogger(l *slog.Logger) Option { return fakeserver.WithLogger(l) }

// WithInterceptor puts an interceptor before the handlers.
func WithInterceptor(i call.Interceptor) Option { return fakeserver.WithInterceptor(i) }
