package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerEvents(t *Table) {
	handle(t, rpc.ConnectDomainEventRegister, connectDomainEventRegister)
	handle(t, rpc.ConnectDomainEventDeregister, connectDomainEventDeregister)
	handle(t, rpc.ConnectDomainEventRegisterAny, connectDomainEventRegisterAny)
	handle(t, rpc.ConnectDomainEventDeregisterAny, connectDomainEventDeregisterAny)
	handle(t, rpc.ConnectDomainEventCallbackRegisterAny, connectDomainEventCallbackRegisterAny)
	handle(t, rpc.ConnectDomainEventCallbackDeregisterAny, connectDomainEventCallbackDeregisterAny)
	handle(t, rpc.ConnectNetworkEventRegisterAny, connectNetworkEventRegisterAny)
	handle(t, rpc.ConnectNetworkEventDeregisterAny, connectNetworkEventDeregisterAny)
	handle(t, rpc.ConnectStoragePoolEventRegisterAny, connectStoragePoolEventRegisterAny)
	handle(t, rpc.ConnectStoragePoolEventDeregisterAny, connectStoragePoolEventDeregisterAny)
	handle(t, rpc.ConnectNodeDeviceEventRegisterAny, connectNodeDeviceEventRegisterAny)
	handle(t, rpc.ConnectNodeDeviceEventDeregisterAny, connectNodeDeviceEventDeregisterAny)
	handle(t, rpc.ConnectSecretEventRegisterAny, connectSecretEventRegisterAny)
	handle(t, rpc.ConnectSecretEventDeregisterAny, connectSecretEventDeregisterAny)
}

// The first id that a class of events does not have, VIR_…_EVENT_ID_LAST.
const (
	// lastOldDomainEvent ends what the procedures without callback ids know:
	// they stopped growing after VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED.
	lastOldDomainEvent  = 16
	lastNetworkEvent    = 1
	lastPoolEvent       = 2
	lastNodeDeviceEvent = 2
	lastSecretEvent     = 2
)

// lastDomainEvent is VIR_DOMAIN_EVENT_ID_LAST of the version that the node
// speaks as: VIR_DOMAIN_EVENT_ID_NIC_MAC_CHANGE came with 11.2.0.
func (s *Session) lastDomainEvent() int32 {
	if s.host.Version >= 11002000 {
		return 28
	}
	return 27
}

func connectDomainEventRegister(s *Session, _ *rpc.None) (*libvirt.ConnectDomainEventRegisterRet, error) {
	state, err := s.hypervisor()
	if err != nil {
		return nil, err
	}
	if _, err := s.register(state, domainEvents, lastOldDomainEvent, callback{legacy: true}); err != nil {
		return nil, err
	}
	return &libvirt.ConnectDomainEventRegisterRet{}, nil
}

func connectDomainEventDeregister(s *Session, _ *rpc.None) (*libvirt.ConnectDomainEventDeregisterRet, error) {
	state, err := s.hypervisor()
	if err != nil {
		return nil, err
	}
	if err := s.deregisterEvent(state, int32(libvirt.DomainEventIDLifecycle)); err != nil {
		return nil, err
	}
	return &libvirt.ConnectDomainEventDeregisterRet{}, nil
}

func connectDomainEventRegisterAny(s *Session, a *libvirt.ConnectDomainEventRegisterAnyArgs) (*rpc.None, error) {
	state, err := s.hypervisor()
	if err != nil {
		return nil, err
	}
	_, err = s.register(state, domainEvents, lastOldDomainEvent, callback{event: a.EventID, legacy: true})
	return nil, err
}

func connectDomainEventDeregisterAny(s *Session, a *libvirt.ConnectDomainEventDeregisterAnyArgs) (*rpc.None, error) {
	state, err := s.hypervisor()
	if err != nil {
		return nil, err
	}
	if a.EventID < 0 || a.EventID >= lastOldDomainEvent {
		return nil, rpcError(domainEvents.unsupported, a.EventID)
	}
	return nil, s.deregisterEvent(state, a.EventID)
}

func connectDomainEventCallbackRegisterAny(s *Session, a *libvirt.ConnectDomainEventCallbackRegisterAnyArgs) (*libvirt.ConnectDomainEventCallbackRegisterAnyRet, error) {
	state, err := s.hypervisor()
	if err != nil {
		return nil, err
	}
	cb := callback{event: a.EventID}
	if len(a.Dom) > 0 {
		cb.subject = string(a.Dom[0].UUID[:])
	}
	id, err := s.register(state, domainEvents, s.lastDomainEvent(), cb)
	if err != nil {
		return nil, err
	}
	return &libvirt.ConnectDomainEventCallbackRegisterAnyRet{CallbackID: id}, nil
}

func connectDomainEventCallbackDeregisterAny(s *Session, a *libvirt.ConnectDomainEventCallbackDeregisterAnyArgs) (*rpc.None, error) {
	state, err := s.hypervisor()
	if err != nil {
		return nil, err
	}
	return nil, s.deregister(state, domainEvents, a.CallbackID)
}

func connectNetworkEventRegisterAny(s *Session, a *libvirt.ConnectNetworkEventRegisterAnyArgs) (*libvirt.ConnectNetworkEventRegisterAnyRet, error) {
	state, err := s.objects()
	if err != nil {
		return nil, err
	}
	cb := callback{event: a.EventID}
	if len(a.Net) > 0 {
		cb.subject = string(a.Net[0].UUID[:])
	}
	id, err := s.register(state, networkEvents, lastNetworkEvent, cb)
	if err != nil {
		return nil, err
	}
	return &libvirt.ConnectNetworkEventRegisterAnyRet{CallbackID: id}, nil
}

func connectNetworkEventDeregisterAny(s *Session, a *libvirt.ConnectNetworkEventDeregisterAnyArgs) (*rpc.None, error) {
	state, err := s.objects()
	if err != nil {
		return nil, err
	}
	return nil, s.deregister(state, networkEvents, a.CallbackID)
}

func connectStoragePoolEventRegisterAny(s *Session, a *libvirt.ConnectStoragePoolEventRegisterAnyArgs) (*libvirt.ConnectStoragePoolEventRegisterAnyRet, error) {
	state, err := s.objects()
	if err != nil {
		return nil, err
	}
	cb := callback{event: a.EventID}
	if len(a.Pool) > 0 {
		cb.subject = string(a.Pool[0].UUID[:])
	}
	id, err := s.register(state, poolEvents, lastPoolEvent, cb)
	if err != nil {
		return nil, err
	}
	return &libvirt.ConnectStoragePoolEventRegisterAnyRet{CallbackID: id}, nil
}

func connectStoragePoolEventDeregisterAny(s *Session, a *libvirt.ConnectStoragePoolEventDeregisterAnyArgs) (*rpc.None, error) {
	state, err := s.objects()
	if err != nil {
		return nil, err
	}
	return nil, s.deregister(state, poolEvents, a.CallbackID)
}

func connectNodeDeviceEventRegisterAny(s *Session, a *libvirt.ConnectNodeDeviceEventRegisterAnyArgs) (*libvirt.ConnectNodeDeviceEventRegisterAnyRet, error) {
	state, err := s.objects()
	if err != nil {
		return nil, err
	}
	cb := callback{event: a.EventID}
	if len(a.Dev) > 0 {
		cb.subject = a.Dev[0].Name
	}
	id, err := s.register(state, nodeDeviceEvents, lastNodeDeviceEvent, cb)
	if err != nil {
		return nil, err
	}
	return &libvirt.ConnectNodeDeviceEventRegisterAnyRet{CallbackID: id}, nil
}

func connectNodeDeviceEventDeregisterAny(s *Session, a *libvirt.ConnectNodeDeviceEventDeregisterAnyArgs) (*rpc.None, error) {
	state, err := s.objects()
	if err != nil {
		return nil, err
	}
	return nil, s.deregister(state, nodeDeviceEvents, a.CallbackID)
}

func connectSecretEventRegisterAny(s *Session, a *libvirt.ConnectSecretEventRegisterAnyArgs) (*libvirt.ConnectSecretEventRegisterAnyRet, error) {
	state, err := s.objects()
	if err != nil {
		return nil, err
	}
	cb := callback{event: a.EventID}
	if len(a.OptSecret) > 0 {
		cb.subject = string(a.OptSecret[0].UUID[:])
	}
	id, err := s.register(state, secretEvents, lastSecretEvent, cb)
	if err != nil {
		return nil, err
	}
	return &libvirt.ConnectSecretEventRegisterAnyRet{CallbackID: id}, nil
}

func connectSecretEventDeregisterAny(s *Session, a *libvirt.ConnectSecretEventDeregisterAnyArgs) (*rpc.None, error) {
	state, err := s.objects()
	if err != nil {
		return nil, err
	}
	return nil, s.deregister(state, secretEvents, a.CallbackID)
}
