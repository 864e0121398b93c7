package fakeserver

import (
	"fmt"
	"net"
	"net/url"
	"strings"

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

// URI returns the URI by which a client reaches one of the node's hypervisors
// over a transport: virsh -c and go-libvirt's ConnectToURI take it as it is.
// local is the URI on the node itself, such as qemu:///system; whatever query
// it has is passed on. The parameters are added to those that the transport
// needs (pkipath, keyfile, socket …) or replace them; one with an empty value
// takes its default away.
//
// The URIs keep the client away from its user's own ~/.ssh and ~/.pki. Those
// over ssh carry no_verify=1 for go-libvirt, which knows no other place for
// host keys than ~/.ssh/known_hosts; the stock ssh client, run through the
// wrapper in command=, verifies all the same.
func (s *Server) URI(transport call.Transport, local string, params ...Param) (string, error) {
	u, err := url.Parse(local)
	if err != nil || u.Scheme == "" || u.Host != "" || strings.Contains(u.Scheme, "+") {
		return "", fmt.Errorf("%q is no URI of a hypervisor on the node itself: want DRIVER:///PATH, such as qemu:///system", local)
	}
	u.Scheme += "+" + string(transport)
	own, err := s.reach(u, transport)
	if err != nil {
		return "", err
	}
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

// escape escapes what may not stand in a query. Paths stay readable, and a blank
// is %20: libvirt takes "+" for itself.
func escape(value string) string {
	return strings.NewReplacer("+", "%20", "%2F", "/", "%3A", ":", "%2C", ",").Replace(url.QueryEscape(value))
}

// reach fills in the authority and returns the parameters that the transport
// needs.
func (s *Server) reach(u *url.URL, transport call.Transport) ([]Param, error) {
	switch transport {
	case call.TCP, call.TLS:
		if s.listener.addrs[transport] == "" {
			return nil, errNotListening(transport)
		}
		u.Host = s.authority(transport)
		if transport == call.TCP {
			return nil, nil
		}
		path, err := s.PKIPath()
		return []Param{{"pkipath", path}}, err
	case call.Unix:
		addr := s.pathOf(s.socketFor(u.Scheme, isSession(u)))
		if addr == "" {
			return nil, errNotListening(call.Unix)
		}
		return []Param{{"socket", addr}}, nil
	case call.SSH, call.LibSSH, call.LibSSH2:
		files, err := s.SSHFiles()
		if err != nil {
			return nil, err
		}
		u.Host, u.User = s.authority(call.SSH), url.User(sshUser)
		// C clients would look for a session's where the client has its own.
		params := []Param{{"socket", s.sshSocketFor(u)}, {"keyfile", files.Key}}
		if transport == call.SSH {
			return append(params, Param{"command", files.Command}, Param{"no_verify", "1"}), nil
		}
		return append(params, Param{"known_hosts", files.KnownHosts}, Param{"known_hosts_verify", "normal"}, Param{"sshauth", "privkey"}), nil
	case call.Ext:
		command, err := s.extWrapper()
		return []Param{{"command", command}}, err
	}
	return nil, fmt.Errorf("no URIs have the transport %q: want one of %v", transport, URITransports())
}

// isSession reports whether a URI names the session of a user.
func isSession(u *url.URL) bool { return u.Path == "/session" }

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

// Addr returns where the node listens: host:port, or for unix the path of
// libvirt-sock, or of the first modular daemon's socket if there is none. It is "" for a transport that the node does not have.
func (s *Server) Addr(transport call.Transport) string { return s.listener.addrs[transport] }

// SocketReadOnly returns the path of the read-only socket beside Addr(call.Unix), or
// "".
func (s *Server) SocketReadOnly() string { return s.listener.readOnly }

// Dial connects to the node in memory: the quickest way, and the one that works
// inside testing/synctest.
func (s *Server) Dial() (net.Conn, error) { return s.listener.memory.Dial() }
