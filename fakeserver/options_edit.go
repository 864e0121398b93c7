package fakeserver

import (
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// The options of this file change what those before them have said, for programs
// that lay settings over others: flags over a configuration over a scenario. What
// is in lists and maps may be another node's too: an edit puts others in their place.

// EditAuth changes what WithAuth has set.
func EditAuth(edit func(*Auth)) Option { return func(c *config) { edit(&c.auth) } }

// EditTLS changes what WithTLS has set.
func EditTLS(edit func(*TLSSettings)) Option { return func(c *config) { edit(&c.tls) } }

// EditSSHAuth changes what WithSSHAuth has set.
func EditSSHAuth(edit func(*SSHAuth)) Option { return func(c *config) { edit(&c.sshAuth) } }

// EditAccess changes what WithAccess has set.
func EditAccess(edit func(*Access)) Option { return func(c *config) { edit(&c.access) } }

// EditKeepAlive changes what WithKeepAlive has set, or the defaults.
func EditKeepAlive(edit func(interval *time.Duration, count *int)) Option {
	return func(c *config) { edit(&c.keepAliveInterval, &c.keepAliveCount) }
}

// EditListeners changes what the node listens on: addresses as WithListener takes
// them, by transport, "" for a free one. Before any other option that is every
// transport.
func EditListeners(edit func(map[call.Transport]string)) Option {
	return func(c *config) {
		if c.listen == nil {
			WithTransports(everyTransport()...)(c)
		}
		edit(c.listen)
	}
}
