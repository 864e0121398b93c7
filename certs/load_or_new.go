package certs

import (
	"fmt"
	"slices"
)

// LoadOrNew is for a directory that a person names once and uses again, as with
// `fakelibvirtd --pki DIR`. Where it holds nothing of a PKI yet, [New] makes one
// and it is written there, flat; what else lies in it is left alone. Otherwise the
// PKI is loaded as [Load] does, and refused if it has expired, so that what clients have copied stays valid, and
// completed: a pair that is missing is made, and if [Names] asks for a name that
// the server certificate has not, it is issued again for the same key with that
// name as well. Both need cakey.pem and say so where it is missing.
//
// Of the options only Names, Clock, Rand and Validity matter for a directory that
// holds a PKI, Keys for what is missing in it, and [Unchecked].
func LoadOrNew(dir string, opts ...Option) (*PKI, error) {
	o := collect(opts)
	r := newReader(dir)
	r.unchecked = o.unchecked
	if r.empty() {
		p, err := New(opts...)
		if err != nil {
			return nil, err
		}
		// The CA first: from it the rest can be made, should this be cut short.
		if err := p.WriteServer(dir); err != nil {
			return nil, err
		}
		return p, p.WritePKIPath(dir)
	}

	p := &PKI{workshop: newWorkshop(o)}
	var err error
	if p.CA, err = r.ca(); err != nil {
		return nil, err
	}
	if p.CRL, err = r.revocations(); err != nil {
		return nil, err
	}
	if p.Server, err = r.pairOr(r.serverCert, r.serverKey, p.CA, func() (*Pair, error) {
		return p.IssueServer(append(loopbackNames(), o.names...))
	}); err != nil {
		return nil, err
	}
	if o.unchecked && !r.has(r.clientCert) && !r.has(r.clientKey) {
		p.clientless = true // as they are: there is none
		return p, nil
	}
	if p.Client, err = r.pairOr(r.clientCert, r.clientKey, p.CA, func() (*Pair, error) {
		return p.IssueClient("client")
	}); err != nil {
		return nil, err
	}
	if o.unchecked {
		return p, nil
	}
	if err := r.coverNames(p, o.names); err != nil {
		return nil, err
	}
	return p, r.inForce(p, o.now())
}

// pairOr loads a pair, or makes and writes it if both its files are missing.
func (r *reader) pairOr(cert, key string, ca *Pair, issue func() (*Pair, error)) (*Pair, error) {
	if r.has(cert) || r.has(key) {
		return r.pair(cert, key, ca)
	}
	p, err := issue()
	if err != nil {
		return nil, fmt.Errorf("%s is missing and cannot be made: %w", r.path(cert), err)
	}
	var w pairWriter
	w.certificate("pair", cert, p)
	w.key("pair", key, p)
	return p, w.write(r.dir)
}

// coverNames issues the server certificate again if it lacks one of the names.
func (r *reader) coverNames(p *PKI, names []string) error {
	dns, ips, err := subjectNames(names)
	if err != nil {
		return err
	}
	old := p.Server.Certificate
	lacking := ""
	for _, name := range dns {
		if !slices.Contains(old.DNSNames, name) && old.VerifyHostname(name) != nil {
			lacking = name
		}
	}
	for _, ip := range ips {
		if old.VerifyHostname(ip.String()) != nil {
			lacking = ip.String()
		}
	}
	if lacking == "" {
		return nil
	}
	all := slices.Clone(old.DNSNames)
	for _, ip := range old.IPAddresses {
		all = append(all, ip.String())
	}
	template, err := serverTemplate(append(all, names...))
	if err != nil {
		return fmt.Errorf("%s: %w", r.path(r.serverCert), err)
	}
	template.Subject = old.Subject
	server, err := p.issue(p.Server.Key, template, nil)
	if err != nil {
		return fmt.Errorf("%s is not valid for %s and cannot be issued again: %w", r.path(r.serverCert), lacking, err)
	}
	p.Server = server
	var w pairWriter
	w.certificate("server", r.serverCert, server)
	return w.write(r.dir)
}
