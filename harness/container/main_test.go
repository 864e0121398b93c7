package container_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"
	tcexec "github.com/testcontainers/testcontainers-go/exec"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness/container"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// patience bounds whatever may hang.
const patience = 3 * time.Minute

func TestMain(m *testing.M) {
	for name, value := range map[string]string{
		// There may be no registry to pull the reaper from, and Sweep does without.
		"TESTCONTAINERS_RYUK_DISABLED": "true",
		// These tests share sockets with the engine: it is on this machine, also where
		// the machine is a container itself.
		"TESTCONTAINERS_HOST_OVERRIDE": "127.0.0.1",
	} {
		if os.Getenv(name) == "" {
			os.Setenv(name, value)
		}
	}
	if client := clientOf(os.Getenv(clientVariable)); client != nil {
		if err := client(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	if builtImage != "" {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := container.RemoveImage(ctx, builtImage); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// builtImage is the image of these tests, once it is built.
var builtImage string

var buildOnce = sync.OnceValue(func() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	builtImage, err = container.BuildImage(ctx, container.ForThisProcess())
	return err
})

// needEngine ends a test where there is no Docker Engine, and returns the image.
func needEngine(t testing.TB) string {
	t.Helper()
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		testclients.Unavailable(t, fmt.Sprintf("there is no Docker Engine: %v", err))
	}
	defer provider.Close()
	if err := provider.Health(t.Context()); err != nil {
		testclients.Unavailable(t, fmt.Sprintf("the Docker Engine does not answer: %v", err))
	}
	if err := buildOnce(); err != nil {
		t.Fatal(err)
	}
	return builtImage
}

// run runs a node that ends with the test.
func run(t testing.TB, opts ...testcontainers.ContainerCustomizer) *container.Container {
	t.Helper()
	img := needEngine(t)
	c, err := container.Run(t.Context(), img, opts...)
	testcontainers.CleanupContainer(t, c)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// uri is a URI for clients on this machine.
func uri(t testing.TB, c *container.Container, transport call.Transport, local string, params ...container.Param) string {
	t.Helper()
	u, err := c.ConnectionString(t.Context(), transport, local, params...)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// virsh runs virsh on this machine, away from its user's files.
func virsh(t testing.TB, uri string, args ...string) (string, error) {
	t.Helper()
	program := testclients.Need(t, "virsh", "libvirt-clients")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append([]string{"-c", uri}, args...)...)
	home := t.TempDir()
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); name == "PATH" || name == "TMPDIR" {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, "HOME="+home, "XDG_RUNTIME_DIR="+home, "LC_ALL=C.UTF-8", "LIBVIRT_AUTOSTART=0")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// execIn runs a command in a container.
func execIn(t testing.TB, c testcontainers.Container, args ...string) (output string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	status, r, err := c.Exec(ctx, args, tcexec.Multiplexed())
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return string(out), status
}
