package conformance

import (
	"fmt"
	"math/rand/v2"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// exampleRows are the URIs of libvirt's documentation, as they are printed.
func exampleRows() []*Cell {
	const host = "node.example.com"
	make := func(id, title, uri string, t call.Transport, want Want, f func(*Setup) error) *Cell {
		c := row("example/"+id, title, sectionGuide, nil, want, over(t), needs(Environment, Namespace), setup(f))
		c.URI, c.Parameter = uri, "example"
		return c
	}
	xen := func(s *Setup) { s.Node(fakeserver.WithDrivers("xen", "qemu", "test")) }
	ofTLS := func(name string, change ...func(*certs.PKI) error) func(*Setup) error {
		return func(s *Setup) error {
			p, err := withPKI(s, change...)
			if err != nil {
				return err
			}
			if err := named(name)(s); err != nil {
				return err
			}
			return placePKI(s, p)
		}
	}
	return []*Cell{
		make("xen-ssh", "Xen on a node, over ssh, as root", "xen+ssh://root@"+host+"/", call.SSH, reach("xen:///", func(r *Reach) { r.User = "root" }), func(s *Setup) error {
			xen(s)
			if err := named(host)(s); err != nil {
				return err
			}
			s.Client((*Env).homeSSH)
			return nil
		}),
		make("qemu-tls", "QEMU on a node, over TLS", "qemu://"+host+"/system", call.TLS, reach("qemu:///system"), ofTLS(host, serverOf([]string{host}))),
		make("xen-tls-no_verify", "Xen on a node, over TLS, its certificate not verified", "xen://"+host+"/?no_verify=1", call.TLS, reach("xen:///"), func(s *Setup) error {
			xen(s)
			return ofTLS(host, serverOf([]string{"other.example.com"}))(s)
		}),
		make("qemu-unix-socket", "local QEMU over a socket in another place", "qemu+unix:///system?socket=/opt/libvirt/run/libvirt/libvirt-sock", call.Unix, reach("qemu:///system"), func(s *Setup) error {
			s.Client(func(e *Env) error {
				dir, err := e.Expand("{run-dir}/libvirt")
				e.Place("/opt/libvirt/run/libvirt", dir)
				return err
			})
			return nil
		}),
		make("test-tcp-port", "the test driver over TCP on port 5000", "test+tcp://"+host+":5000/default", call.TCP, reach("test:///default"), onPort5000(host)),
		make("host2", "the guide's example in Python opens and closes", "qemu+tls://host2/system", call.TLS, reach("qemu:///system", func(r *Reach) { r.Close = true }), ofTLS("host2", serverOf([]string{"host2"}))),
		make("host2-absent", "the guide's example in Python, where there is no host2", "qemu+tls://host2/system", call.TLS, refuse(Nothing), func(s *Setup) error { return systemPKI(s) }),
	}
}

// onPort5000 has a node listen on port 5000 of an address of its own, under that name
// for the client.
func onPort5000(name string) func(*Setup) error {
	return func(s *Setup) error {
		address := fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
		s.Node(fakeserver.WithListener(call.TCP, address+":5000"))
		s.Client(func(e *Env) error { e.Name(name, address); return nil })
		return nil
	}
}
