package certs

import (
	"path/filepath"
	"strconv"
	"testing"
)

func BenchmarkNew(b *testing.B) {
	for _, k := range []KeyType{P256, Ed25519} {
		b.Run(k.String(), func(b *testing.B) {
			for b.Loop() {
				mustNew(b, Keys(k))
			}
		})
	}
}

func BenchmarkNewSSH(b *testing.B) {
	for b.Loop() {
		mustNewSSH(b)
	}
}

// BenchmarkPKI is what a test pays for a PKI of its own: making it, and writing the
// files of its clients. It is to stay under 2 ms.
func BenchmarkPKI(b *testing.B) {
	root := b.TempDir()
	n := 0
	for b.Loop() {
		n++
		if err := mustNew(b).WritePKIPath(filepath.Join(root, strconv.Itoa(n))); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkNode is what a node makes and writes for its clients when it starts.
// Most of it is the file system: try it with TMPDIR on a tmpfs.
func BenchmarkNode(b *testing.B) {
	root := b.TempDir()
	n := 0
	for b.Loop() {
		n++
		dir := filepath.Join(root, strconv.Itoa(n))
		if err := mustNew(b).WritePKIPath(filepath.Join(dir, "pki")); err != nil {
			b.Fatal(err)
		}
		c := SSHClient{Addresses: []string{"127.0.0.1:2222", "[::1]:2222"}}
		if _, err := mustNewSSH(b).WriteClient(filepath.Join(dir, "ssh"), c); err != nil {
			b.Fatal(err)
		}
	}
}
