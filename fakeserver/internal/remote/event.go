package remote

import (
	"slices"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// callback is one registration of a connection for events.
type callback struct {
	state   *hypervisor.State // that has the event
	id      int32
	class   hypervisor.EventClass
	event   int32
	subject string
	// legacy is set for what the old procedures registered, whose messages
	// carry no callback id.
	legacy bool
}

// eventClass is how the daemon words the errors of one class of events: for an
// id that the class does not have, and for a callback that is not there.
type eventClass struct {
	class                     hypervisor.EventClass
	unsupported, unregistered string
	// asks is the procedure whose permissions its events need.
	asks *rpc.Info
}

var (
	domainEvents     = eventClass{hypervisor.DomainEvents, "unsupported event ID %d", "domain event callback %d not registered", rpc.ConnectDomainEventCallbackRegisterAny.Info}
	networkEvents    = eventClass{hypervisor.NetworkEvents, "unsupported network event ID %d", "network event callback %d not registered", rpc.ConnectNetworkEventRegisterAny.Info}
	poolEvents       = eventClass{hypervisor.StoragePoolEvents, "unsupported storage pool event ID %d", "storage pool event callback %d not registered", rpc.ConnectStoragePoolEventRegisterAny.Info}
	nodeDeviceEvents = eventClass{hypervisor.NodeDeviceEvents, "unsupported node device event ID %d", "node device event callback %d not registered", rpc.ConnectNodeDeviceEventRegisterAny.Info}
	secretEvents     = eventClass{hypervisor.SecretEvents, "unsupported secret event ID %d", "node device event callback %d not registered", rpc.ConnectSecretEventRegisterAny.Info} // sic
)

// register subscribes the connection to an event. last is the first id that
// the class does not have. open gives the state that has the events.
func (s *Session) register(state *hypervisor.State, c eventClass, last int32, cb callback) (int32, error) {
	if cb.event < 0 || cb.event >= last {
		return 0, rpcError(c.unsupported, cb.event)
	}
	cb.class = c.class

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return 0, rpcError("connection not open")
	}
	for _, other := range s.callbacks {
		if other.class == cb.class && other.event == cb.event && other.subject == cb.subject && other.legacy == cb.legacy {
			return 0, hypervisor.Errorf(hypervisor.FromNone, libvirt.ErrInvalidArg, "event callback already tracked")
		}
	}
	registered := &cb
	id, err := state.Subscribe(hypervisor.Subscription{
		Class: cb.class, ID: cb.event, Subject: cb.subject,
		Deliver: func(id int32, e hypervisor.Event) {
			if info, msg := message(e, id, cb.legacy); info != nil && s.mayReceive(c.asks, e) {
				s.client.SendEvent(info, msg)
			}
		},
	})
	if err != nil {
		return 0, err
	}
	registered.id, registered.state = id, state
	s.callbacks = append(s.callbacks, registered)
	return id, nil
}

// deregister ends the connection's registration with that id.
func (s *Session) deregister(state *hypervisor.State, c eventClass, id int32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.callbacks, func(cb *callback) bool { return cb.class == c.class && cb.id == id })
	if i < 0 {
		return rpcError(c.unregistered, id)
	}
	state.Unsubscribe(c.class, id)
	s.callbacks = slices.Delete(s.callbacks, i, i+1)
	return nil
}

// deregisterEvent ends the first registration for a domain event, as the old
// procedures do, which know no callback id.
func (s *Session) deregisterEvent(state *hypervisor.State, event int32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.callbacks, func(cb *callback) bool {
		return cb.class == hypervisor.DomainEvents && cb.event == event
	})
	if i < 0 {
		return rpcError("domain event %d not registered", event)
	}
	state.Unsubscribe(hypervisor.DomainEvents, s.callbacks[i].id)
	s.callbacks = slices.Delete(s.callbacks, i, i+1)
	return nil
}

// message gives an event its wire form: the number of its message, and what is
// in it.
func message(e hypervisor.Event, id int32, legacy bool) (*rpc.Info, any) {
	switch e := e.(type) {
	case hypervisor.DomainLifecycleEvent:
		msg := libvirt.DomainEventLifecycleMsg{Dom: wireDomain(e.Domain), Event: e.Event, Detail: e.Detail}
		if legacy {
			return rpc.DomainEventLifecycle.Info, &msg
		}
		return rpc.DomainEventCallbackLifecycle.Info, &libvirt.DomainEventCallbackLifecycleMsg{CallbackID: id, Msg: msg}
	case hypervisor.DomainRebootEvent:
		msg := libvirt.DomainEventRebootMsg{Dom: wireDomain(e.Domain)}
		if legacy {
			return rpc.DomainEventReboot.Info, &msg
		}
		return rpc.DomainEventCallbackReboot.Info, &libvirt.DomainEventCallbackRebootMsg{CallbackID: id, Msg: msg}
	case hypervisor.DomainBalloonChangeEvent:
		msg := libvirt.DomainEventBalloonChangeMsg{Dom: wireDomain(e.Domain), Actual: e.Actual}
		if legacy {
			return rpc.DomainEventBalloonChange.Info, &msg
		}
		return rpc.DomainEventCallbackBalloonChange.Info, &libvirt.DomainEventCallbackBalloonChangeMsg{CallbackID: id, Msg: msg}
	case hypervisor.DomainMetadataChangeEvent:
		// Too young for the procedures without callback ids.
		msg := libvirt.DomainEventCallbackMetadataChangeMsg{CallbackID: id, Dom: wireDomain(e.Domain), Type: e.Type}
		if e.URI != nil {
			msg.Nsuri = libvirt.OptString{*e.URI}
		}
		return rpc.DomainEventCallbackMetadataChange.Info, &msg
	case hypervisor.NetworkLifecycleEvent:
		return networkMessage(e, id)
	}
	return nil, nil
}
