package shell

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

// FuzzScript looks for a script that makes the shell panic, outlive its context
// or hold on to a goroutine.
func FuzzScript(f *testing.F) {
	for _, s := range scripts {
		f.Add(s.script, s.stdin, false)
		f.Add(s.script, s.stdin, true)
	}
	f.Fuzz(func(t *testing.T, script, stdin string, bash bool) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		d := Dash
		if bash {
			d = Bash
		}
		begin := time.Now()
		status := Run(ctx, script, Config{
			Dialect: d, Name: "sh", Machine: testMachine(),
			Env:   []string{"PATH=/usr/bin", "HOME=/root"},
			Stdin: strings.NewReader(stdin), Stdout: io.Discard, Stderr: io.Discard,
		})
		if status < 0 || status > 255 {
			t.Errorf("status %d", status)
		}
		if took := time.Since(begin); took > time.Minute {
			t.Errorf("took %v", took)
		}
		Words(script)
	})
}
