package hypervisor

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

//go:embed domain.rules
var domainRulesText string

// domainRules is read once, since nothing changes it.
var domainRules = sync.OnceValue(func() *xmlRule { return parseXMLRules(domainRulesText) })

// domainParser makes the canonical definition out of what a client sent, as
// virDomainDefParseString does: read and check, fill in what is common to all
// drivers, then what the driver adds.
type domainParser struct {
	s       *State // for what is chosen at random
	traits  *DomainTraits
	xml     *DomainXMLTraits
	def     *domainDef
	root    *etree.Element
	devices *etree.Element

	virtType, arch string
	machine        string
	emulator       *Emulator // of a driver that has one
}

// parseDomain reads a definition, without the State's lock. The errors are
// libvirt's.
func (s *State) parseDomain(text string) (*domainDef, error) {
	p, err := s.readDomain(text)
	if err != nil {
		return nil, err
	}
	return p.def, p.complete()
}

// readDomain reads what a definition says.
func (s *State) readDomain(text string) (*domainParser, error) {
	root, err := parseXML(FromDomain, "(domain_definition)", text)
	if err != nil {
		return nil, err
	}
	if err := requireRoot(root, "domain"); err != nil {
		return nil, err
	}
	p := &domainParser{s: s, traits: &s.traits.Domain, xml: &s.traits.Domain.XML, def: &domainDef{}, root: root}
	for _, step := range []func() error{
		p.identity, p.kind, p.title, p.metadata, p.shape,
		p.vcpus, p.iothreads, p.tuning, p.cpu, p.features, p.lifecycle, p.clock, p.boot,
		p.parseDevices, p.seclabels,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// complete fills in what a definition leaves open, and refuses what the driver
// cannot run.
func (p *domainParser) complete() error {
	for _, step := range []func() error{p.defaults, p.validate, p.finish} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// xmlError raises VIR_ERR_XML_ERROR as the code of domain definitions does.
func xmlError(format string, args ...any) error {
	return Errorf(FromDomain, libvirt.ErrXMLError, format, args...)
}

// configError raises VIR_ERR_CONFIG_UNSUPPORTED in the same name.
func configError(format string, args ...any) error {
	return Errorf(FromDomain, libvirt.ErrConfigUnsupported, format, args...)
}

// internalError raises VIR_ERR_INTERNAL_ERROR in the same name.
func internalError(format string, args ...any) error {
	return Errorf(FromDomain, libvirt.ErrInternalError, format, args...)
}

// missingAttr is virXMLPropStringRequired's error.
func missingAttr(name, element string) error {
	return Errorf(FromXML, libvirt.ErrXMLError, "Missing required attribute '%s' in element '%s'", name, element)
}

// identity reads name and UUID, virDomainDefParseIDs.
func (p *domainParser) identity() error {
	if p.root.SelectAttr("xmlns") != nil {
		return BareError(FromDomain, libvirt.ErrNoName) // no child is in no namespace
	}
	if name := p.root.SelectElement("name"); name != nil {
		p.def.name = xmlText(name)
	}
	if p.def.name == "" {
		return BareError(FromDomain, libvirt.ErrNoName)
	}
	uuid := xmlEnsure(p.root, "uuid")
	switch text := xmlText(uuid); text {
	case "":
		p.def.uuid = p.s.chance.uuid()
	default:
		id, err := ParseUUID(text)
		if err != nil {
			return internalError("malformed uuid element")
		}
		p.def.uuid = id
	}
	uuid.SetText(p.def.uuid.String())
	genids := p.root.SelectElements("genid")
	switch {
	case len(genids) > 1:
		return xmlError("element 'genid' can only appear once")
	case len(genids) == 1 && xmlText(genids[0]) == "":
		genids[0].SetText(p.s.chance.uuid().String())
	case len(genids) == 1:
		id, err := ParseUUID(xmlText(genids[0]))
		if err != nil {
			return internalError("malformed genid element")
		}
		genids[0].SetText(id.String())
	}
	return nil
}

// What libvirt can name, whether a driver runs it or not.
var (
	domainVirtTypes = []string{"none", "qemu", "kqemu", "kvm", "xen", "lxc", "uml", "openvz", "test", "vmware",
		"hyperv", "vbox", "phyp", "parallels", "bhyve", "vz", "hvf"}
	domainOSTypes = []string{"hvm", "xen", "linux", "exe", "uml", "xenpvh"}
	domainArches  = []string{"alpha", "armv6l", "armv7l", "armv7b", "aarch64", "cris", "i686", "ia64", "lm32",
		"m68k", "microblaze", "microblazeel", "mips", "mipsel", "mips64", "mips64el", "openrisc", "parisc",
		"parisc64", "ppc", "ppcle", "ppc64", "ppc64le", "ppcemb", "riscv32", "riscv64", "s390", "s390x", "sh4",
		"sh4eb", "sparc", "sparc64", "unicore32", "x86_64", "xtensa", "xtensaeb", "itanium"}
)

// kind reads what runs here and what it runs on, virDomainDefParseCaps.
func (p *domainParser) kind() error {
	p.virtType = xmlAttr(p.root, "type")
	switch {
	case p.virtType == "":
		return internalError("missing domain type attribute")
	case !slices.Contains(domainVirtTypes, p.virtType):
		return configError("invalid domain type %s", p.virtType)
	}
	osType := xmlChild(p.root, "os", "type")
	if osType == nil || xmlText(osType) == "" {
		if p.root.SelectElement("bootloader") == nil {
			return xmlError("an os <type> must be specified")
		}
		osType = xmlEnsure(xmlEnsure(p.root, "os"), "type")
		osType.SetText("xen")
	}
	p.def.osType = xmlText(osType)
	if !slices.Contains(domainOSTypes, p.def.osType) {
		return configError("unknown OS type '%s'", p.def.osType)
	}
	if p.virtType == "xen" && p.def.osType == "linux" {
		p.def.osType = "xen" // and is shown as "linux" all the same
	}
	p.arch = xmlAttr(osType, "arch")
	if p.arch != "" && !slices.Contains(domainArches, p.arch) {
		return configError("Unknown architecture %s", p.arch)
	}
	if p.arch == "" {
		p.arch = p.xml.Arch
	}
	osType.CreateAttr("arch", p.arch)
	if osType.SelectAttrValue("machine", "") == "" {
		osType.RemoveAttr("machine")
	}
	if p.virtType == "xen" && p.def.osType == "xen" {
		osType.SetText("linux")
	}
	return nil
}

func (p *domainParser) hvm() bool { return p.def.osType == "hvm" }

func (p *domainParser) x86() bool { return p.arch == "i686" || p.arch == "x86_64" }

func (p *domainParser) title() error {
	if title := p.root.SelectElement("title"); title != nil && strings.Contains(xmlText(title), "\n") {
		return xmlError("Domain title can't contain newlines")
	}
	return nil
}

// shape drops what libvirt does not know and refuses values that it refuses.
func (p *domainParser) shape() error {
	if err := p.oldStyleEnums(); err != nil {
		return err
	}
	if err := p.namespace(); err != nil {
		return err
	}
	p.root.RemoveAttr("id")
	xmlEnsure(p.root, "devices")
	root, err := domainRules().read(p.root)
	if err != nil {
		return err
	}
	p.root = root
	p.devices = root.SelectElement("devices")
	return nil
}

// namespace brings the elements of the driver's own namespace under the prefix
// that the driver gives it, and drops all others.
func (p *domainParser) namespace() error {
	prefix := ""
	for _, a := range slices.Clone(p.root.Attr) {
		if a.Space != "xmlns" {
			continue
		}
		if a.Value == p.xml.Namespace && a.Value != "" {
			prefix = a.Key
		}
		if a.Key == p.xml.NamespacePrefix {
			p.root.RemoveAttr(a.FullKey())
		}
	}
	if prefix == "" {
		return nil
	}
	used := false
	var rename func(el *etree.Element)
	rename = func(el *etree.Element) {
		for _, child := range el.ChildElements() {
			if child.Space == prefix {
				child.Space = p.xml.NamespacePrefix
				used = true
				rename(child)
			}
		}
	}
	rename(p.root)
	if used {
		p.root.CreateAttr("xmlns:"+p.xml.NamespacePrefix, p.xml.Namespace)
	}
	return nil
}

// finish brings all that was filled in into order, and keeps beside the tree
// what calls ask for.
func (p *domainParser) finish() error {
	for _, el := range p.devices.SelectElements("panic") {
		if isEmptyXML(el) {
			p.devices.RemoveChild(el)
		}
	}
	root, err := domainRules().arrange(p.root)
	if err != nil {
		return err
	}
	mirrorConsole(root.SelectElement("devices"))
	p.def.root = root
	p.def.onPoweroff = xmlText(root.SelectElement("on_poweroff"))
	p.def.onReboot = xmlText(root.SelectElement("on_reboot"))
	return nil
}
