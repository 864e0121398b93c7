package conformance

import (
	"path/filepath"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// sshFiles makes files of an SSH client of its own kind: {own-known_hosts}, {own-key} and
// {own-ssh}, the stock ssh with a configuration that has both.
func (e *Env) sshFiles(c certs.SSHClient) error {
	if e.sshClient == nil {
		return &unfit{"nobody writes files for SSH clients here"}
	}
	files, err := e.sshClient(filepath.Join(e.Dir, "own-ssh"), c)
	e.Set("own-known_hosts", files.KnownHosts)
	e.Set("own-key", files.Key)
	e.Set("own-ssh", files.Command)
	return err
}

// ownFiles is the URI with these files.
func ownFiles(t call.Transport) *parts {
	if t == call.SSH {
		return link(t, "-no_verify", "command={own-ssh}", "keyfile={own-key}")
	}
	return link(t, "known_hosts={own-known_hosts}", "keyfile={own-key}")
}

// knownAs is a client with such a known_hosts.
func knownAs(c certs.SSHClient) func(*Cell) {
	return client(func(e *Env) error { return e.sshFiles(c) })
}

// hostKeyRows are about what known_hosts says of the node.
func hostKeyRows() []*Cell {
	var rows []*Cell
	for _, t := range sshFamily() {
		rows = append(rows, hostKeyFormRows(t)...)
		rows = append(rows, hostCertificateRows(t)...)
	}
	for _, c := range rows {
		if c.Transport == call.SSH {
			needs(SSHProgram)(c)
		}
	}
	return rows
}

func hostKeyFormRows(t call.Transport) []*Cell {
	id, section := string(t)+"/host-key/", transportSection(t)
	in, out := reach(testName), refuse(Connection)
	without, title := in, "a host that is known without its port is taken"
	if t == call.LibSSH {
		without, title = out, "a host that is known without its port is refused"
	}
	form := func(f certs.KnownHostsForm) func(*Cell) { return knownAs(certs.SSHClient{Form: f}) }
	return []*Cell{
		row(id+"hashed", "a host whose name is hashed is taken", section, ownFiles(t), in, form(certs.KnownHostsHashed)),
		row(id+"empty", "a host is refused that an empty known_hosts does not know", section, ownFiles(t), out, form(certs.KnownHostsEmpty)),
		row(id+"other-host", "the right key under another name is refused", section, ownFiles(t), out, form(certs.KnownHostsOtherHost)),
		row(id+"other-key", "another key than the known one is refused", section, ownFiles(t), out, form(certs.KnownHostsOtherKey)),
		row(id+"other-kind", "a key of another kind than the known one is refused", section, ownFiles(t), out, form(certs.KnownHostsOtherKind)),
		row(id+"without-port", title, section, ownFiles(t), without, form(certs.KnownHostsWithoutPort), quirk),
		row(id+"revoked", "a key that is marked as revoked is refused", section, ownFiles(t), out, form(certs.KnownHostsRevoked)),
		row(id+"changed-since", "a key that has changed since is refused", section, ownFiles(t), out, setup(func(s *Setup) error {
			s.Node(fakeserver.WithSSHServer(fakeserver.SSHServer{ChangeHostKeysAt: []int{1}}))
			s.Client(func(e *Env) error { return e.sshFiles(certs.SSHClient{}) })
			return nil
		})),
	}
}

// hostCertificateRows are about certificates of hosts, of which libssh and libssh2 know
// nothing.
func hostCertificateRows(t call.Transport) []*Cell {
	id, section := string(t)+"/host-key/certificate-", transportSection(t)
	good, out := reach(testName), refuse(Connection)
	title := "a certificate of an authority in known_hosts is taken"
	if t != call.SSH {
		good, title = out, "an authority in known_hosts is not a host's key"
	}
	here := []string{"127.0.0.1"}
	rows := []*Cell{row(id+"good", title, section, ownFiles(t), good, certified(false, certs.SSHCert{Principals: here}))}
	if t != call.SSH {
		return rows
	}
	return append(rows,
		row(id+"other-host", "a certificate of another host is refused", section, ownFiles(t), out, certified(false, certs.SSHCert{Principals: []string{"other"}})),
		row(id+"expired", "a certificate of a host that has expired is refused", section, ownFiles(t), out, certified(false, certs.SSHCert{Principals: here, ValidBefore: time.Now().Add(-time.Hour)})),
		row(id+"foreign", "a certificate of an authority that is not known is refused", section, ownFiles(t), out, certified(true, certs.SSHCert{Principals: here})),
	)
}

// certified has an authority sign the node's host keys, which the client knows unless it
// is foreign.
func certified(foreign bool, c certs.SSHCert) func(*Cell) {
	return setup(func(s *Setup) error {
		keys, err := certs.NewSSH()
		if err != nil {
			return err
		}
		known, err := certs.NewSSHCA()
		if err != nil {
			return err
		}
		signer := known
		if foreign {
			if signer, err = certs.NewSSHCA(); err != nil {
				return err
			}
		}
		if err := signer.SignHost(keys, c); err != nil {
			return err
		}
		s.Node(fakeserver.WithSSHKeys(keys))
		s.Client(func(e *Env) error {
			return e.sshFiles(certs.SSHClient{Form: certs.KnownHostsAuthority, Authority: known.PublicKey()})
		})
		return nil
	})
}
