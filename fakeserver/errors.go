package fakeserver

import (
	"errors"
	"fmt"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// wireError gives any error its wire form. It is the only place where that
// happens: an *rpc.Error goes out as it is, a driver's error with its fields,
// and anything else as an internal error of the daemon.
func wireError(err error) *rpc.Error {
	var wire *rpc.Error
	if errors.As(err, &wire) {
		return wire
	}
	var state *hypervisor.Error
	if errors.As(err, &state) {
		return &rpc.Error{
			Code:    state.Code,
			Domain:  int32(state.Domain),
			Message: state.Message,
			Str1:    optional(state.Str1),
			Str2:    optional(state.Str2),
			Str3:    optional(state.Str3),
			Int1:    state.Int1,
			Int2:    state.Int2,
		}
	}
	return daemonError(libvirt.ErrInternalError, "internal error: %s", err.Error())
}

// optional returns nil for "", which the State uses for absent.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// daemonError is an error that the daemon itself raises (VIR_FROM_RPC): the
// template with its one %s filled in, and both beside it.
func daemonError(code libvirt.ErrorNumber, template, detail string) *rpc.Error {
	return &rpc.Error{
		Code:    code,
		Domain:  rpc.FromRPC,
		Message: fmt.Sprintf(template, detail),
		Str1:    &template,
		Str2:    &detail,
		Int1:    -1,
		Int2:    -1,
	}
}

// protocolError is what the daemon answers to a frame that it cannot serve
// (VIR_ERR_RPC, whose template is the bare %s).
func protocolError(format string, args ...any) *rpc.Error {
	return daemonError(libvirt.ErrRPC, "%s", fmt.Sprintf(format, args...))
}
