package rpc_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestInitCostsNothing: a program that imports this package must not pay for
// 460 procedures when it starts. All of them are static data.
func TestInitCostsNothing(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("counting coverage needs an init of its own")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^$")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "init github.com/digitalocean/go-libvirt @") {
		t.Fatalf("this is no trace of inits:\n%s", out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "fakeserver/rpc @") {
			t.Error(line)
		}
	}
}
