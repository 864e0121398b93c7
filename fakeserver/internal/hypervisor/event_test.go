package hypervisor_test

import (
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// TestDelivered: what one goroutine delivers, another can wait for.
func TestDelivered(t *testing.T) {
	t.Parallel()
	st := newQEMU(t, 0)
	began, goOn := make(chan struct{}), make(chan struct{})
	var delivered int
	if _, err := st.Subscribe(hypervisor.Subscription{Class: hypervisor.DomainEvents, Deliver: func(int32, hypervisor.Event) {
		if delivered++; delivered == 1 {
			close(began)
			<-goOn
		}
	}}); err != nil {
		t.Fatal(err)
	}
	<-st.Delivered() // nothing is under way
	go st.Emit(hypervisor.DomainLifecycleEvent{})
	<-began
	st.Emit(hypervisor.DomainLifecycleEvent{}) // is left to the other goroutine
	done := st.Delivered()
	select {
	case <-done:
		t.Error("told of events as delivered that wait")
	default:
	}
	close(goOn)
	<-done
	if delivered != 2 {
		t.Errorf("%d events were delivered", delivered)
	}
}
