package conformance

import (
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// defaultRows are about what holds without a URI, and about the daemon that chooses.
func defaultRows() []*Cell {
	environment := func(name string) func(*Cell) {
		return client(func(e *Env) error { return e.Setenv(name, link(call.TCP).String()) })
	}
	config := func(text string) func(*Cell) {
		return client(func(e *Env) error {
			e.AsUser()
			text, err := e.Expand(text)
			if err != nil {
				return err
			}
			_, err = e.File("home/.config/libvirt/libvirt.conf", text, 0o600)
			return err
		})
	}
	inNamespace := needs(Environment, Namespace)
	tcp := link(call.TCP)
	plain := func(driver, path string) *parts { return &parts{driver: driver, path: path} }
	alias := row("none/alias/of-config", "a name of uri_aliases in libvirt.conf stands for its URI", sectionAliases, nil, reach(testName), over(call.TCP), inNamespace,
		config("uri_aliases = [ \"lab="+tcp.String()+"\" ]\n"))
	alias.URI = "lab"
	unknown := row("none/alias/unknown", "a name that is no alias is refused", sectionAliases, nil, refuse(Nothing), over(call.TCP), needs(Environment))
	unknown.URI = "lab"
	return []*Cell{
		row("none/default/environment", "without a URI it is LIBVIRT_DEFAULT_URI", sectionDefault, nil, reach(testName), over(call.TCP), needs(Environment, NoURI), environment("LIBVIRT_DEFAULT_URI")),
		row("none/default/environment-wrong", "LIBVIRT_DEFAULT_URI is not fallen back from", sectionDefault, nil, refuse(Nothing), over(call.TCP), needs(Environment, NoURI), client(func(e *Env) error {
			return e.Setenv("LIBVIRT_DEFAULT_URI", link(call.TCP).at("{closed}").String())
		})),
		row("none/default/given", "a URI that is given counts before LIBVIRT_DEFAULT_URI", sectionDefault, tcp, reach(testName), over(call.TCP), needs(Environment), client(func(e *Env) error {
			return e.Setenv("LIBVIRT_DEFAULT_URI", link(call.TCP).at("{closed}").String())
		})),
		row("none/default/config", "without a URI it is uri_default of libvirt.conf", sectionDefault, nil, reach(testName), over(call.TCP), needs(NoURI), inNamespace,
			config("uri_default = \""+tcp.String()+"\"\n")),
		row("none/default/root", "without any, root's is the system's daemon, which chooses", sectionDefault, nil, reachUnnamed(), over(call.Unix), needs(NoURI), inNamespace, client(asSystem)),
		row("none/default/user", "without any, a user's is the user's own daemon, which chooses", sectionDefault, nil, reachUnnamed(), over(call.Unix), needs(NoURI), inNamespace, sessionOf(asSession)),
		alias, unknown,
		row("none/driver/remote", "remote:/// has the daemon choose", sectionGuide, plain("remote", "/"), reachUnnamed(), over(call.Unix), inNamespace, client(asSystem)),
		row("tcp/driver/remote", "remote over tcp has the daemon choose", sectionGuide, tcp.local("remote", "/"), reachUnnamed()),
		row("tls/driver/remote", "remote over tls has the daemon choose", sectionGuide, link(call.TLS).local("remote", "/"), reachUnnamed()),
		row("unix/driver/remote", "remote over unix has the daemon choose", sectionGuide, link(call.Unix).local("remote", "/"), reachUnnamed()),
		row("ssh/driver/remote", "remote over ssh has the daemon choose", sectionGuide, link(call.SSH).local("remote", "/"), reachUnnamed()),
		row("libssh/driver/remote", "remote over libssh has the daemon choose", sectionGuide, link(call.LibSSH).local("remote", "/"), reachUnnamed()),
		row("libssh2/driver/remote", "remote over libssh2 has the daemon choose", sectionGuide, link(call.LibSSH2).local("remote", "/"), reachUnnamed()),
		row("ext/driver/remote", "remote over ext has the daemon choose", sectionGuide, link(call.Ext).local("remote", "/"), reachUnnamed()),
	}
}
