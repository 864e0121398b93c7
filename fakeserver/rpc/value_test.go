package rpc_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"

	"github.com/digitalocean/go-libvirt"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"pgregory.net/rapid"
)

// source chooses: n is from [0, limit).
type source func(limit uint64) uint64

// random chooses the same for the same seed.
func random(seed uint64) source {
	r := rand.New(rand.NewPCG(seed, 1))
	return r.Uint64N
}

// drawn lets rapid choose, and with it shrink.
func drawn(t *rapid.T) source {
	return func(limit uint64) uint64 { return rapid.Uint64Range(0, limit-1).Draw(t, "choice") }
}

// newValue returns a pointer to a value of the type that decode yields, filled
// by choice with what the protocol can carry.
func newValue(choose source, decode func(*rpc.Decoder) any) any {
	v := reflect.New(reflect.TypeOf(decode(rpc.NewDecoder(nil))).Elem())
	fill(choose, v.Elem())
	return v.Interface()
}

// fill sets v. Lists have up to three elements, which is within every limit,
// and empty ones are nil, as the decoder leaves them.
func fill(choose source, v reflect.Value) {
	if v.Type() == reflect.TypeFor[libvirt.TypedParamValue]() {
		v.Set(reflect.ValueOf(*typedParamValue(choose)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(choose, v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(choose, v.Index(i))
		}
	case reflect.Slice:
		limit := uint64(4)
		if strings.HasPrefix(v.Type().Name(), "Opt") {
			limit = 2
		}
		if n := int(choose(limit)); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(choose, v.Index(i))
			}
		}
	case reflect.String:
		v.SetString(text(choose))
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(bits(choose, v.Type().Bits())))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(bits(choose, v.Type().Bits()))
	default:
		panic(fmt.Sprintf("no values of type %v", v.Type()))
	}
}

// bits returns a number of that many bits, with a liking for the ends of the
// range. As a signed number it is extended.
func bits(choose source, size int) uint64 {
	var n uint64
	switch choose(4) {
	case 0:
		n = choose(3)
	case 1:
		n = -(1 + choose(3)) // the largest unsigned, -1 and below
	case 2:
		n = 1<<(size-1) - 1 + choose(2) // around the largest signed
	default:
		n = choose(math.MaxUint64)
	}
	return n & (math.MaxUint64 >> (64 - size))
}

// text returns a string of every length modulo four, of bytes that a C string
// can hold.
func text(choose source) string {
	b := make([]byte, choose(10))
	for i := range b {
		b[i] = byte(1 + choose(255))
	}
	return string(b)
}

func typedParamValue(choose source) *libvirt.TypedParamValue {
	switch uint32(1 + choose(7)) {
	case rpc.ParamInt:
		return libvirt.NewTypedParamValueInt(int32(bits(choose, 32)))
	case rpc.ParamUint:
		return libvirt.NewTypedParamValueUint(uint32(bits(choose, 32)))
	case rpc.ParamLlong:
		return libvirt.NewTypedParamValueLlong(int64(bits(choose, 64)))
	case rpc.ParamUllong:
		return libvirt.NewTypedParamValueUllong(bits(choose, 64))
	case rpc.ParamDouble:
		return libvirt.NewTypedParamValueDouble(float64(int32(bits(choose, 32))) / 8)
	case rpc.ParamBoolean:
		return libvirt.NewTypedParamValueBoolean(int32(choose(2)))
	default:
		return libvirt.NewTypedParamValueString(text(choose))
	}
}

// side is one struct that travels: the arguments or the result of a procedure,
// or the message of an event.
type side struct {
	name   string
	info   *rpc.Info
	decode func(*rpc.Decoder) any
	encode func(*rpc.Encoder, any)
}

// sides returns both sides of everything there is.
func sides() []side {
	var all []side
	for i := range rpc.All() {
		if i.Kind == rpc.KindEvent {
			all = append(all, side{i.Name + "/message", i, i.DecodeRet, i.EncodeRet})
			continue
		}
		all = append(all,
			side{i.Name + "/args", i, i.DecodeArgs, i.EncodeArgs},
			side{i.Name + "/ret", i, i.DecodeRet, i.EncodeRet})
	}
	return all
}

// isNone tells that nothing travels.
func (s side) isNone() bool {
	_, none := s.decode(rpc.NewDecoder(nil)).(*rpc.None)
	return none
}

// marshal encodes v.
func (s side) marshal(v any) ([]byte, error) {
	var e rpc.Encoder
	s.encode(&e, v)
	return e.Buf, e.Err()
}

// unmarshal decodes all of b.
func (s side) unmarshal(b []byte) (any, error) {
	d := rpc.NewDecoder(b)
	v := s.decode(d)
	if err := d.Err(); err != nil {
		return nil, err
	}
	if d.Len() != 0 {
		return nil, fmt.Errorf("%d bytes are left over", d.Len())
	}
	return v, nil
}
