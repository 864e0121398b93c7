package driver

import (
	"embed"
	"fmt"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// Answers of a real libvirtd 9.0.0. Each file is made of sections, headed by the
// virsh command whose output follows:
//
//	-- net-dumpxml default --
//
// `go test -run TestRecorded -update` in this directory runs the commands again
// and writes what they print.
//
//go:embed recorded/*.txt
var recordedFiles embed.FS

// recordings holds what is recorded, by file and command.
var recordings = readRecordings()

func readRecordings() map[string]map[string]string {
	all := map[string]map[string]string{}
	files, err := recordedFiles.ReadDir("recorded")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		text, err := recordedFiles.ReadFile("recorded/" + f.Name())
		if err != nil {
			panic(err)
		}
		answers := map[string]string{}
		for _, s := range sections(string(text)) {
			answers[s.command] = strings.TrimRight(s.output, "\n") + "\n"
		}
		all[f.Name()] = answers
	}
	return all
}

// recorded returns the document that a virsh command printed, as libvirt's API
// returns it: it ends with one newline, whatever virsh puts after it. Files and
// commands are part of the program, so that a wrong one is a panic.
func recorded(file, command string) string {
	answer, ok := recordings[file][command]
	if !ok {
		panic("recorded/" + file + " has no section for " + command)
	}
	return answer
}

// addDevices adds the node devices of those names, which it reads from a file.
func addDevices(s *hypervisor.State, file string, names ...string) error {
	for _, name := range names {
		if _, err := s.AddNodeDevice(recorded(file, "nodedev-dumpxml "+name)); err != nil {
			return fmt.Errorf("recorded/%s: %s: %w", file, name, err)
		}
	}
	return nil
}

// section is one command and what it printed.
type section struct{ command, output string }

// sections reads a file of recorded answers. What comes before the first
// section is for its readers.
func sections(text string) []section {
	var all []section
	start := 0 // of the last section's output
	for at := 0; at < len(text); {
		line, _, _ := strings.Cut(text[at:], "\n")
		end := min(at+len(line)+1, len(text))
		if name, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(name, " --") {
			if len(all) > 0 {
				all[len(all)-1].output = text[start:at]
			}
			all = append(all, section{command: strings.TrimSuffix(name, " --")})
			start = end
		}
		at = end
	}
	if len(all) > 0 {
		all[len(all)-1].output = text[start:]
	}
	return all
}
