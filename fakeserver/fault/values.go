package fault

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"time"
)

// Duration is a time.Duration that reads and writes as text: 1.5s, 200ms.
type Duration time.Duration

// String returns the duration as it is written: "1.5s".
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no duration: want a number with a unit, such as 200ms, 5s or 1m", text)
	}
	*d = Duration(v)
	return nil
}

// Bytes are bytes that read and write as hexadecimal text.
type Bytes []byte

// MarshalText implements encoding.TextMarshaler.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(b)), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *Bytes) UnmarshalText(text []byte) error {
	v, err := hex.DecodeString(string(text))
	if err != nil {
		return fmt.Errorf("%q are no bytes: want hexadecimal digits, two for each", text)
	}
	*b = v
	return nil
}

// UnmarshalYAML reads the text as it stands, for YAML takes some hexadecimal
// digits for a number: 0010, 1e10.
func (b *Bytes) UnmarshalYAML(text []byte) error {
	return b.UnmarshalText(bytes.Trim(bytes.TrimSpace(text), `"'`))
}
