package container

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/testcontainers/testcontainers-go"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// Param is one extra parameter of a URI, such as no_verify=1.
type Param = fakeserver.Param

// ConnectionString returns the URI by which a client on this machine reaches one of the
// node's hypervisors, such as qemu:///system, over a transport: tcp, tls, ssh, libssh and
// libssh2 by the ports that the container's are mapped to, with the files of
// [Container.PKIPath] and [Container.SSHFiles]; and unix with [WithSocketDir]. The
// parameters are added to those that the transport needs, or replace them; one with an
// empty value takes its default away. See fakeserver.Server.URI, which makes the same
// URIs of a node in this process.
func (c *Container) ConnectionString(ctx context.Context, transport call.Transport, local string, params ...Param) (string, error) {
	w := fakeserver.Way{}
	var err error
	switch transport {
	case call.TCP:
		w.Authority, err = c.Address(ctx, transport)
	case call.TLS:
		if w.Authority, err = c.Address(ctx, transport); err == nil {
			w.PKIPath, err = c.PKIPath()
		}
	case call.SSH, call.LibSSH, call.LibSSH2:
		if w.Authority, err = c.Address(ctx, transport); err == nil {
			w.SSH, err = c.SSHFiles(ctx)
		}
	case call.Unix:
		if w.Socket = filepath.Join(c.sockets, "libvirt-sock"); c.sockets == "" {
			err = errors.New("the sockets are in the container alone: want WithSocketDir")
		}
	case call.Ext:
		err = errors.New("no program here leads to the node: want another transport")
	}
	if err != nil {
		return "", fmt.Errorf("a URI for %s: %w", transport, err)
	}
	return w.URI(transport, local, params...)
}

// NetworkConnectionString returns the URI for clients in containers of the same network:
// by the node's first name, which is that of [WithHostname], [WithNames] or an alias, and
// without any port. Certificates and keys are where such a client looks for them by
// itself, or where parameters say; nothing is said of them otherwise. For unix it is the
// URI for containers that share the volume of [WithSocketVolume].
func (c *Container) NetworkConnectionString(transport call.Transport, local string, params ...Param) (string, error) {
	w := fakeserver.Way{}
	switch transport {
	case call.Unix, call.Ext:
	default:
		if len(c.names) == 0 {
			return "", fmt.Errorf("a URI for %s: the node has no name in a network: want WithHostname, WithNames or network.WithNetwork", transport)
		}
		w.Authority = c.names[0]
	}
	if transport == call.Ext {
		return "", errors.New("a URI for ext: no program in another container leads to the node: want another transport")
	}
	return w.URI(transport, local, params...)
}

// Address returns where tcp, tls or ssh is to be found on this machine: host:port.
func (c *Container) Address(ctx context.Context, transport call.Transport) (string, error) {
	switch transport {
	case call.TCP:
		return c.address(ctx, tcpPort)
	case call.TLS:
		return c.address(ctx, tlsPort)
	case call.SSH, call.LibSSH, call.LibSSH2:
		return c.address(ctx, sshPort)
	}
	return "", fmt.Errorf("%s has no port", transport)
}

// PKIPath returns the directory with the certificates of clients, for the URI parameter
// pkipath.
func (c *Container) PKIPath() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	dir, err := c.clientDir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, pkiDir)
	if c.hasPKI {
		return dir, nil
	}
	if err := c.pki.WritePKIPath(dir); err != nil {
		return "", err
	}
	c.hasPKI = true
	return dir, nil
}

// SSHFiles returns the files that SSH clients need to log in and to know the node, on
// this machine and, by its names and addresses, in its networks.
func (c *Container) SSHFiles(ctx context.Context) (certs.SSHFiles, error) {
	reached, err := c.sshAddresses(ctx)
	if err != nil {
		return certs.SSHFiles{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Equal(c.at, reached) { // they change when a container starts again
		return c.written, nil
	}
	dir, err := c.clientDir()
	if err != nil {
		return certs.SSHFiles{}, err
	}
	files, err := c.ssh.WriteClient(filepath.Join(dir, sshDir), certs.SSHClient{Addresses: reached, User: sshUser})
	if err != nil {
		return certs.SSHFiles{}, err
	}
	c.written, c.at = files, reached
	return files, nil
}

// WriteSSHClient writes into dir what SSH clients need, as [Container.SSHFiles] has it,
// but for what client says otherwise: another form of known_hosts, or the key of an agent.
// Its Addresses and User are those of SSHFiles unless they are set.
func (c *Container) WriteSSHClient(ctx context.Context, dir string, client certs.SSHClient) (certs.SSHFiles, error) {
	if client.Addresses == nil {
		var err error
		if client.Addresses, err = c.sshAddresses(ctx); err != nil {
			return certs.SSHFiles{}, err
		}
	}
	client.User = cmp.Or(client.User, sshUser)
	return c.ssh.WriteClient(dir, client)
}

// sshAddresses are host:port of the SSH server: on this machine first, then in networks.
func (c *Container) sshAddresses(ctx context.Context) ([]string, error) {
	at, err := c.address(ctx, sshPort)
	if err != nil {
		return nil, err
	}
	ips, err := c.ContainerIPs(ctx)
	if err != nil {
		return nil, err
	}
	reached := []string{at}
	for _, name := range append(ips, c.names...) {
		if name != "" {
			reached = append(reached, net.JoinHostPort(name, sshPort.number()))
		}
	}
	return reached, nil
}

// address returns where a port of the container is to be found on this machine.
func (c *Container) address(ctx context.Context, port port) (string, error) {
	host, err := c.Host(ctx)
	if err != nil {
		return "", err
	}
	// The ports are those of IPv4: see share.
	if host == "localhost" {
		host = "127.0.0.1"
	}
	inspect, err := c.Inspect(ctx)
	if err != nil {
		return "", err
	}
	for p, bindings := range inspect.NetworkSettings.Ports {
		if p.String() != string(port) {
			continue
		}
		for _, b := range bindings {
			if b.HostIP.Is4() || !b.HostIP.IsValid() {
				return net.JoinHostPort(host, b.HostPort), nil
			}
		}
	}
	if inspect.HostConfig.NetworkMode.IsHost() {
		return net.JoinHostPort(host, port.number()), nil
	}
	return "", fmt.Errorf("port %s of the container is not mapped", port)
}

// ClientFiles returns the files that a client in another container needs to be let in
// over TLS and SSH, where root's clients look by themselves: /etc/pki, and .ssh in the
// home directory, such as /root. They are for testcontainers.WithFiles.
func (c *Container) ClientFiles(ctx context.Context, home string) ([]testcontainers.ContainerFile, error) {
	pki, err := c.PKIPath()
	if err != nil {
		return nil, err
	}
	ssh, err := c.SSHFiles(ctx)
	if err != nil {
		return nil, err
	}
	const public, secret = 0o644, 0o600
	files := []testcontainers.ContainerFile{
		{HostFilePath: filepath.Join(pki, "cacert.pem"), ContainerFilePath: "/etc/pki/CA/cacert.pem", FileMode: public},
		{HostFilePath: ssh.KnownHosts, ContainerFilePath: path.Join(home, ".ssh/known_hosts"), FileMode: public},
		{HostFilePath: ssh.Key, ContainerFilePath: path.Join(home, ".ssh", filepath.Base(ssh.Key)), FileMode: secret},
	}
	// A client may be meant to have no certificate, and there are seldom any revoked.
	for _, f := range []testcontainers.ContainerFile{
		{HostFilePath: filepath.Join(pki, "cacrl.pem"), ContainerFilePath: "/etc/pki/CA/cacrl.pem", FileMode: public},
		{HostFilePath: filepath.Join(pki, "clientcert.pem"), ContainerFilePath: "/etc/pki/libvirt/clientcert.pem", FileMode: public},
		{HostFilePath: filepath.Join(pki, "clientkey.pem"), ContainerFilePath: "/etc/pki/libvirt/private/clientkey.pem", FileMode: secret},
	} {
		if _, err := os.Stat(f.HostFilePath); err == nil {
			files = append(files, f)
		}
	}
	return files, nil
}
