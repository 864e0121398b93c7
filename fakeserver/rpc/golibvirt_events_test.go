package rpc_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/digitalocean/go-libvirt"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/google/go-cmp/cmp"
)

// lostEvents are those that never come out of go-libvirt's client. One that
// does makes the test fail, so that the list stays true.
var lostEvents = map[*rpc.Info]string{
	rpc.DomainEventBlockJob2.Info:               "not routed",
	rpc.DomainEventBlockThreshold.Info:          "not routed",
	rpc.DomainEventMemoryFailure.Info:           "not routed",
	rpc.DomainEventMemoryDeviceSizeChange.Info:  "not routed",
	rpc.DomainEventNicMacChange.Info:            "not routed",
	rpc.DomainEventCallbackTunable.Info:         "dropped, for it has typed parameters",
	rpc.DomainEventCallbackJobCompleted.Info:    "dropped, for it has typed parameters",
	rpc.NetworkEventLifecycle.Info:              "not routed",
	rpc.NetworkEventCallbackMetadataChange.Info: "not routed",
	rpc.StoragePoolEventLifecycle.Info:          "not routed",
	rpc.StoragePoolEventRefresh.Info:            "not routed",
	rpc.NodeDeviceEventLifecycle.Info:           "not routed",
	rpc.NodeDeviceEventUpdate.Info:              "not routed",
	rpc.SecretEventLifecycle.Info:               "not routed",
	rpc.SecretEventValueChanged.Info:            "not routed",
}

// TestGoLibvirtReceivesEvents sends every event that carries a callback id to
// go-libvirt's client, and compares with what its subscriber gets.
func TestGoLibvirtReceivesEvents(t *testing.T) {
	const callback = 7
	s := newScript(t, rpc.ConnectDomainEventCallbackRegisterAny.Info)
	events := make(chan (<-chan any), 1)
	go func() {
		// The id of the event is of no meaning here: the client tells
		// subscriptions apart by callback id alone.
		ch, err := s.client.SubscribeEvents(context.Background(), libvirt.DomainEventIDLifecycle, nil)
		if err != nil {
			t.Error(err)
		}
		events <- ch
	}()
	h, _ := s.next()
	s.send(h.Reply(rpc.StatusOK), func(e *rpc.Encoder) {
		s.info.EncodeRet(e, &libvirt.ConnectDomainEventCallbackRegisterAnyRet{CallbackID: callback})
	})
	received := <-events

	emit := func(i *rpc.Info, message any) {
		h := rpc.Header{Program: i.Program, Version: 1, Procedure: i.Number, Type: rpc.TypeMessage, Serial: 1}
		s.send(h, func(e *rpc.Encoder) { i.EncodeRet(e, message) })
	}
	for i := range rpc.All() {
		if i.Kind != rpc.KindEvent || i.Program != rpc.ProgramRemote {
			continue
		}
		message := newValue(random(uint64(i.Number)), i.DecodeRet)
		id := reflect.ValueOf(message).Elem().FieldByName("CallbackID")
		if !id.IsValid() {
			continue // for the registration of old, which go-libvirt does not use
		}
		id.SetInt(callback)
		if params := reflect.ValueOf(message).Elem().FieldByName("Params"); params.IsValid() {
			params.Set(reflect.ValueOf([]libvirt.TypedParam{{Field: "weight", Value: *libvirt.NewTypedParamValueUint(60)}}))
		}
		t.Run(i.Name, func(t *testing.T) {
			// What comes after it tells, without waiting, that it is lost.
			after := &libvirt.DomainEventCallbackLifecycleMsg{CallbackID: callback, Msg: libvirt.DomainEventLifecycleMsg{Detail: i.Number}}
			emit(i, message)
			emit(rpc.DomainEventCallbackLifecycle.Info, after)
			got := <-received
			lost := reflect.DeepEqual(got, after)
			if !lost {
				if next := <-received; !reflect.DeepEqual(next, after) {
					t.Fatalf("one event became two, the second %+v", next)
				}
			}
			switch why := lostEvents[i]; {
			case lost && why == "":
				t.Error("lost")
			case lost:
			case why != "":
				t.Errorf("arrives, though it is listed as %s", why)
			case !reflect.DeepEqual(got, message):
				t.Error(cmp.Diff(message, got))
			}
		})
	}
}
