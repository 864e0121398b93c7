// Docgen writes docs/libvirtd-conf.md.
package main

import (
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/libvirtdconf"
)

const head = `# libvirtd.conf

<!-- Made by go generate in fakeserver/libvirtdconf: change that. -->

` + "```sh" + `
fakelibvirtd serve --config /etc/libvirt/libvirtd.conf
` + "```" + `

and, in a test, ` + "`harness.WithConfigFile(\"libvirtd.conf\")`" + `.

What the file says counts, as if libvirtd ran with ` + "`--listen`" + `; flags count before it, and
it before the scenario. What it does not say stays as it is without the file: libvirtd's own
defaults do not apply, so that a file of comments alone changes nothing. Of a setting that
is there twice the first counts.

A file that libvirtd 9.0.0 refuses is refused with the line and its words. Settings that do
not apply are named once in the log. Of ` + "`log_filters` and `log_outputs`" + ` it is only read whether
they are strings.

The users of SASL are not in this file: see auth in [scenarios](scenarios.md), or ` + "`--sasl-users`" + `.

`

func main() {
	var b strings.Builder
	b.WriteString(head)
	for _, part := range []struct {
		title   string
		applies bool
	}{{"What applies", true}, {"What does not", false}} {
		fmt.Fprintf(&b, "## %s\n\n| setting | |\n|---|---|\n", part.title)
		for _, k := range libvirtdconf.Table() {
			if k.Applies == part.applies {
				fmt.Fprintf(&b, "| %s | %s |\n", k.Name, k.About)
			}
		}
		b.WriteString("\n")
	}
	if err := os.WriteFile("../../docs/libvirtd-conf.md", []byte(strings.TrimSuffix(b.String(), "\n")), 0o644); err != nil {
		log.Fatal(err)
	}
}
