package container_test

import (
	"net"
	"slices"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/testcontainers/testcontainers-go"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness/container"
)

// dialed is a dialer for a connection that is there already.
type dialed struct{ net.Conn }

func (d dialed) Dial() (net.Conn, error) { return d.Conn, nil }

// BenchmarkRun is the time from Run to the first answer that a client has. The median
// is what people wait for; the mean has the engine's bad moments in it.
func BenchmarkRun(b *testing.B) {
	img := needEngine(b)
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		c, err := container.Run(b.Context(), img)
		testcontainers.CleanupContainer(b, c)
		if err != nil {
			b.Fatal(err)
		}
		at, err := c.Address(b.Context(), call.TCP)
		if err != nil {
			b.Fatal(err)
		}
		conn, err := net.Dial("tcp", at)
		if err != nil {
			b.Fatal(err)
		}
		l := libvirt.NewWithDialer(dialed{conn})
		if err := l.ConnectToURI(libvirt.QEMUSystem); err != nil {
			b.Fatal(err)
		}
		if _, err := l.ConnectGetHostname(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
		b.StopTimer()
		_ = l.Disconnect()
		if err := testcontainers.TerminateContainer(c); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "ms/median")
}
