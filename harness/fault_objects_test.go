package harness_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

func TestEventFaults(t *testing.T) {
	t.Parallel()
	runFaultCases(t, eventFaults())
}

func TestObjectFaults(t *testing.T) {
	t.Parallel()
	runFaultCases(t, objectFaults())
}

// eventFaults are the actions that send fewer events or more.
func eventFaults() []faultCase {
	return []faultCase{
		{rule: fault.Node().DropEvents(), client: goClient, over: allFour, test: dropEvents},
		{rule: fault.Node().DropEvents("DomainEventCallbackLifecycle"), about: "by name", client: goClient, over: allFour, test: dropEvents},
		{rule: fault.Node().DropEvents("DomainEventCallbackLifecycle"), client: pythonClient, over: bare, test: pythonDropEvents},
		{rule: fault.Node().OnConnection(2).DropEvents(), about: "of one client", client: goClient, over: encrypted, test: dropEventsOfOne},
		{rule: fault.Node().EventStorm(500, "guest"), client: goClient, over: allFour, late: true, test: storm},
		{rule: fault.Node().EventStorm(1, "guest"), client: pythonClient, over: allFour, late: true,
			test: func(t *testing.T, s *scene) {
				p := s.pythonEvent(t)
				s.host.Inject(s.rule)
				p.says(t, s, "event guest 3 0")
			}},
	}
}

// pythonEvent has python3-libvirt wait for a lifecycle event. (virsh can miss one
// that comes right after its registration.)
func (s *scene) pythonEvent(t *testing.T) *program {
	t.Helper()
	p := s.start(t, python, "testdata/faults.py", "event", s.uri())
	if _, err := harness.WaitCall(s.ctx, s.host, rpc.ConnectDomainEventCallbackRegisterAny); err != nil {
		t.Fatal(err)
	}
	return p
}

// events registers the client for lifecycle events.
func (w *wire) events(t *testing.T) <-chan libvirt.DomainEventLifecycleMsg {
	t.Helper()
	events, err := w.LifecycleEvents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// go-libvirt does not end before what it has received is taken.
		go func() {
			for range events {
			}
		}()
	})
	return events
}

// suspendAndResume has the fault meet the event of the one, and not of the other.
func (s *scene) suspendAndResume(t *testing.T) {
	t.Helper()
	d := s.host.Driver("qemu")
	if err := d.SuspendDomain("guest"); err != nil {
		t.Fatal(err)
	}
	s.hits(t, 1)
	s.fault.Remove()
	if err := d.ResumeDomain("guest"); err != nil {
		t.Fatal(err)
	}
}

func dropEvents(t *testing.T, s *scene) {
	l := s.open(t)
	events := l.events(t)
	s.suspendAndResume(t)
	if e := await(t, s, "the next event", events); e.Event != int32(libvirt.DomainEventResumed) {
		t.Errorf("the first event is %+v", e)
	}
}

func pythonDropEvents(t *testing.T, s *scene) {
	p := s.pythonEvent(t)
	s.suspendAndResume(t)
	p.says(t, s, "event guest 4 0")
}

func dropEventsOfOne(t *testing.T, s *scene) {
	first := s.open(t).events(t)
	second := s.open(t).events(t)
	d := s.host.Driver("qemu")
	if err := errors.Join(d.SuspendDomain("guest"), d.ResumeDomain("guest")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []libvirt.DomainEventType{libvirt.DomainEventSuspended, libvirt.DomainEventResumed} {
		if e := await(t, s, "the event", first); e.Event != int32(want) {
			t.Errorf("the event is %+v, want %v", e, want)
		}
	}
	s.hits(t, 2)
	s.fault.Remove()
	if err := d.SuspendDomain("guest"); err != nil {
		t.Fatal(err)
	}
	if e := await(t, s, "the event", second); e.Event != int32(libvirt.DomainEventSuspended) {
		t.Errorf("the other client's first event is %+v", e)
	}
}

func storm(t *testing.T, s *scene) {
	l := s.open(t)
	events := l.events(t)
	s.fault = s.host.Inject(s.rule)
	for i := range 500 {
		want := libvirt.DomainEventSuspended
		if i%2 == 1 {
			want = libvirt.DomainEventResumed
		}
		if e := await(t, s, "an event", events); e.Event != int32(want) || e.Dom.Name != "guest" {
			t.Fatalf("event %d is %+v, want %v", i, e, want)
		}
	}
	s.state(t, libvirt.DomainRunning)
	s.hits(t, 1)
	if err := s.host.Driver("qemu").DestroyDomain("guest"); err != nil {
		t.Fatal(err)
	}
	if e := await(t, s, "the event", events); e.Event != int32(libvirt.DomainEventShutdown) {
		t.Errorf("after the storm comes %+v", e)
	}
}

const newcomer = `<domain type='kvm'><name>newcomer</name><memory>1024</memory><os><type>hvm</type></os></domain>`

// objectFaults are the actions on objects.
func objectFaults() []faultCase {
	lists := fault.On(rpc.ConnectListAllDomains)
	return []faultCase{
		{rule: fault.On(rpc.DomainCreate).Skip(1).Crash(""), client: goClient, over: allFour, test: crash},
		{rule: fault.On(rpc.DomainGetState).Skip(1).Crash("gue*"), client: virshClient, over: bare,
			test: func(t *testing.T, s *scene) {
				s.virsh(t, "domstate --reason guest; domstate --reason guest; domstate --reason guest").
					says(t, s, "running (booted)\n\nrunning (booted)\n\nshut off (crashed)")
			}},
		{rule: fault.Node().Crash("guest"), about: "at once", client: goClient, over: encrypted, late: true,
			test: func(t *testing.T, s *scene) {
				events := s.open(t).events(t)
				s.fault = s.host.Inject(s.rule)
				if e := await(t, s, "the event", events); e.Event != int32(libvirt.DomainEventStopped) || e.Detail != int32(libvirt.DomainEventStoppedFailed) {
					t.Errorf("the event is %+v", e)
				}
				s.hits(t, 1)
			}},

		{rule: lists.VanishDomain("guest"), about: "behind a list", client: goClient, over: allFour, test: vanishBehindList},
		{rule: lists.VanishDomain("guest"), about: "behind a list", client: virshClient, over: bare,
			test: func(t *testing.T, s *scene) {
				s.virsh(t, "list", "--all", "--name").says(t, s, "guest")
				s.virsh(t, "list", "--all", "--name").says(t, s, "")
			}},
		{rule: fault.On(rpc.DomainGetState).Vanish(), client: virshClient, over: bare,
			test: func(t *testing.T, s *scene) {
				id := s.uuid(t)
				s.virsh(t, "domstate", "guest").says(t, s, "error: Domain not found: no domain with matching uuid '"+id+"' (guest)")
				s.hits(t, 1)
			}},
		{rule: fault.On(rpc.DomainDestroy).Object("guest").Vanish(), client: goClient, over: encrypted,
			test: func(t *testing.T, s *scene) {
				if err := await(t, s, "the answer", s.open(t).destroy(t)); !libvirt.IsNotFound(err) {
					t.Errorf("go-libvirt's error is %v", err)
				}
				s.hits(t, 1)
			}},

		{rule: fault.Node().AppearDomain(newcomer), client: goClient, over: allFour, late: true,
			test: func(t *testing.T, s *scene) {
				l := s.open(t)
				events := l.events(t)
				s.fault = s.host.Inject(s.rule)
				if e := await(t, s, "the event", events); e.Event != int32(libvirt.DomainEventDefined) || e.Dom.Name != "newcomer" {
					t.Errorf("the event is %+v", e)
				}
				dom, err := l.DomainLookupByName("newcomer")
				if err != nil || dom.ID < 0 {
					t.Errorf("the domain is %+v, %v", dom, err)
				}
				s.hits(t, 1)
			}},
		{rule: fault.On(rpc.ConnectListAllNetworks).Skip(1).Times(1).AppearNetwork(lan), client: virshClient, over: bare,
			test: func(t *testing.T, s *scene) {
				s.virsh(t, "net-list --name; net-list --name; net-list --name").says(t, s, "lan\n\nlan")
				s.hits(t, 1)
			}},

		{rule: lists.ChangeDomain("guest", "suspend"), client: virshClient, over: allFour,
			test: func(t *testing.T, s *scene) {
				s.virsh(t, "list", "--name", "--state-paused").says(t, s, "guest")
				s.state(t, libvirt.DomainPaused)
			}},
		{rule: lists.AfterEffect().ChangeDomain("guest", "destroy"), about: "after the effect", client: goClient, over: allFour,
			test: func(t *testing.T, s *scene) {
				domains, _, err := s.open(t).ConnectListAllDomains(1, libvirt.ConnectListDomainsActive)
				if len(domains) != 1 || err != nil {
					t.Errorf("the list is %v, %v", domains, err)
				}
				s.state(t, libvirt.DomainShutoff)
				s.hits(t, 1)
			}},
		{rule: fault.On(rpc.DomainResume).Change("destroy"), about: "of the call's object", client: goClient, over: encrypted,
			test: func(t *testing.T, s *scene) {
				l := s.open(t)
				dom, err := l.DomainLookupByName("guest")
				if err != nil {
					t.Fatal(err)
				}
				var e libvirt.Error
				if err := l.DomainResume(dom); !errors.As(err, &e) || e.Code != uint32(libvirt.ErrOperationInvalid) {
					t.Errorf("go-libvirt's error is %v", err)
				}
				s.state(t, libvirt.DomainShutoff)
			}},
	}
}

// uuid returns the UUID of the domain guest.
func (s *scene) uuid(t *testing.T) string {
	t.Helper()
	dom, err := s.host.Driver("qemu").Domain("guest")
	if err != nil {
		t.Fatal(err)
	}
	u := dom.UUID
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[0:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// crash asserts that a domain crashes at its second start.
func crash(t *testing.T, s *scene) {
	l := s.open(t)
	dom, err := l.DomainLookupByName("guest")
	if err != nil {
		t.Fatal(err)
	}
	var states []libvirt.DomainState
	for range 2 {
		if err := l.DomainDestroy(dom); err != nil {
			t.Fatal(err)
		}
		if err := l.DomainCreate(dom); err != nil {
			t.Fatal(err)
		}
		state, reason, err := l.DomainGetState(dom, 0)
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, libvirt.DomainState(state))
		if libvirt.DomainState(state) == libvirt.DomainShutoff && reason != int32(libvirt.DomainShutoffCrashed) {
			t.Errorf("the reason is %d", reason)
		}
	}
	if want := []libvirt.DomainState{libvirt.DomainRunning, libvirt.DomainShutoff}; !slices.Equal(states, want) {
		t.Errorf("after its starts the domain has state %v, want %v", states, want)
	}
	s.hits(t, 1)
}

// vanishBehindList asserts that a client finds in a list what is gone when it asks
// for more.
func vanishBehindList(t *testing.T, s *scene) {
	l := s.open(t)
	domains, _, err := l.ConnectListAllDomains(1, 0)
	if err != nil || len(domains) != 1 {
		t.Fatalf("the list is %v, %v", domains, err)
	}
	if _, err := l.DomainLookupByName(domains[0].Name); !libvirt.IsNotFound(err) {
		t.Errorf("go-libvirt's error is %v", err)
	}
	if domains, _, err := l.ConnectListAllDomains(1, 0); err != nil || len(domains) > 0 {
		t.Errorf("the next list is %v, %v", domains, err)
	}
}
