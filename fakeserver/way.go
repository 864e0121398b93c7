package fakeserver

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// sshUser is the user of URIs over SSH. libssh would take root by itself and
// OpenSSH the user who runs it; the node lets any user in who has the key.
const sshUser = "root"

// Param is one extra parameter of a URI, such as no_verify=1.
type Param struct{ Name, Value string }

// URITransports lists the transports that URI knows.
func URITransports() []call.Transport {
	return []call.Transport{call.TCP, call.TLS, call.Unix, call.SSH, call.LibSSH, call.LibSSH2, call.Ext}
}

// Way is how a client reaches a node: what URIs are made of. [Server.URI] has its own;
// others are for nodes that clients reach in other ways than where they listen, such as
// by the ports of a container.
type Way struct {
	// Authority is HOST or HOST:PORT, for tcp, tls and ssh.
	Authority string
	// PKIPath is the directory with the client's certificates. Empty leaves that, as
	// SSH and Socket do, to the client.
	PKIPath string
	// SSH are the files of a client of the SSH server.
	SSH certs.SSHFiles
	// SSHAuth is the parameter sshauth of libssh and libssh2, such as
	// "privkey,password"; empty is privkey.
	SSHAuth string
	// Socket is the path of the daemon's socket: for unix on the client's machine, for
	// ssh on the node.
	Socket string
	// Command is the program for ext.
	Command string
}

// URI returns the URI of that way, for a transport, to one of the node's hypervisors;
// see [Server.URI].
func (w Way) URI(transport call.Transport, local string, params ...Param) (string, error) {
	u, err := parseLocal(local)
	if err != nil {
		return "", err
	}
	u.Scheme += "+" + string(transport)
	own, err := w.reach(u, transport)
	if err != nil {
		return "", err
	}
	own = withoutEmpty(own)
	for _, p := range params {
		own = replaceParam(own, p)
	}
	query := make([]string, 0, len(own)+1)
	if u.RawQuery != "" {
		query = append(query, u.RawQuery)
	}
	for _, p := range own {
		query = append(query, p.Name+"="+escape(p.Value))
	}
	u.RawQuery = strings.Join(query, "&")
	return u.String(), nil
}

// parseLocal reads a URI of the node itself.
func parseLocal(local string) (*url.URL, error) {
	u, err := url.Parse(local)
	if err != nil || u.Scheme == "" || u.Host != "" || strings.Contains(u.Scheme, "+") {
		return nil, fmt.Errorf("%q is no URI of a hypervisor on the node itself: want DRIVER:///PATH, such as qemu:///system", local)
	}
	return u, nil
}

// escape escapes what may not stand in a query. Paths stay readable, and a blank
// is %20: libvirt takes "+" for itself.
func escape(value string) string {
	return strings.NewReplacer("+", "%20", "%2F", "/", "%3A", ":", "%2C", ",").Replace(url.QueryEscape(value))
}

// reach fills in the authority and returns the parameters that the transport
// needs.
func (w Way) reach(u *url.URL, transport call.Transport) ([]Param, error) {
	switch transport {
	case call.TCP, call.TLS:
		u.Host = w.Authority
		if transport == call.TCP {
			return nil, nil
		}
		return []Param{{"pkipath", w.PKIPath}}, nil
	case call.Unix:
		return []Param{{"socket", w.Socket}}, nil
	case call.SSH, call.LibSSH, call.LibSSH2:
		u.Host, u.User = w.Authority, url.User(sshUser)
		params := []Param{{"socket", w.Socket}, {"keyfile", w.SSH.Key}}
		switch {
		case w.SSH.Key == "":
			return params, nil
		case transport == call.SSH:
			return append(params, Param{"command", w.SSH.Command}, Param{"no_verify", "1"}), nil
		}
		return append(params, Param{"known_hosts", w.SSH.KnownHosts}, Param{"known_hosts_verify", "normal"}, Param{"sshauth", cmp.Or(w.SSHAuth, "privkey")}), nil
	case call.Ext:
		return []Param{{"command", w.Command}}, nil
	}
	return nil, fmt.Errorf("no URIs have the transport %q: want one of %v", transport, URITransports())
}

func withoutEmpty(params []Param) []Param {
	return slices.DeleteFunc(params, func(p Param) bool { return p.Value == "" })
}

func replaceParam(params []Param, p Param) []Param {
	kept := params[:0:0]
	for _, old := range params {
		if old.Name != p.Name {
			kept = append(kept, old)
		}
	}
	if p.Value == "" {
		return kept
	}
	return append(kept, p)
}
