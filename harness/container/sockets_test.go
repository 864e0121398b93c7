package container_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness/container"
)

// removeVolume is for cleanup, after the containers that had the volume.
func removeVolume(t *testing.T, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cli, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		t.Error(err)
		return
	}
	defer cli.Close()
	if _, err := cli.VolumeRemove(ctx, name, client.VolumeRemoveOptions{}); err != nil && !errdefs.IsNotFound(err) {
		t.Error(err)
	}
}

// TestSocketDir reaches a node's sockets from this machine.
func TestSocketDir(t *testing.T) {
	t.Parallel()
	needEngine(t)
	dir, err := os.MkdirTemp("", "fl") // the path of a t.TempDir is too long for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := run(t, container.WithSocketDir(dir), container.WithHostname("local"))
	u := uri(t, c, call.Unix, "qemu:///system")
	if !strings.Contains(u, dir) {
		t.Errorf("the URI is %s, want one with %s", u, dir)
	}
	if out, err := virsh(t, u, "hostname"); err != nil || strings.TrimSpace(out) != "local" {
		t.Errorf("virsh -c %s: %v\n%s", u, err, out)
	}
	if out, err := goLibvirt(t, u); err != nil || strings.TrimSpace(out) != "local" {
		t.Errorf("go-libvirt, %s: %v\n%s", u, err, out)
	}
}
