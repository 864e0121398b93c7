package certs

import (
	"fmt"
	"slices"
)

// Variant names a certificate that differs from what [New] makes, such as one that
// has expired: an entry of [Catalogue]. [PKI.With] puts it in its place.
type Variant string

// Side tells whose certificate a variant is.
type Side string

// The sides.
const (
	// OfServer is servercert.pem, which clients judge.
	OfServer Side = "server"
	// OfClient is clientcert.pem, which the client itself judges before it
	// connects, and then the server.
	OfClient Side = "client"
	// OfCA is cacert.pem as clients have it. The server and client certificates
	// stay those of the same CA: its key and name do not change.
	OfCA Side = "CA"
)

// Entry is what there is to know about a variant. The outcomes were measured with
// virsh 9.0.0, the digitalocean/go-libvirt of go.mod and a libvirtd 9.0.0, and hold
// for a URI without no_verify=1 that names the server as Host says. An outcome is a
// part of what the client prints, or "" if it connects.
type Entry struct {
	Variant Variant
	Side    Side
	// Wrong says what is different, and Noticed by which checks that is seen.
	Wrong, Noticed string
	// Host is what the URI must name for the outcomes to come about: "localhost" or
	// "127.0.0.1".
	Host string
	// Virsh is the outcome for virsh.
	Virsh string
	// Warning is a part of what libvirt's library logs beside it, on standard error.
	Warning string
	// VirshUnchecked is the outcome for virsh with no_sanity=1 in the URI, which
	// keeps it from judging its own files.
	VirshUnchecked string
	// GoLibvirt is the outcome for go-libvirt. Go's texts do not depend on its
	// version in these parts.
	GoLibvirt string
	// Libvirtd is why the server refuses the client, in its log, once the client
	// gets that far; "" if it does not refuse.
	Libvirtd string

	make func(*PKI) error // changes a copy
}

// Catalogue returns every variant, side by side: servers, clients, CAs. Good ones,
// such as certificates of the kinds of keys, are among them.
func Catalogue() []Entry {
	return slices.Concat(serverEntries(), clientEntries(), caEntries())
}

// Lookup returns the entry of a variant.
func Lookup(v Variant) (Entry, error) {
	all := Catalogue()
	i := slices.IndexFunc(all, func(e Entry) bool { return e.Variant == v })
	if i < 0 {
		names := make([]string, len(all))
		for i := range all {
			names[i] = string(all[i].Variant)
		}
		return Entry{}, fmt.Errorf("certs: there is no certificate %q in the catalogue: want one of %v", v, names)
	}
	return all[i], nil
}

// With returns a copy of p in which these variants have taken the place of its own
// certificates. What they are made with is p's: its CA, clock, names and kind of
// keys. It returns [ErrNoCAKey] if a variant must be signed and the CA cannot.
//
// A variant of the CA is what clients and server of the copy trust. Variants of the
// server and the client are signed by the CA as it was in p.
func (p *PKI) With(variants ...Variant) (*PKI, error) {
	out := *p
	for _, side := range []Side{OfServer, OfClient, OfCA} {
		for _, v := range variants {
			e, err := Lookup(v)
			if err != nil {
				return nil, err
			}
			if e.Side != side {
				continue
			}
			if err := e.make(&out); err != nil {
				return nil, fmt.Errorf("making the certificate %q: %w", v, err)
			}
		}
	}
	return &out, nil
}
