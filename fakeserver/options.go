package fakeserver

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/remote"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Option changes how a Server is made.
type Option func(*config)

// config is what the options make. Its zero value is not usable; see
// newConfig.
type config struct {
	hostname          string
	version           rpc.Version
	log               *slog.Logger
	seed              uint64
	dir, runDir       string
	unixSockets       UnixSockets
	serverFiles       certs.ServerFiles
	listen            map[call.Transport]string
	defaultPorts      *defaultPorts
	names             []string
	pki               *certs.PKI
	certificates      []certs.Variant
	tls               TLSSettings
	ssh               *certs.SSH
	pkiDir, sshDir    string
	pkiUnchecked      bool
	extCommand        []string
	drivers, inactive []string
	session           bool
	isModular         bool
	modular           []string // the daemons by name, or all
	hasUser           bool     // a session daemon beside the system's
	userOptions       []Option
	defaultURI        string
	testFiles         map[string]string
	empty             bool
	populate          []population
	interceptors      []call.Interceptor
	maxClientRequests int
	maxClients        int
	keepAliveInterval time.Duration
	keepAliveCount    int
	closeTimeout      time.Duration
	clock             clock.Clock
	sshAccounts       map[string]SSHAccount // "" is that of all other users
	sshAuth           SSHAuth
	sshServer         SSHServer
	auth              Auth
	authRules         *remote.Auth // of auth, once checked; nil asks nobody
	realm             *krb5.Realm  // of auth's Kerberos, once checked; nil if there is none
	access            Access
	accessRules       remote.Access // of access, once checked; nil lets everybody do everything
	faults            []fault.Rule
	timeline          []TimelineEntry
	errs              []error // of options that could not be made
}

// population adds to a driver's state whenever it begins anew.
type population struct {
	driver   string
	add      func(*Driver) error
	replaces bool // what is there, and so comes first
}

// everyTransport lists what a Server listens on unless told otherwise, beside
// memory, on which it always does.
func everyTransport() []call.Transport {
	return []call.Transport{call.TCP, call.TLS, call.Unix, call.SSH}
}

func newConfig(opts []Option) config {
	c := config{
		hostname:          "localhost",
		version:           rpc.DefaultVersion,
		log:               slog.New(slog.DiscardHandler),
		drivers:           []string{"qemu", "test"},
		maxClientRequests: 5,
		maxClients:        5000,
		keepAliveInterval: DefaultKeepAliveInterval,
		keepAliveCount:    DefaultKeepAliveCount,
		closeTimeout:      5 * time.Second,
		clock:             clock.Real(),
	}
	for _, o := range opts {
		o(&c)
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.listen == nil {
		WithTransports(slices.DeleteFunc(everyTransport(), c.unreached)...)(&c)
	}
	return c
}

// WithTransports listens on these transports alone, each on a free port or a
// socket in a directory of the Server's own. Without it, and without
// WithListener, a Server listens on tcp, tls, unix and ssh. It always listens
// in memory. A WithListener that follows adds to them.
func WithTransports(transports ...call.Transport) Option {
	return func(c *config) {
		c.listen = make(map[call.Transport]string)
		for _, t := range transports {
			if t != call.Memory {
				c.listen[t] = ""
			}
		}
	}
}

// WithListener listens on transport at address: HOST:PORT, where the host
// localhost means 127.0.0.1 and ::1 alike, * every address of the machine, and port
// 0 a free one; for unix, the path of libvirt-sock, beside which libvirt-sock-ro is
// made.
func WithListener(transport call.Transport, address string) Option {
	return func(c *config) {
		if c.listen == nil {
			c.listen = make(map[call.Transport]string)
		}
		c.listen[transport] = address
	}
}

// WithHostname names the node: virConnectGetHostname's answer. The default is
// "localhost".
func WithHostname(name string) Option { return func(c *config) { c.hostname = name } }

// WithNames adds DNS names and addresses to the server's certificate and to
// the client's known_hosts, beside localhost, 127.0.0.1 and ::1.
func WithNames(names ...string) Option {
	return func(c *config) { c.names = append(c.names, names...) }
}

// WithLibvirtVersion sets the libvirt version that the node speaks as, 9.0.0
// by default: what it reports, and which procedures it knows.
func WithLibvirtVersion(v rpc.Version) Option { return func(c *config) { c.version = v } }

// WithLogger logs connections (at level info) and calls (at level debug).
func WithLogger(l *slog.Logger) Option { return func(c *config) { c.log = l } }

// WithSeed makes another choice of what the node makes up (UUIDs, MAC
// addresses): two nodes with the same seed make the same.
func WithSeed(seed uint64) Option { return func(c *config) { c.seed = seed } }

// WithClock has the node tell the time, and wait, by this clock: its keepalive,
// delays of faults, what domains and hosts report. The default is clock.Real().
// What keeps the node itself alive goes by the system's time all the same: the
// validity of certificates, and the patience of Close.
func WithClock(c clock.Clock) Option { return func(cfg *config) { cfg.clock = c } }

// WithFaults injects faults before the first client comes.
func WithFaults(rules ...fault.Rule) Option {
	return func(c *config) { c.faults = append(c.faults, rules...) }
}

// WithTimeline has things happen at set times after the start.
func WithTimeline(entries ...TimelineEntry) Option {
	return func(c *config) { c.timeline = append(c.timeline, entries...) }
}

// WithError fails Start with err: for options of other packages that cannot be
// made, such as those of a scenario that is not there. A nil err does nothing.
func WithError(err error) Option {
	return func(c *config) {
		if err != nil {
			c.errs = append(c.errs, err)
		}
	}
}

// WithDir makes the Server's own directory, for sockets and client files, in dir,
// which must exist, instead of where temporary files go. Close removes it.
func WithDir(dir string) Option { return func(c *config) { c.dir = dir } }

// WithPKI uses these certificates instead of new ones.
func WithPKI(p *certs.PKI) Option { return func(c *config) { c.pki = p } }

// WithPKIDir keeps the certificates in dir: those that are there are used, and
// what is missing is made. Clients use dir as pkipath; beside WithCertificates, whose
// certificates are made anew each time, it is dir/clients. Close leaves it alone.
func WithPKIDir(dir string) Option { return func(c *config) { c.pkiDir = dir } }

// WithServerFiles takes the node's certificates from these files: ca_file, cert_file,
// key_file and crl_file of libvirtd.conf. Its clients must have theirs from elsewhere:
// in PKIPath is the certificate of the CA alone. WithPKIDir cannot stand beside it.
func WithServerFiles(files certs.ServerFiles) Option {
	return func(c *config) { c.serverFiles = files }
}

// WithUncheckedPKI takes the certificates of WithPKIDir or WithServerFiles as they
// are, also such as no client would take, and adds no names to them: what
// tls_no_sanity_certificate of libvirtd.conf does.
func WithUncheckedPKI() Option { return func(c *config) { c.pkiUnchecked = true } }

// WithSSHKeys uses these host and user keys instead of new ones.
func WithSSHKeys(k *certs.SSH) Option { return func(c *config) { c.ssh = k } }

// WithSSHDir keeps SSH keys, known_hosts and the client's configuration in dir:
// the keys that are there are used, and what is missing is made. Close leaves
// it alone.
func WithSSHDir(dir string) Option { return func(c *config) { c.sshDir = dir } }

// WithExtCommand sets the command behind URIs of the transport ext. It gets the
// path of a unix socket as a further argument and must relay its standard input
// and output to it. The default is `nc -U`.
func WithExtCommand(command ...string) Option {
	return func(c *config) { c.extCommand = slices.Clone(command) }
}

// WithDrivers sets the hypervisor drivers that the node has: qemu, test, xen, lxc,
// openvz, bhyve, vbox, vz, ch. The default is qemu, test. URIs of others fail as at
// a libvirtd for which they are not installed. The drivers but test show the same
// networks, pools, devices and so on, which those given for the first of them are.
//
// An empty connection URI opens the first hypervisor that libvirt finds, whose
// order is its own: openvz, xen, qemu, ch, lxc, vbox, bhyve, vz; never test.
func WithDrivers(names ...string) Option {
	return func(c *config) { c.drivers = slices.Clone(names) }
}

// WithoutObjects begins without the objects that a driver has from the start,
// such as the domain of test:///default.
func WithoutObjects() Option { return func(c *config) { c.empty = true } }

// WithDomainXML defines domains in a driver ("qemu", "test"), as
// virDomainDefineXML would. They are part of the state to which a driver that
// resets goes back.
func WithDomainXML(driver string, documents ...string) Option {
	return func(c *config) {
		for _, xml := range documents {
			c.populate = append(c.populate, population{driver: driver, add: func(d *Driver) error {
				_, err := d.DefineDomain(xml)
				return err
			}})
		}
	}
}

// WithRunningDomainXML defines domains and starts them.
func WithRunningDomainXML(driver string, documents ...string) Option {
	return func(c *config) {
		for _, xml := range documents {
			c.populate = append(c.populate, population{driver: driver, add: func(d *Driver) error {
				dom, err := d.DefineDomain(xml)
				if err != nil {
					return err
				}
				return d.StartDomain(dom.Name)
			}})
		}
	}
}

// WithInterceptor puts an interceptor before the handlers; the first one added
// sees a call first.
func WithInterceptor(i call.Interceptor) Option {
	return func(c *config) { c.interceptors = append(c.interceptors, i) }
}

// WithMaxClientRequests sets how many calls of one connection may be in flight
// before the node reads no more of it: max_client_requests of libvirtd.conf, 5
// by default.
func WithMaxClientRequests(n int) Option { return func(c *config) { c.maxClientRequests = n } }

// What a node does without WithKeepAlive, as a libvirtd without settings.
const (
	DefaultKeepAliveInterval = 5 * time.Second
	DefaultKeepAliveCount    = 5
)

// WithKeepAlive sets how the node pings silent clients that take part in
// keepalive: after each interval of silence, and count times without an answer
// before it drops them; keepalive_interval and keepalive_count of
// libvirtd.conf. An interval of zero never pings.
func WithKeepAlive(interval time.Duration, count int) Option {
	return func(c *config) { c.keepAliveInterval, c.keepAliveCount = interval, count }
}

func (c *config) check() error {
	if err := errors.Join(c.errs...); err != nil {
		return err
	}
	if c.clock == nil {
		return errors.New("WithClock(nil): want clock.Real() or a clock of your own")
	}
	if c.maxClientRequests < 1 {
		return fmt.Errorf("max_client_requests is %d: want at least 1", c.maxClientRequests)
	}
	if c.maxClients < 1 {
		return fmt.Errorf("max_clients is %d: want at least 1", c.maxClients)
	}
	if c.keepAliveCount < 0 {
		return fmt.Errorf("keepalive_count is %d: want 0 or more", c.keepAliveCount)
	}
	if err := c.checkRunDir(); err != nil {
		return err
	}
	if err := c.checkUnixSockets(); err != nil {
		return err
	}
	if err := c.checkModular(); err != nil {
		return err
	}
	if err := c.checkUser(); err != nil {
		return err
	}
	if err := c.checkTLS(); err != nil {
		return err
	}
	if err := c.checkSSHAccounts(); err != nil {
		return err
	}
	if err := c.checkAuth(); err != nil {
		return err
	}
	if err := c.checkAccess(); err != nil {
		return err
	}
	if err := c.checkSSHAuth(); err != nil {
		return err
	}
	if err := c.checkSSHServer(); err != nil {
		return err
	}
	for t := range c.listen {
		if !slices.Contains(everyTransport(), t) {
			return fmt.Errorf("cannot listen on transport %q: want one of %v", t, everyTransport())
		}
	}
	return nil
}
