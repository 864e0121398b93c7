package harness_test

import (
	"fmt"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// Nobody may start guest, or learn that there is a domain whose name begins with
// secret.
func ExampleWithAccess_objects() {
	t := &exampleT{} // a test's own t
	host := harness.Start(t,
		harness.WithDomainXML("qemu", guest, "<domain type='qemu'><name>secret-1</name><memory>65536</memory><os><type>hvm</type></os></domain>"),
		harness.WithAccess(harness.Access{Rules: []harness.AccessRule{
			{Deny: []string{"domain.start"}, Objects: []string{"guest"}},
			{Deny: []string{"domain.getattr"}, Objects: []string{"secret*"}},
		}}))
	l := host.Connect(t)

	domains, _, err := l.ConnectListAllDomains(1, 0)
	fmt.Println(len(domains), domains[0].Name, err)
	err = l.DomainCreate(domains[0])
	fmt.Println(err, libvirt.IsNotFound(err))
	_, err = l.DomainLookupByName("secret-1")
	fmt.Println(err)
	t.end()
	// Output:
	// 1 guest <nil>
	// access denied: 'QEMU' denied access false
	// access denied: 'QEMU' denied access
}
