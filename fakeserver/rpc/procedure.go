package rpc

import "iter"

// Procedure is one procedure of the remote or the QEMU program, with the types
// of its arguments and its result. The exported variables of this type are the
// one name by which handlers are registered, hooks and faults placed, and
// calls found again.
//
// It has no methods, for each would be compiled once for every procedure. Write
// functions that take a *Procedure[A, R]: their types are inferred.
type Procedure[A, R any] struct {
	Info *Info
}

// Event is one message that the server sends unasked, with the type of its
// content. Like [Procedure] it has no methods.
type Event[M any] struct {
	Info *Info
}

// None stands for the arguments or the result of a procedure that has none.
type None struct{}

// Kind tells what a number in a program is for.
type Kind uint8

// The kinds of entries in a program.
const (
	KindCall  Kind = iota // the client calls it and gets a reply
	KindEvent             // the server sends it; a call of it is an unknown procedure
)

// String returns "call" or "event".
func (k Kind) String() string {
	if k == KindEvent {
		return "event"
	}
	return "call"
}

// Stream tells whether a stream follows a successful reply, and which way its
// data flows. Its frames repeat procedure and serial of the call.
type Stream uint8

// The directions of streams.
const (
	StreamNone       Stream = iota
	StreamFromClient        // upload, incoming migration
	StreamToClient          // download, screenshot
	StreamBoth              // console, channel
)

// String returns "none", "from-client", "to-client" or "both".
func (s Stream) String() string {
	switch s {
	case StreamFromClient:
		return "from-client"
	case StreamToClient:
		return "to-client"
	case StreamBoth:
		return "both"
	}
	return "none"
}

// Info is what is known of one procedure or event, apart from its types. The
// values are shared: do not change them.
type Info struct {
	Program uint32
	Number  int32

	// Name is the Go name, which is also the name of the exported variable:
	// "DomainLookupByName", or "QEMUDomainMonitorCommand".
	Name string
	// Constant is libvirt's name of the number: "REMOTE_PROC_DOMAIN_LOOKUP_BY_NAME".
	Constant string
	// Function is the function of libvirt's API that the daemon calls to do the
	// work: "virDomainLookupByName". Several procedures may share one. It is
	// "" for events and for authentication, which the daemon does itself.
	Function string
	// ErrorDomain is VIR_FROM_… with which Function reports what it finds out
	// before it asks the driver: a read-only connection, a driver without that
	// function, a bad argument.
	ErrorDomain int32
	// Since is the release of libvirt that brought the procedure. Function
	// may be older.
	Since  Version
	Kind   Kind
	Stream Stream

	// ReadOnly tells that a read-only connection may call it: Function does
	// not refuse it in every case. See [Info.ReadOnlyUnless].
	ReadOnly bool
	// ReadOnlyUnless is the condition under which Function does refuse it, nil
	// if there is none. See [Info.RefuseReadOnly].
	ReadOnlyUnless *Condition
	// NeedsAuth is false for the five procedures that may be called before
	// authentication: the ones that do it.
	NeedsAuth bool
	// ACL are the permissions that a caller must have, from the protocol's
	// annotations, such as "domain:getattr". A third part limits the rule
	// to calls with a flag: "domain:read_secure:VIR_DOMAIN_XML_SECURE".
	ACL []string
	// ACLFilter is the permission on each object that a list may show, or "".
	ACLFilter string

	// The codec, untyped so that dispatch needs neither generics nor
	// reflection. The any holds a *A, a *R, or for an event a *M, which counts
	// as the result. Encoding panics if it holds anything else. Decoding
	// returns a value in every case; look at the Decoder's Err before using it.
	DecodeArgs func(*Decoder) any
	EncodeArgs func(*Encoder, any)
	DecodeRet  func(*Decoder) any
	EncodeRet  func(*Encoder, any)
}

// Lookup returns the procedure or event with that number, or nil.
func Lookup(program uint32, number int32) *Info {
	var list []*Info
	switch program {
	case ProgramRemote:
		list = remoteByNumber[:]
	case ProgramQEMU:
		list = qemuByNumber[:]
	}
	if number < 0 || int(number) >= len(list) {
		return nil
	}
	return list[number]
}

// All yields every procedure and event, in order of program and number.
func All() iter.Seq[*Info] {
	return func(yield func(*Info) bool) {
		for i := range infos {
			if !yield(&infos[i]) {
				return
			}
		}
	}
}

// ByName returns the procedure or event that name means: a Go name
// ("DomainLookupByName"), a constant ("REMOTE_PROC_DOMAIN_LOOKUP_BY_NAME") or
// a function of libvirt's API ("virDomainLookupByName"). Where a function
// stands for several procedures it is the newest, which current clients use;
// [Named] gives them all. It returns nil for an unknown name.
func ByName(name string) *Info {
	var found *Info
	for i := range Named(name) {
		found = i
	}
	return found
}

// Named yields all procedures and events that name means, like [ByName].
func Named(name string) iter.Seq[*Info] {
	return func(yield func(*Info) bool) {
		if name == "" {
			return
		}
		for i := range All() {
			if (i.Name == name || i.Constant == name || i.Function == name) && !yield(i) {
				return
			}
		}
	}
}

// Highest returns the highest number of the program that libvirt v knows: 443
// for the remote program of 9.0.0. What is above is an unknown procedure. It
// returns 0 for a program without procedures.
func Highest(program uint32, v Version) int32 {
	var highest int32
	for i := range All() {
		if i.Program == program && i.Since <= v {
			highest = max(highest, i.Number)
		}
	}
	return highest
}
