package container_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	dockercontainer "github.com/moby/moby/api/types/container"
	"github.com/testcontainers/testcontainers-go"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
	"github.com/fakelibvirt/fakelibvirtd/harness/container"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// fewest is how many rows must be able to take part where all that they need is there:
// fewer would prove little.
const fewest = 650

// TestMatrix runs the matrix of URIs, the same table as in process, against nodes in
// containers, one for each door. Rows that put something on the node by options in Go do
// not apply.
func TestMatrix(t *testing.T) {
	t.Parallel()
	img := needEngine(t)
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	testclients.Need(t, "ssh", "openssh-client")
	nc := testclients.Need(t, "nc", "netcat-openbsd")
	m := &matrix{t: t, img: img}
	words, c, stop, err := m.start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	ext := filepath.Join(words["run-dir"], "ext")
	if err := os.WriteFile(ext, []byte("#!/bin/sh\nexec "+nc+" -U "+words["socket"]+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	words["ext"] = ext
	runner := &conformance.Runner{Patience: patience, Target: &conformance.Target{
		Fake:   true,
		Words:  words,
		Daemon: m.behind,
		SSHClient: func(dir string, client certs.SSHClient) (certs.SSHFiles, error) {
			return c.WriteSSHClient(t.Context(), dir, client)
		},
	}}
	client := conformance.Command(virsh, "-c", "{uri}", "list")
	var took atomic.Int32
	t.Run("rows", func(t *testing.T) {
		for _, cell := range conformance.All() {
			t.Run(cell.ID, func(t *testing.T) {
				t.Parallel()
				if slices.Contains(cell.Needs, conformance.IPv6) {
					t.Skip("the ports of containers are mapped on IPv4 alone")
				}
				switch r := runner.Run(t.Context(), cell, client); r.Verdict {
				case conformance.NotApplicable:
					t.Skip(r.Reason)
				case conformance.Fail:
					t.Errorf("%s: %s\n%s", r.URI, r.Reason, r.Output)
				default:
					took.Add(1)
				}
			})
		}
	})
	t.Logf("%d rows took part", took.Load())
	if os.Getenv(testclients.RequireEnv) != "" && !t.Failed() && took.Load() < fewest {
		t.Errorf("%d rows took part; want %d", took.Load(), fewest)
	}
}

// matrix starts nodes.
type matrix struct {
	t   *testing.T
	img string

	doors sync.Map // what starts the node, by the door in JSON
}

// behind returns the words about the node that has a door. Rows change nothing on their
// node, so that those with the same door share one; certificates that a row has made are
// its own.
func (m *matrix) behind(d conformance.Door) (words map[string]string, stop func(), err error) {
	opts := []testcontainers.ContainerCustomizer{
		container.WithCertificates(d.Certificates...), container.WithPKI(d.PKI), container.WithTLS(d.TLS), container.WithAuth(d.Auth),
	}
	if d.PKI != nil {
		words, _, stop, err = m.start(opts...)
		return words, stop, err
	}
	key, err := json.Marshal(d)
	if err != nil {
		return nil, nil, err
	}
	start, _ := m.doors.LoadOrStore(string(key), sync.OnceValues(func() (map[string]string, error) {
		words, _, stop, err := m.start(opts...)
		if err == nil {
			m.t.Cleanup(stop)
		}
		return words, err
	}))
	words, err = start.(func() (map[string]string, error))()
	return words, func() {}, err
}

// start starts a node whose sockets are on this machine as well, and returns the words
// that are about it.
func (m *matrix) start(opts ...testcontainers.ContainerCustomizer) (words map[string]string, c *container.Container, stop func(), err error) {
	ctx := m.t.Context()
	run, err := os.MkdirTemp("", "fl") // the path of a t.TempDir is too long for sockets
	if err != nil {
		return nil, nil, nil, err
	}
	end := func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if c != nil {
			if err := c.Terminate(ctx); err != nil {
				m.t.Error(err)
			}
		}
		os.RemoveAll(run)
	}
	defer func() {
		if err != nil {
			end()
		}
	}()
	// The paths of sockets are the same here and on the node: one word stands for both.
	c, err = container.Run(ctx, m.img, append(opts, container.WithClientDir(filepath.Join(run, "client")),
		testcontainers.WithEnv(map[string]string{"FAKELIBVIRTD_RUN_DIR": run}),
		testcontainers.WithConfigModifier(func(c *dockercontainer.Config) {
			c.User = fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid())
			c.Healthcheck = &dockercontainer.HealthConfig{Test: []string{"NONE"}} // there are many
		}),
		testcontainers.WithHostConfigModifier(func(h *dockercontainer.HostConfig) { h.Binds = append(h.Binds, run+":"+run) }))...)
	if err != nil {
		return nil, nil, nil, err
	}
	words = map[string]string{
		"run-dir": run, "socket": filepath.Join(run, "libvirt/libvirt-sock"), "socket-ro": filepath.Join(run, "libvirt/libvirt-sock-ro"),
	}
	for _, transport := range []call.Transport{call.TCP, call.TLS, call.SSH} {
		at, err := c.Address(ctx, transport)
		if err != nil {
			return nil, nil, nil, err
		}
		host, port, err := net.SplitHostPort(at)
		if err != nil {
			return nil, nil, nil, err
		}
		word := string(transport)
		words[word], words[word+".host"], words[word+".port"] = at, host, port
	}
	if words["pki"], err = c.PKIPath(); err != nil {
		return nil, nil, nil, err
	}
	files, err := c.SSHFiles(ctx)
	words["key"], words["known_hosts"], words["ssh-command"] = files.Key, files.KnownHosts, files.Command
	return words, c, end, err
}
