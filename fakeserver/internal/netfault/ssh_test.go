package netfault_test

import (
	"context"
	"crypto/ed25519"
	"net"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/netfault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/sshd"
)

// sshLink is a direct-streamlocal channel: the client's side of it, and above SSH
// the server's.
func sshLink(t testing.TB) link {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	clk := newClock()
	opened := make(chan *netfault.Conn, 1)
	release := make(chan struct{})
	srv, err := sshd.New(sshd.Config{
		HostKeys:      []gossh.Signer{signer},
		AuthorizedKey: func(string, gossh.PublicKey) bool { return true },
		Open: func(_ context.Context, _ string, from sshd.Login) (func(net.Conn), error) {
			return func(nc net.Conn) {
				c := netfault.Wrap(nc, clk)
				c.OnReset(from.Conn.(*netfault.Conn).Reset)
				opened <- c
				<-release // whoever tests reads and writes
			}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	rawClient, rawServer := tcpPair(t)
	beneath := netfault.Wrap(rawServer, clk)
	var served sync.WaitGroup
	served.Go(func() { srv.ServeConn(context.Background(), beneath) })
	conn, chans, reqs, err := gossh.NewClientConn(rawClient, "", &gossh.ClientConfig{
		User: "root", Auth: []gossh.AuthMethod{gossh.PublicKeys(signer)}, HostKeyCallback: gossh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		t.Fatal(err)
	}
	client := gossh.NewClient(conn, chans, reqs)
	t.Cleanup(func() {
		close(release)
		client.Close()
		beneath.CloseNow()
		srv.Close()
		served.Wait()
	})
	channel, err := client.Dial("unix", "/run/libvirt/libvirt-sock")
	if err != nil {
		t.Fatal(err)
	}
	c := within(t, opened, "the channel")
	t.Cleanup(func() { c.CloseNow() })
	return link{channel, c, c, clk}
}
