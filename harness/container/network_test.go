package container_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	dockercontainer "github.com/moby/moby/api/types/container"
	dockernetwork "github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness/container"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// newNetwork makes a network that ends with the test.
func newNetwork(t *testing.T) *testcontainers.DockerNetwork {
	t.Helper()
	needEngine(t)
	nw, err := network.New(t.Context(), network.WithLabels(container.Labels()))
	testcontainers.CleanupNetwork(t, nw)
	if err != nil {
		t.Fatal(err)
	}
	return nw
}

// clientContainer runs a container with this machine's programs, whose root has the files
// of the node's clients. There need be no registry to have an image of.
func clientContainer(t *testing.T, files []testcontainers.ContainerFile, opts ...testcontainers.ContainerCustomizer) testcontainers.Container {
	t.Helper()
	testclients.Need(t, "virsh", "libvirt-clients")
	testclients.Need(t, "ssh", "openssh-client")
	opts = append([]testcontainers.ContainerCustomizer{
		testcontainers.WithLabels(container.Labels()),
		testcontainers.WithEntrypoint("/usr/bin/sleep"),
		testcontainers.WithCmd("infinity"),
		testcontainers.WithEnv(map[string]string{"PATH": "/usr/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"}),
		testcontainers.WithConfigModifier(func(c *dockercontainer.Config) {
			c.User = "0:0"
			c.Healthcheck = &dockercontainer.HealthConfig{Test: []string{"NONE"}}
			c.Volumes = nil
			c.StopSignal = "SIGKILL" // the first process of a container heeds no other
		}),
		testcontainers.WithHostConfigModifier(func(h *dockercontainer.HostConfig) {
			for _, dir := range []string{"bin", "lib", "lib64"} {
				h.Binds = append(h.Binds, "/usr/"+dir+":/"+dir+":ro")
			}
			h.Binds = append(h.Binds, "/usr:/usr:ro")
			// Of the ports that its image exposes only one is mapped, and not on IPv6, where
			// another container's might be looked for.
			h.PortBindings = dockernetwork.PortMap{dockernetwork.MustParsePort("22/tcp"): {{HostIP: netip.IPv4Unspecified()}}}
		}),
		testcontainers.WithExposedPorts("22/tcp"),
		testcontainers.WithFiles(append(files, testcontainers.ContainerFile{
			Reader:            strings.NewReader("root:x:0:0:root:/root:/bin/sh\n"),
			ContainerFilePath: "/etc/passwd",
			FileMode:          0o644,
		})...),
		testcontainers.WithWaitStrategyAndDeadline(patience,
			wait.ForExec([]string{"/usr/bin/virsh", "--version"}).WithStartupTimeout(patience).WithPollInterval(50*time.Millisecond)),
	}, opts...)
	c, err := testcontainers.Run(t.Context(), builtImage, opts...)
	testcontainers.CleanupContainer(t, c)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// strangers gives a container a further name in its networks, which Run does not know
// of.
func strangers(name string) testcontainers.ContainerCustomizer {
	return testcontainers.WithEndpointSettingsModifier(func(settings map[string]*dockernetwork.EndpointSettings) {
		for _, s := range settings {
			s.Aliases = append(s.Aliases, name)
		}
	})
}

// TestDefaultPorts has a real virsh in a container reach a node in another by its name
// and without any port.
func TestDefaultPorts(t *testing.T) {
	t.Parallel()
	const stranger = "stranger.example.com"
	nw := newNetwork(t)
	c := run(t, network.WithNetwork([]string{"node.example.com"}, nw), strangers(stranger), container.WithNames("other.example.com"),
		container.WithHostname("node.example.com"), container.WithScenarioYAML("name: many\ndrivers: [qemu, test, xen]\n"))
	files, err := c.ClientFiles(t.Context(), "/root")
	if err != nil {
		t.Fatal(err)
	}
	client := clientContainer(t, files, network.WithNetwork(nil, nw))
	ips, err := c.ContainerIPs(t.Context())
	if err != nil || len(ips) == 0 {
		t.Fatalf("the addresses are %v, %v", ips, err)
	}
	for _, row := range []struct{ uri, refused string }{
		{"qemu+tcp://node.example.com/system", ""},
		{"qemu://node.example.com/system", ""},
		{"qemu+tls://other.example.com/system", ""},
		{"qemu+tls://" + ips[0] + "/system", ""},
		{"xen://node.example.com/?no_verify=1", ""},
		{"xen://" + stranger + "/?no_verify=1", ""},
		{"qemu+ssh://root@node.example.com/system", ""},
		{"xen+ssh://root@node.example.com/", ""},
		{"qemu+ssh://root@" + ips[0] + "/system", ""},
		{"qemu://" + stranger + "/system", "authentication failed: Failed to verify peer's certificate"},
		{"qemu+ssh://root@" + stranger + "/system", "Host key verification failed"},
		{"qemu+tcp://nowhere.example.com/system", "Unable to resolve address 'nowhere.example.com' service '16509'"},
	} {
		out, status := execIn(t, client, "virsh", "-c", row.uri, "hostname")
		switch {
		// What follows the answer are warnings about names.
		case row.refused == "" && (status != 0 || !strings.HasPrefix(out, "node.example.com\n")):
			t.Errorf("virsh -c %s: status %d\n%s", row.uri, status, out)
		case row.refused != "" && (status == 0 || !strings.Contains(out, row.refused)):
			t.Errorf("virsh -c %s: status %d, want it refused with %q\n%s", row.uri, status, row.refused, out)
		}
	}
	for transport, want := range map[call.Transport]string{
		call.TCP:    "qemu+tcp://node.example.com/system",
		call.TLS:    "qemu+tls://node.example.com/system",
		call.SSH:    "qemu+ssh://root@node.example.com/system",
		call.LibSSH: "qemu+libssh://root@node.example.com/system",
		call.Unix:   "qemu+unix:///system",
	} {
		if got, err := c.NetworkConnectionString(transport, "qemu:///system"); err != nil || got != want {
			t.Errorf("the URI for %s in the network: %s, %v; want %s", transport, got, err, want)
		}
	}
	if got, err := c.NetworkConnectionString(call.Ext, "qemu:///system"); err == nil {
		t.Errorf("there is a URI for ext: %s", got)
	}
}

// TestSocketVolume has a real virsh in a container reach the sockets of another.
func TestSocketVolume(t *testing.T) {
	t.Parallel()
	nw := newNetwork(t) // for a name that nobody else has
	t.Cleanup(func() { removeVolume(t, nw.Name) })
	c := run(t, container.WithSocketVolume(nw.Name), container.WithHostname("shared"))
	client := clientContainer(t, nil, testcontainers.WithHostConfigModifier(func(h *dockercontainer.HostConfig) {
		h.Binds = append(h.Binds, nw.Name+":/run/libvirt")
	}), testcontainers.WithTmpfs(map[string]string{"/var": ""}))
	execIn(t, client, "ln", "-s", "/run", "/var/run")
	uri, err := c.NetworkConnectionString(call.Unix, "qemu:///system")
	if err != nil {
		t.Fatal(err)
	}
	for _, uri := range []string{"qemu:///system", uri} {
		if out, status := execIn(t, client, "virsh", "-c", uri, "hostname"); status != 0 || strings.TrimSpace(out) != "shared" {
			t.Errorf("virsh -c %s: status %d\n%s", uri, status, out)
		}
	}
}
