package conformance

import (
	"slices"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/uri"
)

// The local URI of most rows: every daemon has the test driver.
const (
	testDriver = "test"
	testPath   = "/default"
	testName   = "test:///default"
)

// parts are the parts of a URI's template.
type parts struct {
	driver, transport, authority, path string
	params                             []string // name=value
}

// link returns the URI by which a well set up client reaches test:///default over a
// transport: with the parameters that keep it away from files of the user's own. Those
// given are added, or replace the link's; "-name" takes one away.
func link(t call.Transport, params ...string) *parts {
	p := &parts{driver: testDriver, transport: string(t), path: testPath}
	switch t {
	case call.TCP:
		p.authority = "{tcp}"
	case call.TLS:
		p.authority, p.params = "{tls}", []string{"pkipath={pki}"}
	case call.Unix:
		p.params = []string{"socket={socket}"}
	case call.SSH:
		p.authority = userPart(t) + "{ssh}"
		p.params = []string{"socket={socket}", "keyfile={key}", "command={ssh-command}", "no_verify=1"}
	case call.LibSSH, call.LibSSH2:
		p.authority = userPart(t) + "{ssh}"
		p.params = []string{"socket={socket}", "keyfile={key}", "known_hosts={known_hosts}", "known_hosts_verify=normal", "sshauth=privkey"}
	case call.Ext:
		p.params = []string{"command={ext}"}
	}
	return p.with(params...)
}

// nodeWord is the word of templates for where a transport arrives.
func nodeWord(t call.Transport) string { return string(arrival(t)) }

// userPart is what stands before the host.
func userPart(t call.Transport) string {
	if arrival(t) == call.SSH {
		return "root@"
	}
	return ""
}

// with adds parameters, replaces them, or with "-name" takes them away.
func (p *parts) with(params ...string) *parts {
	p = p.copy()
	for _, param := range params {
		name, _, _ := strings.Cut(strings.TrimPrefix(param, "-"), "=")
		p.params = slices.DeleteFunc(p.params, func(old string) bool { return strings.HasPrefix(old, name+"=") })
		if !strings.HasPrefix(param, "-") {
			p.params = append(p.params, param)
		}
	}
	return p
}

// at replaces the authority.
func (p *parts) at(authority string) *parts { p = p.copy(); p.authority = authority; return p }

// local replaces driver and path.
func (p *parts) local(driver, path string) *parts {
	p = p.copy()
	p.driver, p.path = driver, path
	return p
}

// by replaces the transport; "" is none.
func (p *parts) by(transport string) *parts { p = p.copy(); p.transport = transport; return p }

func (p *parts) copy() *parts {
	c := *p
	c.params = slices.Clone(p.params)
	return &c
}

func (p *parts) String() string {
	s := p.driver
	if p.transport != "" {
		s += "+" + p.transport
	}
	s += "://" + p.authority + p.path
	if len(p.params) > 0 {
		s += "?" + strings.Join(p.params, "&")
	}
	return s
}

// linkTransports are the transports of URIs, in the order of the rows.
func linkTransports() []call.Transport {
	return []call.Transport{call.TCP, call.TLS, call.Unix, call.SSH, call.LibSSH, call.LibSSH2, call.Ext}
}

// networked are those with a host.
func networked() []call.Transport {
	return []call.Transport{call.TCP, call.TLS, call.SSH, call.LibSSH, call.LibSSH2}
}

func libsshs() []call.Transport { return []call.Transport{call.LibSSH, call.LibSSH2} }

func sshFamily() []call.Transport { return []call.Transport{call.SSH, call.LibSSH, call.LibSSH2} }

// transportNeeds are what a client must have for a transport.
func transportNeeds(t call.Transport) []Capability {
	switch t {
	case call.LibSSH:
		return []Capability{LibSSH}
	case call.LibSSH2:
		return []Capability{LibSSH2}
	case call.Ext:
		return []Capability{Ext}
	}
	return nil
}

// Anchors of libvirt's documentation.
const (
	sectionGeneral  = uri.Docs + "#transport-configuration"
	sectionRemote   = uri.Docs + "#remote-uris"
	sectionDefault  = uri.Docs + "#default-uri-choice"
	sectionAliases  = uri.Docs + "#configuring-uri-aliases"
	sectionCerts    = "https://libvirt.org/kbase/tlscerts.html"
	sectionCA       = sectionCerts + "#setting-up-a-certificate-authority-ca"
	sectionServer   = sectionCerts + "#issuing-server-certificates"
	sectionClient   = sectionCerts + "#issuing-client-certificates"
	sectionDaemon   = "https://libvirt.org/remote.html#libvirtd-configuration-file"
	sectionAuth     = "https://libvirt.org/auth.html#client-configuration"
	sectionSASL     = "https://libvirt.org/auth.html#sasl-pluggable-authentication"
	sectionUsers    = "https://libvirt.org/auth.html#username-password-auth"
	sectionKerberos = "https://libvirt.org/auth.html#gssapi-kerberos-auth"
	sectionPolkit   = "https://libvirt.org/auth.html#unix-socket-policykit-auth"
	sectionGuide    = "https://libvirt.org/docs/libvirt-appdev-guide-python/en-US/html/libvirt_application_development_guide_using_python-Connections-Remote_URIs.html"
)

// transportSection is the part about a transport.
func transportSection(t call.Transport) string {
	for _, info := range uri.Transports() {
		if string(info.Name) == string(t) {
			return uri.Docs + info.Section
		}
	}
	return sectionGeneral
}

// parameterSection is the part about a parameter.
func parameterSection(name string) string {
	for _, p := range uri.Parameters() {
		if p.Name == name && p.Section != "" {
			return uri.Docs + p.Section
		}
	}
	return sectionGeneral
}
