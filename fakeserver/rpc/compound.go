package rpc

// What the generated codec is made of. The functions are generic over the
// types of go-libvirt's fields, so that generated code goes on compiling when
// a newer go-libvirt types a field differently (72 Flags are int32 there, and
// uint32 in libvirt): what is on the wire was settled at generation, what is
// in memory is inferred.

// integer is any type that XDR carries as one word or one hyper.
type integer interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~int | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uint
}

// getWord reads an integer of up to 32 bits. A narrower type takes the low
// bits, as C's xdr_char and xdr_short do.
func getWord[T integer](d *Decoder, p *T) { *p = T(d.Int32()) }

func putWord[T integer](e *Encoder, v T) { e.Uint32(uint32(v)) }

func getHyper[T integer](d *Decoder, p *T) { *p = T(d.Int64()) }

func putHyper[T integer](e *Encoder, v T) { e.Uint64(uint64(v)) }

// getWords reads a list of integers of up to 32 bits. That includes C's char
// arrays, which take four bytes for each char.
func getWords[S ~[]T, T integer](d *Decoder, p *S, limit uint32) {
	if n := d.Count(limit, 4); n > 0 {
		s := make(S, n)
		getFixedWords(d, s)
		*p = s
	}
}

func putWords[S ~[]T, T integer](e *Encoder, s S, limit uint32) {
	if e.Count(len(s), limit) {
		putFixedWords(e, s)
	}
}

func getFixedWords[T integer](d *Decoder, s []T) {
	for i := range s {
		getWord(d, &s[i])
	}
}

func putFixedWords[T integer](e *Encoder, s []T) {
	for _, v := range s {
		putWord(e, v)
	}
}

func getHypers[S ~[]T, T integer](d *Decoder, p *S, limit uint32) {
	if n := d.Count(limit, 8); n > 0 {
		s := make(S, n)
		for i := range s {
			getHyper(d, &s[i])
		}
		*p = s
	}
}

func putHypers[S ~[]T, T integer](e *Encoder, s S, limit uint32) {
	if e.Count(len(s), limit) {
		for _, v := range s {
			putHyper(e, v)
		}
	}
}

// getList reads a list of at most limit structs of at least size bytes each.
// The loop ends with the first error, for a struct may be far larger in memory
// than what a broken payload holds of it.
func getList[S ~[]T, T any](d *Decoder, p *S, limit uint32, size int, get func(*Decoder, *T)) {
	n := d.Count(limit, size)
	if n == 0 {
		return
	}
	s := make(S, n)
	for i := range s {
		if d.err != nil {
			return
		}
		get(d, &s[i])
	}
	*p = s
}

func putList[S ~[]T, T any](e *Encoder, s S, limit uint32, put func(*Encoder, *T)) {
	if e.Count(len(s), limit) {
		for i := range s {
			put(e, &s[i])
		}
	}
}

// getOptional reads what go-libvirt models as a slice of at most one element.
func getOptional[S ~[]T, T any](d *Decoder, p *S, get func(*Decoder, *T)) {
	if d.Bool() {
		s := make(S, 1)
		get(d, &s[0])
		*p = s
	}
}

func putOptional[S ~[]T, T any](e *Encoder, s S, put func(*Encoder, *T)) {
	if len(s) > 1 {
		e.Fail("optional value has %d elements", len(s))
		return
	}
	e.Bool(len(s) == 1)
	for i := range s {
		put(e, &s[i])
	}
}

func getOpaque[S ~[]byte](d *Decoder, p *S, limit uint32) { *p = d.Opaque(limit) }

func putOpaque[S ~[]byte](e *Encoder, s S, limit uint32) { e.Opaque(s, limit) }

func getStrings[S ~[]T, T ~string](d *Decoder, p *S, limit uint32) {
	getList(d, p, limit, 4, getString[T])
}

func putStrings[S ~[]T, T ~string](e *Encoder, s S, limit uint32) {
	putList(e, s, limit, putString[T])
}

func getString[T ~string](d *Decoder, p *T) { *p = T(d.String(MaxString)) }

func putString[T ~string](e *Encoder, p *T) { e.String(string(*p), MaxString) }

// getNone and putNone are the codec of [None].
func getNone(*Decoder) any { return &None{} }

func putNone(*Encoder, any) {}
