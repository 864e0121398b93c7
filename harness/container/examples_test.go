package container_test

import (
	"context"
	"fmt"
	"log"

	"github.com/testcontainers/testcontainers-go"

	libvirt "github.com/digitalocean/go-libvirt"
	"net/url"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness/container"
)

func ExampleRun() {
	ctx := context.Background()
	img, err := container.BuildImage(ctx)
	if err != nil {
		log.Print(err)
		return
	}
	node, err := container.Run(ctx, img, container.WithScenario("lab"), container.WithHostname("node.example.com"))
	defer func() {
		if err := testcontainers.TerminateContainer(node); err != nil {
			log.Print(err)
		}
	}()
	if err != nil {
		log.Print(err)
		return
	}
	text, err := node.ConnectionString(ctx, call.TLS, "qemu:///system")
	if err != nil {
		log.Print(err)
		return
	}
	uri, err := url.Parse(text)
	if err != nil {
		log.Print(err)
		return
	}
	client, err := libvirt.ConnectToURI(uri)
	if err != nil {
		log.Print(err)
		return
	}
	name, err := client.ConnectGetHostname()
	fmt.Println(name, err)
	if err := client.Disconnect(); err != nil {
		log.Print(err)
	}
}
