package conformance_test

import (
	"context"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// dropping is a client that does not know a parameter.
func dropping(parameter string, client conformance.Client) conformance.Client {
	pattern := regexp.MustCompile(`([?&])` + parameter + `=[^&]*(&|$)`)
	return func(ctx context.Context, a *conformance.Attempt) conformance.Outcome {
		without := pattern.ReplaceAllString(a.URI, "$1")
		a.URI = strings.TrimRight(without, "?&")
		return client(ctx, a)
	}
}

// adding is a client that behaves as with another parameter.
func adding(parameter string, client conformance.Client) conformance.Client {
	return func(ctx context.Context, a *conformance.Attempt) conformance.Outcome {
		a.URI += "&" + parameter
		return client(ctx, a)
	}
}

// Rows fail for a client that has what they are about wrong, and is good otherwise.
func TestMistakenClients(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	testclients.Need(t, "ssh", "openssh-client")
	good := conformance.Command(virsh, "-c", "{uri}", "list")
	wrongUser := func(ctx context.Context, a *conformance.Attempt) conformance.Outcome {
		a.URI = strings.Replace(a.URI, "://", "://root@", 1)
		return good(ctx, a)
	}
	for _, c := range []struct {
		id, mistake, reason string
		client              conformance.Client
	}{
		{"ssh/socket/escaped", "drops socket", "want the socket", dropping("socket", good)},
		{"libssh/socket/escaped", "drops socket", "want the socket", dropping("socket", good)},
		{"ssh/netcat/with-socket", "drops socket", "want ", dropping("socket", good)},
		{"libssh/netcat/with-socket", "drops socket", "want ", dropping("socket", good)},
		{"ssh/netcat/with-socket", "drops netcat", "want ", dropping("netcat", good)},
		{"libssh/netcat/with-socket", "drops netcat", "want ", dropping("netcat", good)},
		{"ssh/user/default-not-root", "is always root", `want the user "fred"`, wrongUser},
		{"ssh/keyfile/foreign-default-good", "drops keyfile", "want the client to fail", dropping("keyfile", good)},
		{"libssh/keyfile/missing", "drops keyfile", "want the client to fail", dropping("keyfile", good)},
		{"libssh/keyfile/foreign", "drops keyfile", "want the client to fail", dropping("keyfile", good)},
		{"tls/pkipath/missing-default-good", "drops pkipath", "want the client to fail", dropping("pkipath", good)},
		{"tls/pkipath/empty-default-good", "drops pkipath", "want the client to fail", dropping("pkipath", good)},
		{"tls/pkipath/foreign-default-good", "drops pkipath", "want the client to fail", dropping("pkipath", good)},
		{"tls/authfile/escaped", "drops authfile", "want the client to succeed", dropping("authfile", good)},
		{"tls/auth/sasl-plain", "drops auth", "want SASL's mechanism PLAIN", dropping("auth", good)},
		{"tcp/auth/sasl-plain", "drops auth", "want the client to fail", dropping("auth", good)},
		{"tls/version/node-1-3-client-1-2", "drops tls_priority", "want the client to fail", dropping("tls_priority", good)},
		{"tls/certificate/server-expired", "does not verify", "want the client to fail", adding("no_verify=1", good)},
		{"libssh/host-key/other-key", "takes any host key", "want the client to fail", dropping("known_hosts_verify", adding("known_hosts_verify=ignore", good))},
		{"tcp/transport/written", "opens for reading alone", "want no flag for reading alone", conformance.Command(virsh, "-r", "-c", "{uri}", "list")},
	} {
		t.Run(c.id+" "+c.mistake, func(t *testing.T) {
			t.Parallel()
			cell, err := conformance.Lookup(c.id)
			if err != nil {
				t.Fatal(err)
			}
			r := conformance.Run(t.Context(), cell, c.client)
			if r.Verdict == conformance.NotApplicable {
				testclients.Unavailable(t, r.Reason)
			}
			if r.Verdict != conformance.Fail || !strings.Contains(r.Reason, c.reason) || r.Broken != nil {
				t.Errorf("got %s (%s); want %q", r.Verdict, r.Reason, c.reason)
			}
		})
	}
}

// The guide's example closes its connection: it does not just end.
func TestExampleCloses(t *testing.T) {
	t.Parallel()
	if out, err := exec.Command(python, "-c", "import libvirt").CombinedOutput(); err != nil {
		testclients.Unavailable(t, "python3-libvirt is not installed: apt-get install python3-libvirt: "+string(out))
	}
	cell, err := conformance.Lookup("example/host2")
	if err != nil {
		t.Fatal(err)
	}
	const ends = "import os, sys, libvirt; c = libvirt.open(sys.argv[1]); c.getHostname(); os._exit(0)"
	r := conformance.Run(t.Context(), cell, conformance.Command(python, "-c", ends, "{uri}"))
	if r.Verdict == conformance.NotApplicable {
		testclients.Unavailable(t, r.Reason)
	}
	if r.Verdict != conformance.Fail || !strings.Contains(r.Reason, "want CONNECT_CLOSE") {
		t.Errorf("got %s (%s)", r.Verdict, r.Reason)
	}
}
