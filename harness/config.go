package harness

import (
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/libvirtdconf"
)

// WithConfigFile has the node do as a libvirtd.conf says, whatever the options before
// it do; docs/libvirtd-conf.md lists the settings that apply. A file that libvirtd
// would refuse fails the test, with the line.
func WithConfigFile(path string) Option {
	return fakeserver.WithOptions(func() ([]fakeserver.Option, error) {
		config, err := libvirtdconf.Load(path)
		if err != nil {
			return nil, err
		}
		return config.Options(), nil
	})
}

// UnixSockets are the permissions of the unix sockets.
type UnixSockets = fakeserver.UnixSockets

// WithUnixSockets sets the permissions of the unix sockets.
func WithUnixSockets(u UnixSockets) Option { return fakeserver.WithUnixSockets(u) }
