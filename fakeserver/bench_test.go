package fakeserver_test

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

// The server of a benchmark runs in a process of its own, as the real daemon
// does: the test's own binary, which this variable turns into one.
const benchServerVariable = "FAKELIBVIRTD_BENCH_SERVER"

// benchServer does what the variable asks for until its standard input ends: an
// echo server, the floor, which answers each frame with itself; or a node.
func benchServer(kind, network, address string) error {
	switch kind {
	case "echo":
		l, err := net.Listen(network, address)
		if err != nil {
			return err
		}
		os.Stdout.WriteString(l.Addr().String() + "\n")
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go echo(c)
			}
		}()
	case "node":
		s, err := fakeserver.Start(context.Background(), fakeserver.WithListener(call.Transport(network), address))
		if err != nil {
			return err
		}
		defer s.Close()
		os.Stdout.WriteString(s.Addr(call.Transport(network)) + "\n")
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// echo sends back what it reads, as it comes.
func echo(c net.Conn) {
	b := make([]byte, 64<<10)
	for {
		n, err := c.Read(b)
		if err != nil {
			return
		}
		if _, err := c.Write(b[:n]); err != nil {
			return
		}
	}
}

// startBenchServer returns the address at which such a server listens, pinned
// to one core, which it shares with the benchmark where that is pinned too.
func startBenchServer(b *testing.B, kind, network, address string) string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), benchServerVariable+"="+kind+" "+network+" "+address)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
	})
	line := make([]byte, 200)
	n, err := stdout.Read(line)
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(string(line[:n]))
}

// benchTarget is a server to measure: the floor, a node, the real daemon.
type benchTarget struct {
	name          string
	network, addr string
}

func benchTargets(b *testing.B) []benchTarget {
	b.Helper()
	dir := b.TempDir()
	targets := []benchTarget{
		{"unix/echo", "unix", startBenchServer(b, "echo", "unix", dir+"/echo")},
		{"unix/node", "unix", startBenchServer(b, "node", "unix", dir+"/node")},
		{"tcp/echo", "tcp", startBenchServer(b, "echo", "tcp", "127.0.0.1:0")},
		{"tcp/node", "tcp", startBenchServer(b, "node", "tcp", "127.0.0.1:0")},
	}
	if _, err := exec.LookPath("libvirtd"); err == nil {
		targets = append(targets, benchTarget{"unix/libvirtd", "unix", testdaemon.Start(b).Socket})
	}
	return targets
}

// connectBench returns a connection on which test:///default is open; the echo
// server sends the call back, which is as good.
func (tg benchTarget) connect(b *testing.B) *client {
	b.Helper()
	nc, err := net.Dial(tg.network, tg.addr)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { nc.Close() })
	c := &client{b, nc, rpc.NewReader(nc)}
	for _, f := range [][]byte{request(66, 1), openTest(2)} {
		c.send(f)
		if _, _, ok := c.receive(); !ok {
			b.Fatal("the connection ended")
		}
	}
	return c
}

var benchCalls = []struct {
	name  string
	frame []byte
}{
	{"small", request(157, 7)}, // CONNECT_GET_LIB_VERSION
	{"lookup", request(23, 7, text("test"))},
}

// BenchmarkPingPong sends one call at a time.
func BenchmarkPingPong(b *testing.B) {
	for _, tg := range benchTargets(b) {
		for _, cl := range benchCalls {
			b.Run(tg.name+"/"+cl.name, func(b *testing.B) {
				c := tg.connect(b)
				for b.Loop() {
					if _, err := c.Write(cl.frame); err != nil {
						b.Fatal(err)
					}
					if _, _, err := c.r.Next(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkInFlight keeps many calls in flight on one connection.
func BenchmarkInFlight(b *testing.B) {
	for _, tg := range benchTargets(b) {
		for _, depth := range []int{4, 64} {
			b.Run(tg.name+"/"+strconv.Itoa(depth), func(b *testing.B) {
				c := tg.connect(b)
				one := benchCalls[1].frame
				var batch []byte
				for range depth {
					batch = append(batch, one...)
				}
				if _, err := c.Write(batch); err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if _, _, err := c.r.Next(); err != nil {
						b.Fatal(err)
					}
					// What has come makes room for as many new calls.
					n := 1
					for c.r.Buffered() {
						if _, _, err := c.r.Next(); err != nil {
							b.Fatal(err)
						}
						n++
					}
					if _, err := c.Write(batch[:n*len(one)]); err != nil {
						b.Fatal(err)
					}
					for range n - 1 {
						if !b.Loop() {
							return
						}
					}
				}
			})
		}
	}
}

// BenchmarkStart measures a node's whole life up to the first answer, and its
// end.
func BenchmarkStart(b *testing.B) {
	for _, c := range []struct {
		name string
		uri  string
		opts []fakeserver.Option
	}{
		{"everything/qemu", "qemu:///system", nil},
		{"everything/test", "test:///default", nil},
		{"unix/qemu", "qemu:///system", []fakeserver.Option{fakeserver.WithTransports(call.Unix)}},
		{"unix/test", "test:///default", []fakeserver.Option{fakeserver.WithTransports(call.Unix)}},
		{"memory/qemu", "qemu:///system", []fakeserver.Option{fakeserver.WithTransports()}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				s, err := fakeserver.Start(context.Background(), c.opts...)
				if err != nil {
					b.Fatal(err)
				}
				var nc net.Conn
				if path := s.Addr(call.Unix); path != "" {
					nc, err = net.Dial("unix", path)
				} else {
					nc, err = s.Dial()
				}
				if err != nil {
					b.Fatal(err)
				}
				if _, err := nc.Write(open(1, c.uri, 0)); err != nil {
					b.Fatal(err)
				}
				if _, _, err := rpc.NewReader(nc).Next(); err != nil {
					b.Fatal(err)
				}
				nc.Close()
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
