package conformance_test

import (
	"context"
	"fmt"

	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
)

// A client is a function, and what came of a row says why it failed.
func ExampleRun() {
	cell, err := conformance.Lookup("tcp/name/set")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cell.Title)
	// A client that ignores name=.
	client := func(_ context.Context, a *conformance.Attempt) conformance.Outcome {
		uri := a.URI[:len(a.URI)-len("?name=qemu:///system")]
		return conformance.Outcome{Err: openAndClose(uri)}
	}
	result := conformance.Run(context.Background(), cell, client)
	fmt.Println(result.Verdict)
	fmt.Println(result.Reason)
	// Output:
	// name replaces the URI for the daemon
	// fail
	// want the name "qemu:///system" in CONNECT_OPEN; the client succeeded; the node saw CONNECT_OPEN "test:///default" over tcp
}

// Rows are chosen by what they are about.
func ExampleSelect() {
	for _, cell := range conformance.Select(conformance.Filter{IDs: []string{"tls/tls_priority/"}, Skip: []string{"tls/tls_priority/wrong"}}) {
		fmt.Println(cell.ID, "-", cell.URI)
	}
	// Output:
	// tls/tls_priority/unset - test+tls://{tls}/default?pkipath={pki}
	// tls/tls_priority/set - test+tls://{tls}/default?pkipath={pki}&tls_priority=NORMAL:-VERS-TLS1.3
	// tls/tls_priority/escaped - test+tls://{tls}/default?pkipath={pki}&tls_priority=NORMAL%3A-VERS-ALL%3A%2BVERS-TLS1.2
}
