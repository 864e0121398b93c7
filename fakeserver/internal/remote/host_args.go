package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// onHost makes a handler of a function that answers a call on the host out of
// the state.
func onHost[A, R any](answer func(*hypervisor.State, *A) (*R, error)) func(*Session, *A) (*R, error) {
	return func(s *Session, a *A) (*R, error) {
		state, err := s.hypervisor()
		if err != nil {
			return nil, err
		}
		return answer(state, a)
	}
}

// onObjects makes a handler of a function that answers a call on networks,
// pools, devices and so on out of the state.
func onObjects[A, R any](answer func(*hypervisor.State, *A) (*R, error)) func(*Session, *A) (*R, error) {
	return func(s *Session, a *A) (*R, error) {
		state, err := s.objects()
		if err != nil {
			return nil, err
		}
		return answer(state, a)
	}
}

// Limits of lists, as libvirt names them in errors: REMOTE_…_MAX.
const (
	listMax         = 16384
	nodeDeviceMax   = 65536
	nodeCellsMax    = 1024
	nodeStatsParams = 16
)

// checkMax refuses how many items a client wants at most before libvirt's API
// is called. argument is the name of the procedure's argument, limit that of
// the constant that most is.
func checkMax(n int32, argument string, most int32, limit string) error {
	if n < 0 {
		return hypervisor.Errorf(hypervisor.FromRPC, libvirt.ErrRPC, "%s must be non-negative", argument)
	}
	if n > most {
		return hypervisor.Errorf(hypervisor.FromRPC, libvirt.ErrRPC, "%s > %s", argument, limit)
	}
	return nil
}

// listed is what a procedure that lists all of a kind answers: the items, if the
// client needs them, and how many there are.
func listed[From, To any](items []From, need int32, convert func(From) To) ([]To, uint32) {
	if need == 0 {
		return nil, uint32(len(items))
	}
	out := make([]To, len(items))
	for i, item := range items {
		out[i] = convert(item)
	}
	return out, uint32(len(items))
}

// optional returns a string that may be absent.
func optional(s libvirt.OptString) *string {
	if len(s) == 0 {
		return nil
	}
	return &s[0]
}

// present makes an optional string of one that is absent when empty.
func present(s string) libvirt.OptString {
	if s == "" {
		return nil
	}
	return libvirt.OptString{s}
}

// truth is how the protocol carries a boolean result.
func truth(b bool) int32 {
	if b {
		return 1
	}
	return 0
}
