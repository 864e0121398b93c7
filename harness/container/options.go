package container

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/testcontainers/testcontainers-go"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
)

// Option changes the node that Run runs. testcontainers' own customizers serve beside
// them: network.WithNetwork has the node join networks, and puts its aliases there in the
// node's certificate.
type Option func(*options) error

// Customize is there so that Run takes an Option among testcontainers' customizers. It
// does nothing: Run has looked at the options before.
func (Option) Customize(*testcontainers.GenericContainerRequest) error { return nil }

// options is what the options make.
type options struct {
	scenario     scenario
	config       []byte // nil for none
	hostname     string
	names        []string
	variants     []certs.Variant
	pki          *certs.PKI
	ssh          *certs.SSH
	clientDir    string
	runDir       string
	sharedRunDir string // a volume
}

func collect(customizers []testcontainers.ContainerCustomizer) (*options, error) {
	o := &options{}
	var errs []error
	for _, c := range customizers {
		if own, ok := c.(Option); ok {
			errs = append(errs, own(o))
		}
	}
	if o.runDir != "" && o.sharedRunDir != "" {
		errs = append(errs, errors.New("WithSocketDir beside WithSocketVolume: want one of them"))
	}
	return o, errors.Join(errs...)
}

// WithScenario makes the node as a scenario describes it: a built-in one by its name, or
// a file, which has a slash in its path or ends in .yaml, and names no other files.
func WithScenario(nameOrPath string) Option {
	return func(o *options) error {
		if !strings.ContainsAny(nameOrPath, `/\`) && !strings.HasSuffix(nameOrPath, ".yaml") {
			o.scenario.name, o.scenario.text = nameOrPath, nil
			return nil
		}
		text, err := os.ReadFile(nameOrPath)
		if err != nil {
			return fmt.Errorf("WithScenario: %w", err)
		}
		o.scenario.name, o.scenario.text = filepath.Base(nameOrPath), text
		return nil
	}
}

// WithScenarioYAML is WithScenario with the text of one.
func WithScenarioYAML(text string) Option {
	return func(o *options) error {
		o.scenario.name, o.scenario.text = "scenario.yaml", []byte(text)
		return nil
	}
}

// WithConfig has the node do as a libvirtd.conf says, which counts before the scenario.
func WithConfig(path string) Option {
	return func(o *options) (err error) {
		if o.config, err = os.ReadFile(path); err != nil {
			return fmt.Errorf("WithConfig: %w", err)
		}
		return nil
	}
}

// WithConfigText is WithConfig with the text of one.
func WithConfigText(text string) Option {
	return func(o *options) error { o.config = []byte(text); return nil }
}

// WithFaults injects faults before the first client comes, beside those of the scenario.
// A rule with a condition in Go cannot leave this process.
func WithFaults(rules ...fault.Rule) Option {
	return func(o *options) error {
		for _, r := range rules {
			if r.Where != nil {
				return fmt.Errorf("WithFaults: %s has a condition in Go, which a container does not get", r.String())
			}
		}
		o.scenario.faults = append(o.scenario.faults, rules...)
		return nil
	}
}

// WithAuth has clients prove who they are, in place of what the scenario says.
func WithAuth(a fakeserver.Auth) Option {
	return func(o *options) error { o.scenario.auth = &a; return nil }
}

// WithTLS sets whom the node lets in over TLS, in place of what the scenario says.
func WithTLS(settings fakeserver.TLSSettings) Option {
	return func(o *options) error { o.scenario.tls = &settings; return nil }
}

// WithHostname names the node: virConnectGetHostname's answer, a name in its certificate
// and in known_hosts, and an alias in the networks that it joins. The default is the name
// of the container.
func WithHostname(name string) Option {
	return func(o *options) error { o.hostname = name; return nil }
}

// WithNames adds names to the node's certificate, to known_hosts, and to its aliases in
// the networks that it joins.
func WithNames(names ...string) Option {
	return func(o *options) error { o.names = append(o.names, names...); return nil }
}

// WithCertificates replaces certificates of the node, or of its clients, by others of the
// catalogue of package certs, such as certs.ServerExpired.
func WithCertificates(variants ...certs.Variant) Option {
	return func(o *options) error {
		for _, v := range variants {
			if _, err := certs.Lookup(v); err != nil {
				return fmt.Errorf("WithCertificates: %w", err)
			}
		}
		o.variants = append(o.variants, variants...)
		return nil
	}
}

// WithPKI gives the node, and its clients, these certificates as they are, but for those
// of WithCertificates; it adds no names to them.
func WithPKI(p *certs.PKI) Option { return func(o *options) error { o.pki = p; return nil } }

// WithSSHKeys gives the node these host keys, and its clients the user's key.
func WithSSHKeys(keys *certs.SSH) Option {
	return func(o *options) error { o.ssh = keys; return nil }
}

// WithClientDir keeps the files for clients in a directory, such as a t.TempDir, which is
// made if it is missing. Without it they are in one that Terminate removes.
func WithClientDir(dir string) Option {
	return func(o *options) error { o.clientDir = dir; return nil }
}

// WithSocketDir makes the node's unix sockets in a directory of this machine, which must
// exist; ConnectionString then has URIs for unix. The node runs as the user of this
// process, so that this user may use the sockets. The engine must be on this machine, and
// the path have at most some 80 bytes, as that of a socket is limited.
func WithSocketDir(dir string) Option {
	return func(o *options) (err error) { o.runDir, err = filepath.Abs(dir); return err }
}

// WithSocketVolume makes the node's unix sockets in a volume, to be shared with other
// containers that have it at /run/libvirt. It is made if it is missing, with [Labels].
func WithSocketVolume(name string) Option {
	return func(o *options) error { o.sharedRunDir = name; return nil }
}

// allNames are those of the certificate, each once.
func (o *options) allNames(more ...string) []string {
	var names []string
	for _, n := range slices.Concat([]string{o.hostname}, o.names, more) {
		if n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}
