package fakeserver

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// hooks are the hooks of a node. Calls read them without a lock; whoever
// changes them makes a new map.
type hooks struct {
	mu  sync.Mutex // one change at a time
	all atomic.Pointer[map[*rpc.Info][]*Hooked]
}

// Hooked is a hook in force.
type Hooked struct {
	server    *Server
	procedure *rpc.Info
	run       call.Interceptor
	hits      atomic.Int64
}

// Hits returns how many calls have come to the hook.
func (h *Hooked) Hits() int { return int(h.hits.Load()) }

// Remove takes the hook away. Calls that are in it stay there.
func (h *Hooked) Remove() {
	h.server.hooks.change(func(all map[*rpc.Info][]*Hooked) {
		all[h.procedure] = slices.DeleteFunc(slices.Clone(all[h.procedure]), func(o *Hooked) bool { return o == h })
		if len(all[h.procedure]) == 0 {
			delete(all, h.procedure)
		}
	})
}

// Next is what a hook calls to pass a call on, perhaps with other arguments.
type Next[A, R any] = func(ctx context.Context, args *A) (*R, error)

// Hook puts f in the way of every call of p, after faults and before the node's
// own answer. f sees typed arguments, and answers with a result or an error; or
// it calls next, perhaps with other arguments, and passes on, changes or drops
// what that returns. The arguments are shared: to change them f passes a copy.
//
// An error of type *Error, *rpc.Error or go-libvirt's Error reaches the client
// with its code; any other as an internal error with its text. f may take its
// time: other calls are answered meanwhile. Its context ends with the connection,
// and call.FromContext(ctx) tells who called. Of several hooks of one procedure
// the first sees a call first.
func Hook[A, R any](s *Server, p *rpc.Procedure[A, R], f func(ctx context.Context, args *A, next Next[A, R]) (*R, error)) *Hooked {
	h := &Hooked{server: s, procedure: p.Info}
	h.run = func(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
		c.Blocking()
		h.hits.Add(1)
		ret, err := f(call.NewContext(ctx, c), c.Args.(*A), func(ctx context.Context, args *A) (*R, error) {
			inner := *c
			inner.Args = args
			ret, err := next(ctx, &inner)
			if err != nil {
				return nil, err
			}
			typed, ok := ret.(*R)
			if !ok && ret != nil {
				return nil, fmt.Errorf("fakelibvirtd: the answer to %s is a %T, not a %T", p.Info.Name, ret, typed)
			}
			return typed, nil
		})
		if err != nil {
			return nil, err
		}
		if _, none := any(ret).(*rpc.None); ret == nil && !none {
			return nil, fmt.Errorf("fakelibvirtd: a hook of %s returned neither a result nor an error", p.Info.Name)
		}
		return ret, nil
	}
	s.hooks.change(func(all map[*rpc.Info][]*Hooked) {
		all[p.Info] = append(slices.Clone(all[p.Info]), h)
	})
	return h
}

func (h *hooks) change(f func(map[*rpc.Info][]*Hooked)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make(map[*rpc.Info][]*Hooked)
	if old := h.all.Load(); old != nil {
		maps.Copy(all, *old)
	}
	f(all)
	if len(all) == 0 {
		h.all.Store(nil) // a node without hooks does not look for any
		return
	}
	h.all.Store(&all)
}

// intercept is the hooks' place in the chain.
func (h *hooks) intercept(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
	all := h.all.Load()
	if all == nil {
		return next(ctx, c)
	}
	hooked := (*all)[c.Procedure]
	if len(hooked) == 0 {
		return next(ctx, c)
	}
	interceptors := make([]call.Interceptor, len(hooked))
	for i, h := range hooked {
		interceptors[i] = h.run
	}
	return call.Chain(next, interceptors...)(ctx, c)
}
