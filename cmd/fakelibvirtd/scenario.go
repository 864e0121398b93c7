package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/scenarios"
)

// scenarioCmd is what there is to do with scenarios but to serve them.
type scenarioCmd struct {
	List     scenarioListCmd     `cmd:"" help:"List the scenarios that are built in."`
	Show     scenarioShowCmd     `cmd:"" help:"Print a scenario as it is written: a beginning for one of your own."`
	Validate scenarioValidateCmd `cmd:"" help:"Check files; print a line for each problem, and exit 1 if there is one."`
	Dump     scenarioDumpCmd     `cmd:"" help:"Print the state that a node begins with, spelled out, as a scenario."`
	Schema   scenarioSchemaCmd   `cmd:"" help:"Print the JSON Schema of scenarios, for editors."`
}

// Help is what kong prints below the usage of scenario.
func (scenarioCmd) Help() string {
	return `A scenario is a YAML file that describes a node, or several: what they listen on,
what their hypervisors have, which faults clients meet, and what happens later.

  fakelibvirtd scenario show lab > mine.yaml
  fakelibvirtd scenario schema > schema.json
  fakelibvirtd scenario validate mine.yaml
  fakelibvirtd serve --scenario mine.yaml

An editor that knows JSON Schema completes and checks the keys of a file that
begins with the line

  # yaml-language-server: $schema=schema.json

docs/scenarios.md explains every key.`
}

type scenarioListCmd struct{}

func (*scenarioListCmd) Run() error {
	tw := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "NAME\tSUMMARY")
	for _, s := range scenarios.All() {
		fmt.Fprintf(tw, "%s\t%s\n", s.Name, s.Summary)
	}
	return tw.Flush()
}

type scenarioShowCmd struct {
	Name string `arg:"" help:"One of those that 'scenario list' lists."`
}

func (c *scenarioShowCmd) Run() error {
	s, err := scenarios.Lookup(c.Name)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(s.Source())
	return err
}

type scenarioValidateCmd struct {
	Files []string `arg:"" name:"file" help:"A file; - is standard input."`
}

func (c *scenarioValidateCmd) Run(k *kong.Context) error {
	bad := false
	for _, path := range c.Files {
		var s *scenarios.Scenario
		var err error
		if path == "-" {
			var data []byte
			if data, err = io.ReadAll(os.Stdin); err == nil {
				s, err = scenarios.Parse("standard input", data)
			}
		} else {
			s, err = scenarios.Load(path)
		}
		if err != nil {
			bad = true
			fmt.Println(err)
			continue
		}
		names := make([]string, 0, 1)
		for _, n := range s.Nodes() {
			names = append(names, n.Name)
		}
		what := "1 node"
		if len(names) > 1 {
			what = fmt.Sprintf("%d nodes: %s", len(names), strings.Join(names, ", "))
		}
		fmt.Printf("%s: right (scenario %s, %s)\n", path, s.Name, what)
	}
	if bad {
		k.Exit(1)
	}
	return nil
}

type scenarioDumpCmd struct {
	Scenario string `arg:"" placeholder:"NAME-or-FILE" help:"A built-in scenario, or a file (with a slash or ending in .yaml)."`
	Node     string `placeholder:"NAME" help:"Which of several nodes."`
	Expand   bool   `help:"List also what the host has by itself, in place of naming a preset."`
}

func (c *scenarioDumpCmd) Run() error {
	s, err := scenarios.Find(c.Scenario)
	if err != nil {
		return err
	}
	nodes := s.Nodes()
	var names []string
	for _, n := range nodes {
		names = append(names, n.Name)
		if n.Name != c.Node && (c.Node != "" || len(nodes) > 1) {
			continue
		}
		return c.dump(n)
	}
	if c.Node == "" {
		return fmt.Errorf("scenario %s has several nodes: want --node, one of %s", s.Name, strings.Join(names, ", "))
	}
	return fmt.Errorf("--node: scenario %s has no node %q: there are %s", s.Name, c.Node, strings.Join(names, ", "))
}

func (c *scenarioDumpCmd) dump(n scenarios.Node) error {
	srv, err := fakeserver.Start(context.Background(), append(n.Options, fakeserver.WithTransports())...)
	if err != nil {
		return err
	}
	defer srv.Close()
	dump := scenarios.Dump
	if c.Expand {
		dump = scenarios.DumpAll
	}
	text, err := dump(srv)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}

type scenarioSchemaCmd struct{}

func (*scenarioSchemaCmd) Run() error {
	_, err := os.Stdout.Write(scenarios.Schema())
	return err
}
