package harness_test

import (
	"fmt"
	"os/exec"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// t stands for the test's own *testing.T in these examples.
var t = &exampleT{}

func ExampleStart() {
	host := harness.Start(t, harness.WithDomainXML("qemu", guest))
	l := host.Connect(t)
	domains, _, err := l.ConnectListAllDomains(1, 0)
	fmt.Println(len(domains), domains[0].Name, err)
	t.end()
	// Output: 1 guest <nil>
}

func ExampleHost_URI() {
	host := harness.Start(t)
	uri := host.URI(harness.TLS, "qemu:///system", harness.Param("no_verify", "1"))
	cmd := exec.Command("virsh", "-c", uri, "list", "--all")
	cmd.Env = host.Env()
	// cmd.Run() lists the domains of the node.
	t.end()
}

func ExampleHost_Driver() {
	host := harness.Start(t)
	qemu := host.Driver("qemu")
	if _, err := qemu.DefineDomain(guest); err != nil {
		fmt.Println(err)
	}
	if err := qemu.StartDomain("nobody"); err != nil {
		fmt.Println(err)
	}
	for _, dom := range qemu.Domains() {
		fmt.Println(dom.Name, dom.ID)
	}
	t.end()
	// Output:
	// Domain not found: no domain with matching name 'nobody'
	// guest -1
}

// exampleT is a test that never fails, for examples, which have none.
type exampleT struct {
	testing.TB
	cleanups []func()
}

func (t *exampleT) Helper()                   {}
func (t *exampleT) Logf(string, ...any)       {}
func (t *exampleT) Cleanup(f func())          { t.cleanups = append(t.cleanups, f) }
func (t *exampleT) Fatal(args ...any)         { panic(fmt.Sprint(args...)) }
func (t *exampleT) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (t *exampleT) Errorf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (t *exampleT) Failed() bool              { return false }
func (t *exampleT) Name() string              { return "Example" }
func (t *exampleT) TempDir() string           { return "" }
func (t *exampleT) end() {
	for i := len(t.cleanups) - 1; i >= 0; i-- {
		t.cleanups[i]()
	}
	t.cleanups = nil
}
