package main

import (
	"context"
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
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/scenarios"
)

// off is the address of a transport that is not wanted.
const off = "off"

type serveCmd struct {
	TCP  string `name:"tcp" placeholder:"ADDR" help:"Listen on tcp at HOST:PORT (port 0: a free one), or 'off'. If no transport is given an address, all listen on free ports."`
	TLS  string `name:"tls" placeholder:"ADDR" help:"Listen on tls at HOST:PORT, or 'off'."`
	Unix string `name:"unix" placeholder:"PATH" help:"Listen on the unix socket PATH, and read-only on PATH-ro, or 'off'."`
	SSH  string `name:"ssh" placeholder:"ADDR" help:"Listen for SSH at HOST:PORT, or 'off'."`

	PKI    string   `name:"pki" placeholder:"DIR" help:"Keep certificates in DIR: use those that are there, make what is missing. Clients use it as pkipath."`
	SSHDir string   `name:"ssh-dir" placeholder:"DIR" help:"Keep SSH keys, known_hosts and the client's ssh_config in DIR."`
	Name   []string `name:"name" placeholder:"NAME" help:"A further host name or address for the certificate and known_hosts. May be repeated."`

	Scenario       string `name:"scenario" default:"default" placeholder:"NAME" help:"What the node has at the start: default (libvirt's test:///default, qemu:///system without domains) or empty."`
	Hostname       string `name:"hostname" default:"localhost" help:"The node's own name (${default})."`
	LibvirtVersion string `name:"libvirt-version" default:"9.0.0" placeholder:"X.Y.Z" help:"The libvirt version to speak as (${default}): procedures that are newer are unknown."`

	Env       string `name:"env" placeholder:"FILE" help:"Once everything listens, write the URIs to FILE as shell variables ('-': standard output)."`
	LogFormat string `name:"log-format" enum:"text,json" default:"text" help:"Log what clients do, on standard error, as text or json."`
	Verbose   bool   `name:"verbose" short:"v" help:"Log every call, decoded."`
}

func (c *serveCmd) Run(ctx context.Context) error {
	opts, err := c.options()
	if err != nil {
		return err
	}
	if c.TCP == off && c.TLS == off && c.Unix == off && c.SSH == off {
		return errors.New("every transport is off: leave one on")
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
	srv, err := fakeserver.Start(ctx, opts...)
	if err != nil {
		return err
	}
	defer srv.Close()
	uris, err := clientURIs(srv)
	if err != nil {
		if ctx.Err() != nil {
			return srv.Close() // a signal came while the node started
		}
		return err
	}
	if c.Env != "-" {
		c.printTable(os.Stdout, srv, uris)
	}
	if c.Env != "" {
		if err := writeEnv(c.Env, uris); err != nil {
			return err
		}
		if c.Env != "-" {
			// A script that waits for the next node's file must not find this one's.
			defer os.Remove(c.Env)
		}
	}
	<-srv.Done()
	return srv.Close()
}

func (c *serveCmd) options() ([]fakeserver.Option, error) {
	version, err := rpc.ParseVersion(c.LibvirtVersion)
	if err != nil {
		return nil, fmt.Errorf("--libvirt-version: %w", err)
	}
	scenario, err := scenarios.Lookup(c.Scenario)
	if err != nil {
		return nil, fmt.Errorf("--scenario: %w", err)
	}
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program, for URIs of the transport ext: %w", err)
	}
	opts := append(scenario.Options,
		fakeserver.WithHostname(c.Hostname),
		fakeserver.WithLibvirtVersion(version),
		fakeserver.WithLogger(c.logger(os.Stderr)),
		fakeserver.WithNames(c.Name...),
		fakeserver.WithPKIDir(c.PKI),
		fakeserver.WithSSHDir(c.SSHDir),
		fakeserver.WithExtCommand(exe, "stdio"),
	)
	return append(opts, c.listeners()...), nil
}

// listeners are the transports asked for; if none is, those that are not off.
func (c *serveCmd) listeners() []fakeserver.Option {
	given := []struct {
		transport call.Transport
		address   string
	}{{call.TCP, c.TCP}, {call.TLS, c.TLS}, {call.Unix, c.Unix}, {call.SSH, c.SSH}}
	asked := false
	for _, g := range given {
		asked = asked || g.address != "" && g.address != off
	}
	var free []call.Transport
	var fixed []fakeserver.Option
	for _, g := range given {
		switch {
		case g.address == off:
		case g.address != "":
			fixed = append(fixed, fakeserver.WithListener(g.transport, g.address))
		case !asked:
			free = append(free, g.transport)
		}
	}
	return append([]fakeserver.Option{fakeserver.WithTransports(free...)}, fixed...)
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

// clientURIs returns a URI of test:///default for each transport that the node
// has.
func clientURIs(srv *fakeserver.Server) ([]clientURI, error) {
	var uris []clientURI
	for _, t := range fakeserver.URITransports() {
		if listensFor(srv, t) == "" {
			continue
		}
		uri, err := srv.URI(t, "test:///default")
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

func (c *serveCmd) printTable(w io.Writer, srv *fakeserver.Server, uris []clientURI) {
	fmt.Fprintf(w, "A fake libvirt node (libvirt %s, scenario %s) listens; Ctrl-C ends it.\n\n", c.LibvirtVersion, c.Scenario)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "TRANSPORT\tADDRESS\tTRY")
	for _, u := range uris {
		fmt.Fprintf(tw, "%s\t%s\tvirsh -c %s list --all\n", u.transport, listensFor(srv, u.transport), shellQuote(u.uri))
	}
	tw.Flush()

}

// shellQuote makes one word of s in any POSIX shell.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
