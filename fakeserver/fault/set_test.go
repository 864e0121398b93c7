package fault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func add(t testing.TB, s *Set, r Rule) *Handle {
	t.Helper()
	h, err := s.Add(r)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

var local = &call.Peer{Connection: 1, Transport: call.Unix, Process: &call.Process{UID: 1000}}

func callTo(p *rpc.Info, args any) *call.Call { return call.New(p, local, 1, args, nil, nil) }

func create(name string) *call.Call {
	return callTo(rpc.DomainCreate.Info, &libvirt.DomainCreateArgs{Dom: libvirt.Domain{Name: name}})
}

// fired returns the numbers of the rules that fire, as text.
func fired(list []*Handle, all ...*Handle) string {
	var names []string
	for _, h := range list {
		for i := range all {
			if all[i] == h {
				names = append(names, fmt.Sprint(i))
			}
		}
	}
	return strings.Join(names, " ")
}

func TestCallMatches(t *testing.T) {
	t.Parallel()
	ssh := &call.Peer{Connection: 7, Transport: call.SSH, ReadOnly: true, SSH: &call.SSHPeer{User: "root"}}
	overSSH := call.New(rpc.DomainCreate.Info, ssh, 1, create("vm-1").Args, nil, nil)
	for _, c := range []struct {
		name        string
		rule        Builder
		local, over bool
	}{
		{"any", OnAny(), true, true},
		{"every call", Builder{}, true, true},
		{"procedure", On(rpc.DomainCreate), true, true},
		{"function", OnCalls("virDomainCreate"), true, true},
		{"pattern", OnCalls("Domain*"), true, true},
		{"other procedure", On(rpc.DomainDestroy), false, false},
		{"or", On(rpc.DomainDestroy).Or("DomainCreate"), true, true},
		{"object", OnAny().Object("vm-*"), true, true},
		{"other object", OnAny().Object("vm-2"), false, false},
		{"transport", OnAny().OnTransport(call.TCP, call.SSH), false, true},
		{"connection", OnAny().OnConnection(1), true, false},
		{"user", OnAny().As("root"), false, true},
		{"number of a user", OnAny().As("1000"), true, false},
		{"read-only", OnAny().ReadOnly(true), false, true},
		{"not read-only", OnAny().ReadOnly(false), true, false},
		{"predicate", OnAny().If(func(c *call.Call) bool { return c.Peer == ssh }), false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := NewSet()
			h := add(t, s, c.rule.Hang())
			if got := len(s.Call(create("vm-1"))) == 1; got != c.local {
				t.Errorf("a local call: got %v", got)
			}
			if got := len(s.Call(overSSH)) == 1; got != c.over {
				t.Errorf("a call over SSH: got %v", got)
			}
			want := 0
			for _, b := range []bool{c.local, c.over} {
				if b {
					want++
				}
			}
			if h.Hits() != want {
				t.Errorf("%d hits", h.Hits())
			}
		})
	}
}

func TestSkipAndTimes(t *testing.T) {
	t.Parallel()
	s := NewSet()
	h := add(t, s, On(rpc.DomainCreate).Object("vm-*").Skip(1).Times(2).Hang())
	var got []bool
	for _, name := range []string{"other", "vm-1", "other", "vm-1", "vm-2", "vm-3", "vm-4"} {
		got = append(got, len(s.Call(create(name))) > 0)
	}
	if fmt.Sprint(got) != "[false false false true true false false]" || h.Hits() != 2 {
		t.Errorf("got %v, %d hits", got, h.Hits())
	}
	if len(s.table.Load().of(rpc.DomainCreate.Info)) != 0 {
		t.Error("a rule whose Times are used up still costs")
	}
	if len(s.All()) != 1 {
		t.Error("a rule whose Times are used up is gone")
	}
}

// TestOrder holds that rules fire together in the order of injection, and that
// one call is answered once.
func TestOrder(t *testing.T) {
	t.Parallel()
	s := NewSet()
	delay := add(t, s, OnAny().Delay(time.Second))
	first := add(t, s, On(rpc.DomainCreate).Times(1).Fail(1, "first"))
	cut := add(t, s, OnCalls("DomainCreate", "virDomainCreate").Cut(ToClient, 1))
	second := add(t, s, On(rpc.DomainCreate).Times(1).Fail(1, "second"))
	third := add(t, s, On(rpc.DomainCreate).Skip(2).Times(1).Answer(nil))
	for _, want := range []string{"0 1 2", "0 2 3", "0 2 4", "0 2"} {
		if got := fired(s.Call(create("a")), delay, first, cut, second, third); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := fired(s.Call(callTo(rpc.NodeGetInfo.Info, &rpc.None{})), delay, first, cut, second); got != "0" {
		t.Errorf("got %s", got)
	}
}

func TestTimesUnderRace(t *testing.T) {
	t.Parallel()
	s := NewSet()
	h := add(t, s, On(rpc.DomainCreate).Skip(3).Times(1).Fail(1, ""))
	var hits atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				hits.Add(int64(len(s.Call(create("a")))))
			}
		})
	}
	wg.Wait()
	if hits.Load() != 1 || h.Hits() != 1 {
		t.Errorf("%d and %d hits", hits.Load(), h.Hits())
	}
}

// TestRemoveUnderRace holds that nothing fires once Remove has returned.
func TestRemoveUnderRace(t *testing.T) {
	t.Parallel()
	s := NewSet()
	var wg sync.WaitGroup
	for range 50 {
		h := add(t, s, OnAny().Hang())
		var removed atomic.Bool
		for range 4 {
			wg.Go(func() {
				for range 20 {
					before := removed.Load()
					if len(s.Call(create("a"))) > 0 && before {
						t.Error("a rule fired after it was removed")
					}
				}
			})
		}
		h.Remove()
		removed.Store(true)
		wg.Wait()
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	s := NewSet()
	h := add(t, s, OnAny().Hang())
	var order []string
	h.OnRemove(func() {
		order = append(order, "first")
		h.Remove() // must not wait for itself
	})
	h.OnRemove(func() { order = append(order, "second") })
	select {
	case <-h.Removed():
		t.Fatal("removed already")
	default:
	}
	h.Remove()
	h.Remove()
	<-h.Removed()
	h.OnRemove(func() { order = append(order, "late") })
	if fmt.Sprint(order) != "[first second late]" {
		t.Errorf("got %v", order)
	}
	if len(s.Call(create("a"))) != 0 || len(s.All()) != 0 {
		t.Error("the rule is still there")
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	s := NewSet()
	h := add(t, s, OnAny().Named("slow").Hang())
	if err := h.Wait(t.Context(), 0); err != nil {
		t.Error(err)
	}
	done := make(chan error)
	go func() { done <- h.Wait(t.Context(), 2) }()
	s.Call(create("a"))
	h.Hit()
	if err := <-done; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("reason")
	cancel(reason)
	if err := h.Wait(ctx, 3); !errors.Is(err, reason) || err.Error() != `fault "slow" has hit 2 times of 3: reason` {
		t.Errorf("got %v", err)
	}
	if err := h.Wait(ctx, 2); err != nil {
		t.Error(err)
	}
	go func() { done <- h.Wait(t.Context(), 3) }()
	h.Remove()
	if err := <-done; err == nil || err.Error() != `fault "slow" has hit 2 times of 3 and is removed` {
		t.Errorf("got %v", err)
	}
}

func TestConnections(t *testing.T) {
	t.Parallel()
	s := NewSet()
	tls := func(n uint64) *call.Peer { return &call.Peer{Connection: n, Transport: call.TLS} }
	all := add(t, s, Connections().Cut(ToClient, 100))
	one := add(t, s, Connections().OnTransport(call.TLS).Skip(1).Times(1).Close())
	calls := add(t, s, OnAny().Cut(ToClient, 1))
	connect := func(p *call.Peer) []*Handle {
		return slices.DeleteFunc(s.All(), func(h *Handle) bool { return !h.Connection(p) })
	}
	a, b, c := tls(2), tls(3), tls(4)
	for _, x := range []struct {
		peer *call.Peer
		want string
	}{{local, "0"}, {a, "0"}, {a, ""}, {b, "0 1"}, {b, ""}, {c, "0"}} {
		if got := fired(connect(x.peer), all, one, calls); got != x.want {
			t.Errorf("connection %d: got %q, want %q", x.peer.Connection, got, x.want)
		}
	}
	late := add(t, s, Connections().OnConnection(3).Reset(FromClient, 0))
	if late.Connection(a) || !late.Connection(b) || late.Connection(b) {
		t.Error("connections that were there before")
	}
	if late.Hits() != 1 || all.Hits() != 4 || one.Hits() != 1 {
		t.Errorf("%d, %d, %d hits", late.Hits(), all.Hits(), one.Hits())
	}
	again := *b
	if len(connect(&again)) != 0 {
		t.Error("a second Peer of one connection")
	}
	for _, p := range []*call.Peer{local, a, &again, c} {
		s.Forget(p)
	}
	if len(all.connected)+len(one.connected)+len(late.connected) != 0 {
		t.Error("connections that ended are kept")
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	s := NewSet()
	other := &call.Peer{Connection: 2, Transport: call.TCP}
	pings := add(t, s, Node().OnTransport(call.Unix).Skip(1).Times(1).NoKeepAlive())
	if s.NoKeepAlive(other) != nil || s.NoKeepAlive(local) != nil || s.NoKeepAlive(local) != pings || s.NoKeepAlive(local) != nil {
		t.Error("pings")
	}
	events := add(t, s, Node().DropEvents("DomainEventLifecycle", "Network*"))
	for _, x := range []struct {
		event *rpc.Info
		want  *Handle
	}{
		{rpc.DomainEventLifecycle.Info, events}, {rpc.DomainEventCallbackLifecycle.Info, events},
		{rpc.NetworkEventLifecycle.Info, events}, {rpc.DomainEventReboot.Info, nil},
	} {
		if got := s.DropsEvent(local, x.event); got != x.want {
			t.Errorf("%s: got %v", x.event.Name, got)
		}
	}
	if events.Hits() != 3 {
		t.Errorf("%d hits", events.Hits())
	}
	limit := add(t, s, Node().MaxClients(3))
	if got := s.InForce("max_clients"); len(got) != 1 || got[0] != limit || len(s.InForce("refuse")) != 0 {
		t.Errorf("got %v", got)
	}
	limit.Remove()
	if len(s.InForce("max_clients")) != 0 {
		t.Error("a removed limit is in force")
	}
}

// TestConditionsOfCalls is about conditions that begin with a call.
func TestConditionsOfCalls(t *testing.T) {
	t.Parallel()
	s := NewSet()
	refuse := add(t, s, On(rpc.DomainCreate).Object("vm-1").Skip(1).Refuse())
	events := add(t, s, On(rpc.DomainCreate).Object("vm-2").Times(1).DropEvents())
	for i, x := range []struct{ object, want string }{{"vm-1", ""}, {"vm-2", ""}, {"vm-1", "0"}, {"vm-1", ""}} {
		if got := fired(s.Call(create(x.object)), refuse, events); got != x.want {
			t.Errorf("%d: got %q, want %q", i, got, x.want)
		}
		if got := len(s.InForce("refuse")) == 1; got != (i >= 2) {
			t.Errorf("%d: refuse in force is %v", i, got)
		}
	}
	if refuse.Hits() != 1 || events.Hits() != 0 {
		t.Errorf("%d, %d hits", refuse.Hits(), events.Hits())
	}
	e := rpc.DomainEventReboot.Info
	if s.DropsEvent(local, e) != events || s.DropsEvent(local, e) != nil || events.Hits() != 1 {
		t.Error("events")
	}
}

func TestStorageAndLeases(t *testing.T) {
	t.Parallel()
	s := NewSet()
	pool := callTo(rpc.StoragePoolRefresh.Info, &libvirt.StoragePoolRefreshArgs{Pool: libvirt.StoragePool{Name: "default"}})
	list := callTo(rpc.ConnectListAllStoragePools.Info, &libvirt.ConnectListAllStoragePoolsArgs{})
	vol := callTo(rpc.StorageVolDelete.Info, &libvirt.StorageVolDeleteArgs{Vol: libvirt.StorageVol{Pool: "other", Name: "a"}})
	leases := callTo(rpc.NetworkGetDhcpLeases.Info, &libvirt.NetworkGetDhcpLeasesArgs{})
	all := add(t, s, Node().SlowStorage(time.Second))
	one := add(t, s, Node().Object("default").Times(1).SlowStorage(time.Second))
	after := add(t, s, On(rpc.DomainCreate).Object("vm-1").Skip(1).SlowStorage(time.Second))
	none := add(t, s, Node().NoLease())
	for i, x := range []struct {
		call *call.Call
		want string
	}{
		{pool, "0 1"}, {pool, "0"}, {list, "0"}, {vol, "0"}, {leases, "3"}, {create("vm-1"), ""}, {pool, "0"},
		{create("vm-1"), ""}, {pool, "0 2"}, {list, "0 2"}, {create("vm-1"), ""},
	} {
		if got := fired(s.Call(x.call), all, one, after, none); got != x.want {
			t.Errorf("%d: got %q, want %q", i, got, x.want)
		}
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	s := NewSet()
	var order []int
	for i := range 3 {
		add(t, s, OnAny().Hang()).OnRemove(func() { order = append(order, i) })
	}
	s.Close()
	s.Close()
	if fmt.Sprint(order) != "[2 1 0]" || len(s.All()) != 0 {
		t.Errorf("got %v", order)
	}
	if _, err := s.Add(OnAny().Hang()); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkCall(b *testing.B) {
	c := create("vm-1")
	for _, x := range []struct {
		name string
		rule Rule
	}{
		{"no rule", Rule{}},
		{"rule of another procedure", OnCalls("ConnectGet*").Hang()},
		{"rule that is spent", On(rpc.DomainCreate).Times(1).Hang()},
		{"rule of another user", On(rpc.DomainCreate).As("x").Hang()},
		{"rule of another object", On(rpc.DomainCreate).Object("x").Hang()},
		{"rule of another pattern", On(rpc.DomainCreate).Object("x-*").Hang()},
		{"rule that hits", On(rpc.DomainCreate).Object("vm-*").Hang()},
	} {
		b.Run(x.name, func(b *testing.B) {
			s := NewSet()
			if x.rule.Kind() != "" {
				add(b, s, x.rule)
			}
			s.Call(c)
			b.ReportAllocs()
			for b.Loop() {
				s.Call(c)
			}
		})
	}
}

func BenchmarkAdd(b *testing.B) {
	s := NewSet()
	for b.Loop() {
		h, err := s.Add(OnAny().Object("vm-*").Hang())
		if err != nil {
			b.Fatal(err)
		}
		h.Remove()
	}
}
