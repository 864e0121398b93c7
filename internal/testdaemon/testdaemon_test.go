package testdaemon

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

func TestStart(t *testing.T) {
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	d := Start(t)
	for name, want := range map[string]string{"test:///default": "test", "qemu:///session": ""} {
		out, err := exec.Command(virsh, "-c", d.URI(name), "list", "--all", "--name").CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("%s lists %q, %v; want %q", name, out, err, want)
		}
	}
}
