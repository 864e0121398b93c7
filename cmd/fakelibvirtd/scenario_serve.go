package main

import (
	"cmp"
	"fmt"
	"path/filepath"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/scenarios"
)

// served is a node that runs.
type served struct {
	scenarios.Node
	// prefix is how its variables begin: with its name if there are several.
	prefix string
	srv    *fakeserver.Server
	uris   []clientURI
}

// nodes returns the scenario's nodes, changed as the flags say: where both
// speak, the flags count.
func (c *serveCmd) nodes() ([]served, error) {
	scenario, err := scenarios.Find(c.Scenario)
	if err != nil {
		return nil, fmt.Errorf("--scenario: %w", err)
	}
	all := scenario.Nodes()
	if err := c.checkSeveral(scenario.Name, len(all)); err != nil {
		return nil, err
	}
	config, err := c.config(scenario.Name, len(all))
	if err != nil {
		return nil, err
	}
	var machine []string
	if c.MachineNames {
		if machine, err = machineNames(); err != nil {
			return nil, err
		}
	}
	out := make([]served, len(all))
	for i, n := range all {
		n.Options = append(n.Options, fakeserver.WithNames(machine...))
		hostname := c.Hostname
		if hostname == "" && c.MachineNames && n.Hostname == "localhost" {
			hostname = machine[0]
		}
		if hostname != "" {
			n.Hostname = hostname
			n.Options = append(n.Options, fakeserver.WithHostname(hostname))
		}
		if c.LibvirtVersion != "" {
			if n.LibvirtVersion, err = rpc.ParseVersion(c.LibvirtVersion); err != nil {
				return nil, fmt.Errorf("--libvirt-version: %w", err)
			}
			n.Options = append(n.Options, fakeserver.WithLibvirtVersion(n.LibvirtVersion))
		}
		out[i] = served{Node: n, prefix: "FAKELIBVIRTD_"}
		pki, ssh := c.PKI, c.SSHDir
		if len(all) > 1 {
			out[i].prefix += scenarios.EnvName(n.Name) + "_"
			pki, ssh = below(pki, n.Name), below(ssh, n.Name)
		}
		if config != nil {
			n.Transports = config.Listen(n.Transports)
			out[i].Options = append(out[i].Options, config.Options()...)
		}
		listeners, err := c.listeners(n.Transports)
		if err != nil {
			return nil, err
		}
		if c.DefaultPorts {
			listeners = append(listeners, fakeserver.WithDefaultPorts())
		}
		if c.RunDir != "" && c.Unix != off {
			listeners = append(listeners, fakeserver.WithRunDir(c.RunDir))
		}
		out[i].Options = append(append(out[i].Options, listeners...),
			fakeserver.WithPKIDir(pki), fakeserver.WithSSHDir(ssh))
		if out[i].Options, err = c.Auth.options(out[i].Options); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// below returns a node's own directory in one that is given for all.
func below(dir, node string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, node)
}

// checkSeveral refuses flags that several nodes cannot share.
func (c *serveCmd) checkSeveral(scenario string, nodes int) error {
	if nodes == 1 {
		return nil
	}
	for _, f := range c.transportFlags() {
		if f.address != "" && f.address != off {
			return fmt.Errorf("--%s: scenario %s has %d nodes, which cannot share an address: give each its own under transports", f.transport, scenario, nodes)
		}
	}
	if c.RunDir != "" {
		return fmt.Errorf("--run-dir: scenario %s has %d nodes, which cannot share the sockets in it", scenario, nodes)
	}
	if c.Hostname != "" {
		return fmt.Errorf("--hostname: scenario %s has %d nodes: give each its own in the file", scenario, nodes)
	}
	return nil
}

type transportFlag struct {
	transport call.Transport
	address   string
}

func (c *serveCmd) transportFlags() []transportFlag {
	return []transportFlag{{call.TCP, c.TCP}, {call.TLS, c.TLS}, {call.Unix, c.Unix}, {call.SSH, c.SSH}}
}

// listeners are what the scenario says, changed as the flags say. If the scenario
// says nothing, they are the transports that flags give an address, and unix if
// --run-dir has a place for it; if none does, all those that are not off.
func (c *serveCmd) listeners(scenario map[call.Transport]string) ([]fakeserver.Option, error) {
	flags := c.transportFlags()
	asked := scenario != nil
	for _, f := range flags {
		asked = asked || f.address != "" && f.address != off
	}
	opts := []fakeserver.Option{fakeserver.WithTransports()}
	for _, f := range flags {
		address, listens := scenario[f.transport]
		listens = listens || f.transport == call.Unix && c.RunDir != ""
		if f.address == off || !listens && f.address == "" && asked {
			continue
		}
		opts = append(opts, fakeserver.WithListener(f.transport, cmp.Or(f.address, address)))
	}
	if len(opts) == 1 {
		return nil, fmt.Errorf("every transport is off: leave one on")
	}
	return opts, nil
}
