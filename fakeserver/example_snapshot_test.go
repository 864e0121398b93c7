package fakeserver_test

import (
	"context"
	"fmt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// A test can bring a node into a state once, and begin there again and again.
func ExampleServer_Restore() {
	srv, err := fakeserver.Start(context.Background(), fakeserver.WithTransports())
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	test, err := srv.Driver("test")
	if err != nil {
		panic(err)
	}
	snapshot, err := srv.Snapshot()
	if err != nil {
		panic(err)
	}

	for range 2 {
		if err := test.RemoveDomain("test"); err != nil {
			panic(err)
		}
		fmt.Println(len(test.Domains()), "domains")
		if err := srv.Restore(snapshot); err != nil {
			panic(err)
		}
		fmt.Println(len(test.Domains()), "domain")
	}

	// Output:
	// 0 domains
	// 1 domain
	// 0 domains
	// 1 domain
}

// What a driver holds is data, which can be changed and made again.
func ExampleDriver_Objects() {
	ctx := context.Background()
	srv, err := fakeserver.Start(ctx, fakeserver.WithTransports())
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	test, err := srv.Driver("test")
	if err != nil {
		panic(err)
	}
	objects := test.Objects()
	for _, d := range objects.Domains {
		fmt.Println(d.State, d.ID)
	}

	objects.Domains[0].State = "paused"
	again, err := fakeserver.Start(ctx, fakeserver.WithTransports(), fakeserver.WithObjects("test", objects))
	if err != nil {
		panic(err)
	}
	defer again.Close()
	if test, err = again.Driver("test"); err != nil {
		panic(err)
	}
	state, _, err := test.DomainState("test")
	fmt.Println(state, err)

	// Output:
	// running 1
	// DomainPaused <nil>
}
