package driver

import (
	"embed"
	"strings"
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

// section is one command and what it printed.
type section struct{ command, output string }

// sections reads a file of recorded answers. What comes before the first
// section is for its readers.
func sections(text string) []section {
	var all []section
	for line := range strings.Lines(text) {
		name, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "-- ")
		if name, ok2 := strings.CutSuffix(name, " --"); ok && ok2 {
			all = append(all, section{command: name})
		} else if len(all) > 0 {
			all[len(all)-1].output += line
		}
	}
	return all
}
