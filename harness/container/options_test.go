package container_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/testcontainers/testcontainers-go"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness/container"
	"github.com/fakelibvirt/fakelibvirtd/scenarios"
)

// TestScenario has a node begin as a built-in scenario and as a file say.
func TestScenario(t *testing.T) {
	t.Parallel()
	lab, err := scenarios.Lookup("lab")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "my.yaml")
	if err := os.WriteFile(path, lab.Source(), 0o600); err != nil {
		t.Fatal(err)
	}
	var lists []string
	for _, name := range []string{"lab", path} {
		c := run(t, container.WithScenario(name))
		out, err := virsh(t, uri(t, c, call.TCP, "qemu:///system"), "list", "--all", "--name")
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		lists = append(lists, out)
	}
	if lists[0] != lists[1] || len(strings.Fields(lists[0])) < 2 {
		t.Errorf("the domains are %q", lists)
	}
}

// TestFaults has the first client refused, which is not the health check.
func TestFaults(t *testing.T) {
	t.Parallel()
	c := run(t, container.WithScenario("lab"), container.WithFaults(fault.On(rpc.ConnectOpen).Times(1).Fail(1, "not today")))
	u := uri(t, c, call.TLS, "qemu:///system")
	if out, err := virsh(t, u, "list"); err == nil || !strings.Contains(out, "not today") {
		t.Errorf("the first client: %v\n%s", err, out)
	}
	if out, err := virsh(t, u, "list"); err != nil {
		t.Errorf("the second client: %v\n%s", err, out)
	}
}

// TestAuth lets those in who know a password.
func TestAuth(t *testing.T) {
	t.Parallel()
	c := run(t, container.WithAuth(fakeserver.Auth{TLS: fakeserver.AuthSASL, Users: []fakeserver.AuthUser{{Name: "fred", Password: "pa ss: #word"}}}))
	file := filepath.Join(t.TempDir(), "auth.conf")
	for password, right := range map[string]bool{"pa ss: #word": true, "another": false} {
		text := "[credentials-any]\nauthname=fred\npassword=" + password + "\n[auth-libvirt-default]\ncredentials=any\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := virsh(t, uri(t, c, call.TLS, "qemu:///system", container.Param{Name: "authfile", Value: file}), "list")
		if right && err != nil || !right && (err == nil || !strings.Contains(out, "authentication failed")) {
			t.Errorf("%q: %v\n%s", password, err, out)
		}
	}
}

// TestConfig has a libvirtd.conf ask for passwords over tls.
func TestConfig(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "libvirtd.conf")
	const text = "auth_tls = \"sasl\"\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, option := range map[string]container.Option{"a file": container.WithConfig(path), "a text": container.WithConfigText(text)} {
		c := run(t, option)
		if out, err := virsh(t, uri(t, c, call.TLS, "qemu:///system"), "list"); err == nil || !strings.Contains(out, "authentication failed") {
			t.Errorf("%s, tls: %v\n%s", name, err, out)
		}
		if out, err := virsh(t, uri(t, c, call.TCP, "qemu:///system"), "list"); err != nil {
			t.Errorf("%s, tcp: %v\n%s", name, err, out)
		}
	}
	if _, err := container.Run(t.Context(), builtImage, container.WithConfig(path+"-not")); err == nil {
		t.Error("a file that is not there is taken")
	}
}

// TestCertificates gives a node certificates that clients refuse, or clients such that
// the node refuses.
func TestCertificates(t *testing.T) {
	t.Parallel()
	for _, v := range []certs.Variant{certs.ServerExpired, certs.ServerForeignCA, certs.ServerRevoked, certs.ClientForeignCA, certs.ClientRevoked, certs.CAExpired} {
		t.Run(string(v), func(t *testing.T) {
			t.Parallel()
			entry, err := certs.Lookup(v)
			if err != nil {
				t.Fatal(err)
			}
			c := run(t, container.WithCertificates(v))
			out, err := virsh(t, uri(t, c, call.TLS, "qemu:///system"), "list")
			if (err == nil) != (entry.Virsh == "") || !strings.Contains(out, entry.Virsh) {
				t.Errorf("want %q: %v\n%s", entry.Virsh, err, out)
			}
		})
	}
}

// TestEnvironment sets what the image is told without this package.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	c := run(t, testcontainers.WithEnv(map[string]string{"FAKELIBVIRTD_CERTIFICATES": "server-expired", "FAKELIBVIRTD_HOSTNAME": "mine"}), container.WithHostname("other"))
	// go-libvirt tells what is wrong with a certificate.
	if out, err := goLibvirt(t, uri(t, c, call.TLS, "qemu:///system")); err == nil || !strings.Contains(out, "certificate has expired") {
		t.Errorf("a certificate that has expired: %v\n%s", err, out)
	}
	if out, err := virsh(t, uri(t, c, call.TCP, "qemu:///system"), "hostname"); err != nil || strings.TrimSpace(out) != "mine" {
		t.Errorf("a variable that is given counts before an option: %v\n%s", err, out)
	}
	if r, err := c.CopyFileFromContainer(t.Context(), "/pki/clients/cacert.pem"); err != nil {
		t.Error(err)
	} else {
		r.Close()
	}
}

// TestRunFails has a node not start, and tell why.
func TestRunFails(t *testing.T) {
	t.Parallel()
	img := needEngine(t)
	c, err := container.Run(t.Context(), img, container.WithScenarioYAML("name: x\nhostnme: y\n"))
	testcontainers.CleanupContainer(t, c)
	if err == nil || !strings.Contains(err.Error(), `run fakelibvirtd: `) || !strings.Contains(err.Error(), `did you mean "hostname"?`) {
		t.Errorf("a wrong scenario: %v", err)
	}
	if c == nil {
		t.Error("the container that did not start cannot be removed")
	}
	if _, err := container.Run(t.Context(), img, container.WithCertificates("nonsense")); err == nil {
		t.Error("an unknown certificate is taken")
	}
	if _, err := container.Run(t.Context(), img, container.WithSocketDir(t.TempDir()), container.WithSocketVolume("v")); err == nil {
		t.Error("two places for the sockets are taken")
	}
}
