package conformance

import (
	"fmt"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// certificateRows are about a server's names, beside those of the catalogue.
func certificateRows() []*Cell {
	const (
		t  = call.TLS
		id = "tls/certificate/"
	)
	bad := refusedInTLS()
	return []*Cell{
		row(id+"address-not-held", "an address that the certificate does not hold is refused", sectionServer, link(t).at("127.0.0.1:{tls.port}"), bad, server(serverOf([]string{"localhost"}))),
		row(id+"name-held", "a name that the certificate holds is taken", sectionServer, link(t).at("localhost:{tls.port}"), reach(testName), server(serverOf([]string{"localhost"}))),
		row(id+"name-not-held", "an address in the certificate does not serve for a name", sectionServer, link(t).at("localhost:{tls.port}"), bad, server(serverOf([]string{"127.0.0.1"}))),
	}
}

// catalogueRows are about each entry of the catalogue of certificates, and about those
// of which it matters whether the client checks its own files.
func catalogueRows() []*Cell {
	var rows []*Cell
	for _, e := range certs.Catalogue() {
		uri := link(call.TLS).at(e.Host + ":{tls.port}")
		entry := func(c *Cell) {
			c.Certificate = e.Variant
			c.Setup = func(s *Setup) error { s.Certificates(e.Variant); return nil }
		}
		rows = append(rows, row("tls/certificate/"+string(e.Variant), entryTitle(&e, "", e.Virsh), entrySection(&e), uri, entryWant(&e, e.Virsh), entry))
		if e.VirshUnchecked != e.Virsh {
			rows = append(rows, row("tls/no_sanity/"+string(e.Variant), entryTitle(&e, "with no_sanity=1 ", e.VirshUnchecked), parameterSection("no_sanity"),
				uri.with("no_sanity=1"), entryWant(&e, e.VirshUnchecked), entry))
		}
	}
	return rows
}

func entryTitle(e *certs.Entry, before, outcome string) string {
	verdict := "is taken"
	if outcome != "" {
		verdict = "is refused"
	}
	return fmt.Sprintf("%sa certificate of the %s that %s, %s", before, e.Side, e.Wrong, verdict)
}

func entrySection(e *certs.Entry) string {
	return map[certs.Side]string{certs.OfServer: sectionServer, certs.OfClient: sectionClient, certs.OfCA: sectionCA}[e.Side]
}

// entryWant is what must come of an entry with an outcome for libvirt's client. Where
// the client does not like its own files, it may say so before it dials, or the node
// may.
func entryWant(e *certs.Entry, outcome string) Want {
	switch {
	case outcome == "":
		return reach(testName)
	case e.Side == certs.OfServer:
		return refusedInTLS()
	case e.Side == certs.OfClient:
		return refuse(Connection)
	}
	return refuse(RPC)
}
