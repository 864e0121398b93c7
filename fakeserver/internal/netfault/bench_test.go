package netfault_test

import (
	"net"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/netfault"
)

// nowhere takes and gives bytes at no cost.
type nowhere struct{ net.Conn }

func (nowhere) Read(p []byte) (int, error)  { return len(p), nil }
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkPass is what a Conn costs where nothing is armed: "bare" is without.
func BenchmarkPass(b *testing.B) {
	p := make([]byte, 100)
	for _, bench := range []struct {
		name string
		conn net.Conn
	}{
		{"bare", nowhere{}},
		{"wrapped", netfault.Wrap(nowhere{}, clock.Real())},
	} {
		b.Run("write/"+bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bench.conn.Write(p)
			}
		})
		b.Run("read/"+bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bench.conn.Read(p)
			}
		})
	}
}
