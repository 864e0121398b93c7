package main

import (
	"os"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

type stdioCmd struct {
	Socket string `arg:"" placeholder:"PATH" help:"The node's unix socket."`
}

func (c *stdioCmd) Run() error { return fakeserver.Stdio(c.Socket, os.Stdin, os.Stdout) }
