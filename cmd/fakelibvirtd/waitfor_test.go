package main

import (
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// waitFor waits until a file exists, and takes the variables of an --env file
// over into the script.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitfor FILE")
	}
	deadline := time.Now().Add(2 * time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil {
			for line := range strings.Lines(string(text)) {
				name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
				ts.Setenv(name, strings.Trim(value, "'"))
			}
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s did not appear: %v", args[0], err)
		}
	}
}
