package call_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

var journalPeer = &call.Peer{Connection: 3, Transport: call.TCP, Remote: "127.0.0.1:9"}

// lookup is a call with a name as its argument.
func lookup(name string) *call.Call {
	return call.New(rpc.DomainLookupByName.Info, journalPeer, 5, &libvirt.DomainLookupByNameArgs{Name: name}, nil, nil)
}

func names(records []call.Record) []string {
	var list []string
	for _, r := range records {
		list = append(list, r.Args.(*libvirt.DomainLookupByNameArgs).Name)
	}
	return list
}

func TestJournalKeepsACall(t *testing.T) {
	t.Parallel()
	now := time.Unix(100, 0)
	j := call.NewJournal(func() time.Time { now = now.Add(time.Second); return now })
	c := lookup("vm")
	seq := j.Begin(c, 40)
	if c.Seq() != seq || seq != 1 {
		t.Errorf("the first call has number %d, and %d in the call", seq, c.Seq())
	}
	if r := j.Records()[0]; r.Finished || !r.End.IsZero() {
		t.Errorf("finished before its end: %v", &r)
	}
	j.Fault(seq, "delay")
	j.Fault(seq, "fail")
	failure := &rpc.Error{Code: libvirt.ErrNoDomain, Domain: rpc.FromTest, Message: "Domain not found"}
	j.End(seq, nil, failure, 60)
	r := j.Records()[0]
	if r.Procedure != rpc.DomainLookupByName.Info || r.Peer != journalPeer || r.Serial != 5 || r.Args != c.Args ||
		r.Err != error(failure) || !r.Finished || !slices.Equal(r.Faults, []string{"delay", "fail"}) ||
		!r.Begin.Equal(time.Unix(101, 0)) || !r.End.Equal(time.Unix(102, 0)) {
		t.Errorf("got %+v", r)
	}
	want := `#1 connection 3 (tcp, 127.0.0.1:9): DomainLookupByName(Name: "vm") failed: Domain not found (code 42, domain 12) [fault: delay, fail]`
	if r.String() != want {
		t.Errorf("got  %s\nwant %s", &r, want)
	}
}

func TestJournalIsBoundedInRecords(t *testing.T) {
	t.Parallel()
	j := call.NewJournal(time.Now)
	const extra = 10
	var seqs []uint64
	for i := range call.MaxRecords + extra {
		seqs = append(seqs, j.Begin(lookup(fmt.Sprint(i)), 1))
	}
	records := j.Records()
	if len(records) != call.MaxRecords || j.Dropped() != extra {
		t.Fatalf("has %d records, dropped %d", len(records), j.Dropped())
	}
	for i, r := range records {
		if r.Seq != uint64(i+extra+1) || names(records[i : i+1])[0] != fmt.Sprint(i+extra) {
			t.Fatalf("record %d is %v", i, &r)
		}
	}
	j.End(seqs[0], nil, nil, 1) // forgotten: nothing happens
	j.End(seqs[extra], &libvirt.DomainLookupByNameRet{}, nil, 1)
	if records := j.Records(); !records[0].Finished || records[1].Finished {
		t.Errorf("the end went to the wrong record")
	}
	if got := len(j.Since(seqs[len(seqs)-3])); got != 2 {
		t.Errorf("%d calls since the last but two", got)
	}
	if j.Since(j.Last()) != nil || j.Since(j.Last()+5) != nil {
		t.Error("there are calls after the last")
	}
}

func TestJournalIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	j := call.NewJournal(time.Now)
	const size = 16 << 20
	for i := range 4 {
		j.End(j.Begin(lookup(fmt.Sprint(i)), size/2), nil, nil, size/2)
	}
	if got := names(j.Records()); !slices.Equal(got, []string{"0", "1", "2", "3"}) {
		t.Errorf("within the bound, it has %v", got)
	}
	seq := j.Begin(lookup("4"), 1)
	if got := names(j.Records()); !slices.Equal(got, []string{"1", "2", "3", "4"}) {
		t.Errorf("a byte beyond, it has %v", got)
	}
	j.End(seq, nil, nil, size)
	if got := names(j.Records()); !slices.Equal(got, []string{"2", "3", "4"}) {
		t.Errorf("after a large reply, it has %v", got)
	}
	j.Replied(seq, size)
	if got := names(j.Records()); !slices.Equal(got, []string{"3", "4"}) {
		t.Errorf("after a reply that is larger still, it has %v", got)
	}
	j.End(j.Begin(lookup("5"), 1), nil, nil, call.MaxRecordBytes)
	if n := len(j.Records()); n != 0 || j.Dropped() != 6 {
		t.Errorf("after a call that is too large itself, it has %d and has dropped %d", n, j.Dropped())
	}
}

func TestJournalReset(t *testing.T) {
	t.Parallel()
	j := call.NewJournal(time.Now)
	seq := j.Begin(lookup("a"), 1)
	j.Connected(&call.Peer{Connection: 1})
	j.Connected(&call.Peer{Connection: 2})
	j.Disconnected(1, nil, false)
	j.Reset()
	j.End(seq, nil, nil, 1)
	if len(j.Records()) != 0 || j.Dropped() != 0 {
		t.Errorf("has %v", j.Records())
	}
	if got := j.Connections(); len(got) != 1 || got[0].Peer.Connection != 2 || j.Live() != 1 {
		t.Errorf("has connections %v, %d live", got, j.Live())
	}
	if next := j.Begin(lookup("b"), 1); next != seq+1 {
		t.Errorf("the next call has number %d", next)
	}
}

func TestJournalConnections(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	j := call.NewJournal(func() time.Time { now = now.Add(time.Second); return now })
	reason := errors.New("reset")
	one, two := &call.Peer{Connection: 1}, &call.Peer{Connection: 2}
	j.Connected(one)
	j.Connected(two)
	j.Disconnected(two.Connection, reason, true)
	j.Disconnected(two.Connection, nil, false) // once is enough
	j.Disconnected(99, nil, false)
	want := []call.ConnectionRecord{
		{Peer: one, Opened: time.Unix(1, 0)},
		{Peer: two, Opened: time.Unix(2, 0), Closed: time.Unix(3, 0), Reason: reason, Asked: true},
	}
	if diff := cmp.Diff(want, j.Connections(), cmp.Comparer(func(a, b error) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if j.Live() != 1 {
		t.Errorf("%d are live", j.Live())
	}
	for i := range uint64(2 * call.MaxConnectionRecords) {
		j.Connected(&call.Peer{Connection: 100 + i})
		j.Disconnected(100+i, nil, true)
	}
	got := j.Connections()
	if len(got) != call.MaxConnectionRecords || got[0].Peer != one || j.Live() != 1 {
		t.Errorf("has %d connections, the first %v; %d live", len(got), &got[0], j.Live())
	}
}

func TestWaitFindsWhatIsThere(t *testing.T) {
	t.Parallel()
	j := call.NewJournal(time.Now)
	for _, name := range []string{"a", "b", "b"} {
		j.Begin(lookup(name), 1)
	}
	r, err := j.Wait(t.Context(), func(r *call.Record) bool { return names([]call.Record{*r})[0] == "b" })
	if err != nil || r.Seq != 2 {
		t.Errorf("got %v, %v", &r, err)
	}
}

func TestWaitSeesChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := call.NewJournal(time.Now)
		var seen []string
		done := make(chan call.Record)
		go func() {
			r, err := j.Wait(t.Context(), func(r *call.Record) bool {
				seen = append(seen, fmt.Sprint(r.Seq, r.Finished, r.Faults))
				return r.Finished
			})
			if err != nil {
				t.Error(err)
			}
			done <- r
		}()
		synctest.Wait() // it waits for good: nothing polls
		a := j.Begin(lookup("a"), 1)
		b := j.Begin(lookup("b"), 1)
		synctest.Wait()
		j.Fault(b, "hang")
		j.End(a, nil, nil, 1)
		if r := <-done; r.Seq != a {
			t.Errorf("got %v", &r)
		}
		if want := []string{"1 false []", "2 false []", "2 false [hang]", "1 true []"}; !slices.Equal(seen, want) {
			t.Errorf("it was shown %v", seen)
		}
	})
}

// A call that is dropped at once is still seen by those who wait.
func TestWaitSeesWhatIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := call.NewJournal(time.Now)
		found := make(chan error)
		go func() {
			_, err := j.Wait(t.Context(), func(r *call.Record) bool { return r.Finished })
			found <- err
		}()
		synctest.Wait()
		j.End(j.Begin(lookup("a"), 1), nil, nil, call.MaxRecordBytes)
		if err := <-found; err != nil || len(j.Records()) != 0 {
			t.Error(err, j.Records())
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	j := call.NewJournal(time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Wait(ctx, func(*call.Record) bool { return true }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestJournalConcurrently(t *testing.T) {
	t.Parallel()
	j := call.NewJournal(time.Now)
	var wg sync.WaitGroup
	const clients, calls = 4, 3000
	for i := range clients {
		wg.Go(func() {
			peer := &call.Peer{Connection: uint64(i + 1)}
			j.Connected(peer)
			for range calls {
				seq := j.Begin(lookup("a"), 1)
				j.Fault(seq, "delay")
				j.End(seq, nil, nil, 1)
			}
			j.Disconnected(peer.Connection, nil, true)
		})
	}
	wg.Go(func() {
		if _, err := j.Wait(t.Context(), func(r *call.Record) bool { return r.Seq == clients*calls && r.Finished }); err != nil {
			t.Error(err)
		}
	})
	wg.Go(func() {
		for range 20 {
			for _, r := range j.Records() {
				_ = r.String()
			}
		}
	})
	wg.Wait()
	if got := int(j.Dropped()) + len(j.Records()); got != clients*calls || j.Live() != 0 {
		t.Errorf("%d calls, %d live connections", got, j.Live())
	}
}

func BenchmarkJournal(b *testing.B) {
	for _, c := range []struct {
		name string
		call *call.Call
		ret  any
	}{
		{"lookup", lookup("vm-1"), &libvirt.DomainLookupByNameRet{}},
		{"secret", call.New(rpc.SecretSetValue.Info, journalPeer, 1, &libvirt.SecretSetValueArgs{Value: make([]byte, 100)}, nil, nil), &rpc.None{}},
	} {
		b.Run(c.name, func(b *testing.B) {
			j := call.NewJournal(time.Now)
			b.ReportAllocs()
			for b.Loop() {
				j.End(j.Begin(c.call, 100), c.ret, nil, 100)
			}
		})
	}
}

func ExampleJournal() {
	j := call.NewJournal(time.Now)
	// What the server does with a call:
	args := &libvirt.DomainLookupByNameArgs{Name: "vm-1"}
	c := call.New(rpc.DomainLookupByName.Info, &call.Peer{Connection: 1, Transport: call.Memory, Remote: "memory"}, 1, args, nil, nil)
	seq := j.Begin(c, 44)
	j.End(seq, &libvirt.DomainLookupByNameRet{Dom: libvirt.Domain{Name: "vm-1", ID: -1}}, nil, 68)
	// What others find:
	for _, r := range j.Records() {
		fmt.Println(r.String())
	}
	// Output:
	// #1 connection 1 (memory, memory): DomainLookupByName(Name: "vm-1") = Dom: {Name: "vm-1", UUID: 00000000-0000-0000-0000-000000000000, ID: -1}
}
