package main

import (
	"fmt"
	"os"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/libvirtdconf"
)

// config reads the file of --config, and logs what in it does not apply; nil if there
// is none.
func (c *serveCmd) config(scenario string, nodes int) (*libvirtdconf.Config, error) {
	if c.Config == "" {
		return nil, nil
	}
	if nodes > 1 {
		return nil, fmt.Errorf("--config: scenario %s has %d nodes, and a libvirtd.conf is about one", scenario, nodes)
	}
	config, err := libvirtdconf.Load(c.Config)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	log := c.logger(os.Stderr)
	for _, s := range config.Unused() {
		log.Warn("setting does not apply", "file", c.Config, "line", s.Line, "setting", s.Name, "reason", s.Reason)
	}
	return config, nil
}
