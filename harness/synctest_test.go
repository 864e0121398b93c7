package harness_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// A whole node inside a bubble: nothing here takes any time.
func TestInsideBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := harness.Start(t, harness.WithTransports())
		l := host.Connect(t)
		host.Inject(fault.On(rpc.ConnectListAllDomains).Delay(time.Hour))
		begin := time.Now()
		if _, _, err := l.ConnectListAllDomains(1, 0); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != time.Hour {
			t.Errorf("the call took %v", took)
		}
	})
}

// The node drops a client that answers no keepalive ping: after 30 s, which pass in
// no time.
func TestKeepAliveTimeOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := harness.Start(t, harness.WithTransports())
		l := host.Connect(t)
		// Who asks for this feature takes part in keepalive; go-libvirt answers
		// no ping all the same.
		const keepAlive = 10
		if _, err := l.ConnectSupportsFeature(keepAlive); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		<-l.Disconnected()
		if got := time.Since(begin); got != 30*time.Second {
			t.Errorf("the node dropped the client after %v", got)
		}
		if _, err := l.ConnectGetHostname(); err == nil {
			t.Error("the connection still works")
		}
	})
}

// A whole node fits into a bubble of testing/synctest, over its in-memory
// transport: time passes when everyone waits for it. Here a call that takes an
// hour takes no time.
func ExampleStart_synctest() {
	var t *testing.T // the test's own
	synctest.Test(t, func(t *testing.T) {
		host := harness.Start(t, harness.WithTransports())
		l := host.Connect(t)
		host.Inject(fault.On(rpc.ConnectListAllDomains).Delay(time.Hour))
		begin := time.Now()
		if _, _, err := l.ConnectListAllDomains(1, 0); err != nil {
			t.Fatal(err)
		}
		if time.Since(begin) != time.Hour {
			t.Error("the call was not delayed")
		}
	})
}
