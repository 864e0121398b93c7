package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"fakelibvirtd": main})
}

// TestScripts runs the scripts in testdata, each in an empty home and with the
// binary on its PATH.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			// The path of a script's own directory is too long for sockets.
			env.Setenv("TMPDIR", t.TempDir())
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"waitfor": waitFor,
		},
		Condition: condition,
	})
}

// condition knows sasl: whether there is a virsh that logs in by SASL.
func condition(name string) (bool, error) {
	if name != "sasl" {
		return false, fmt.Errorf("unknown condition %q", name)
	}
	if _, err := exec.LookPath("virsh"); err == nil && testclients.HasSASL("scram") {
		return true, nil
	}
	if os.Getenv(testclients.RequireEnv) != "" {
		return false, errors.New("virsh or SASL's mechanisms are not installed: apt-get install libvirt-clients libsasl2-modules")
	}
	return false, nil
}
