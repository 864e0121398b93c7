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

// A node that asks for a key and a password. The client has but the key.
func ExampleWithSSHAuth() {
	srv, err := fakeserver.Start(context.Background(),
		fakeserver.WithTransports(call.SSH),
		fakeserver.WithSSHAuth(fakeserver.SSHAuth{
			Methods: []string{"publickey,password"},
			Users:   map[string]fakeserver.SSHUser{"root": {Password: "secret"}},
		}))
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

	login, err := srv.Journal().WaitLogin(context.Background(), func(*call.LoginRecord) bool { return true })
	if err != nil {
		log.Fatal(err)
	}
	for _, try := range login.Tries {
		fmt.Println(try.User, try.Method, try.Accepted, try.Reason)
	}
	// Output:
	// connected: false
	// root none false no login without authentication
	// root publickey false right, but more is asked for
}
