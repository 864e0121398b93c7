package krb5_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
)

// A server's keytab, and tickets for a client, without a KDC. A seed and a clock have the
// same keys come of it each time.
func Example() {
	noon := func() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }
	realm, err := krb5.New(krb5.Config{Name: "EXAMPLE.TEST", Hosts: []string{"node1", "localhost"}, Seed: "a seed", Now: noon})
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "krb5")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := realm.Keytab().WriteFile(filepath.Join(dir, "krb5.keytab")); err != nil {
		fmt.Println(err)
		return
	}
	tickets, err := realm.Tickets(krb5.Request{Client: "fred"})
	if err != nil {
		fmt.Println(err)
		return
	}
	env, err := tickets.WriteClient(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tickets)
	for _, kv := range env {
		fmt.Println(strings.ReplaceAll(kv, dir, "DIR"))
	}
	// Output:
	// tickets of fred@EXAMPLE.TEST for [node1 localhost]
	// KRB5CCNAME=FILE:DIR/krb5cc
	// KRB5_CONFIG=DIR/krb5.conf
}

// Every flaw, and how a client fares with it.
func ExampleFlaws() {
	for _, f := range krb5.Flaws()[:2] {
		fmt.Printf("%s: %s\n", f.Flaw, f.Wrong)
	}
	// Output:
	// no-ticket: the cache has the client's name and nothing else
	// expired: it ended two hours ago
}
