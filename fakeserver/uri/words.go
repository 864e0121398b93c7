package uri

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
)

// words says what a plan does, step by step.
func (p *Plan) words(noURI bool) []string {
	if p.Transport == InProcess {
		if p.Host != "" {
			return []string{"The driver in the client's library connects to " + p.Host + " by the hypervisor's own protocol, not libvirt's."}
		}
		return []string{"The client's library opens " + p.Name + " within its own process. Nothing is sent."}
	}
	var does []string
	say := func(format string, args ...any) { does = append(does, fmt.Sprintf(format, args...)) }
	switch p.Transport {
	case Unix:
		say("Connects to the socket %s.", p.Socket)
		if p.Autostart != "" {
			say("If nobody listens there, starts %s for this user and tries again.", p.Autostart)
		}
	case TCP:
		say("Connects to %s, unencrypted.", net.JoinHostPort(p.Host, p.Port))
	case TLS:
		p.TLS.words(say)
		say("Connects to %s, and waits for the server's byte after the handshake.", net.JoinHostPort(p.Host, p.Port))
	case SSH:
		say("Runs %s COMMAND, where COMMAND, as one word, has the node's shell run", shellWords(p.Command[:len(p.Command)-1]))
		say("  %s", p.Remote)
	case LibSSH, LibSSH2:
		say("Connects to %s as user %s, and tries %s.", net.JoinHostPort(p.Host, p.Port), p.User, or(strings.Join(p.SSHAuth, ", "), "no method"))
		say("Looks the host key up in %s (%s).", p.KnownHosts, p.KnownHostsVerify)
		say("Has the node's shell run")
		say("  %s", p.Remote)
	case Ext:
		say("Runs %s without arguments, and speaks with it over its standard input and output.", shellWords(p.Command))
	}
	if p.Auth != "" {
		say("Insists on the authentication %s.", p.Auth)
	}
	switch {
	case noURI:
		say("Asks the daemon to choose (CONNECT_OPEN with the empty name), and then for the URI that it chose.")
	case p.Name == "":
		say("Asks the daemon to choose: CONNECT_OPEN with the empty name, flags %d.", p.Flags)
	default:
		say("Asks the daemon for %s: CONNECT_OPEN with that name, flags %d.", p.Name, p.Flags)
	}
	return does
}

func (t *TLSPlan) words(say func(string, ...any)) {
	say("Reads the CA's certificate from %s.", strings.Join(t.CA, ", else "))
	say("Takes the client's from %s, with the key in %s, if they exist.", strings.Join(t.Certificate, ", else "), strings.Join(t.Key, ", else "))
	if t.Verify {
		say("Verifies that the server's certificate holds %s.", t.ServerName)
	} else {
		say("Does not verify the server's certificate.")
	}
}

// shellWords prints a command so that it can be pasted into a shell.
func shellWords(argv []string) string {
	words := make([]string, len(argv))
	for i, a := range argv {
		words[i] = shellQuote(a)
	}
	return strings.Join(words, " ")
}

// printable writes what a terminal would not show as it is, or would obey, as Go
// escapes it. A URI may come from anywhere, and %1B in it becomes ESC.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsGraphic(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// String lays the explanation out for a terminal. Its first line is the URI.
// Characters that are not graphic are escaped as in Go.
func (x *Explanation) String() string {
	var b strings.Builder
	fmt.Fprintln(&b, printable(or(x.URI, "(no URI)")))
	if x.Problem != nil {
		fmt.Fprintf(&b, "\nlibvirt refuses it: %s\n  why:  %s\n  help: %s\n", printable(x.Problem.Message), printable(x.Problem.Why), printable(x.Problem.Help))
	}
	if len(x.Parts) > 0 {
		fmt.Fprintln(&b)
		w := tabwriter.NewWriter(&b, 2, 8, 2, ' ', 0)
		for _, p := range x.Parts {
			value := or(p.Value, "(empty)")
			if !p.Given {
				value = "[" + or(p.Value, "none") + "]"
			}
			fmt.Fprintf(w, "  %s\t%s\t%s\n", printable(p.Name), printable(value), printable(p.Meaning))
		}
		w.Flush()
		fmt.Fprintln(&b, "  [in brackets]: not in the URI, what holds without it")
	}
	list := func(title string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&b, "\n%s\n", title)
			for _, l := range lines {
				fmt.Fprintln(&b, "  "+printable(l))
			}
		}
	}
	list("What libvirt's client does:", x.Does)
	list("Note:", x.Remarks)
	var others []string
	for _, d := range x.Others {
		others = append(others, d.Client+": "+d.What)
	}
	list("Other clients:", others)
	seen := map[string]bool{"": true}
	var sections []string
	for _, p := range x.Parts {
		if p.Given && !seen[p.Section] {
			seen[p.Section] = true
			sections = append(sections, Docs+p.Section)
		}
	}
	list("In libvirt's documentation:", sections)
	return b.String()
}
