// Package container runs a fake libvirt node in a container, by testcontainers-go: for
// tests that want real host names and default ports, or a node that clients in other
// containers reach. A test that does not is quicker with package harness, which needs no
// engine; this package is a module of its own, so that harness brings none along.
//
//	img, err := container.BuildImage(ctx)
//	…
//	node, err := container.Run(ctx, img, container.WithHostname("node.example.com"))
//	testcontainers.CleanupContainer(t, node)
//	if err != nil {
//		t.Fatal(err)
//	}
//	uri, err := node.ConnectionString(ctx, call.TLS, "qemu:///system")
//
// The image is FROM scratch and needs no registry: [BuildImage] makes it of the module's
// source. [Run] waits until the node listens. [Container.ConnectionString] is for clients
// on this machine, by mapped ports and with the certificates and keys that Run has made;
// [Container.NetworkConnectionString] is for clients in containers of the same network.
//
// # Leftovers
//
// What a test that was killed leaves behind is removed by the next Run, or by [Sweep]:
// containers, networks and volumes with the [Labels] of a process that is gone. This
// needs no reaper; where there is no registry to pull testcontainers' one from, set
// TESTCONTAINERS_RYUK_DISABLED=true.
package container
