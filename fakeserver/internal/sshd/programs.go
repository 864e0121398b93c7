package sshd

import (
	"context"
	"fmt"
	"io"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/sshd/shell"
)

// which is Debian's which(1).
func which(_ context.Context, p *shell.Process) int {
	opts, operands, bad := getopt(p.Args[1:], "a")
	if bad != "" {
		arg := bad[len(bad)-2 : len(bad)-1]
		fmt.Fprintf(p.Stderr, "Illegal option -%s\n", arg)
		fmt.Fprint(p.Stdout, "Usage: /usr/bin/which [-a] args\n")
		return 2
	}
	status := 0
	if len(operands) == 0 {
		status = 1
	}
	for _, name := range operands {
		found := p.Executables(name)
		if len(found) == 0 {
			status = 1
			continue
		}
		if len(opts) == 0 {
			found = found[:1]
		}
		for _, path := range found {
			fmt.Fprintln(p.Stdout, path)
		}
	}
	return status
}

// cat copies its standard input, as often as it is named; there are no files.
func cat(_ context.Context, p *shell.Process) int {
	names := p.Args[1:]
	if len(names) == 0 {
		names = []string{"-"}
	}
	status := 0
	for _, name := range names {
		switch {
		case name == "-":
			if _, err := io.Copy(p.Stdout, p.Stdin); err != nil {
				status = 1
			}
		case name == "/dev/null":
		case p.IsDir(name):
			p.Errorf("%s: Is a directory", name)
			status = 1
		default:
			p.Errorf("%s: No such file or directory", name)
			status = 1
		}
	}
	return status
}
