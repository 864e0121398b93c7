package fault

import (
	"math"
	"slices"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

const (
	// maxRepeat is how often a reply is sent at most: each copy is written.
	maxRepeat = 1000
	// maxAfter is how many bytes pass at most before an action begins. It is far
	// beyond any connection, and leaves room to add to.
	maxAfter = 1 << 60
)

// oneOf checks a word.
func oneOf(field, word string, words ...string) error {
	if slices.Contains(words, word) {
		return nil
	}
	want := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" })
	return wrong(field, "it is %q: want one of %s%s", word, strings.Join(want, ", "), naming.DidYouMean(word, slices.Values(want)))
}

// check pairs what must hold with the error if it does not.
type check struct {
	ok  bool
	err error
}

func first(list ...check) error {
	for _, c := range list {
		if !c.ok {
			return c.err
		}
	}
	return nil
}

func (r *Rule) checkAction() error {
	switch r.Action.kind().group {
	case OnMessages:
		return r.checkMessage()
	case OnBytes:
		return r.checkBytes()
	case OnNode:
		return r.checkNode()
	}
	return r.checkObjects()
}

func (r *Rule) checkMessage() error {
	switch a := &r.Action; {
	case a.Fail != nil:
		return first(
			check{a.Fail.Code > 0, wrong("fail.code", "it is %d: want an error, such as VIR_ERR_OPERATION_FAILED", a.Fail.Code)},
			check{a.Fail.Domain == nil || *a.Fail.Domain >= 0, wrong("fail.domain", "it is negative: want a domain, such as VIR_FROM_QEMU")},
		)
	case a.Answer != nil:
		return first(check{len(r.Match.procedures()) == 1, wrong("on", "an answer is for one procedure: want its name, in full")})
	case a.Delay != nil:
		return first(check{a.Delay.For > 0, wrong("delay.for", "it is %v: want a duration above 0, such as 2s", a.Delay.For)})
	case a.Repeat != nil:
		n := a.Repeat.Times
		return first(check{n == 0 || n > 1 && n <= maxRepeat, wrong("repeat_reply.times", "it is %d: want 2 or more, at most %d", n, maxRepeat)})
	case a.WrongReply != nil:
		w := a.WrongReply
		return first(check{*w != WrongReply{}, wrong("wrong_reply", "it changes nothing: want one of program, version, procedure, type, serial, status, length")})
	case a.Garble != nil:
		g := a.Garble
		return first(
			check{g.Keep >= 0, wrong("garble_reply.keep", "%d is negative: want how many bytes are left", g.Keep)},
			check{g.Keep > 0 || len(g.Payload) > 0, wrong("garble_reply", "it changes nothing: want payload or keep")},
			check{len(g.Payload) <= rpc.MaxPayload, wrong("garble_reply.payload", "it has %d bytes: want at most %d, which a frame carries", len(g.Payload), rpc.MaxPayload)},
			check{g.Keep == 0 || len(g.Payload) == 0, wrong("garble_reply.keep", "there is a payload already: want one of the two")},
		)
	case a.Reorder != nil:
		return first(check{a.Reorder.Behind >= 0, wrong("reorder.behind", "%d is negative: want how many calls are answered first", a.Reorder.Behind)})
	case a.EventOrder != nil:
		return oneOf("event_order.reply", a.EventOrder.Reply, First, Last)
	case a.Close != nil:
		if len(r.On) == 0 && a.Close.When != "" {
			return wrong("close.when", "a rule without on closes connections as they come: want on, or no when")
		}
		return oneOf("close.when", a.Close.When, "", BeforeCall, InsteadOfReply, AfterReply)
	}
	return nil
}

func (r *Rule) checkBytes() error {
	if r.Confirmation != nil {
		return r.checkConfirmation()
	}
	key := r.Action.Kind()
	p := *r.Action.place()
	var more []check
	switch a := &r.Action; {
	case a.Stall != nil:
		more = []check{{a.Stall.For >= 0, wrong("stall.for", "it is negative: want a duration such as 5s, or none")}}
	case a.Throttle != nil:
		more = []check{{a.Throttle.Rate > 0, wrong("throttle.rate", "it is %d: want bytes per second, above 0", a.Throttle.Rate)}}
	case a.Drip != nil:
		more = []check{
			{a.Drip.Size >= 0, wrong("drip.size", "%d is negative: want bytes", a.Drip.Size)},
			{a.Drip.Every >= 0, wrong("drip.every", "it is negative: want a duration such as 10ms, or none")},
		}
	case a.Corrupt != nil:
		more = []check{{len(a.Corrupt.XOR) == 0 || slices.ContainsFunc(a.Corrupt.XOR, func(b byte) bool { return b != 0 }),
			wrong("corrupt.xor", "it is all zeros, which change nothing")}}
	case a.Coalesce != nil:
		more = []check{
			{a.Coalesce.Frames > 1, wrong("coalesce.frames", "it is %d: want 2 or more", a.Coalesce.Frames)},
			{p.After == 0, wrong("coalesce.after", "it is %d: frames are gathered from the first on", p.After)},
			{p.Layer != Beneath, wrong("coalesce.layer", "beneath TLS and SSH there are no frames: want above")},
		}
	}
	if err := oneOf(key+".direction", string(p.Direction), "", string(ToClient), string(FromClient)); err != nil {
		return err
	}
	if err := oneOf(key+".layer", string(p.Layer), "", string(Above), string(Beneath)); err != nil {
		return err
	}
	if p.After < 0 {
		return wrong(key+".after", "%d is negative: want how many bytes pass first", p.After)
	}
	if p.After > maxAfter {
		return wrong(key+".after", "it is %d: want at most %d bytes", p.After, int64(maxAfter))
	}
	if len(r.On) == 0 && p.Layer == Beneath && r.never(call.Unix, call.Memory) {
		// It begins with the first byte, before SSH has told anything.
		if r.User != "" {
			return wrong("user", "beneath SSH nobody has said yet who the user is: want layer above")
		}
		if r.ReadOnly != nil && *r.ReadOnly {
			return wrong("read_only", "beneath SSH nobody has said yet which socket it is for: want layer above")
		}
	}
	return first(more...)
}

func (r *Rule) checkNode() error {
	switch a := &r.Action; {
	case a.Restart != nil:
		if a.Restart.For < 0 {
			return wrong("restart.for", "it is negative: want a duration such as 2s, or none")
		}
		return oneOf("restart.state", a.Restart.State, "", Kept, Lost)
	case a.StopAccepting != nil:
		return first(
			check{a.StopAccepting.Backlog >= 0, wrong("stop_accepting.backlog", "%d is negative: want how many connections the system takes up", a.StopAccepting.Backlog)},
			check{a.StopAccepting.Backlog <= math.MaxInt32, wrong("stop_accepting.backlog", "it is %d: want at most %d", a.StopAccepting.Backlog, math.MaxInt32)},
		)
	case a.MaxClients != nil:
		return first(check{a.MaxClients.N > 0, wrong("max_clients.n", "it is %d: want 1 or more", a.MaxClients.N)})
	case a.DropEvents != nil:
		for i, name := range a.DropEvents.Event {
			if err := checkName(at("drop_events.event", i, len(a.DropEvents.Event)), name, rpc.KindEvent); err != nil {
				return err
			}
		}
	case a.Storm != nil:
		return first(
			check{a.Storm.Count > 0, wrong("event_storm.count", "it is %d: want 1 or more", a.Storm.Count)},
			check{a.Storm.Domain != "", wrong("event_storm.domain", "it is empty: want the name of a domain")},
		)
	case a.SlowStorage != nil:
		return first(check{a.SlowStorage.For > 0, wrong("slow_storage.for", "it is %v: want a duration above 0, such as 2s", a.SlowStorage.For)})
	}
	return nil
}
