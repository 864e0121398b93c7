package hypervisor

import (
	"fmt"

	libvirt "github.com/digitalocean/go-libvirt"
)

// causeUnknown is the error of an API function whose driver failed without
// saying why.
func causeUnknown() error {
	return &Error{
		Code: libvirt.ErrInternalError, Domain: FromNone,
		Message: "An error occurred, but the cause is unknown",
	}
}

// errorNotSet is what the daemon makes of a function that returned a value
// which means failure, and thought that it had succeeded.
func errorNotSet() error {
	return &Error{
		Code: libvirt.ErrInternalError, Domain: FromRPC,
		Message: "Library function returned error but did not set virError",
	}
}

// invalidHostArg refuses an argument of a function of the host, as libvirt's
// layer above the drivers does. %s in text stands for the function.
func invalidHostArg(api, argument, text string) error {
	return InvalidArg(FromDomain, "vir"+api, argument, fmt.Sprintf(text, "vir"+api))
}
