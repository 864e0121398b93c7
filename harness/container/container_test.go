package container_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness/container"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// goLibvirt runs the client of openAndClose.
func goLibvirt(t *testing.T, uri string) (string, error) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, uri)
	cmd.Env = append(os.Environ(), clientVariable+"=go-libvirt", "HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestMappedPorts reaches a node from this machine, by every transport that leads there.
func TestMappedPorts(t *testing.T) {
	t.Parallel()
	testclients.Need(t, "ssh", "openssh-client")
	c := run(t, container.WithHostname("node.example.com"))
	for _, transport := range []call.Transport{call.TCP, call.TLS, call.SSH, call.LibSSH} {
		t.Run(string(transport), func(t *testing.T) {
			t.Parallel()
			u := uri(t, c, transport, "qemu:///system")
			if out, err := virsh(t, u, "hostname"); err != nil || strings.TrimSpace(out) != "node.example.com" {
				t.Errorf("virsh -c %s: %v\n%s", u, err, out)
			}
			if out, err := goLibvirt(t, u); err != nil || strings.TrimSpace(out) != "node.example.com" {
				t.Errorf("go-libvirt, %s: %v\n%s", u, err, out)
			}
		})
	}
	for _, transport := range []call.Transport{call.Unix, call.Ext} {
		if u, err := c.ConnectionString(t.Context(), transport, "qemu:///system"); err == nil {
			t.Errorf("%s: there is a URI, %s", transport, u)
		}
	}
	if u, err := c.ConnectionString(t.Context(), call.TCP, "qemu+tcp:///system"); err == nil {
		t.Errorf("a URI of a URI with a transport: %s", u)
	}
}
