package fakeserver_test

import (
	"context"
	"runtime"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// TestCallWhoseGoroutineEnds has a hook, and an interceptor, end the goroutine of
// a call, as t.FailNow does. The journal tells that the call gets no reply.
func TestCallWhoseGoroutineEnds(t *testing.T) {
	t.Parallel()
	intercept := func(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
		if c.Procedure == rpc.ConnectGetHostname.Info {
			runtime.Goexit()
		}
		return next(ctx, c)
	}
	hook := func(context.Context, *rpc.None, fakeserver.Next[rpc.None, libvirt.ConnectGetHostnameRet]) (*libvirt.ConnectGetHostnameRet, error) {
		runtime.Goexit()
		return nil, nil
	}
	for _, target := range []struct {
		name string
		node func(t *testing.T) *fakeserver.Server
	}{
		{"hook", func(t *testing.T) *fakeserver.Server {
			s := start(t)
			fakeserver.Hook(s, rpc.ConnectGetHostname, hook)
			return s
		}},
		{"interceptor", func(t *testing.T) *fakeserver.Server { return start(t, fakeserver.WithInterceptor(intercept)) }},
	} {
		t.Run(target.name, func(t *testing.T) {
			t.Parallel()
			s := target.node(t)
			c := dialUnix(t, s.Addr(call.Unix))
			c.send(request(66, 1))
			c.ok(1)
			c.send(request(rpc.ConnectGetHostname.Info.Number, 2))
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			r, err := s.Journal().Wait(ctx, func(r *call.Record) bool { return r.Finished && r.Serial == 2 })
			if err != nil {
				t.Fatal(err)
			}
			const want = "an interceptor ended the goroutine of its call"
			if r.Err == nil || r.Err.Error() != want || r.End.Before(r.Begin) || r.Ret != nil {
				t.Errorf("the call ended with %v: %v", r.Err, &r)
			}
		})
	}
}
