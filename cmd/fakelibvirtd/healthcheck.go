package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
)

type healthcheckCmd struct {
	Address string        `arg:"" optional:"" help:"HOST:PORT of the node's tcp transport, or the path of its unix socket. Without it, what --health says, or else 127.0.0.1:16509."`
	Health  string        `name:"health" placeholder:"PATH" env:"FAKELIBVIRTD_HEALTH" help:"The socket of 'serve --health': asking there is not being a client."`
	Timeout time.Duration `default:"2s" help:"How long the node may take (${default})."`
}

func (c *healthcheckCmd) Run() error {
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
	defer cancel()
	if c.Address == "" && c.Health != "" {
		return c.ask(ctx)
	}
	c.Address = cmp.Or(c.Address, "127.0.0.1:16509")
	return c.connect(ctx)
}

// ask reads the answer of serve --health.
func (c *healthcheckCmd) ask(ctx context.Context) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", c.Health)
	if err != nil {
		return fmt.Errorf("no node answers: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	const longest = 256
	answer, err := io.ReadAll(io.LimitReader(conn, longest))
	if err != nil {
		return fmt.Errorf("asking the node at %s: %w", c.Health, err)
	}
	if !bytes.HasPrefix(answer, []byte("ok: ")) {
		return fmt.Errorf("what answers at %s is no node", c.Health)
	}
	_, err = os.Stdout.Write(answer)
	return err
}

// connect connects as a client does and asks for the libvirt version.
func (c *healthcheckCmd) connect(ctx context.Context) error {
	network := "tcp"
	if strings.Contains(c.Address, "/") {
		network = "unix"
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, c.Address)
	if err != nil {
		return fmt.Errorf("no node answers: %w", err)
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	l := libvirt.NewWithDialer(connected{conn})
	if err := l.ConnectToURI(""); err != nil {
		return fmt.Errorf("a node answers at %s, but not as libvirtd: %w", c.Address, err)
	}
	defer func() { _ = l.Disconnect() }()
	version, err := l.ConnectGetLibVersion()
	if err != nil {
		return fmt.Errorf("asking the node at %s for its version: %w", c.Address, err)
	}
	fmt.Printf("ok: libvirt %d.%d.%d at %s\n", version/1e6, version/1e3%1e3, version%1e3, c.Address)
	return nil
}

// connected is a dialer for a connection that is there already.
type connected struct{ conn net.Conn }

func (c connected) Dial() (net.Conn, error) { return c.conn, nil }
