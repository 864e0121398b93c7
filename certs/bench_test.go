package certs

import (
	"path/filepath"
	"testing"
)

func BenchmarkNew(b *testing.B) {
	for _, k := range []KeyType{P256, Ed25519} {
		b.Run(k.String(), func(b *testing.B) {
			for b.Loop() {
				if _, err := New(Keys(k)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWritePKIPath(b *testing.B) {
	pki, err := New()
	if err != nil {
		b.Fatal(err)
	}
	dir := filepath.Join(b.TempDir(), "pki")
	for b.Loop() {
		if err := pki.WritePKIPath(dir); err != nil {
			b.Fatal(err)
		}
	}
}
