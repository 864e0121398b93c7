package conformance_test

import (
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
)

// judgeEntry compares what became of a client with what the catalogue of certificates
// says of it, in a row about one of its entries.
func judgeEntry(t *testing.T, client string, r conformance.Result, change func(certs.Entry) certs.Entry) {
	t.Helper()
	if r.Cell.Certificate == "" || r.Verdict == conformance.NotApplicable {
		return
	}
	e, err := certs.Lookup(r.Cell.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	e = change(e)
	want := entryOutcome(client, r.Cell, e)
	if (r.Err == nil) != (want == "") || !strings.Contains(r.Output, want) {
		t.Errorf("the catalogue has %q for %s, which ended with %v and says\n%s", want, client, r.Err, r.Output)
	}
	if client != goLibvirtName && r.Cell.Parameter == "certificate" && (!strings.Contains(r.Output, e.Warning) || e.Warning == "" && strings.Contains(r.Output, "warning")) {
		t.Errorf("the catalogue has the warning %q for %s, which says\n%s", e.Warning, client, r.Output)
	}
}

// entryOutcome is the outcome that an entry of the catalogue has for a client.
func entryOutcome(client string, row *conformance.Cell, e certs.Entry) string {
	switch {
	case client == goLibvirtName:
		return e.GoLibvirt
	case row.Parameter == "no_sanity":
		return e.VirshUnchecked
	}
	return e.Virsh
}

// atFake is what the catalogue says.
func atFake(e certs.Entry) certs.Entry { return e }

// atLibvirtd is what is otherwise at a real libvirtd, which is GnuTLS there: it lists
// the names of its CAs in the handshake, on which clients keep certificates of others to
// themselves, and does not serve at all with some certificates of its own.
func atLibvirtd(e certs.Entry) certs.Entry {
	switch e.Variant {
	case certs.ClientForeignCA, certs.ClientSelfSigned, certs.ClientMissingIntermediate:
		e.Libvirtd = "Unable to verify TLS peer: No certificate was found."
	case certs.ClientNoSignature:
		e.VirshUnchecked = "Unable to read TLS confirmation: Input/output error"
		// It ends TCP before it has read all, so that this is what follows or EOF.
		e.GoLibvirt = "failed to connect to libvirt: "
	case certs.ServerNoSignature:
		e.Virsh = "TLS handshake failed The TLS connection was non-properly terminated."
		e.VirshUnchecked, e.GoLibvirt = e.Virsh, "EOF"
	}
	return e
}

// knownByCatalogue are the rows of the catalogue in which go-libvirt differs from
// libvirt, with the reason.
func knownByCatalogue() map[string]string {
	known := map[string]string{}
	for _, row := range conformance.All() {
		if row.Certificate == "" {
			continue
		}
		e, err := certs.Lookup(row.Certificate)
		if err != nil {
			panic(err)
		}
		switch libvirt := entryOutcome("virsh", row, e); {
		case (libvirt == "") == (e.GoLibvirt == ""):
		case libvirt == "":
			known[row.ID] = "Go refuses it: " + e.GoLibvirt
		default:
			known[row.ID] = "Go takes it: what notices is " + e.Noticed
		}
	}
	return known
}

// Each entry of the catalogue has its row.
func TestEveryCertificateHasARow(t *testing.T) {
	t.Parallel()
	rows := map[certs.Variant]bool{}
	for _, row := range conformance.All() {
		rows[row.Certificate] = true
	}
	for _, e := range certs.Catalogue() {
		if !rows[e.Variant] {
			t.Errorf("no row is about %s", e.Variant)
		}
	}
}
