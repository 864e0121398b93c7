package fakeserver

import (
	"encoding/binary"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Of two rules that cannot both have their way with a reply, the one that was
// injected first has.
func TestFirstWrongCounts(t *testing.T) {
	t.Parallel()
	set := fault.NewSet()
	x := &exchange{}
	m := misbehaviour{x: x}
	first, second := uint32(7), uint32(8)
	status := int32(rpc.StatusError)
	on := fault.On(rpc.ConnectGetHostname)
	for _, r := range []fault.Rule{
		on.RepeatReply(3), on.RepeatReply(5),
		on.ShortenReply(4), on.ShortenReply(8),
		on.Reorder(1), on.Reorder(2),
		on.Close(fault.AfterReply), on.Close(fault.InsteadOfReply),
		on.WrongReply(fault.WrongReply{Serial: &first}), on.WrongReply(fault.WrongReply{Serial: &second, Status: &status}),
	} {
		h, err := set.Add(r)
		if err != nil {
			t.Fatal(err)
		}
		m.reply(h)
	}
	w := x.wrong
	if w.repeat != 3 || w.garble.Keep != 4 || w.reorder.Rule().Reorder.Behind != 1 || w.end.Rule().Close.When != fault.AfterReply {
		t.Errorf("got %+v", w)
	}
	frame, err := w.frame(rpc.Header{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if serial := binary.BigEndian.Uint32(frame[20:]); serial != first {
		t.Errorf("the serial is %d", serial)
	}
	if got := binary.BigEndian.Uint32(frame[24:]); got != uint32(status) {
		t.Errorf("the status is %d: the second rule's other fields count too", got)
	}
}
