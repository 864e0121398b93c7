package fakeserver

import (
	"errors"
	"fmt"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// wireError gives any error its wire form, of no procedure. See wireErrorOf.
func wireError(err error) *rpc.Error { return wireErrorOf(err, rpc.FromNone) }

// wireErrorOf gives any error of a procedure its wire form. It is the only place
// where that happens: an *rpc.Error goes out as it is, a driver's error with its
// fields, and an *Error or a libvirt.Error, with which a user's hook answers, with
// its code and its text. go-libvirt's does not say which part of libvirt it comes
// from; that is then from, the procedure's ErrorDomain. Anything else is an
// internal error of the daemon, a nil pointer among it.
func wireErrorOf(err error, from int32) *rpc.Error {
	var wire *rpc.Error
	if errors.As(err, &wire) {
		if wire == nil {
			return nilError(err)
		}
		return wire
	}
	var user *Error
	if errors.As(err, &user) {
		if user == nil {
			return nilError(err)
		}
		return plainError(user.Code, int32(user.Domain), user.Message)
	}
	var client libvirt.Error
	if errors.As(err, &client) {
		return plainError(libvirt.ErrorNumber(client.Code), from, client.Message)
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

// nilError is about an error that is a nil pointer, as of a function that returns
// its variable of a type of error where there was none.
func nilError(err error) *rpc.Error {
	return daemonError(libvirt.ErrInternalError, "internal error: %s", fmt.Sprintf("fakelibvirtd: the error is a %T that is nil", err))
}

// plainError is an error of which only code, origin and text are known. libvirt
// sends a text without a template as its own template.
func plainError(code libvirt.ErrorNumber, from int32, message string) *rpc.Error {
	return &rpc.Error{Code: code, Domain: from, Message: message, Str1: optional(message), Int1: -1, Int2: -1}
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
