// Command fakelibvirtd is a libvirtd without a hypervisor: virsh, virt-manager
// and other libvirt clients connect to it as to a real one.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the command line.
type cli struct {
	Serve       serveCmd       `cmd:"" default:"withargs" help:"Start a node and print how to reach it (the default)."`
	Scenario    scenarioCmd    `cmd:"" help:"List, show, check and dump scenarios: nodes described in advance."`
	Stdio       stdioCmd       `cmd:"" help:"Relay standard input and output to a node's socket: the command behind URIs of the transport ext."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask a node whether it answers; exit 1 if it does not."`
	Explain     explainCmd     `cmd:"" help:"Say what a libvirt URI means, and what clients do with it."`
	Certs       certsCmd       `cmd:"" help:"List, show and make certificates that are wrong in one way each."`
	Krb5        krb5Cmd        `cmd:"" name:"krb5" help:"Make keytabs and forge Kerberos tickets, without a KDC."`
	Check       checkCmd       `cmd:"" help:"Run a libvirt client against every row of the matrix of URIs."`
	Version     versionCmd     `cmd:"" help:"Print the version of fakelibvirtd and of the libvirt that it speaks as."`
}

const description = `A libvirtd without a hypervisor, for testing libvirt clients end to end.

Started without arguments it listens on tcp, tls, a unix socket and SSH, on free
ports, makes the certificates and keys that clients need, and prints a line for
each transport that can be copied into a shell:

  fakelibvirtd
  virsh -c 'test+tcp://127.0.0.1:PORT/default' list --all

'fakelibvirtd serve --help' lists the flags for addresses, certificates, keys, who
may come in, and logs; they may be given without the word serve.

What the node has at the start is a scenario: a built-in one, or a file of YAML.
'fakelibvirtd scenario --help' tells more:

  fakelibvirtd scenario list
  fakelibvirtd --scenario lab

For scripts, --env FILE writes the same URIs as shell variables once everything
listens:

  fakelibvirtd --env node.env & until [ -e node.env ]; do :; done; . ./node.env
  virsh -c "$FAKELIBVIRTD_TLS_URI" list --all`

func main() {
	var c cli
	k := kong.Parse(&c,
		kong.Name("fakelibvirtd"),
		kong.Description(description),
		kong.ShortUsageOnError(),
		kong.Vars(krb5Vars()),
	)
	k.FatalIfErrorf(k.Run())
}

// untilSignal returns a context that ends with a signal that asks the program to
// end. It is for commands with something to clean up, from when there is: until
// then, and in all others, such a signal ends the program at once, even while it
// waits for a file that is a pipe.
func untilSignal() (ctx context.Context, stop context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
}
