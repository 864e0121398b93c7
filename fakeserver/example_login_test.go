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

// What the client is told of its login, and what the node's journal has of it.
func Example_logins() {
	me := uint32(os.Getuid())
	node, err := fakeserver.Start(context.Background(), fakeserver.WithAuth(fakeserver.Auth{
		UnixRW: fakeserver.AuthPolkit,
		Polkit: fakeserver.Polkit{UIDs: map[uint32]fakeserver.PolkitAnswer{me: fakeserver.PolkitNoAgent}},
	}), fakeserver.WithTransports(call.Unix))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer node.Close()
	text, err := node.URI(call.Unix, "qemu:///system")
	if err != nil {
		fmt.Println(err)
		return
	}
	uri, err := url.Parse(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := libvirt.ConnectToURI(uri); err != nil {
		fmt.Println("the client was not let in")
	}
	login, err := node.Journal().WaitLogin(context.Background(), func(l *call.LoginRecord) bool { return l.Kind == call.PolkitLogin })
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(login.Transport, login.Method, login.Accepted)
	fmt.Println(login.Reason)
	// Output:
	// the client was not let in
	// unix org.libvirt.unix.manage false
	// authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'
}
