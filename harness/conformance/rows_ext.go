package conformance

import (
	"path/filepath"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// extRows are about the command of ext.
func extRows() []*Cell {
	const t = call.Ext
	section := parameterSection("command")
	named := func(name string) func(*Cell) {
		return client(func(e *Env) error {
			program, err := e.Expand("{ext}")
			if err != nil {
				return err
			}
			path, err := e.Recorder(name, program)
			e.Prepend(filepath.Dir(path))
			return err
		})
	}
	return []*Cell{
		row("ext/command/path", "command may be a full path", section, link(t), reach(testName)),
		row("ext/command/in-path", "command is found by PATH", section, link(t, "command=my-relay"), reach(testName), needs(Environment), named("bin/my-relay")),
		row("ext/command/escaped", "escapes in command are resolved", section, link(t, "command={dir}/my%20relay"), reach(testName), named("my relay")),
		row("ext/command/unset", "command is required", section, link(t, "-command"), refuse(Nothing)),
		row("ext/command/empty", "an empty command is refused", section, link(t, "command="), refuse(Nothing), quirk),
		row("ext/command/missing", "a command that is not there is refused", section, link(t, "command=/nowhere/relay"), refuse(Nothing)),
		row("ext/command/missing-in-path", "a command that is not in PATH is refused", section, link(t, "command=no-such-relay"), refuse(Nothing)),
		row("ext/command/fails", "a command that fails is refused", section, link(t, "command=false"), refuse(Nothing)),
		plainNetcatRow(),
	}
}
