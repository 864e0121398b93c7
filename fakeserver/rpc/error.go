package rpc

import (
	"fmt"

	"github.com/digitalocean/go-libvirt"
)

// Error is the wire form of an error (virError, remote_error): the payload of
// a reply or a stream frame with [StatusError].
//
// Clients print the message and decide by code and domain. The strings tell
// where the message came from: Str1 is its template, Str2 the detail that went
// into it; for a bad argument they are the function and the argument's name.
// A nil string is absent on the wire.
type Error struct {
	Code    libvirt.ErrorNumber
	Domain  int32  // VIR_FROM_…, see the From constants
	Message string // "" is absent on the wire, which clients print as "Unknown error"
	Level   int32  // 1 warning, 2 error; 0 stands for 2
	Str1    *string
	Str2    *string
	Str3    *string
	Int1    int32 // errno in a system error, else -1 or 0
	Int2    int32

	// Dom and Net exist on the wire, but the real daemon never fills them.
	Dom *libvirt.Domain
	Net *libvirt.Network
}

// The parts of libvirt that errors come from (virErrorDomain), as far as a
// daemon reports them.
const (
	FromNone             int32 = 0
	FromXML              int32 = 5
	FromRPC              int32 = 7
	FromQEMU             int32 = 10
	FromTest             int32 = 12
	FromRemote           int32 = 13
	FromStorage          int32 = 18
	FromNetwork          int32 = 19
	FromDomain           int32 = 20
	FromNodeDevice       int32 = 22
	FromInterface        int32 = 26
	FromSecret           int32 = 30
	FromNWFilter         int32 = 33
	FromDomainSnapshot   int32 = 35
	FromStreams          int32 = 38
	FromEvent            int32 = 40
	FromURI              int32 = 45
	FromAuth             int32 = 46
	FromAccess           int32 = 55
	FromPolkit           int32 = 60
	FromDomainCheckpoint int32 = 69
)

const levelError = 2

// Error returns the message, as virsh prints it.
func (e *Error) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("Unknown error (code %d, domain %d)", e.Code, e.Domain)
	}
	return e.Message
}

// EncodeError writes err as the payload of a frame with [StatusError].
func EncodeError(e *Encoder, err *Error) {
	level := err.Level
	if level == 0 {
		level = levelError
	}
	var message *string
	if err.Message != "" {
		message = &err.Message
	}
	putWord(e, err.Code)
	e.Int32(err.Domain)
	putPointer(e, message, putString[string])
	e.Int32(level)
	putPointer(e, err.Dom, putDomain)
	putPointer(e, err.Str1, putString[string])
	putPointer(e, err.Str2, putString[string])
	putPointer(e, err.Str3, putString[string])
	e.Int32(err.Int1)
	e.Int32(err.Int2)
	putPointer(e, err.Net, putNetwork)
}

// AppendError appends the payload of a frame with [StatusError] to buf. A
// string beyond [MaxString] is cut: an error must always get through.
func AppendError(buf []byte, err *Error) []byte {
	e := Encoder{Buf: buf}
	EncodeError(&e, err)
	if e.err == nil {
		return e.Buf
	}
	short := *err
	short.Message = short.Message[:min(len(short.Message), MaxString)]
	short.Str1, short.Str2, short.Str3, short.Dom, short.Net = nil, nil, nil, nil, nil
	e.Reset(buf)
	EncodeError(&e, &short)
	return e.Buf
}

// DecodeError reads the payload of a frame with [StatusError]. The second
// result is not nil, and wraps [ErrDecode], when it is not one.
func DecodeError(payload []byte) (*Error, error) {
	d := Decoder{buf: payload}
	err := new(Error)
	getWord(&d, &err.Code)
	err.Domain = d.Int32()
	if message := getPointer(&d, getString[string]); message != nil {
		err.Message = *message
	}
	err.Level = d.Int32()
	err.Dom = getPointer(&d, getDomain)
	err.Str1 = getPointer(&d, getString[string])
	err.Str2 = getPointer(&d, getString[string])
	err.Str3 = getPointer(&d, getString[string])
	err.Int1 = d.Int32()
	err.Int2 = d.Int32()
	err.Net = getPointer(&d, getNetwork)
	if d.err != nil {
		return nil, d.err
	}
	return err, nil
}

func getPointer[T any](d *Decoder, get func(*Decoder, *T)) *T {
	if !d.Bool() {
		return nil
	}
	v := new(T)
	get(d, v)
	return v
}

func putPointer[T any](e *Encoder, v *T, put func(*Encoder, *T)) {
	e.Bool(v != nil)
	if v != nil {
		put(e, v)
	}
}
