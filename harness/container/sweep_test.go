package container_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"

	"github.com/fakelibvirt/fakelibvirtd/harness/container"
)

// hold runs a node in a network, with its sockets in a volume, tells of them, and waits
// to be killed.
func hold() error {
	ctx := context.Background()
	nw, err := network.New(ctx, network.WithLabels(container.Labels()))
	if err != nil {
		return err
	}
	c, err := container.Run(ctx, os.Args[1], network.WithNetwork(nil, nw), container.WithSocketVolume(nw.Name))
	if err != nil {
		return err
	}
	fmt.Println("held", c.GetContainerID(), nw.ID, nw.Name)
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, errors.New("nobody has killed this"))
}

// runAndEnd is the next run.
func runAndEnd() error {
	c, err := container.Run(context.Background(), os.Args[1])
	return errors.Join(err, testcontainers.TerminateContainer(c))
}

// TestSweep kills a test, and sees the next one remove what it has left, and nothing
// else.
func TestSweep(t *testing.T) {
	t.Parallel()
	img := needEngine(t)
	mine := run(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := func(name string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, exe, img)
		cmd.Env = append(os.Environ(), clientVariable+"="+name)
		cmd.Stderr = t.Output()
		return cmd
	}
	killed := child("hold")
	in, err := killed.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := killed.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	var left []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if words := strings.Fields(lines.Text()); len(words) == 4 && words[0] == "held" {
			left = words[1:]
			break
		}
	}
	_ = killed.Process.Kill()
	_ = killed.Wait()
	if left == nil {
		t.Fatal("the child has held nothing")
	}

	cli, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer cli.Close()
	if err := child("run").Run(); err != nil {
		t.Fatal(err)
	}
	if _, err := cli.ContainerInspect(ctx, left[0], client.ContainerInspectOptions{}); !errdefs.IsNotFound(err) {
		t.Errorf("the container of a killed test: %v, want that there is none", err)
	}
	if _, err := cli.NetworkInspect(ctx, left[1], client.NetworkInspectOptions{}); !errdefs.IsNotFound(err) {
		t.Errorf("the network of a killed test: %v, want that there is none", err)
	}
	if _, err := cli.VolumeInspect(ctx, left[2], client.VolumeInspectOptions{}); !errdefs.IsNotFound(err) {
		t.Errorf("the volume of a killed test: %v, want that there is none", err)
	}
	if state, err := mine.State(ctx); err != nil || !state.Running {
		t.Errorf("a container of a test that runs: %+v, %v", state, err)
	}
}
