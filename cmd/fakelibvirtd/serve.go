package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// off is the address of a transport that is not wanted.
const off = "off"

type serveCmd struct {
	TCP  string `name:"tcp" placeholder:"ADDR" env:"FAKELIBVIRTD_TCP" help:"Listen on tcp at HOST:PORT (port 0: a free one), or 'off'. If no transport is given an address, all listen on free ports."`
	TLS  string `name:"tls" placeholder:"ADDR" env:"FAKELIBVIRTD_TLS" help:"Listen on tls at HOST:PORT, or 'off'."`
	Unix string `name:"unix" placeholder:"PATH" env:"FAKELIBVIRTD_UNIX" help:"Listen on the unix socket PATH, and read-only on PATH-ro, or 'off'."`
	SSH  string `name:"ssh" placeholder:"ADDR" env:"FAKELIBVIRTD_SSH" help:"Listen for SSH at HOST:PORT, or 'off'."`

	DefaultPorts bool   `name:"default-ports" help:"Listen on the ports that clients take where a URI names none (16509, 16514, 22), on a loopback address of the node's own. Where one cannot be had, the log says why."`
	RunDir       string `name:"run-dir" placeholder:"DIR" env:"FAKELIBVIRTD_RUN_DIR" help:"Make the unix sockets in DIR/libvirt, as libvirtd does in /run and XDG_RUNTIME_DIR."`

	PKI          string   `name:"pki" placeholder:"DIR" env:"FAKELIBVIRTD_PKI" help:"Keep certificates in DIR: use those that are there, make what is missing. Clients use it as pkipath."`
	SSHDir       string   `name:"ssh-dir" placeholder:"DIR" env:"FAKELIBVIRTD_SSH_DIR" help:"Keep SSH keys, known_hosts and the client's ssh_config in DIR."`
	UncheckedPKI bool     `name:"unchecked-pki" env:"FAKELIBVIRTD_UNCHECKED_PKI" help:"Take the certificates in --pki as they are, also such as no client would take: tls_no_sanity_certificate of libvirtd.conf."`
	Name         []string `name:"name" placeholder:"NAME" env:"FAKELIBVIRTD_NAME" help:"A further host name or address for the certificate and known_hosts. May be repeated."`

	MachineNames bool `name:"machine-names" env:"FAKELIBVIRTD_MACHINE_NAMES" help:"Go by this machine's own host name and addresses too: in the certificate and known_hosts, and as the node's own name unless the scenario or --hostname says another."`

	Scenario       string `name:"scenario" default:"default" placeholder:"NAME-or-FILE" env:"FAKELIBVIRTD_SCENARIO" help:"What the node is and has at the start: a built-in scenario ('fakelibvirtd scenario list') or a YAML file (with a slash or ending in .yaml), which may describe several nodes. Where flags speak of the same, they count (${default})."`
	Config         string `name:"config" placeholder:"FILE" env:"FAKELIBVIRTD_CONFIG" help:"A libvirtd.conf. What it says counts before the scenario, flags before it; what it does not say stays. Settings that do not apply are logged; docs/libvirtd-conf.md lists them."`
	Hostname       string `name:"hostname" env:"FAKELIBVIRTD_HOSTNAME" help:"The node's own name: the scenario's, or localhost."`
	LibvirtVersion string `name:"libvirt-version" placeholder:"X.Y.Z" env:"FAKELIBVIRTD_LIBVIRT_VERSION" help:"The libvirt version to speak as: procedures that are newer are unknown. The scenario's, or 9.0.0."`

	Auth authFlags `embed:"" group:"Who may come in"`

	Env       string `name:"env" placeholder:"FILE" help:"Once everything listens, write the URIs to FILE as shell variables ('-': standard output)."`
	Health    string `name:"health" placeholder:"PATH" env:"FAKELIBVIRTD_HEALTH" help:"Once everything listens, answer 'fakelibvirtd healthcheck' on the unix socket PATH. Such checks are no clients: they meet no faults."`
	LogFormat string `name:"log-format" enum:"text,json" default:"text" env:"FAKELIBVIRTD_LOG_FORMAT" help:"Log what clients do, on standard error, as text or json."`
	Verbose   bool   `name:"verbose" short:"v" env:"FAKELIBVIRTD_VERBOSE" help:"Log every call, decoded."`
}

func (c *serveCmd) Run() error {
	nodes, err := c.nodes()
	if err != nil {
		return err
	}
	common, err := c.options()
	if err != nil {
		return err
	}
	if c.Env != "" && c.Env != "-" {
		if info, err := os.Lstat(c.Env); err == nil && !info.Mode().IsRegular() {
			return fmt.Errorf("--env: %s is there and no regular file: name another, or - for standard output", c.Env)
		}
		// A script that waits for this node's file must not find the one of a
		// node that was killed.
		if err := os.Remove(c.Env); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("--env: %w", err)
		}
	}
	ctx, stop := untilSignal()
	defer stop()
	var last *fakeserver.Server
	for i := range nodes {
		n := &nodes[i]
		if n.srv, err = fakeserver.Start(ctx, append(n.Options, common...)...); err == nil {
			defer n.srv.Close()
			last = n.srv
			n.uris, err = clientURIs(n.srv, n.URI)
		}
		if err != nil {
			if ctx.Err() != nil {
				return closeAll(nodes) // a signal came while the node started
			}
			if len(nodes) > 1 {
				return fmt.Errorf("node %s: %w", n.Name, err)
			}
			return err
		}
	}
	if c.Env != "-" {
		c.printTables(os.Stdout, nodes)
	}
	if c.Health != "" {
		h, err := answerChecks(c.Health, "ok: libvirt "+nodes[0].LibvirtVersion.String())
		if err != nil {
			return err
		}
		defer h.close()
	}
	if c.Env != "" {
		if err := writeEnv(c.Env, nodes); err != nil {
			return err
		}
		if c.Env != "-" {
			// A script that waits for the next node's file must not find this one's.
			defer os.Remove(c.Env)
		}
	}
	<-last.Done()
	return closeAll(nodes)
}

func closeAll(nodes []served) error {
	var errs []error
	for i := range nodes {
		if nodes[i].srv != nil {
			errs = append(errs, nodes[i].srv.Close())
		}
	}
	return errors.Join(errs...)
}

// options are those of every node.
func (c *serveCmd) options() ([]fakeserver.Option, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program, for URIs of the transport ext: %w", err)
	}
	opts := []fakeserver.Option{
		fakeserver.WithLogger(c.logger(os.Stderr)),
		fakeserver.WithNames(c.Name...),
		fakeserver.WithExtCommand(exe, "stdio"),
	}
	if c.UncheckedPKI {
		opts = append(opts, fakeserver.WithUncheckedPKI())
	}
	return opts, nil
}

func (c *serveCmd) logger(w io.Writer) *slog.Logger {
	opts := &slog.HandlerOptions{}
	if c.Verbose {
		opts.Level = slog.LevelDebug
	}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	opts.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.String(slog.TimeKey, a.Value.Time().Format("15:04:05.000"))
		}
		return a
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// clientURI is one way to reach the node.
type clientURI struct {
	transport call.Transport
	uri       string
}

// clientURIs returns a URI of one of the node's hypervisors for each transport
// that the node has.
func clientURIs(srv *fakeserver.Server, local string) ([]clientURI, error) {
	var uris []clientURI
	for _, t := range fakeserver.URITransports() {
		if listensFor(srv, t) == "" {
			continue
		}
		uri, err := srv.URI(t, local)
		if err != nil {
			return nil, err
		}
		uris = append(uris, clientURI{t, uri})
	}
	return uris, nil
}

// listensFor returns the address that serves a URI's transport, or "".
func listensFor(srv *fakeserver.Server, t call.Transport) string {
	switch t {
	case call.LibSSH, call.LibSSH2:
		return srv.Addr(call.SSH)
	case call.Ext:
		return srv.Addr(call.Unix)
	}
	return srv.Addr(t)
}

func (c *serveCmd) printTables(w io.Writer, nodes []served) {
	if len(nodes) == 1 {
		fmt.Fprintf(w, "A fake libvirt node (libvirt %s, scenario %s) listens; Ctrl-C ends it.\n", nodes[0].LibvirtVersion, c.Scenario)
	} else {
		fmt.Fprintf(w, "%d fake libvirt nodes (scenario %s) listen; Ctrl-C ends them.\n", len(nodes), c.Scenario)
	}
	for i := range nodes {
		n := &nodes[i]
		fmt.Fprintln(w)
		if len(nodes) > 1 {
			fmt.Fprintf(w, "%s (libvirt %s, %s)\n", n.Name, n.LibvirtVersion, n.Hostname)
		}
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tw, "TRANSPORT\tADDRESS\tTRY")
		for _, u := range n.uris {
			fmt.Fprintf(tw, "%s\t%s\tvirsh -c %s list --all\n", u.transport, listensFor(n.srv, u.transport), shellQuote(u.uri))
		}
		tw.Flush()
	}
}

// shellQuote makes one word of s in any POSIX shell.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
