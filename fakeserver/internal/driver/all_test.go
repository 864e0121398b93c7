package driver

import "testing"

func TestNamed(t *testing.T) {
	for _, name := range Names() {
		if d := Named(name); d == nil || d.Name != name {
			t.Errorf("Named(%q) is %v", name, d)
		}
	}
	if d := Named("nonesuch"); d != nil {
		t.Errorf("Named of an unknown name is %v", d)
	}
}
