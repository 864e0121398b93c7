package krb5

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// Keytab is the keys of services, as a server has them in a file. It does not change,
// and may be used by many goroutines at a time.
type Keytab struct{ keys []Key }

// Key is one of a service's keys. Printed, it shows no secret.
type Key struct {
	Principal Principal
	// Version is the key's number (kvno).
	Version uint32
	EType   EType
	// Made is when, to the second.
	Made   time.Time
	secret []byte
}

// Secret returns the bytes of the key.
func (k Key) Secret() []byte { return slices.Clone(k.secret) }

// String masks the secret.
func (k Key) String() string {
	return fmt.Sprintf("{%s, version %d, %s, ***}", k.Principal, k.Version, k.EType)
}

// Format masks the secret, whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// NewKeytab returns a keytab of keys, which are those of other keytabs.
func NewKeytab(keys ...Key) *Keytab { return &Keytab{slices.Clone(keys)} }

// Keys returns the keys in their order.
func (t *Keytab) Keys() []Key { return slices.Clone(t.keys) }

// String shows no secrets.
func (t Keytab) String() string { return fmt.Sprint(t.keys) }

// Format shows no secrets, whatever the verb.
func (t Keytab) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// Find returns the key of a service; version 0 is the highest that there is, and etype 0
// the first in the keytab's order.
func (t *Keytab) Find(p Principal, version uint32, etype EType) (Key, bool) {
	var found Key
	ok := false
	for _, k := range t.keys {
		if k.Principal == p && (version == 0 || k.Version == version) && (etype == 0 || k.EType == etype) &&
			(!ok || k.Version > found.Version) {
			found, ok = k, true
		}
	}
	return found, ok
}

// The form of a keytab's file, version 2.
const (
	keytabMagic = "\x05\x02"
	// maxKeytab is how many bytes of a file are taken for a keytab.
	maxKeytab = 1 << 20
)

// ReadKeytab reads a file. No secret is in its errors.
func ReadKeytab(path string) (*Keytab, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("keytab: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxKeytab+1)) // as much as tells that there is too much
	if err != nil {
		return nil, fmt.Errorf("keytab: %w", err)
	}
	t, err := ParseKeytab(data)
	if err != nil {
		return nil, fmt.Errorf("keytab %s: %w", path, err)
	}
	return t, nil
}

// errKeytab says nothing of what was there.
var errKeytab = errors.New("this is not a keytab of version 2, or one that has been cut off")

// ParseKeytab reads the bytes of a keytab. Keys of other types of encryption than
// [ETypes] are left out; one of the others must be there.
func ParseKeytab(data []byte) (*Keytab, error) {
	rest, ok := strings.CutPrefix(string(data), keytabMagic)
	if !ok || len(data) > maxKeytab {
		return nil, errKeytab
	}
	t := &Keytab{}
	var others []string
	for r := (reader{data: []byte(rest)}); len(r.data) > 0; {
		size := int32(r.uint32())
		if size <= 0 { // a hole, where a key was
			r.bytes(-int64(size))
			if r.short {
				return nil, errKeytab
			}
			continue
		}
		entry := reader{data: r.bytes(int64(size))}
		k := entry.key()
		if r.short || entry.short {
			return nil, errKeytab
		}
		switch {
		case k.EType.KeySize() == 0:
			others = append(others, k.EType.String())
		case len(k.secret) != k.EType.KeySize():
			return nil, fmt.Errorf("the key of %s for %s has %d bytes: want %d", k.Principal, k.EType, len(k.secret), k.EType.KeySize())
		default:
			t.keys = append(t.keys, k)
		}
	}
	if len(t.keys) == 0 {
		return nil, fmt.Errorf("no key for AES is there (others: %q)", others)
	}
	return t, nil
}

// reader takes big-endian values off data. Once it is short of any, it is so for good.
type reader struct {
	data  []byte
	short bool
}

func (r *reader) bytes(n int64) []byte {
	if n < 0 || n > int64(len(r.data)) {
		r.short, r.data = true, nil
		return nil
	}
	taken := r.data[:n]
	r.data = r.data[n:]
	return taken
}

func (r *reader) uint32() uint32 {
	if b := r.bytes(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint16() uint16 {
	if b := r.bytes(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) text() string { return string(r.bytes(int64(r.uint16()))) }

// key reads one entry of a keytab.
func (r *reader) key() Key {
	var k Key
	parts := make([]string, 0, 2)
	count := r.uint16()
	k.Principal.Realm = r.text()
	for range count {
		if r.short {
			return k
		}
		parts = append(parts, r.text())
	}
	k.Principal.Name = strings.Join(parts, "/")
	r.uint32() // the kind of name
	k.Made = time.Unix(int64(r.uint32()), 0)
	if b := r.bytes(1); b != nil {
		k.Version = uint32(b[0])
	}
	k.EType = EType(r.uint16())
	k.secret = slices.Clone(r.bytes(int64(r.uint16())))
	// The version once more, in full, unless the entry is an old one.
	if len(r.data) >= 4 {
		if v := r.uint32(); v != 0 {
			k.Version = v
		}
	}
	return k
}

// Marshal returns the bytes of a file.
func (t *Keytab) Marshal() []byte {
	out := []byte(keytabMagic)
	text := func(b []byte, s string) []byte {
		return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
	}
	for _, k := range t.keys {
		name := k.Principal.wire()
		e := binary.BigEndian.AppendUint16(nil, uint16(len(name.NameString)))
		e = text(e, k.Principal.Realm)
		for _, part := range name.NameString {
			e = text(e, part)
		}
		e = binary.BigEndian.AppendUint32(e, uint32(name.NameType))
		e = binary.BigEndian.AppendUint32(e, uint32(k.Made.Unix()))
		e = append(e, byte(k.Version))
		e = binary.BigEndian.AppendUint16(e, uint16(k.EType))
		e = text(e, string(k.secret))
		e = binary.BigEndian.AppendUint32(e, k.Version)
		out = binary.BigEndian.AppendUint32(out, uint32(len(e)))
		out = append(out, e...)
	}
	return out
}

// private is the permission of files with secrets in them.
const private = 0o600

// WriteFile writes the keytab to a file that only its owner may read.
func (t *Keytab) WriteFile(path string) error {
	if err := writePrivate(path, t.Marshal()); err != nil {
		return fmt.Errorf("keytab: %w", err)
	}
	return nil
}

// writePrivate writes a file that others may not read, also if they might before.
func writePrivate(path string, data []byte) error {
	if err := os.Chmod(path, private); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(path, data, private)
}
