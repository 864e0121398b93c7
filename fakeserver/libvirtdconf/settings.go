package libvirtdconf

import (
	"fmt"
	"slices"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// known is a setting of libvirtd.conf.
type known struct {
	name string
	// about says what it does here, or why it does nothing.
	about string
	// unused settings are read, and do nothing.
	unused bool
	// read finds out what libvirtd would refuse, and does what the setting says.
	read func(*Config, *setting) error
}

// reader makes a known setting of how its value is read and what is done with it.
func reader[T any](as func(*setting) (T, error)) func(name string, set func(*Config, *setting, T) error, about string) known {
	return func(name string, set func(*Config, *setting, T) error, about string) known {
		return known{name: name, about: about, read: func(c *Config, s *setting) error {
			v, err := as(s)
			if err != nil {
				return err
			}
			return set(c, s, v)
		}}
	}
}

func text(name string, set func(*Config, *setting, string) error, about string) known {
	return reader((*setting).asText)(name, set, about)
}

func texts(name string, set func(*Config, *setting, []string) error, about string) known {
	return reader((*setting).asTexts)(name, set, about)
}

func unsigned(name string, set func(*Config, *setting, uint32) error, about string) known {
	return reader((*setting).asUint)(name, set, about)
}

func boolean(name string, set func(*Config, bool), about string) known {
	return reader((*setting).asBool)(name, func(c *Config, _ *setting, v bool) error { set(c, v); return nil }, about)
}

// unused makes settings that do nothing here.
func unused[T any](as func(*setting) (T, error), about string, names ...string) []known {
	var all []known
	for _, name := range names {
		k := reader(as)(name, func(*Config, *setting, T) error { return nil }, about)
		k.unused = true
		all = append(all, k)
	}
	return all
}

// settings lists what libvirtd 9.0.0 reads.
func settings() []known {
	return slices.Concat(listenSettings(), authSettings(), tlsSettings(), limitSettings(), otherSettings())
}

func listenSettings() []known {
	return []known{
		boolean("listen_tls", func(c *Config, v bool) { c.listenTLS = &v }, "whether the node listens on tls, as if libvirtd ran with `--listen`"),
		boolean("listen_tcp", func(c *Config, v bool) { c.listenTCP = &v }, "whether the node listens on tcp, as if libvirtd ran with `--listen`"),
		text("tls_port", readPort(func(c *Config) *port { return &c.tlsPort }), "the port of tls, by number or as a name of /etc/services; 16514 if `listen_tls` is 1"),
		text("tcp_port", readPort(func(c *Config) *port { return &c.tcpPort }), "the port of tcp; 16509 if `listen_tcp` is 1"),
		text("listen_addr", func(c *Config, s *setting, v string) error {
			c.listenAddr, c.addr = v, s
			return nil
		}, "the address of the two. Without it, it is every one of the machine where `listen_tls` or `listen_tcp` is 1, and localhost else"),
		text("unix_sock_dir", func(c *Config, _ *setting, dir string) error {
			c.unixSocket = dir + "/libvirt-sock" // below the root if dir is empty, as at libvirtd
			return nil
		}, "the directory of libvirt-sock and libvirt-sock-ro"),
		socket("unix_sock_group", func(u *fakeserver.UnixSockets) *string { return &u.Group }, "the group of the unix sockets"),
		socket("unix_sock_rw_perms", func(u *fakeserver.UnixSockets) *string { return &u.RW }, "the mode of libvirt-sock"),
		socket("unix_sock_ro_perms", func(u *fakeserver.UnixSockets) *string { return &u.RO }, "the mode of libvirt-sock-ro"),
		socket("unix_sock_admin_perms", func(u *fakeserver.UnixSockets) *string { return &u.Admin }, "the mode of libvirt-admin-sock"),
	}
}

// socket makes a setting about the unix sockets.
func socket(name string, which func(*fakeserver.UnixSockets) *string, about string) known {
	return text(name, func(c *Config, s *setting, v string) error {
		switch {
		case v == "" && name == "unix_sock_group":
			return s.fail("invalid argument: Failed to parse group ''")
		case v == "":
			return s.fail("Failed to parse mode ''")
		}
		var u fakeserver.UnixSockets
		*which(&u) = v
		if err := u.Check(); err != nil {
			return s.fail("%v", err)
		}
		c.add(fakeserver.EditUnixSockets(func(u *fakeserver.UnixSockets) { *which(u) = v }))
		return nil
	}, about)
}

func authSettings() []known {
	method := func(name string, which func(*fakeserver.Auth) *fakeserver.AuthMethod, about string) known {
		return text(name, func(c *Config, s *setting, v string) error {
			switch v {
			case "none", "sasl", "polkit":
			default:
				return s.fail("unsupported configuration: %s: unsupported auth %s", name, v)
			}
			if v == "polkit" && (name == "auth_tcp" || name == "auth_tls") {
				return s.fail("%s: polkit knows the clients of unix sockets alone: want none or sasl", name)
			}
			c.add(fakeserver.EditAuth(func(a *fakeserver.Auth) { *which(a) = fakeserver.AuthMethod(v) }))
			return nil
		}, about)
	}
	return []known{
		method("auth_unix_ro", func(a *fakeserver.Auth) *fakeserver.AuthMethod { return &a.UnixRO }, "none, sasl or polkit"),
		method("auth_unix_rw", func(a *fakeserver.Auth) *fakeserver.AuthMethod { return &a.UnixRW }, "none, sasl or polkit"),
		method("auth_tcp", func(a *fakeserver.Auth) *fakeserver.AuthMethod { return &a.TCP }, "none or sasl"),
		method("auth_tls", func(a *fakeserver.Auth) *fakeserver.AuthMethod { return &a.TLS }, "none or sasl"),
		texts("sasl_allowed_username_list", func(c *Config, _ *setting, list []string) error {
			c.add(fakeserver.EditAuth(func(a *fakeserver.Auth) { a.AllowedUsernames = list }))
			return nil
		}, "who of those that have logged in may come in"),
		texts("access_drivers", func(c *Config, s *setting, list []string) error {
			for _, driver := range list {
				switch driver {
				case "none":
				case "polkit":
					c.add(fakeserver.EditAccess(func(a *fakeserver.Access) { a.Polkit = true }))
				default:
					return s.fail("internal error: Cannot find security driver '%s'", driver)
				}
			}
			return nil
		}, "polkit: the access manager, whose rules are the scenario's"),
	}
}

func tlsSettings() []known {
	edit := func(set func(*fakeserver.TLSSettings)) fakeserver.Option { return fakeserver.EditTLS(set) }
	file := func(name string, which func(*Config) *string, about string) known {
		return text(name, func(c *Config, s *setting, v string) error {
			*which(c) = v
			if c.firstFile == nil {
				c.firstFile = s
			}
			return nil
		}, about)
	}
	return []known{
		file("key_file", func(c *Config) *string { return &c.files.Key }, "the key of the node's certificate"),
		file("cert_file", func(c *Config) *string { return &c.files.Certificate }, "the node's certificate. Clients must have theirs already: the node's files for them hold the certificate of the CA alone"),
		file("ca_file", func(c *Config) *string { return &c.files.CA }, "the certificate of the CA"),
		file("crl_file", func(c *Config) *string { return &c.files.CRL }, "what the CA has revoked"),
		boolean("tls_no_sanity_certificate", func(c *Config, v bool) {
			if v {
				c.add(fakeserver.WithUncheckedPKI())
			}
		}, "1: take the node's certificates as they are"),
		boolean("tls_no_verify_certificate", func(c *Config, v bool) {
			c.add(edit(func(t *fakeserver.TLSSettings) { t.NoVerifyCertificate = v }))
		}, "1: let clients in whatever their certificate"),
		texts("tls_allowed_dn_list", func(c *Config, _ *setting, list []string) error {
			c.add(edit(func(t *fakeserver.TLSSettings) { t.AllowedDN = list }))
			return nil
		}, "patterns of the names in clients' certificates"),
		text("tls_priority", func(c *Config, s *setting, v string) error {
			oldest, newest, ok := versions(v)
			if !ok {
				c.unused = append(c.unused, Setting{s.name, s.line, fmt.Sprintf("of GnuTLS's priorities, only NORMAL, SECURE128, SECURE192, SECURE256 and versions in one row apply, not %q", v)})
				return nil
			}
			c.add(edit(func(t *fakeserver.TLSSettings) { t.MinVersion, t.MaxVersion = oldest, newest }))
			return nil
		}, "the versions of TLS in it, such as NORMAL:-VERS-TLS1.3; one that says more does not apply"),
	}
}

func limitSettings() []known {
	return []known{
		unsigned("max_clients", func(c *Config, s *setting, _ uint32) error { c.maxClients = s; return nil }, "how many clients may be connected"),
		unsigned("max_anonymous_clients", func(c *Config, s *setting, _ uint32) error { c.maxAnonymous = s; return nil }, "not more than `max_clients`, and nothing else: the node accepts clients until it has that many, whether they have logged in or not"),
		unsigned("max_client_requests", func(c *Config, s *setting, n uint32) error {
			if n == 0 {
				return s.fail("max_client_requests is 0: want at least 1")
			}
			c.add(fakeserver.WithMaxClientRequests(int(n)))
			return nil
		}, "how many calls of one client may be in flight"),
		reader((*setting).asInt)("keepalive_interval", func(c *Config, _ *setting, n int32) error {
			c.add(fakeserver.EditKeepAlive(func(interval *time.Duration, _ *int) {
				*interval = max(0, time.Duration(n)*time.Second)
			}))
			return nil
		}, "seconds of silence after which a client is pinged; never if it is 0 or less"),
		unsigned("keepalive_count", func(c *Config, _ *setting, n uint32) error {
			c.add(fakeserver.EditKeepAlive(func(_ *time.Duration, count *int) { *count = int(min(n, 1<<30)) }))
			return nil
		}, "pings without an answer"),
	}
}

func otherSettings() []known {
	const (
		workers = "the node has no pool of workers: a client's calls run side by side, up to `max_client_requests`"
		logs    = "the node logs by its own flags"
		admin   = "nothing answers on the administrator's socket"
		audit   = "there is no audit"
		uuid    = "the node makes its UUID up, by the scenario's seed"
		gone    = "libvirtd reads it no more"
	)
	unread := func(*setting) (struct{}, error) { return struct{}{}, nil }
	atLeast := func(least uint32, text string) func(*setting) (uint32, error) {
		return func(s *setting) (uint32, error) {
			n, err := s.asUint()
			if err == nil && n < least {
				err = s.fail("%s", text)
			}
			return n, err
		}
	}
	return slices.Concat(
		unused((*setting).asUint, workers, "min_workers", "prio_workers"),
		unused(atLeast(1, "'max_workers' must be greater than 0"), workers, "max_workers"),
		unused((*setting).asUint, "the kernel's queue is as long as it gets", "max_queued_clients"),
		unused(atLeast(112, "unsupported configuration: minimum SSF levels lower than 112 are not supported"),
			"encryption on plain tcp must have 56 bits, as without the setting", "tcp_min_ssf"),
		unused((*setting).asLogLevel, logs, "log_level"),
		unused((*setting).asText, logs, "log_filters", "log_outputs"),
		unused((*setting).asUint, audit, "audit_level"),
		unused((*setting).asBool, audit, "audit_logging"),
		[]known{
			{name: "host_uuid", about: uuid, unused: true, read: func(c *Config, s *setting) error {
				_, err := s.asHostUUID()
				c.hasUUID = true
				return err
			}},
			{name: "host_uuid_source", about: uuid, unused: true, read: func(c *Config, s *setting) error {
				_, err := s.asText()
				c.uuidSource = s
				return err
			}},
		},
		unused((*setting).asUint, "there is no Open vSwitch", "ovs_timeout"),
		unused((*setting).asUint, admin, "admin_min_workers", "admin_max_workers", "admin_max_clients",
			"admin_max_queued_clients", "admin_max_client_requests", "admin_keepalive_count"),
		unused((*setting).asInt, admin, "admin_keepalive_interval"),
		unused(unread, gone, "log_buffer_size", "max_requests", "mdns_adv", "mdns_name", "keepalive_required", "admin_keepalive_required"),
	)
}
