package harness_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

func TestCallsTo(t *testing.T) {
	t.Parallel()
	host := harness.Start(t, harness.WithTransports(), harness.WithDomainXML("qemu", guest))
	first, second := host.Connect(t), host.Connect(t)
	_, _ = first.DomainLookupByName("guest")
	_, _ = second.DomainLookupByName("nobody")
	calls := harness.CallsTo(host, rpc.DomainLookupByName)
	if len(calls) != 2 {
		t.Fatalf("got %v", calls)
	}
	one, two := calls[0], calls[1]
	if one.Args.Name != "guest" || one.Ret == nil || one.Ret.Dom.Name != "guest" || one.Err != nil || !one.Finished || one.End.Before(one.Begin) ||
		one.Peer.Transport != call.Memory || one.Connection != one.Peer.Connection || one.Serial == 0 {
		t.Errorf("got %+v", one)
	}
	var wire *rpc.Error
	if two.Args.Name != "nobody" || two.Ret != nil || !errors.As(two.Err, &wire) || wire.Code != libvirt.ErrNoDomain || two.Connection == one.Connection || two.Seq <= one.Seq {
		t.Errorf("got %+v", two)
	}
	if calls := harness.CallsTo(host, rpc.DomainCreate); calls != nil {
		t.Errorf("got %v", calls)
	}
}

// A client that has its answer finds its call finished, also after a hook, which
// lets other calls send replies meanwhile, this one's among them.
func TestCallsAreFinishedWithTheReply(t *testing.T) {
	t.Parallel()
	host := harness.Start(t, harness.WithTransports(), fakeserver.WithClock(slowClock{clock.Real()}))
	l := host.Connect(t)
	harness.Hook(host, rpc.ConnectGetLibVersion, func(ctx context.Context, args *rpc.None, next func(context.Context, *rpc.None) (*libvirt.ConnectGetLibVersionRet, error)) (*libvirt.ConnectGetLibVersionRet, error) {
		return next(ctx, args)
	})
	done := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				_, _ = l.ConnectGetHostname()
			}
		}
	})
	defer others.Wait()
	defer close(done)
	for i := range 50 {
		if _, err := l.ConnectGetLibVersion(); err != nil {
			t.Fatal(err)
		}
		if calls := harness.CallsTo(host, rpc.ConnectGetLibVersion); len(calls) == 0 || !calls[len(calls)-1].Finished {
			t.Fatalf("call %d has its reply, and is not finished", i)
		}
	}
}

// slowClock lets everyone else run before it tells the time.
type slowClock struct{ clock.Clock }

func (c slowClock) Now() time.Time {
	for range 5000 {
		runtime.Gosched()
	}
	return c.Clock.Now()
}

func TestWaitCall(t *testing.T) {
	t.Parallel()
	host := harness.Start(t, harness.WithTransports(), harness.WithDomainXML("qemu", guest))
	l := host.Connect(t)
	done := make(chan error, 1)
	go func() {
		for _, name := range []string{"nobody", "guest"} {
			_, _ = l.DomainLookupByName(name)
		}
		done <- nil
	}()
	c, err := harness.WaitCall(t.Context(), host, rpc.DomainLookupByName, func(c harness.Call[libvirt.DomainLookupByNameArgs, libvirt.DomainLookupByNameRet]) bool {
		return c.Ret != nil
	})
	if err != nil || c.Args.Name != "guest" || !c.Finished {
		t.Errorf("got %v, %v", c, err)
	}
	<-done
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = harness.WaitCall(ended, host, rpc.DomainLookupByUUID)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "waiting for a call of DomainLookupByUUID: context canceled\nno call of it; similar ones:\n") ||
		!strings.Contains(err.Error(), `DomainLookupByName(Name: "guest")`) {
		t.Errorf("got %v", err)
	}
}

func TestHook(t *testing.T) {
	t.Parallel()
	host := harness.Start(t, harness.WithTransports(), harness.WithDomainXML("qemu", guest))
	l := host.Connect(t)
	type (
		args = libvirt.DomainLookupByNameArgs
		ret  = libvirt.DomainLookupByNameRet
	)
	hook := harness.Hook(host, rpc.DomainLookupByName, func(ctx context.Context, a *args, next func(context.Context, *args) (*ret, error)) (*ret, error) {
		return next(ctx, &args{Name: strings.TrimPrefix(a.Name, "my-")})
	})
	if dom, err := l.DomainLookupByName("my-guest"); err != nil || dom.Name != "guest" {
		t.Errorf("got %v, %v", dom, err)
	}
	hook.Remove()
	if _, err := l.DomainLookupByName("my-guest"); !libvirt.IsNotFound(err) {
		t.Errorf("after the hook was removed: %v", err)
	}
	// The journal has what the client asked.
	for _, c := range harness.CallsTo(host, rpc.DomainLookupByName) {
		if c.Args.Name != "my-guest" {
			t.Errorf("got %v", c)
		}
	}
}

// Whatever transport a client takes, its calls are found with it, and with who
// called.
func TestCallsOfVirsh(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	testclients.Need(t, "ssh", "openssh-client")
	host := harness.Start(t)
	for _, transport := range transports() {
		arrives := transport
		switch transport {
		case harness.LibSSH, harness.LibSSH2:
			arrives = harness.SSH
		case harness.Ext:
			arrives = harness.Unix // the command connects to the socket
		}
		t.Run(string(transport), func(t *testing.T) {
			since := host.Server.Journal().Last()
			harness.ExpectCall(t, host, rpc.DomainLookupByName, harness.Times(1), harness.Over(arrives), harness.Failed(libvirt.ErrNoDomain),
				harness.WithArgs(libvirt.DomainLookupByNameArgs{Name: "nobody"}))
			harness.ExpectNoCall(t, host, rpc.DomainCreate)
			harness.FailOnUnsupported(t, host)
			client(t, host.Env(), virsh, "-c", host.URI(transport, "test:///default"), "dominfo nobody")
			for _, r := range host.Server.Journal().Since(since) {
				if !r.Finished || (r.Peer.TLS != nil) != (arrives == harness.TLS) || (r.Peer.SSH != nil) != (arrives == harness.SSH) {
					t.Errorf("got %v of %+v", r.String(), r.Peer)
				}
			}
		})
	}
	if err := host.Server.Close(); err != nil { // virsh ends before its connection does
		t.Error(err)
	}
	connections := host.Server.Journal().Connections()
	for _, c := range connections {
		if !c.Asked {
			t.Errorf("virsh closes in order: %v", c.String())
		}
	}
	if len(connections) != len(transports()) {
		t.Errorf("%d connections", len(connections))
	}
}
