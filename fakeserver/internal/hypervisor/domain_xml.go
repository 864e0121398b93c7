package hypervisor

import (
	"slices"
	"strconv"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

const (
	xmlSecure     = uint32(libvirt.DomainXMLSecure)
	xmlInactive   = uint32(libvirt.DomainXMLInactive)
	xmlUpdateCPU  = uint32(libvirt.DomainXMLUpdateCPU)
	xmlMigratable = uint32(libvirt.DomainXMLMigratable)
)

// DomainGetXMLDesc is virDomainGetXMLDesc. Flags are VIR_DOMAIN_XML_….
func (s *State) DomainGetXMLDesc(ref DomainRef, flags uint32) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	dom, err := s.domainCall("DomainGetXMLDesc", ref, flags)
	if err != nil {
		return "", err
	}
	return s.traits.Domain.XML.format(dom, flags), nil
}

// format writes the definition that flags ask for, as virDomainDefFormat does.
func (t *DomainXMLTraits) format(dom *domain, flags uint32) string {
	def := dom.def
	if flags&xmlInactive != 0 {
		def = dom.config()
	}
	root := def.root
	live := def == dom.def && dom.active() && flags&xmlInactive == 0
	if live || flags&xmlSecure == 0 || flags&xmlMigratable != 0 {
		root = root.Copy()
	}
	if live {
		// Right after the type.
		root.Attr = slices.Insert(root.Attr, 1, etree.Attr{Key: "id", Value: strconv.Itoa(int(dom.id))})
	}
	if flags&xmlSecure == 0 {
		for _, el := range root.SelectElement("devices").SelectElements("graphics") {
			el.RemoveAttr("passwd")
			el.RemoveAttr("passwdValidTo")
			el.RemoveAttr("connected")
		}
	}
	return formatXML(root)
}
