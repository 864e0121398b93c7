package libvirtdconf

import "net"

// port is a setting of where to listen, which libvirtd looks at if it does.
type port struct {
	setting *setting // nil if it is not there
	// text is what to listen on, "" if it is not there.
	text string
}

func readPort(to func(*Config) *port) func(*Config, *setting, string) error {
	return func(c *Config, s *setting, v string) error {
		if v == "" {
			v = "0" // as the system's resolver has it
		}
		*to(c) = port{s, v}
		return nil
	}
}

// check says whether the port is one, if libvirtd listened there. Libvirtd takes what
// is beyond 65535 for the rest of a division, which nobody means.
func (p port) check(listen *bool) error {
	if p.setting == nil || !on(listen) {
		return nil
	}
	if _, err := net.LookupPort("tcp", p.text); err != nil {
		return p.setting.fail("%s is %q: want a port, 0 to 65535, or a name of /etc/services", p.setting.name, p.text)
	}
	return nil
}

// checkAddr refuses the empty address, if libvirtd listened there.
func (c *Config) checkAddr() error {
	if c.addr == nil || c.listenAddr != "" || !on(c.listenTLS) && !on(c.listenTCP) {
		return nil
	}
	return c.addr.fail("Unable to resolve address '': Name or service not known: want an address, or no listen_addr for all")
}

func on(listen *bool) bool { return listen != nil && *listen }
