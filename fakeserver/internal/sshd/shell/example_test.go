package shell_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/sshd/shell"
)

// A machine whose netcat knows -q, and libvirt's way to find that out.
func ExampleRun() {
	m := shell.NewMachine("/root")
	m.Install(shell.Interpreter(shell.Dash), "/usr/bin/sh")
	m.Install(shell.Utility("test"), "/usr/bin/test")
	m.Install(func(_ context.Context, p *shell.Process) int {
		if len(p.Args) == 2 && p.Args[1] == "-q" {
			p.Errorf("option requires an argument -- 'q'")
			return 1
		}
		fmt.Fprintln(p.Stdout, "would run", strings.Join(p.Args, " "))
		return 0
	}, "/usr/bin/nc")

	status := shell.Run(context.Background(),
		`sh -c 'if 'nc' -q 2>/dev/null; then ARG=; else ARG=-q0; fi; 'nc' $ARG -U /run/libvirt/libvirt-sock'`,
		shell.Config{
			Dialect: shell.Bash,
			Name:    "bash",
			Machine: m,
			Env:     []string{"PATH=/usr/bin"},
			Stdout:  os.Stdout,
			Stderr:  os.Stdout,
		})
	fmt.Println("status", status)
	// Output:
	// would run nc -q0 -U /run/libvirt/libvirt-sock
	// status 0
}
