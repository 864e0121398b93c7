package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/uri"
)

type explainCmd struct {
	JSON     bool     `help:"Print a JSON array, with one object for each URI." name:"json"`
	ReadOnly bool     `help:"As for virsh -r." short:"r"`
	UID      int      `help:"As for the user of this id; 0 is root." placeholder:"ID" default:"-1"`
	URI      []string `arg:"" help:"The URIs; \"\" is none, the default."`
}

// Help is printed below the flags.
func (*explainCmd) Help() string {
	return `Nothing is connected to and no daemon is needed. What depends on the machine (the
user, XDG_RUNTIME_DIR and the like, which sockets exist) is taken from this one;
libvirt.conf is not read. The exit status is 1 if libvirt refuses one of the URIs.`
}

// Run explains each URI, and fails if libvirt's client refuses one.
func (c *explainCmd) Run() error {
	env := uri.SystemEnvironment()
	env.ReadOnly = c.ReadOnly
	if c.UID >= 0 {
		env.UID = c.UID
	}
	var all []*uri.Explanation
	var refused []string
	for _, text := range c.URI {
		x := uri.Explain(text, env)
		all = append(all, x)
		if x.Problem != nil {
			shown, _, _ := strings.Cut(x.String(), "\n") // the URI, safe for a terminal
			refused = append(refused, shown)
		}
	}
	if c.JSON {
		enc := json.NewEncoder(os.Stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(all); err != nil {
			return err
		}
	} else {
		for i, x := range all {
			if i > 0 {
				fmt.Println()
			}
			fmt.Print(x)
		}
	}
	if refused != nil {
		return fmt.Errorf("libvirt refuses %s", strings.Join(refused, " "))
	}
	return nil
}
