package harness

import (
	"context"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Next is what a hook calls to pass a call on, perhaps with other arguments.
type Next[A, R any] = fakeserver.Next[A, R]

// Hook puts f in the way of every call of p until the hook is removed: f sees the
// typed arguments, and answers itself or calls next. See fakeserver.Hook.
func Hook[A, R any](h *Host, p *rpc.Procedure[A, R], f func(ctx context.Context, args *A, next Next[A, R]) (*R, error)) *fakeserver.Hooked {
	return fakeserver.Hook(h.Server, p, f)
}
