package harness_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// failingT is a test within a test: it may fail, and keeps what it says.
type failingT struct {
	testing.TB
	cleanups []func()
	failed   bool
	text     strings.Builder
}

func (t *failingT) Cleanup(f func())          { t.cleanups = append(t.cleanups, f) }
func (t *failingT) Failed() bool              { return t.failed }
func (t *failingT) Logf(f string, a ...any)   { fmt.Fprintf(&t.text, f+"\n", a...) }
func (t *failingT) Errorf(f string, a ...any) { t.failed = true; t.Logf(f, a...) }
func (t *failingT) Fatalf(f string, a ...any) { t.Errorf(f, a...); panic(t) }

// within runs f as a test of its own, and returns what it says if it fails, else
// "".
func within(outer *testing.T, f func(t testing.TB)) string {
	t := &failingT{TB: outer}
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(t) {
				panic(p)
			}
		}()
		defer func() {
			for len(t.cleanups) > 0 {
				last := len(t.cleanups) - 1
				f := t.cleanups[last]
				t.cleanups = t.cleanups[:last]
				f()
			}
		}()
		f(t)
	}()
	if !t.failed {
		return ""
	}
	return t.text.String()
}

// manyCalls has the node's journal forget all calls that came before.
func manyCalls(host *harness.Host) {
	j := host.Server.Journal()
	for range call.MaxRecords {
		j.End(j.Begin(call.New(rpc.ConnectGetLibVersion.Info, &call.Peer{}, 1, &rpc.None{}, nil, nil), 1), nil, nil, 1)
	}
}

func TestExpectations(t *testing.T) {
	t.Parallel()
	host := harness.Start(t, harness.WithTransports(), harness.WithDomainXML("qemu", guest))
	l := host.Connect(t)
	lookup := func(names ...string) {
		for _, name := range names {
			_, _ = l.DomainLookupByName(name)
		}
	}
	guestArgs := libvirt.DomainLookupByNameArgs{Name: "guest"}
	type args = libvirt.DomainLookupByNameArgs
	lookup("before") // not from then on: it counts for none
	for _, c := range []struct {
		name string
		run  func(t testing.TB)
		want []string // what the failure says; none where it holds
	}{
		{"called", func(t testing.TB) {
			harness.ExpectCall(t, host, rpc.DomainLookupByName)
			lookup("guest")
		}, nil},
		{"called with", func(t testing.TB) {
			harness.ExpectCall(t, host, rpc.DomainLookupByName, harness.WithArgs(guestArgs), harness.Times(1), harness.Succeeded(), harness.Over(call.Memory))
			lookup("nobody", "guest")
		}, nil},
		{"called and failed", func(t testing.TB) {
			harness.ExpectCall(t, host, rpc.DomainLookupByName, harness.Failed(libvirt.ErrNoDomain), harness.Matching(func(a *args) bool { return a.Name == "nobody" }))
			lookup("nobody", "guest")
		}, nil},
		{"not called", func(t testing.TB) {
			harness.ExpectNoCall(t, host, rpc.DomainLookupByName, harness.WithArgs(guestArgs))
			lookup("nobody")
		}, nil},
		{"near miss", func(t testing.TB) {
			harness.ExpectCall(t, host, rpc.DomainLookupByName, harness.WithArgs(guestArgs))
			lookup("gust")
		}, []string{
			`no client called DomainLookupByName, with Name: "guest"`,
			`near misses, wanted (-) and called (+):`,
			`connection 1 (memory, memory), failed: Domain not found: no domain with matching name 'gust' (code 42, domain 10)`,
			"    - Name: \"guest\"\n    + Name: \"gust\"",
		}},
		{"right arguments, another answer", func(t testing.TB) {
			harness.ExpectCall(t, host, rpc.DomainLookupByName, harness.WithArgs(guestArgs), harness.Failed(libvirt.ErrNoDomain), harness.Over(harness.TLS))
			lookup("guest")
		}, []string{`not failed with code 42`, `not over tls`}},
		{"no match", func(t testing.TB) {
			harness.ExpectCall(t, host, rpc.DomainLookupByName, harness.Matching(func(*args) bool { return false }))
			lookup("guest")
		}, []string{"no client called DomainLookupByName, with matching arguments\ncalls of it that were not meant:", `DomainLookupByName(Name: "guest") = Dom: {`}},
		{"a similar procedure", func(t testing.TB) {
			harness.ExpectCall(t, host, rpc.DomainLookupByUUID)
			lookup("guest")
			_, _ = l.ConnectGetLibVersion()
		}, []string{"no call of it; similar ones:", `DomainLookupByName(Name: "guest")`}},
		{"another procedure", func(t testing.TB) {
			harness.ExpectCall(t, host, rpc.DomainCreate)
			_, _ = l.ConnectGetLibVersion()
		}, []string{"no call of it; the last calls:", "ConnectGetLibVersion() = LibVer: "}},
		{"nothing", func(t testing.TB) { harness.ExpectCall(t, host, rpc.DomainCreate) }, []string{"no client called anything"}},
		{"too often", func(t testing.TB) {
			harness.ExpectCall(t, host, rpc.DomainLookupByName, harness.Times(1))
			lookup("a", "b")
		}, []string{"clients called DomainLookupByName 2 times, want 1", `Name: "a"`, `Name: "b"`}},
		{"too seldom", func(t testing.TB) {
			harness.ExpectCall(t, host, rpc.DomainLookupByName, harness.Times(3), harness.WithArgs(guestArgs))
			lookup("guest", "other")
		}, []string{"1 times, want 3", `+ Name: "other"`}},
		{"called though not to", func(t testing.TB) {
			harness.ExpectNoCall(t, host, rpc.DomainLookupByName)
			lookup("guest")
		}, []string{"clients called DomainLookupByName:\n", "connection 1 (memory, ", `DomainLookupByName(Name: "guest")`}},
		{"other types", func(t testing.TB) {
			harness.ExpectCall(t, host, rpc.DomainLookupByUUID, harness.WithArgs(guestArgs))
		}, []string{"expecting calls of DomainLookupByUUID: WithArgs: *libvirt.DomainLookupByNameArgs are no arguments of DomainLookupByUUID"}},
		{"other types to match", func(t testing.TB) {
			harness.ExpectNoCall(t, host, rpc.DomainLookupByUUID, harness.Matching(func(*args) bool { return true }))
		}, []string{"Matching: *libvirt.DomainLookupByNameArgs are no arguments of DomainLookupByUUID"}},
		{"not called, and more than the journal holds", func(t testing.TB) {
			harness.ExpectNoCall(t, host, rpc.DomainCreate)
			manyCalls(host)
		}, nil},
		{"called, and more than the journal holds", func(t testing.TB) {
			harness.ExpectCall(t, host, rpc.DomainLookupByName, harness.Times(2), harness.WithArgs(guestArgs))
			lookup("guest")
			manyCalls(host)
			lookup("guest")
		}, nil},
		{"called though not to, before more than the journal holds", func(t testing.TB) {
			harness.ExpectNoCall(t, host, rpc.DomainLookupByName)
			lookup("guest")
			manyCalls(host)
		}, []string{"clients called DomainLookupByName:\n", `Name: "guest"`}},
		{"near misses before more than the journal holds", func(t testing.TB) {
			harness.ExpectCall(t, host, rpc.DomainLookupByName, harness.WithArgs(guestArgs))
			for range 30 {
				lookup("gust")
			}
			manyCalls(host)
		}, []string{"near misses", "(25 before)", "    - Name: \"guest\"\n    + Name: \"gust\""}},
		{"unanswered, and more than the journal holds", func(t testing.TB) {
			j := host.Server.Journal()
			var seq uint64
			t.Cleanup(func() { j.End(seq, nil, nil, 1) }) // runs last
			harness.ExpectNoCall(t, host, rpc.DomainReset)
			seq = j.Begin(call.New(rpc.DomainReset.Info, &call.Peer{}, 1, &libvirt.DomainResetArgs{}, nil, nil), 1)
			manyCalls(host)
			harness.ExpectNoCall(t, host, rpc.DomainReset) // that was before
		}, []string{"clients called DomainReset:\n", "not answered yet"}},
		{"a result that does not fit", func(t testing.TB) {
			harness.ExpectCall(t, host, rpc.DomainGetHostname, harness.Succeeded())
			harness.ExpectCall(t, host, rpc.DomainGetHostname, harness.Times(1), harness.Failed(libvirt.ErrRPC))
			hook := harness.Hook(host, rpc.DomainGetHostname, func(context.Context, *libvirt.DomainGetHostnameArgs, harness.Next[libvirt.DomainGetHostnameArgs, libvirt.DomainGetHostnameRet]) (*libvirt.DomainGetHostnameRet, error) {
				return &libvirt.DomainGetHostnameRet{Hostname: strings.Repeat("x", rpc.MaxPayload)}, nil
			})
			defer hook.Remove()
			_, _ = l.DomainGetHostname(libvirt.Domain{Name: "guest"}, 0)
		}, []string{"no client called DomainGetHostname, with success", "failed: Unable to encode message payload"}},
		{"a function that panics", func(t testing.TB) {
			harness.ExpectNoCall(t, host, rpc.DomainLookupByName, harness.Matching(func(*args) bool { panic("for the test") }))
			lookup("guest")
		}, []string{"a function of the test panicked: for the test"}},
		{"unsupported, before more than the journal holds", func(t testing.TB) {
			harness.FailOnUnsupported(t, host)
			_ = l.NodeSuspendForDuration(0, 60, 0)
			manyCalls(host)
		}, []string{": NodeSuspendForDuration("}},
		{"unsupported", func(t testing.TB) {
			harness.FailOnUnsupported(t, host)
			_, _ = l.DomainLookupByName("nobody")
			_ = l.NodeSuspendForDuration(0, 60, 0)
		}, []string{"clients called what the libvirt node does not support:\n", ": NodeSuspendForDuration(", "virNodeSuspendForDuration"}},
		{"supported", func(t testing.TB) {
			harness.FailOnUnsupported(t, host)
			_, _ = l.DomainLookupByName("nobody")
		}, nil},
	} {
		got := within(t, c.run)
		if (got != "") != (c.want != nil) {
			t.Errorf("%s: it says %q", c.name, got)
		}
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: it does not say %q:\n%s", c.name, want, got)
			}
		}
	}
}

// The difference of two XML documents is shown by lines.
func TestNearMissInXML(t *testing.T) {
	t.Parallel()
	host := harness.Start(t, harness.WithTransports())
	l := host.Connect(t)
	got := within(t, func(t testing.TB) {
		harness.ExpectCall(t, host, rpc.DomainDefineXML, harness.WithArgs(libvirt.DomainDefineXMLArgs{XML: strings.Replace(guest, "512", "1024", 1)}))
		if _, err := l.DomainDefineXML(guest); err != nil {
			t.Fatalf("%v", err)
		}
	})
	want := `near misses, wanted (-) and called (+):
  #3 connection 1 (memory, memory), succeeded
        <domain type='kvm'>
          <name>guest</name>
    -     <memory unit='MiB'>1024</memory>
    +     <memory unit='MiB'>512</memory>
          <os><type>hvm</type></os>
        </domain>
`
	if _, got, _ = strings.Cut(got, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestFailuresShowTheLastCalls(t *testing.T) {
	t.Parallel()
	got := within(t, func(t testing.TB) {
		host := harness.Start(t, harness.WithTransports(), harness.WithDomainXML("qemu", guest))
		l := host.Connect(t)
		for i := range 30 {
			_, _ = l.DomainLookupByName(fmt.Sprintf("vm-%d", i))
		}
		t.Errorf("it fails")
	})
	if !strings.Contains(got, "it fails\nthe last calls of the test's libvirt node:\n") ||
		!strings.Contains(got, `DomainLookupByName(Name: "vm-29") failed: Domain not found`) ||
		strings.Contains(got, `"vm-5"`) || strings.Count(got, "\n") > 25 {
		t.Errorf("got %s", got)
	}
}
