package auth_test

import (
	"fmt"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/auth"
)

func Example() {
	server, err := auth.NewServer(auth.Config{
		Users: []auth.User{{Name: "fred", Password: "secret"}},
		Realm: "node1",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("tls:", strings.Join(server.Offered(true), ","))
	fmt.Println("tcp:", strings.Join(server.Offered(false), ","))
	x, err := server.Start(true, "PLAIN", []byte("\x00fred\x00secret"))
	fmt.Println(x.User(), err)
	// Output:
	// tls: SCRAM-SHA-256,SCRAM-SHA-1,DIGEST-MD5,PLAIN
	// tcp: DIGEST-MD5
	// fred <nil>
}
