package rpc

import (
	"encoding/binary"
	"fmt"
)

// Program numbers (remote_protocol.x and its siblings, virkeepaliveprotocol.x).
// Note that LXC's does not follow the row of the others.
const (
	ProgramRemote    uint32 = 0x20008086
	ProgramQEMU      uint32 = 0x20008087
	ProgramLXC       uint32 = 0x00068000
	ProgramKeepalive uint32 = 0x6b656570 // "keep"
	ProgramAdmin     uint32 = 0x06900690

	// ProtocolVersion is the version of every one of these programs.
	ProtocolVersion uint32 = 1
)

// Procedures of [ProgramKeepalive]. They travel as messages with serial 0.
const (
	KeepalivePing int32 = 1
	KeepalivePong int32 = 2
)

// Sizes, in bytes unless said otherwise. They are libvirt's own
// (virnetprotocol.x): a peer that goes beyond them is cut off.
const (
	// HeaderSize is the size of the smallest usable frame: the length word
	// and six more words.
	HeaderSize = 28
	// MaxFrame is the largest legal value of the length word, which counts
	// itself.
	MaxFrame = 33554436
	// MaxPayload is what a frame of MaxFrame bytes carries.
	MaxPayload = MaxFrame - HeaderSize
	// MaxString is the longest string, without its padding.
	MaxString = 4194304
	// MaxFDs is the largest number of file descriptors with one call.
	MaxFDs = 32
	// MaxStreamChunk is the most that libvirt's own peers put into one stream
	// frame. They accept larger ones, and go-libvirt sends them.
	MaxStreamChunk = 262120
)

// Type says what a frame is (virNetMessageType).
type Type int32

// The types of frames.
const (
	TypeCall         Type = iota
	TypeReply             // the answer to a Call: result or error
	TypeMessage           // an event or a keepalive, which nobody answers
	TypeStream            // raw data of a stream, its end or its failure
	TypeCallWithFDs       // a Call that begins with a count of file descriptors
	TypeReplyWithFDs      // a Reply likewise
	TypeStreamHole        // a hole in a sparse stream
)

// String returns libvirt's word for the type.
func (t Type) String() string {
	switch t {
	case TypeCall:
		return "call"
	case TypeReply:
		return "reply"
	case TypeMessage:
		return "message"
	case TypeStream:
		return "stream"
	case TypeCallWithFDs:
		return "call-with-fds"
	case TypeReplyWithFDs:
		return "reply-with-fds"
	case TypeStreamHole:
		return "stream-hole"
	}
	return fmt.Sprintf("type(%d)", int32(t))
}

// Status says how a frame ended (virNetMessageStatus). It is meaningful in
// replies and streams, and zero in calls and messages.
type Status int32

// The statuses of frames.
const (
	StatusOK       Status = iota // result follows; in a stream: finished
	StatusError                  // an error follows; in a stream from the client: abort
	StatusContinue               // only in streams: data follows
)

// String returns libvirt's word for the status.
func (s Status) String() string {
	switch s {
	case StatusOK:
		return "ok"
	case StatusError:
		return "error"
	case StatusContinue:
		return "continue"
	}
	return fmt.Sprintf("status(%d)", int32(s))
}

// Header is the fixed part of every frame (virNetMessageHeader), without the
// length word before it.
type Header struct {
	Program   uint32
	Version   uint32
	Procedure int32
	Type      Type
	Serial    uint32 // chosen by the caller and repeated in the reply; 1 in events, 0 in keepalives
	Status    Status
}

// Reply returns the header that answers a call with header h: all the same
// but the type and the status.
func (h Header) Reply(s Status) Header {
	h.Type, h.Status = TypeReply, s
	return h
}

// AppendHeader appends the [HeaderSize] bytes with which a frame begins, the
// length word still zero. Append the payload, then call [FinishFrame] with
// the length that buf had before.
func AppendHeader(buf []byte, h Header) []byte {
	buf = append(buf, 0, 0, 0, 0)
	buf = binary.BigEndian.AppendUint32(buf, h.Program)
	buf = binary.BigEndian.AppendUint32(buf, h.Version)
	buf = binary.BigEndian.AppendUint32(buf, uint32(h.Procedure))
	buf = binary.BigEndian.AppendUint32(buf, uint32(h.Type))
	buf = binary.BigEndian.AppendUint32(buf, h.Serial)
	return binary.BigEndian.AppendUint32(buf, uint32(h.Status))
}

// FinishFrame writes the length word of the frame that begins at start and
// reaches to the end of buf. Whether it stays within [MaxFrame] is for the
// caller to check: libvirt's server answers a result that does not fit with
// [ErrEncode]'s text.
func FinishFrame(buf []byte, start int) {
	binary.BigEndian.PutUint32(buf[start:], uint32(len(buf)-start))
}

// parseHeader reads the six words after the length word of a whole frame.
func parseHeader(frame []byte) Header {
	_ = frame[HeaderSize-1]
	return Header{
		Program:   binary.BigEndian.Uint32(frame[4:]),
		Version:   binary.BigEndian.Uint32(frame[8:]),
		Procedure: int32(binary.BigEndian.Uint32(frame[12:])),
		Type:      Type(binary.BigEndian.Uint32(frame[16:])),
		Serial:    binary.BigEndian.Uint32(frame[20:]),
		Status:    Status(binary.BigEndian.Uint32(frame[24:])),
	}
}
