package fakeserver_test

import (
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// BenchmarkJournal measures what the journal adds to a call over a unix socket:
// the metric "%ofCall" is the time of its part alone, as a share of the call's.
// With `taskset -c 0` both run on one core.
func BenchmarkJournal(b *testing.B) {
	tg := benchTarget{"unix/node", "unix", startBenchServer(b, "node", "unix", b.TempDir()+"/node")}
	c := tg.connect(b)
	frame := benchCalls[1].frame
	var calls time.Duration
	n := 0
	for begin := time.Now(); b.Loop(); calls = time.Since(begin) {
		if _, err := c.Write(frame); err != nil {
			b.Fatal(err)
		}
		if _, _, err := c.r.Next(); err != nil {
			b.Fatal(err)
		}
		n++
	}
	j := call.NewJournal(time.Now)
	peer := &call.Peer{Connection: 1, Transport: call.Unix}
	const rounds = 100_000
	begin := time.Now()
	for range rounds {
		// As the server does: with arguments and a result of its own for each.
		args := &libvirt.DomainLookupByNameArgs{Name: "test"}
		seq := j.Begin(call.New(rpc.DomainLookupByName.Info, peer, 7, args, nil, nil), len(frame))
		j.End(seq, &libvirt.DomainLookupByNameRet{}, nil, 0)
		j.Replied(seq, len(frame))
	}
	journal := time.Since(begin) / rounds
	b.ReportMetric(float64(journal.Nanoseconds()), "journal-ns")
	b.ReportMetric(100*float64(journal)/(float64(calls)/float64(n)), "%ofCall")
}
