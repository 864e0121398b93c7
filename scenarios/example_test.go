package scenarios_test

import (
	"context"
	"fmt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/scenarios"
)

func ExampleParse() {
	s, err := scenarios.Parse("shop.yaml", []byte(`
name: shop
objects:
  qemu:
    domains:
      - {name: web, state: running, memory: 2GiB}
      - {name: "worker-{n:02}", count: 3}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	srv, err := s.Start(context.Background(), fakeserver.WithTransports()) // in memory alone
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	qemu, err := srv.Driver("qemu")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range qemu.Domains() {
		fmt.Println(d.Name, d.ID)
	}
	// Output:
	// web 1
	// worker-01 -1
	// worker-02 -1
	// worker-03 -1
}

// What is wrong is told with its place, all at once.
func ExampleProblems() {
	_, err := scenarios.Parse("shop.yaml", []byte(`name: shop
hostnme: node1
faults:
  - {on: DomainCraete, delay: {for: 5}}
`))
	fmt.Println(err)
	// Output:
	// shop.yaml:2:1: unknown key "hostnme": did you mean "hostname"?
	// shop.yaml:4:37: for: "5" is no duration: want a number with a unit, such as 200ms, 5s or 1m
}

func ExampleLookup() {
	s, err := scenarios.Lookup("lab")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, n := range s.Nodes() {
		fmt.Println(n.Name, n.Hostname, n.LibvirtVersion)
	}
	// Output: lab lab.example.com 9.0.0
}

func ExampleDump() {
	s, err := scenarios.Parse("one", []byte(`
name: one
objects:
  qemu:
    networks:
      - xml: |
          <network>
            <name>lan</name>
            <uuid>11111111-2222-4333-8444-555555555555</uuid>
            <bridge name='br1'/>
            <mac address='52:54:00:00:00:01'/>
          </network>
        state: inactive
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	srv, err := s.Start(context.Background(), fakeserver.WithTransports(), fakeserver.WithDrivers("qemu"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	text, err := scenarios.Dump(srv)
	fmt.Printf("%s%v\n", text, err)
	// Output:
	// name: localhost
	// hostname: localhost
	// libvirt_version: 9.0.0
	// drivers: [qemu]
	// objects:
	//   qemu:
	//     preset: host
	//     networks:
	//       - xml: |
	//           <network>
	//             <name>lan</name>
	//             <uuid>11111111-2222-4333-8444-555555555555</uuid>
	//             <bridge name='br1' stp='on' delay='0'/>
	//             <mac address='52:54:00:00:00:01'/>
	//           </network>
	//         state: inactive
	// <nil>
}
