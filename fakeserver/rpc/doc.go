// Package rpc is libvirt's wire: frames, XDR, the typed procedures, and the
// wire form of an error. It knows no hypervisor and no connection, only bytes
// and what they mean; what a call does is the business of other packages.
//
// # Frames
//
// Client and server exchange frames. A frame is a length word, a [Header] of
// six words, and a payload. The header names a program, a procedure of it, the
// [Type] of the frame and a serial, which a reply repeats so that replies may
// come in any order. [Reader] takes a connection apart into frames;
// [AppendHeader] and [FinishFrame] put one together in a buffer of the
// caller's, so that many frames can leave in one write:
//
//	start := len(buf)
//	e := rpc.Encoder{Buf: rpc.AppendHeader(buf, call.Reply(rpc.StatusOK))}
//	info.EncodeRet(&e, ret)
//	rpc.FinishFrame(e.Buf, start)
//
// What a payload is follows from type and status: the arguments of a call, the
// result of a reply, an [Error] in either when the status is [StatusError],
// the message of an event, or raw bytes of a stream.
//
// # Procedures
//
// Every procedure of libvirt's remote and QEMU programs is one exported
// variable, such as [DomainLookupByName], whose type says what goes in and what
// comes out:
//
//	var DomainLookupByName *Procedure[libvirt.DomainLookupByNameArgs, libvirt.DomainLookupByNameRet]
//
// The structs are go-libvirt's own, so that whoever knows that client knows
// them. (One of them has a field that go-libvirt does not export:
// [DomainGetDiskErrorsRet] stands in for it.) Events are variables of type
// [Event]. Functions that take a [Procedure] infer A and R from it, which is
// how the rest of this module gets typed handlers, hooks and journals without
// naming a type:
//
//	handle(m, rpc.DomainLookupByName, h.domainLookupByName)
//
// Behind each is an [Info]: number, names, libvirt's function, which release
// brought it, whether a read-only connection may call it, which permissions it
// needs. It also holds the codec without types, for dispatch by number: look
// the number up with [Lookup], decode the arguments to an any that holds a *A,
// pass it on, encode the any that comes back. Neither reflection nor generics
// are involved, and nothing is set up when a program starts: all tables are
// static data.
//
// # XDR as libvirt means it
//
// [Decoder] and [Encoder] do what libvirt's peers do, not what the standard
// says where the two differ. Any word but zero is true. A string ends at the
// first NUL. C's char takes a word, also in arrays, so that "abc" as a char
// array has twelve bytes; as a string or as opaque data it has three and a
// padding. Bytes after the last field are ignored.
//
// Input is not trusted. The length of every list is compared with libvirt's
// limit for that very field (the Max constants) and with what is left of the
// payload, before memory is taken. Memory grows with the bytes that have
// arrived, never with what a peer announces.
//
// # Where the tables come from
//
// go generate ./fakeserver/rpc joins two sources and stops if they do not fit
// together: the source of the go-libvirt version in go.mod, which has numbers
// and structs, and our own tables in internal/gen, which say what go-libvirt
// does not: procedures.txt and limits.txt. Their heads tell how they are kept
// current. After go get of a newer go-libvirt, generate; what is missing is
// named. The generated code infers the types of integers, so it also compiles
// against a go-libvirt that has changed some of them.
package rpc
