package naming

import "testing"

func FuzzDocument(f *testing.F) {
	f.Add("<domain><name>a</name></domain>")
	f.Add("<filter name='a'><uuid>")
	f.Fuzz(func(_ *testing.T, doc string) { ScanDocument(doc) })
}
