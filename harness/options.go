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

// WithModularDaemons has virtqemud, virtnetworkd and so on serve the node in place of
// libvirtd; see fakeserver.WithModularDaemons.
func WithModularDaemons(names ...string) Option { return fakeserver.WithModularDaemons(names...) }

// WithSessionDaemon gives the node a user's daemon for qemu:///session beside the
// system's; see fakeserver.WithSessionDaemon. Env then leads to it.
func WithSessionDaemon(contents ...Option) Option {
	return fakeserver.WithSessionDaemon(contents...)
}

// WithRunDir makes the node's unix sockets in dir/libvirt, as libvirtd does in /run
// and in a user's XDG_RUNTIME_DIR; see fakeserver.WithRunDir. The path of a
// t.TempDir is often too long for it.
func WithRunDir(dir string) Option { return fakeserver.WithRunDir(dir) }
