package hypervisor

import (
	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// ParseFile reads a document that libvirt would read from a file, such as the
// node of test:///PATH. Its errors are libvirt's: domain is the VIR_FROM_… of the
// caller, path what the file is called, root the element that it must be.
func ParseFile(domain libvirt.ErrorDomain, path, text, root string) (*etree.Element, error) {
	el, err := parseXML(domain, path, text)
	if err != nil {
		return nil, err
	}
	return el, requireRoot(el, root)
}
