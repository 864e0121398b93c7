package rpc

import "github.com/digitalocean/go-libvirt"

// Condition is a reason to refuse a call on a read-only connection that
// depends on its arguments.
type Condition struct {
	// Field is the name of the argument that decides.
	Field string
	// Mask are the bits of Field of which any one is reason enough, or 0.
	Mask uint32
	// Value is the value of Field that is the reason, if Mask is 0.
	Value uint32
	// Detail is libvirt's text, without "operation forbidden: ".
	Detail string

	value func(args any) uint32
}

// Holds reports whether the condition is met. The any holds the procedure's *A.
func (c *Condition) Holds(args any) bool {
	v := c.value(args)
	return c.Mask != 0 && v&c.Mask != 0 || c.Mask == 0 && v == c.Value
}

// RefuseReadOnly returns the error with which libvirt refuses the call on a
// read-only connection (virCheckReadOnlyGoto, VIR_ERR_OPERATION_DENIED), or
// nil if it does not. The any holds the procedure's *A.
//
// A few functions look at their arguments first: libvirt then complains of an
// empty list or a zero, not of the connection.
func (i *Info) RefuseReadOnly(args any) *Error {
	detail := "read only access prevents " + i.Function
	switch c := i.ReadOnlyUnless; {
	case c != nil && c.Holds(args):
		detail = c.Detail
	case i.ReadOnly:
		return nil
	}
	template := "operation forbidden: %s"
	return &Error{
		Code:    libvirt.ErrOperationDenied,
		Domain:  i.ErrorDomain,
		Message: "operation forbidden: " + detail,
		Str1:    &template,
		Str2:    &detail,
		Int1:    -1,
		Int2:    -1,
	}
}
