package container_test

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	libvirt "github.com/digitalocean/go-libvirt"
)

// clientVariable turns this binary into another program.
const clientVariable = "FAKELIBVIRTD_CONTAINER_TEST"

func clientOf(name string) func() error {
	switch name {
	case "go-libvirt":
		return openAndClose
	case "hold":
		return hold
	case "run":
		return runAndEnd
	}
	return nil
}

// openAndClose is a client written with go-libvirt, whose argument is the URI. As a
// program of its own it has an environment of its own.
func openAndClose() error {
	u, err := url.Parse(os.Args[1])
	if err != nil {
		return err
	}
	l, err := libvirt.ConnectToURI(u)
	if err != nil {
		return err
	}
	name, err := l.ConnectGetHostname()
	if err != nil {
		return err
	}
	fmt.Println(name)
	// Over SSH the node may be quicker to close the channel.
	if err := l.Disconnect(); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
