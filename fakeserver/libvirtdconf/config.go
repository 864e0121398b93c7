package libvirtdconf

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/uri"
)

// Config is what a libvirtd.conf says.
type Config struct {
	listenTLS, listenTCP     *bool // nil for what is not there
	tlsPort, tcpPort         port
	listenAddr, unixSocket   string
	files                    certs.ServerFiles
	firstFile, addr          *setting // addr is listen_addr
	maxClients, maxAnonymous *setting
	hasUUID                  bool
	uuidSource               *setting
	options                  []fakeserver.Option
	unused                   []Setting
}

// Setting is one that does not apply to a fake node.
type Setting struct {
	Name   string
	Line   int
	Reason string
}

func (s Setting) String() string { return fmt.Sprintf("line %d: %s: %s", s.Line, s.Name, s.Reason) }

func (c *Config) add(o fakeserver.Option) { c.options = append(c.options, o) }

// Load reads a file.
func Load(path string) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1)) // as much as tells that there is too much
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Parse reads what a file of that name holds. The error is an [*Error]. Of a setting
// that is there twice the first counts, as in libvirtd.
func Parse(name string, data []byte) (*Config, error) {
	c, err := read(data)
	var at *Error
	if errors.As(err, &at) {
		at.File = name
	}
	return c, err
}

func read(data []byte) (*Config, error) {
	list, err := parse(data)
	if err != nil {
		return nil, err
	}
	table := make(map[string]known)
	for _, k := range settings() {
		table[k.name] = k
	}
	c := &Config{}
	seen := make(map[string]bool)
	for i := range list {
		s := &list[i]
		if seen[s.name] {
			continue
		}
		seen[s.name] = true
		k, ok := table[s.name]
		if !ok {
			c.unused = append(c.unused, Setting{s.name, s.line, "libvirtd 9.0.0 has no such setting"})
			continue
		}
		if err := k.read(c, s); err != nil {
			return nil, err
		}
		if k.unused {
			c.unused = append(c.unused, Setting{s.name, s.line, k.about})
		}
	}
	return c, c.finish()
}

// What libvirtd has for the limits that are not there.
const (
	defaultMaxClients   = 5000
	defaultMaxAnonymous = 20
)

// finish looks at settings that go together.
func (c *Config) finish() error {
	for _, err := range []error{c.checkSource(), c.checkAddr(), c.tlsPort.check(c.listenTLS), c.tcpPort.check(c.listenTCP)} {
		if err != nil {
			return err
		}
	}
	if c.maxClients != nil || c.maxAnonymous != nil {
		clients, anonymous, at := uint64(defaultMaxClients), uint64(defaultMaxAnonymous), c.maxAnonymous
		if c.maxAnonymous != nil {
			anonymous = c.maxAnonymous.number
		}
		if c.maxClients != nil {
			clients, at = c.maxClients.number, c.maxClients
		}
		if clients < anonymous {
			return at.fail("internal error: The overall maximum number of clients must not be less than the number of clients waiting for authentication (max_anonymous_clients, which is %d)", anonymous)
		}
		if c.maxClients != nil {
			c.add(fakeserver.WithMaxClients(int(min(clients, 1<<30))))
		}
	}
	if c.firstFile != nil {
		for _, f := range []struct{ path, missing string }{
			{c.files.CA, "No CA certificate path set to match server key/cert"},
			{c.files.Certificate, "No server certificate path set to match server key"},
			{c.files.Key, "No server key path set to match server cert"},
		} {
			if f.path == "" {
				return c.firstFile.fail("unsupported configuration: %s (key_file, cert_file and ca_file go together)", f.missing)
			}
		}
		c.add(fakeserver.WithServerFiles(c.files))
	}
	return nil
}

// Unused returns the settings that are there and do not apply, in their order.
func (c *Config) Unused() []Setting { return slices.Clone(c.unused) }

// Options returns what the file says as options of a node, for behind others.
func (c *Config) Options() []fakeserver.Option {
	return append(slices.Clone(c.options), fakeserver.EditListeners(func(listen map[call.Transport]string) {
		changed := maps.Clone(c.Listen(listen))
		clear(listen)
		maps.Copy(listen, changed)
	}))
}

// Listen returns what a node listens on that without the file would listen on listen:
// addresses by transport, "" for a free one; nil, which is every transport, stays so if
// the file says nothing of it.
func (c *Config) Listen(listen map[call.Transport]string) map[call.Transport]string {
	switch {
	case c.listenTLS == nil && c.listenTCP == nil && c.tlsPort.text == "" && c.tcpPort.text == "" && c.unixSocket == "":
		return listen
	case listen == nil:
		listen = map[call.Transport]string{call.TCP: "", call.TLS: "", call.Unix: "", call.SSH: ""}
	default:
		listen = maps.Clone(listen)
	}
	for _, t := range []struct {
		transport call.Transport
		on        *bool
		port      string
		usual     int
	}{{call.TLS, c.listenTLS, c.tlsPort.text, uri.TLSPort}, {call.TCP, c.listenTCP, c.tcpPort.text, uri.TCPPort}} {
		switch {
		case t.on != nil && !*t.on:
			delete(listen, t.transport)
		case t.on != nil || t.port != "":
			port := t.port
			if port == "" {
				port = strconv.Itoa(t.usual)
			}
			host := c.listenAddr
			switch {
			case host != "":
			case t.on != nil:
				host = "*"
			default:
				host = "localhost" // as without the file: nobody has asked for more
			}
			listen[t.transport] = net.JoinHostPort(host, port)
		}
	}
	if c.unixSocket != "" {
		listen[call.Unix] = filepath.Clean(c.unixSocket)
	}
	return listen
}
