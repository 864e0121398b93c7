package rpc

import "github.com/digitalocean/go-libvirt"

// The types of a typed parameter's value (virTypedParameterType), as in
// [libvirt.TypedParamValue]'s D. Beside each the Go type that I must hold.
const (
	ParamInt     uint32 = 1 // int32
	ParamUint    uint32 = 2 // uint32
	ParamLlong   uint32 = 3 // int64
	ParamUllong  uint32 = 4 // uint64
	ParamDouble  uint32 = 5 // float64
	ParamBoolean uint32 = 6 // int32, 0 or 1
	ParamString  uint32 = 7 // string
)

// getTypedParamValue reads the one union of the protocol.
func getTypedParamValue(d *Decoder, v *libvirt.TypedParamValue) {
	v.D = d.Uint32()
	switch v.D {
	case ParamInt, ParamBoolean:
		v.I = d.Int32()
	case ParamUint:
		v.I = d.Uint32()
	case ParamLlong:
		v.I = d.Int64()
	case ParamUllong:
		v.I = d.Uint64()
	case ParamDouble:
		v.I = d.Float64()
	case ParamString:
		v.I = d.String(MaxString)
	default:
		d.Fail("typed parameter of unknown type %d", v.D)
	}
}

func putTypedParamValue(e *Encoder, v *libvirt.TypedParamValue) {
	e.Uint32(v.D)
	ok := false
	switch v.D {
	case ParamInt, ParamBoolean:
		ok = putParam(e, v.I, e.Int32)
	case ParamUint:
		ok = putParam(e, v.I, e.Uint32)
	case ParamLlong:
		ok = putParam(e, v.I, e.Int64)
	case ParamUllong:
		ok = putParam(e, v.I, e.Uint64)
	case ParamDouble:
		ok = putParam(e, v.I, e.Float64)
	case ParamString:
		var s string
		if s, ok = v.I.(string); ok {
			e.String(s, MaxString)
		}
	}
	if !ok {
		e.Fail("typed parameter of type %d holds a %T", v.D, v.I)
	}
}

// putParam writes value with put if it is a T.
func putParam[T any](e *Encoder, value any, put func(T)) bool {
	v, ok := value.(T)
	if ok {
		put(v)
	}
	return ok
}
