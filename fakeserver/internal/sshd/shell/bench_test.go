package shell

import (
	"io"
	"strings"
	"testing"
)

// BenchmarkNetcatScript is the longest of the scripts that clients send, up to
// where netcat would begin to proxy.
func BenchmarkNetcatScript(b *testing.B) {
	const script = `sh -c 'if 'luckless' -q 2>&1 | cat >/dev/null 2>&1; then ARG=-q0;else ARG=;fi;'args' $ARG -U /var/run/libvirt/libvirt-sock'`
	m := testMachine()
	b.ReportAllocs()
	for b.Loop() {
		Run(b.Context(), script, Config{
			Dialect: Bash, Name: "bash", Machine: m, Env: []string{"PATH=/usr/bin"},
			Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard,
		})
	}
}
