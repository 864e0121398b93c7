package container

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"

	"github.com/fakelibvirt/fakelibvirtd/certs"
)

// request is what a node's container is made with.
type request struct {
	*options
	names     []string // under which clients reach it
	clientPKI *certs.PKI
	files     []file
}

// file is one that the container gets before it starts. The node's user must be able to
// read it, whoever that is: what is secret is so on this machine.
type file struct {
	name    string // from the root
	content []byte
}

// customize adds what follows from the options and from testcontainers' own.
func (r *request) customize(ctx context.Context, req *testcontainers.GenericContainerRequest) error {
	env := map[string]string{}
	host, err := daemonHost(ctx, req.ProviderType)
	if err != nil {
		return err
	}
	own := r.allNames()
	for _, n := range req.Networks {
		if n == "bridge" {
			continue // no aliases there
		}
		if req.NetworkAliases == nil {
			req.NetworkAliases = map[string][]string{}
		}
		req.NetworkAliases[n] = append(req.NetworkAliases[n], dnsNames(own)...)
	}
	r.names = own
	for _, n := range req.Networks {
		r.names = r.allNames(append(r.names, req.NetworkAliases[n]...)...)
	}
	if len(r.names) > 0 {
		env["FAKELIBVIRTD_NAME"] = strings.Join(r.names, ",")
	}
	if r.hostname != "" {
		env["FAKELIBVIRTD_HOSTNAME"] = r.hostname
	}
	if err := r.scenarioFiles(env); err != nil {
		return err
	}
	if err := r.certificates(env, host); err != nil {
		return err
	}
	for name, value := range env {
		if _, given := req.Env[name]; !given {
			if err := testcontainers.WithEnv(map[string]string{name: value}).Customize(req); err != nil {
				return err
			}
		}
	}
	if r.runDir != "" {
		user := fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid())
		if err := testcontainers.WithConfigModifier(func(c *container.Config) { c.User = user }).Customize(req); err != nil {
			return err
		}
	}
	if err := testcontainers.WithHostConfigModifier(r.share).Customize(req); err != nil {
		return err
	}
	req.LifecycleHooks = append(req.LifecycleHooks, testcontainers.ContainerLifecycleHooks{
		PreCreates:  []testcontainers.ContainerRequestHook{r.makeVolume},
		PostCreates: []testcontainers.ContainerHook{r.copyFiles},
	})
	return nil
}

// dnsNames are those that are no addresses.
func dnsNames(names []string) []string {
	var dns []string
	for _, n := range names {
		if net.ParseIP(n) == nil {
			dns = append(dns, n)
		}
	}
	return dns
}

// daemonHost is where mapped ports are.
func daemonHost(ctx context.Context, kind testcontainers.ProviderType) (string, error) {
	provider, err := kind.GetProvider()
	if err != nil {
		return "", err
	}
	defer provider.Close()
	p, ok := provider.(*testcontainers.DockerProvider)
	if !ok {
		return "localhost", nil
	}
	return p.DaemonHost(ctx)
}

func (r *request) scenarioFiles(env map[string]string) error {
	if a := r.scenario.auth; a != nil && a.Kerberos.Keytab != "" {
		keys, err := os.ReadFile(a.Kerberos.Keytab)
		if err != nil {
			return fmt.Errorf("WithAuth: %w", err)
		}
		own := *a
		own.Kerberos.Keytab = "/" + path.Join(scenarioDir, "keytab")
		r.files = append(r.files, file{path.Join(scenarioDir, "keytab"), keys})
		r.scenario.auth = &own
	}
	if r.config != nil {
		name := path.Join(scenarioDir, "libvirtd.conf")
		r.files = append(r.files, file{name, r.config})
		env["FAKELIBVIRTD_CONFIG"] = "/" + name
	}
	text, err := r.scenario.file()
	if err != nil {
		return err
	}
	name := r.scenario.name
	if text != nil {
		name = path.Base(name)
		if !strings.HasSuffix(name, ".yaml") {
			name += ".yaml"
		}
		name = path.Join(scenarioDir, name)
		r.files = append(r.files, file{name, text})
		name = "/" + name
	}
	if name != "" {
		env["FAKELIBVIRTD_SCENARIO"] = name
	}
	return nil
}

// certificates makes the certificates and keys, and gives the node its side of them.
func (r *request) certificates(env map[string]string, host string) error {
	good := r.pki
	var err error
	if good == nil {
		if good, err = certs.New(certs.Names(r.allNames(append(r.names, host)...)...)); err != nil {
			return err
		}
	}
	if r.clientPKI, err = good.With(r.variants...); err != nil {
		return err
	}
	own := *r.clientPKI
	own.CA = good.CA // a node whose own CA is no good does not start
	own.Client = good.Client
	if r.pki != nil || len(r.variants) > 0 {
		env["FAKELIBVIRTD_UNCHECKED_PKI"] = "true"
	}
	if r.ssh == nil {
		if r.ssh, err = certs.NewSSH(); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "fakelibvirtd-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, write := range []func() error{
		func() error { return own.WriteServer(filepath.Join(dir, pkiDir)) },
		func() error { return own.WritePKIPath(filepath.Join(dir, pkiDir)) },
		func() error { return r.ssh.WriteKeys(filepath.Join(dir, sshDir)) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, p)
		r.files = append(r.files, file{filepath.ToSlash(name), content})
		return err
	})
}

// copyFiles puts the files into the container, all at once.
func (r *request) copyFiles(ctx context.Context, ctr testcontainers.Container) error {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	const readable, directory = 0o644, 0o755
	if err := w.WriteHeader(&tar.Header{Name: scenarioDir + "/", Typeflag: tar.TypeDir, Mode: directory}); err != nil {
		return err
	}
	for _, f := range r.files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: readable, Size: int64(len(f.content))}); err != nil {
			return err
		}
		if _, err := w.Write(f.content); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	cli, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return err
	}
	defer cli.Close()
	if _, err := cli.CopyToContainer(ctx, ctr.GetContainerID(), client.CopyToContainerOptions{DestinationPath: "/", Content: &b}); err != nil {
		return fmt.Errorf("copying certificates, keys and the scenario: %w", err)
	}
	return nil
}

// makeVolume makes the volume of WithSocketVolume, so that it has our labels.
func (r *request) makeVolume(ctx context.Context, _ testcontainers.ContainerRequest) error {
	if r.sharedRunDir == "" {
		return nil
	}
	cli, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return err
	}
	defer cli.Close()
	_, err = cli.VolumeCreate(ctx, client.VolumeCreateOptions{Name: r.sharedRunDir, Labels: Labels()})
	return err
}
