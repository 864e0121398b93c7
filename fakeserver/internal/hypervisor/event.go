package hypervisor

import libvirt "github.com/digitalocean/go-libvirt"

// Event is something that happened to an object: one of the …Event structs of
// this package. Each knows the object that it happened to, and its id among the
// events of that kind of object.
type Event interface {
	// Class says which kind of object the event belongs to, and so which
	// registration call asks for it.
	Class() EventClass
	// ID is the event's number within its class, such as
	// VIR_DOMAIN_EVENT_ID_LIFECYCLE.
	ID() int32
	// Subject is the UUID, or for node devices the name, that filters compare.
	Subject() string
}

// EventClass is a kind of object that has events.
type EventClass uint8

// The classes of events, each with registration procedures of its own.
const (
	DomainEvents EventClass = iota
	NetworkEvents
	StoragePoolEvents
	NodeDeviceEvents
	SecretEvents

	eventClasses // how many there are
)

// DomainRef names a domain as clients hold it. ID is -1 while the domain is
// inactive.
type DomainRef struct {
	Name string
	UUID UUID
	ID   int32
}

// DomainLifecycleEvent is VIR_DOMAIN_EVENT_ID_LIFECYCLE: a virDomainEventType
// and its detail.
type DomainLifecycleEvent struct {
	Domain        DomainRef
	Event, Detail int32
}

// Class returns DomainEvents.
func (DomainLifecycleEvent) Class() EventClass { return DomainEvents }

// ID returns VIR_DOMAIN_EVENT_ID_LIFECYCLE.
func (DomainLifecycleEvent) ID() int32 { return int32(libvirt.DomainEventIDLifecycle) }

// Subject returns the domain's UUID.
func (e DomainLifecycleEvent) Subject() string { return string(e.Domain.UUID[:]) }

// DomainRebootEvent is VIR_DOMAIN_EVENT_ID_REBOOT.
type DomainRebootEvent struct{ Domain DomainRef }

// Class returns DomainEvents.
func (DomainRebootEvent) Class() EventClass { return DomainEvents }

// ID returns VIR_DOMAIN_EVENT_ID_REBOOT.
func (DomainRebootEvent) ID() int32 { return int32(libvirt.DomainEventIDReboot) }

// Subject returns the domain's UUID.
func (e DomainRebootEvent) Subject() string { return string(e.Domain.UUID[:]) }

// Subscription asks for the events of one class and id.
type Subscription struct {
	Class EventClass
	ID    int32
	// Subject restricts the subscription to one object; "" means any. libvirt
	// accepts a filter on an object that does not exist.
	Subject string
	// Deliver receives each event with the id that Subscribe returned. It runs
	// outside the State's lock and must not block: every connection's events
	// pass through the same queue.
	Deliver func(callbackID int32, e Event)
}

type subscription struct {
	Subscription
	id   int32
	gone bool // Unsubscribe has ended it
}

// delivery is an event on its way to a subscription, or a mark that is reached
// once all before it have been delivered.
type delivery struct {
	sub   *subscription
	event Event
	mark  chan struct{}
}

// events is the State's event hub. The State's lock guards it.
type events struct {
	subs       []*subscription
	nextID     [eventClasses]int32
	queue      []delivery
	delivering bool
}

// Subscribe registers for events and returns the callback id. Ids come from a
// counter of the class, or of the driver, begin at 0 and are not reused. A
// driver that lacks a kind of object has no events of it either:
// VIR_ERR_NO_SUPPORT.
func (s *State) Subscribe(sub Subscription) (callbackID int32, err error) {
	if err := s.requireEvents(sub.Class); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.unlock()
	next := &s.events.nextID[sub.Class]
	if s.traits.CountsCallbacksTogether {
		next = &s.events.nextID[DomainEvents]
	}
	id := *next
	*next++
	s.events.subs = append(s.events.subs, &subscription{Subscription: sub, id: id})
	return id, nil
}

func (s *State) requireEvents(class EventClass) error {
	objects := &s.traits.Objects
	switch class {
	case NetworkEvents:
		return objects.Network.require(FromNetwork, "ConnectNetworkEventRegisterAny")
	case StoragePoolEvents:
		return objects.Storage.require(FromStorage, "ConnectStoragePoolEventRegisterAny")
	case NodeDeviceEvents:
		return objects.NodeDevice.require(FromNodeDev, "ConnectNodeDeviceEventRegisterAny")
	case SecretEvents:
		return objects.Secret.require(FromSecret, "ConnectSecretEventRegisterAny")
	}
	return nil
}

// Unsubscribe ends a subscription to events of a class and reports whether it
// existed. Of the events that wait, none is delivered to it any more.
func (s *State) Unsubscribe(class EventClass, callbackID int32) bool {
	s.mu.Lock()
	defer s.unlock()
	for i, sub := range s.events.subs {
		if sub.Class == class && sub.id == callbackID {
			sub.gone = true
			s.events.subs = append(s.events.subs[:i:i], s.events.subs[i+1:]...)
			return true
		}
	}
	return false
}

// Emit sends an event to whoever subscribed to it. Objects emit their own
// events; Emit is for a test that wants one out of nothing.
func (s *State) Emit(e Event) {
	s.mu.Lock()
	defer s.unlock()
	s.emitLocked(e)
}

// Delivered returns a channel that is closed once all events so far have been
// delivered: at once, unless another goroutine is at it.
func (s *State) Delivered() <-chan struct{} {
	s.mu.Lock()
	defer s.unlock()
	mark := make(chan struct{})
	s.events.queue = append(s.events.queue, delivery{mark: mark})
	return mark
}

func (s *State) emitLocked(e Event) {
	for _, sub := range s.events.subs {
		if sub.Class == e.Class() && sub.ID == e.ID() && (sub.Subject == "" || sub.Subject == e.Subject()) {
			s.events.queue = append(s.events.queue, delivery{sub: sub, event: e})
		}
	}
}

// unlock delivers queued events and releases the lock. Whoever finds a delivery
// under way leaves its own events to it, so that events keep their order.
func (s *State) unlock() {
	if s.events.delivering || len(s.events.queue) == 0 {
		s.mu.Unlock()
		return
	}
	s.events.delivering = true
	for len(s.events.queue) > 0 {
		d := s.events.queue[0]
		s.events.queue = s.events.queue[1:]
		if d.mark != nil {
			close(d.mark)
			continue
		}
		if d.sub.gone {
			continue
		}
		s.mu.Unlock()
		d.sub.Deliver(d.sub.id, d.event)
		s.mu.Lock()
	}
	s.events.queue = nil
	s.events.delivering = false
	s.mu.Unlock()
}
