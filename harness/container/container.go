package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/fakelibvirt/fakelibvirtd/certs"
)

// Where things are in the image.
const (
	program     = "/fakelibvirtd"
	pkiDir      = "pki"
	sshDir      = "ssh"
	scenarioDir = "scenario"
	socketDir   = "/run/libvirt"
)

// port is one on which the node listens in its container, as engines write it.
type port string

const (
	tcpPort port = "16509/tcp"
	tlsPort port = "16514/tcp"
	sshPort port = "22/tcp"
)

func (p port) number() string { return strings.TrimSuffix(string(p), "/tcp") }

// sshUser is the user of URIs over SSH.
const sshUser = "root"

// Container is a fake libvirt node in a container.
type Container struct {
	testcontainers.Container

	pki     *certs.PKI // the client's side
	ssh     *certs.SSH
	sockets string // on this machine, or ""
	names   []string

	mu      sync.Mutex
	dir     string // of the client's files
	given   bool   // by WithClientDir
	written certs.SSHFiles
	at      []string // where the written files say that the SSH server listens
	hasPKI  bool
}

// sweepOnce removes what killed processes have left. That it cannot be is no reason not
// to run a node.
var sweepOnce = sync.OnceFunc(func() {
	const patience = time.Minute
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := Sweep(ctx); err != nil {
		log.Default().Printf("fakelibvirtd: %v", err)
	}
})

// Run runs a node and waits until it listens. img is an image that [BuildImage] made, or
// one that has been published. The container is returned with an error too, if there is
// one, so that it can be removed: testcontainers.CleanupContainer before the error is
// looked at does so.
func Run(ctx context.Context, img string, opts ...testcontainers.ContainerCustomizer) (*Container, error) {
	c, err := runNode(ctx, img, opts)
	if err != nil {
		return c, fmt.Errorf("run fakelibvirtd: %w", err)
	}
	return c, nil
}

func runNode(ctx context.Context, img string, opts []testcontainers.ContainerCustomizer) (*Container, error) {
	o, err := collect(opts)
	if err != nil {
		return nil, err
	}
	sweepOnce()
	prepared := &request{options: o}
	const patience = 2 * time.Minute // a busy machine is no failure
	customizers := append([]testcontainers.ContainerCustomizer{
		testcontainers.WithExposedPorts(string(tcpPort), string(tlsPort), string(sshPort)),
		testcontainers.WithLabels(Labels()),
		testcontainers.WithWaitStrategyAndDeadline(patience,
			wait.ForExec([]string{program, "healthcheck"}).WithStartupTimeout(patience).WithPollInterval(20*time.Millisecond)),
	}, opts...)
	customizers = append(customizers, testcontainers.CustomizeRequestOption(func(req *testcontainers.GenericContainerRequest) error {
		return prepared.customize(ctx, req)
	}))
	ctr, err := testcontainers.Run(ctx, img, customizers...)
	if ctr == nil {
		return nil, err
	}
	c := &Container{
		Container: ctr, pki: prepared.clientPKI, ssh: prepared.ssh, names: prepared.names,
		sockets: o.runDir, dir: o.clientDir, given: o.clientDir != "",
	}
	if err != nil {
		return c, errors.Join(err, c.lastWords(ctx))
	}
	return c, nil
}

// lastWords returns what a node that did not start has said.
func (c *Container) lastWords(ctx context.Context) error {
	logs, err := c.Logs(ctx)
	if err != nil {
		return nil
	}
	defer logs.Close()
	const most = 4096
	text, err := io.ReadAll(io.LimitReader(logs, most))
	if err != nil || len(text) == 0 {
		return nil
	}
	return fmt.Errorf("the node says: %s", text)
}

// Terminate stops and removes the container, and removes the files of its clients unless
// they are in a directory of WithClientDir.
func (c *Container) Terminate(ctx context.Context, opts ...testcontainers.TerminateOption) error {
	if c == nil {
		return nil
	}
	err := c.Container.Terminate(ctx, opts...)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dir != "" && !c.given {
		err = errors.Join(err, os.RemoveAll(c.dir))
		c.dir = ""
	}
	return err
}

// clientDir returns the directory of the client's files. c.mu is held.
func (c *Container) clientDir() (string, error) {
	if c.dir != "" {
		return filepath.Abs(c.dir)
	}
	dir, err := os.MkdirTemp("", "fakelibvirtd-")
	if err != nil {
		return "", fmt.Errorf("a directory for the files of clients: %w", err)
	}
	c.dir = dir
	return dir, nil
}

// share maps ports, and mounts what is shared with others.
func (o *options) share(h *container.HostConfig) {
	// An engine may choose one port for IPv4 and another for IPv6, and give the latter's
	// number to another container for IPv4: who says localhost would reach that one.
	for _, p := range []port{tcpPort, tlsPort, sshPort} {
		number := network.MustParsePort(string(p))
		if h.PortBindings == nil {
			h.PortBindings = network.PortMap{}
		}
		if len(h.PortBindings[number]) == 0 {
			h.PortBindings[number] = []network.PortBinding{{HostIP: netip.IPv4Unspecified()}}
		}
	}
	switch {
	case o.runDir != "":
		h.Binds = append(h.Binds, o.runDir+":"+socketDir)
	case o.sharedRunDir != "":
		h.Binds = append(h.Binds, o.sharedRunDir+":"+socketDir)
	}
}
