package uri_test

import (
	"fmt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/uri"
)

func ExampleURI_Plan() {
	u, err := uri.Parse("qemu+ssh://root@node.example.com/system?netcat=/opt/nc&no_tty=1")
	if err != nil {
		panic(err)
	}
	plan, err := u.Plan(uri.Environment{UID: 1000, Home: "/home/fred"})
	if err != nil {
		panic(err)
	}
	fmt.Println(plan.Command[:len(plan.Command)-1])
	fmt.Println(plan.Remote)
	fmt.Println(plan.Name)
	// Output:
	// [ssh -l root -T -e none -o BatchMode=yes -- node.example.com]
	// sh -c 'if '/opt/nc' -q 2>&1 | grep "requires an argument" >/dev/null 2>&1; then ARG=-q0;else ARG=;fi;'/opt/nc' $ARG -U /var/run/libvirt/libvirt-sock'
	// qemu:///system
}

// Two clients, one URI, two answers.
func ExampleEnvironment_Open() {
	for _, c := range []uri.Client{uri.CLibvirt, uri.GoLibvirt} {
		plan, err := uri.Environment{Client: c}.Open("test+tcp://127.0.0.1/default?flavour=mild")
		fmt.Println(c, plan.Port, plan.Name, err)
	}
	// Output:
	// libvirt 16509 test:///default?flavour=mild <nil>
	// go-libvirt 16509 test:///default <nil>
}

func ExampleExplain() {
	x := uri.Explain("qemu://system", uri.Environment{})
	fmt.Println(x.Problem.Message)
	fmt.Println(x.Problem.Help)
	// Output:
	// internal error: invalid URI qemu://system (maybe you want qemu:///system)
	// write qemu:///system with three slashes
}

func ExampleParameters() {
	for _, p := range uri.Parameters()[:3] {
		fmt.Println(p.Name, p.Transports, uri.Docs+p.Section)
	}
	// Output:
	// name [tls unix ssh libssh libssh2 tcp ext] https://libvirt.org/uri.html#transport-configuration
	// mode [unix ssh libssh libssh2] https://libvirt.org/uri.html#mode-parameter
	// proxy [ssh libssh libssh2] https://libvirt.org/uri.html#proxy-parameter
}
