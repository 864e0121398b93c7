package container_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"

	node "github.com/fakelibvirt/fakelibvirtd/harness/container"
)

// What an image, and a container that does nothing, may take at most, in bytes.
const (
	largestImage  = 20_000_000
	largestMemory = 15 << 20
)

func engine(t testing.TB) client.APIClient {
	t.Helper()
	cli, err := testcontainers.NewDockerClientWithOpts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cli.Close() })
	return cli
}

func TestImage(t *testing.T) {
	t.Parallel()
	img := needEngine(t)
	got, err := engine(t).ImageInspect(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	if got.Size > largestImage {
		t.Errorf("the image has %d bytes, want %d at most", got.Size, largestImage)
	}
	t.Logf("%d bytes", got.Size)
	config := got.Config
	if config.User != "65532:65532" {
		t.Errorf("the user is %q", config.User)
	}
	for _, port := range []string{"16509/tcp", "16514/tcp", "22/tcp"} {
		if _, ok := config.ExposedPorts[port]; !ok {
			t.Errorf("port %s is not exposed: %v", port, config.ExposedPorts)
		}
	}
	if _, ok := config.Volumes["/run/libvirt"]; !ok {
		t.Errorf("the sockets are in no volume: %v", config.Volumes)
	}
	for _, label := range []string{"title", "description", "source", "documentation", "version"} {
		if config.Labels["org.opencontainers.image."+label] == "" {
			t.Errorf("there is no label %s", label)
		}
	}
	if config.Healthcheck == nil || len(config.Healthcheck.Test) != 3 || config.Healthcheck.Test[2] != "healthcheck" {
		t.Errorf("the health check is %+v", config.Healthcheck)
	}
}

// TestSameProgramSameImage builds an image of a given program twice.
func TestSameProgramSameImage(t *testing.T) {
	t.Parallel()
	needEngine(t)
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte(t.Name()+" at "+path), 0o755); err != nil {
		t.Fatal(err)
	}
	cli := engine(t)
	var ids, names [2]string
	for i := range ids {
		name, err := node.BuildImage(t.Context(), node.WithBinary(path))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := node.RemoveImage(context.Background(), name); err != nil {
				t.Error(err)
			}
		})
		got, err := cli.ImageInspect(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		ids[i], names[i] = got.ID, name
	}
	if ids[0] != ids[1] || names[0] != names[1] {
		t.Errorf("the images %v have the IDs %v", names, ids)
	}
}

func TestBuildImageFails(t *testing.T) {
	t.Parallel()
	needEngine(t)
	if img, err := node.BuildImage(t.Context(), node.WithBinary(filepath.Join(t.TempDir(), "nowhere"))); err == nil {
		t.Errorf("an image of no program: %s", img)
	}
}

// TestIdle looks at a node in a container that nobody uses.
func TestIdle(t *testing.T) {
	t.Parallel()
	c := run(t)
	cli := engine(t)
	reply, err := cli.ContainerStats(t.Context(), c.GetContainerID(), client.ContainerStatsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	var stats container.StatsResponse
	if err := json.NewDecoder(reply.Body).Decode(&stats); err != nil {
		t.Fatal(err)
	}
	// What is in the cache of files is not the node's: the engine's own tools leave it
	// out as well.
	cache, ok := stats.MemoryStats.Stats["total_inactive_file"] // of cgroups v1
	if !ok {
		cache = stats.MemoryStats.Stats["inactive_file"]
	}
	if stats.MemoryStats.Usage == 0 {
		t.Skip("the engine counts no memory")
	}
	used := stats.MemoryStats.Usage - min(cache, stats.MemoryStats.Usage)
	t.Logf("%d KiB of %d KiB with the cache: %v", used>>10, stats.MemoryStats.Usage>>10, stats.MemoryStats.Stats)
	if used > largestMemory {
		t.Errorf("an idle container uses %d KiB, want %d at most", used>>10, largestMemory>>10)
	}
}

// TestNobody looks for a process that is not root's, and for files that others can read.
func TestNobody(t *testing.T) {
	t.Parallel()
	c := run(t)
	top, err := engine(t).ContainerTop(t.Context(), c.GetContainerID(), client.ContainerTopOptions{Arguments: []string{"-eo", "pid,uid,args"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, process := range top.Processes {
		if process[1] != "65532" {
			t.Errorf("a process of user %s: %v", process[1], process)
		}
	}
	for _, path := range []string{"/pki/cacert.pem", "/pki/clientkey.pem", "/ssh/known_hosts", "/ssh/id_ed25519"} {
		r, err := c.CopyFileFromContainer(t.Context(), path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil || b.Len() == 0 {
			t.Errorf("%s: %d bytes, %v", path, b.Len(), err)
		}
		r.Close()
	}
}
