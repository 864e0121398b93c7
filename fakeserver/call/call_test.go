package call_test

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func TestChainOrder(t *testing.T) {
	var order []string
	step := func(name string) call.Interceptor {
		return func(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
			order = append(order, name+" before")
			ret, err := next(ctx, c)
			order = append(order, name+" after")
			return ret, err
		}
	}
	failure := errors.New("failure")
	h := call.Chain(func(context.Context, *call.Call) (any, error) {
		order = append(order, "handler")
		return nil, failure
	}, step("first"), step("second"))
	if _, err := h(t.Context(), nil); err != failure {
		t.Errorf("got %v", err)
	}
	want := []string{"first before", "second before", "handler", "second after", "first after"}
	if !slices.Equal(order, want) {
		t.Errorf("got %v, want %v", order, want)
	}
}

func TestBlockingCountsOnce(t *testing.T) {
	n := 0
	c := call.New(rpc.AuthList.Info, &call.Peer{}, 1, nil, nil, func() { n++ })
	c.Blocking()
	c.Blocking()
	if n != 1 {
		t.Errorf("the server was told %d times", n)
	}
}

func TestPeerString(t *testing.T) {
	cert := &x509.Certificate{Subject: pkix.Name{CommonName: "client"}}
	for _, c := range []struct {
		peer call.Peer
		want string
	}{
		{call.Peer{Transport: call.TCP, Remote: "127.0.0.1:9"}, "127.0.0.1:9"},
		{call.Peer{Transport: call.Unix, Remote: "@", Process: &call.Process{PID: 7, UID: 1000}}, "process 7 of user 1000"},
		{call.Peer{Transport: call.TLS, Remote: "127.0.0.1:9", TLS: &call.TLSPeer{Certificate: cert}}, "127.0.0.1:9 (CN=client)"},
		{call.Peer{Transport: call.SSH, Remote: "127.0.0.1:9", SSH: &call.SSHPeer{User: "root", Via: "nc"}}, "root from 127.0.0.1:9 by nc"},
	} {
		if got := c.peer.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func ExampleChain() {
	count := 0
	counting := func(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
		count++
		return next(ctx, c)
	}
	answer := func(context.Context, *call.Call) (any, error) { return "answer", nil }
	ret, err := call.Chain(answer, counting)(context.Background(), nil)
	fmt.Println(ret, err, count)
	// Output: answer <nil> 1
}
