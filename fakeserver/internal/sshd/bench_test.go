package sshd

import (
	"io"
	"net"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// The floor of every benchmark is an SSH server of x/crypto/ssh and nothing else,
// which takes any request and repeats what it reads.
func startFloor(b *testing.B) *node {
	b.Helper()
	host := newSigner(b)
	n := &node{user: newSigner(b), hostKey: host.PublicKey()}
	cfg := &gossh.ServerConfig{PublicKeyCallback: func(gossh.ConnMetadata, gossh.PublicKey) (*gossh.Permissions, error) {
		return nil, nil
	}}
	cfg.AddHostKey(host)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	n.addr = l.Addr().String()
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				_, chans, reqs, err := gossh.NewServerConn(nc, cfg)
				if err != nil {
					return
				}
				wg.Go(func() { gossh.DiscardRequests(reqs) })
				for nch := range chans {
					ch, reqs, err := nch.Accept()
					if err != nil {
						return
					}
					wg.Go(func() {
						for req := range reqs {
							req.Reply(true, nil)
						}
					})
					wg.Go(func() { io.Copy(ch, ch) })
				}
			})
		}
	})
	b.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return n
}

// echoNode repeats bytes, as the floor does.
func echoNode(b *testing.B) *node {
	b.Helper()
	return serveWith(b, func(conn net.Conn) { io.Copy(conn, struct{ io.Reader }{conn}) })
}

type benchmark struct {
	name  string
	start func(*testing.B) *node
	way   way
}

var benchmarks = []benchmark{
	{"floor", startFloor, ncWay},
	{"nc", echoNode, ncWay},
	{"libvirt's netcat script", echoNode, ncQ0Way},
	{"libvirt's auto script", echoNode, execWay("", autoCommand(`'nc'`, `'qemu:///system'`, system))},
	{"streamlocal floor", startFloor, streamLocalWay},
	{"streamlocal", echoNode, streamLocalWay},
}

func pingPong(b *testing.B, c io.ReadWriter, buf []byte) {
	if _, err := c.Write(buf); err != nil {
		b.Fatal(err)
	}
	if _, err := io.ReadFull(c, buf); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkConnect connects, logs in and sends 64 bytes there and back.
func BenchmarkConnect(b *testing.B) {
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			n := bm.start(b)
			buf := make([]byte, 64)
			b.ReportAllocs()
			for b.Loop() {
				client, err := gossh.Dial("tcp", n.addr, n.clientConfig())
				if err != nil {
					b.Fatal(err)
				}
				pingPong(b, bm.way.open(b, client), buf)
				client.Close()
			}
		})
	}
}

// BenchmarkRoundTrip sends 64 bytes there and back on a connection that is there.
func BenchmarkRoundTrip(b *testing.B) {
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			n := bm.start(b)
			client := n.dial(b)
			defer client.Close()
			c := bm.way.open(b, client)
			buf := make([]byte, 64)
			pingPong(b, c, buf)
			b.ReportAllocs()
			for b.Loop() {
				pingPong(b, c, buf)
			}
		})
	}
}

// BenchmarkBulk sends 1 MiB there and back.
func BenchmarkBulk(b *testing.B) {
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			n := bm.start(b)
			client := n.dial(b)
			defer client.Close()
			c := bm.way.open(b, client)
			buf := make([]byte, 1<<20)
			pingPong(b, c, buf)
			b.SetBytes(int64(len(buf)))
			for b.Loop() {
				pingPong(b, c, buf)
			}
		})
	}
}
