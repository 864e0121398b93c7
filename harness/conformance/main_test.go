package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
	"go.uber.org/goleak"

	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// goLibvirtVariable, once set, turns this binary into a client written with
// go-libvirt, whose one argument is the URI. As a program of its own it has an
// environment and namespaces of its own.
const goLibvirtVariable = "CONFORMANCE_GO_LIBVIRT"

func TestMain(m *testing.M) {
	if os.Getenv(goLibvirtVariable) != "" {
		if err := openAndClose(os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m, testclients.SSHLeaks()...)
}

func openAndClose(uri string) error {
	u, err := url.Parse(uri)
	if err != nil {
		return err
	}
	l, err := libvirt.ConnectToURI(u)
	if err != nil {
		return err
	}
	if _, err := l.ConnectGetHostname(); err != nil {
		return err
	}
	// Over SSH the node may be quicker to close the channel.
	if err := l.Disconnect(); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// goLibvirt is a client written with go-libvirt.
func goLibvirt(ctx context.Context, a *conformance.Attempt) conformance.Outcome {
	exe, err := os.Executable()
	if err != nil {
		return conformance.Outcome{Err: err}
	}
	a.Env = append(a.Env, goLibvirtVariable+"=1")
	output, err := a.Run(ctx, exe, a.URI)
	return conformance.Outcome{Err: err, Output: output}
}
