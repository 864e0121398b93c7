package fakeserver_test

import (
	"context"
	"fmt"
	"net/url"
	"os"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// Whoever runs this is kept out by polkit; on tcp, fred logs in by SASL.
func ExampleWithAuth() {
	me := uint32(os.Getuid())
	node, err := fakeserver.Start(context.Background(), fakeserver.WithAuth(fakeserver.Auth{
		TCP:    fakeserver.AuthSASL,
		Users:  []fakeserver.AuthUser{{Name: "fred", Password: "secret"}},
		UnixRW: fakeserver.AuthPolkit,
		Polkit: fakeserver.Polkit{UIDs: map[uint32]fakeserver.PolkitAnswer{me: fakeserver.PolkitDenied}},
	}), fakeserver.WithTransports(call.TCP, call.Unix))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer node.Close()
	text, err := node.URI(call.Unix, "test:///default")
	if err != nil {
		fmt.Println(err)
		return
	}
	uri, err := url.Parse(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = libvirt.ConnectToURI(uri)
	fmt.Println(err)
	// Output: failed to connect to libvirt: authentication failed: access denied by policy
}
