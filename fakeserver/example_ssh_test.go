package fakeserver_test

import (
	"context"
	"fmt"
	"log"
	"net/url"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// A node whose SSH server opens no sockets turns go-libvirt away, and the journal
// tells what it was asked for.
func ExampleWithSSHAccount() {
	srv, err := fakeserver.Start(context.Background(),
		fakeserver.WithTransports(call.SSH),
		fakeserver.WithSSHAccount(fakeserver.SSHAccount{StreamLocal: fakeserver.SSHStreamLocalProhibited}))
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()

	uri, err := srv.URI(call.SSH, "qemu:///system")
	if err != nil {
		log.Fatal(err)
	}
	u, err := url.Parse(uri)
	if err != nil {
		log.Fatal(err)
	}
	_, err = libvirt.ConnectToURI(u)
	fmt.Println("connected:", err == nil)

	login := srv.Journal().Logins()[0]
	fmt.Println("login:", login.User, login.Method, login.Accepted)
	for _, c := range srv.Journal().Commands() {
		fmt.Println("asked for:", c.Kind, c.Target)
		fmt.Println("refused:", c.Refused)
	}
	// Output:
	// connected: false
	// login: root publickey true
	// asked for: direct-streamlocal@openssh.com /var/run/libvirt/libvirt-sock
	// refused: administratively prohibited
}
