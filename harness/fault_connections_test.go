package harness_test

import (
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
)

// connectionFaults are rules about bytes that wait for no call: they count from a
// connection's first byte, or from the injection. Each ends a connection.
func connectionFaults(b fault.ConnectionBuilder) []faultCase {
	var cases []faultCase
	for _, d := range []fault.Direction{fault.ToClient, fault.FromClient} {
		for _, on := range []fault.BytesBuilder{b.BytesBuilder, b.Beneath()} {
			for _, rule := range []fault.Rule{
				on.Cut(d, 0), on.Cut(d, 10), on.Reset(d, 0), on.Reset(d, 10), on.HalfClose(d, 10),
			} {
				place := rule.Action.Place()
				about := string(place.Direction) + " " + string(place.Layer)
				if place.After > 0 {
					about += " amid"
				}
				cases = append(cases, faultCase{rule: rule, about: about, client: goClient, over: allFour})
			}
		}
	}
	return cases
}

// TestFaultsOnNewConnections hits the second of three connections.
func TestFaultsOnNewConnections(t *testing.T) {
	t.Parallel()
	cases := connectionFaults(fault.Connections().Skip(1).Times(1))
	for i := range cases {
		cases[i].test = func(t *testing.T, s *scene) {
			first := s.open(t)
			if _, err := s.tryOpen(t); err == nil {
				t.Error("the second connection was not harmed")
			}
			s.unharmed(t)
			if err := first.hostname(); err != nil {
				t.Errorf("the first connection: %v", err)
			}
			s.hits(t, 1)
		}
	}
	runFaultCases(t, cases)
}

// TestFaultsOnOldConnections hits one of two connections that are there, with its
// next call.
func TestFaultsOnOldConnections(t *testing.T) {
	t.Parallel()
	cases := connectionFaults(fault.Connections().OnConnection(1))
	for i := range cases {
		cases[i].late = true
		cases[i].test = func(t *testing.T, s *scene) {
			l, other := s.open(t), s.open(t)
			if err := l.hostname(); err != nil {
				t.Fatal(err)
			}
			s.fault = s.host.Inject(s.rule)
			s.hits(t, 1)
			if err := l.hostname(); err == nil {
				t.Error("the connection was not harmed")
			}
			await(t, s, "the end of the connection", l.Disconnected())
			other.fine(t)
			s.unharmed(t)
			s.hits(t, 1)
		}
	}
	runFaultCases(t, cases)
}

// TestStalledHandshakes stops connections from their first byte on, handshakes
// among them, until the rule is removed.
func TestStalledHandshakes(t *testing.T) {
	t.Parallel()
	var cases []faultCase
	for _, d := range []fault.Direction{fault.ToClient, fault.FromClient} {
		for _, after := range []int64{0, 30} {
			cases = append(cases, faultCase{rule: fault.Connections().Skip(1).Times(1).Beneath().Stall(d, after), about: string(d), client: goClient, over: allFour,
				test: func(t *testing.T, s *scene) {
					first := s.open(t)
					done := s.connecting(t)
					s.hit(t, 1)
					s.unharmed(t)
					if err := first.hostname(); err != nil || returned(done) {
						t.Errorf("the first connection: %v; or the second was served", err)
					}
					s.fault.Remove()
					if err := await(t, s, "the connection", done); err != nil {
						t.Error(err)
					}
				}})
		}
	}
	runFaultCases(t, cases)
}
