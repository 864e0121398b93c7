package fault

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// TestBuilderActions holds that each method sets what it says, and only that.
func TestBuilderActions(t *testing.T) {
	t.Parallel()
	on := On(rpc.DomainCreate)
	seen := map[string]bool{"fail": true, "answer": true, "wrong_reply": true}
	for _, c := range []struct {
		rule Rule
		want Action
	}{
		{on.Delay(time.Second), Action{Delay: &Delay{For: Duration(time.Second)}}},
		{on.Hang(), Action{Hang: &Hang{}}},
		{on.DropReply(), Action{DropReply: &DropReply{}}},
		{on.RepeatReply(3), Action{Repeat: &Repeat{Times: 3}}},
		{on.GarbleReply([]byte{1}), Action{Garble: &Garble{Payload: Bytes{1}}}},
		{on.ShortenReply(3), Action{Garble: &Garble{Keep: 3}}},
		{on.Reorder(2), Action{Reorder: &Reorder{Behind: 2}}},
		{on.ReplyFirst(), Action{EventOrder: &EventOrder{Reply: "first"}}},
		{on.ReplyLast(), Action{EventOrder: &EventOrder{Reply: "last"}}},
		{on.Close(AfterReply), Action{Close: &Close{When: "after"}}},
		{on.Cut(ToClient, 1), Action{Cut: &Cut{Place{Direction: ToClient, After: 1}}}},
		{on.Beneath().Reset(FromClient, 1), Action{Reset: &Reset{Place{FromClient, Beneath, 1}}}},
		{on.HalfClose(ToClient, 1), Action{HalfClose: &HalfClose{Place{Direction: ToClient, After: 1}}}},
		{on.Stall(ToClient, 1), Action{Stall: &Stall{Place: Place{Direction: ToClient, After: 1}}}},
		{on.Throttle(ToClient, 9), Action{Throttle: &Throttle{Place{Direction: ToClient}, 9}}},
		{on.Drip(ToClient, 2, time.Second), Action{Drip: &Drip{Place{Direction: ToClient}, 2, Duration(time.Second)}}},
		{on.Corrupt(ToClient, 1, 2, 3), Action{Corrupt: &Corrupt{Place{Direction: ToClient, After: 1}, Bytes{2, 3}}}},
		{on.Coalesce(3), Action{Coalesce: &Coalesce{Place{Direction: ToClient}, 3}}},
		{Connections().Confirm(ConfirmAlert), Action{Confirmation: &Confirmation{Send: "alert"}}},
		{Connections().ConfirmAfter(time.Second), Action{Confirmation: &Confirmation{Send: "late", For: Duration(time.Second)}}},
		{on.Restart(Lost, time.Second), Action{Restart: &Restart{"lost", Duration(time.Second)}}},
		{on.Refuse(), Action{Refuse: &Refuse{}}},
		{on.StopAccepting(2), Action{StopAccepting: &StopAccepting{2}}},
		{on.MaxClients(2), Action{MaxClients: &MaxClients{2}}},
		{on.NoKeepAlive(), Action{NoKeepAlive: &NoKeepAlive{}}},
		{on.DropEvents("Domain*"), Action{DropEvents: &DropEvents{Names{"Domain*"}}}},
		{on.EventStorm(3, "a"), Action{Storm: &Storm{Count: 3, Domain: "a"}}},
		{on.SlowStorage(time.Second), Action{SlowStorage: &SlowStorage{Duration(time.Second)}}},
		{on.NoLease(), Action{NoLease: &NoLease{}}},
		{on.Crash("a"), Action{Crash: &Crash{Target{Domain: "a"}}}},
		{on.Vanish(), Action{Vanish: &Vanish{}}},
		{on.VanishDomain("a"), Action{Vanish: &Vanish{Target{Domain: "a"}}}},
		{on.VanishNetwork("a"), Action{Vanish: &Vanish{Target{Network: "a"}}}},
		{on.AppearDomain("<domain/>"), Action{Appear: &Appear{Domain: "<domain/>"}}},
		{on.AppearNetwork("<network/>"), Action{Appear: &Appear{Network: "<network/>"}}},
		{on.Change("start"), Action{Change: &Change{Do: "start"}}},
		{on.ChangeDomain("a", "start"), Action{Change: &Change{Target: Target{Domain: "a"}, Do: "start"}}},
		{on.ChangeNetwork("a", "start"), Action{Change: &Change{Target: Target{Network: "a"}, Do: "start"}}},
		{on.AfterEffect().Fail(9, "x"), Action{Fail: &Fail{Code: 9, Message: "x", After: true}}},
		{on.AfterEffect().Delay(1), Action{Delay: &Delay{For: 1, After: true}}},
		{on.AfterEffect().Hang(), Action{Hang: &Hang{After: true}}},
		{on.AfterEffect().AppearDomain("<domain/>"), Action{Appear: &Appear{Domain: "<domain/>", After: true}}},
		{on.AfterEffect().AppearNetwork("<network/>"), Action{Appear: &Appear{Network: "<network/>", After: true}}},
		{on.AfterEffect().ChangeDomain("a", "start"), Action{Change: &Change{Target: Target{Domain: "a"}, Do: "start", After: true}}},
		{on.AfterEffect().ChangeNetwork("a", "start"), Action{Change: &Change{Target: Target{Network: "a"}, Do: "start", After: true}}},
	} {
		if d := cmp.Diff(c.want, c.rule.Action); d != "" {
			t.Error(d)
		}
		if err := c.rule.Check(); err != nil {
			t.Error(err)
		}
		seen[c.rule.Kind()] = true
	}
	for _, a := range Actions() {
		if !seen[a.Kind] {
			t.Errorf("%s has no method here", a.Kind)
		}
	}
}
