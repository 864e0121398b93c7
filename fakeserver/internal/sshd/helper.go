package sshd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/sshd/shell"
)

// helper is virt-ssh-helper, which libvirt brings along to be run by clients
// over SSH: it finds the socket for a URI on the node itself, and proxies to it.
// It mirrors src/remote/remote_ssh_helper.c, whose messages these are.
func (s *session) helper(_ context.Context, p *shell.Process) int {
	a := s.account
	var operands []string
	var readOnly, version bool
	for i, arg := range p.Args[1:] {
		switch {
		case arg == "--help" || isCluster(arg) && strings.Contains(arg, "h"):
			io.WriteString(p.Stdout, helperUsage)
			return 0
		case arg == "--readonly" || strings.HasPrefix(arg, "--readonly="):
			readOnly = true
		case arg == "--version" || strings.HasPrefix(arg, "--version="):
			version = true
		case isCluster(arg):
			readOnly = readOnly || strings.Contains(arg, "r")
			version = version || strings.Contains(arg, "V")
		case arg == "--": // which GLib leaves for the program to see
			operands = append(operands, p.Args[1+i:]...)
		case len(arg) > 1 && arg[0] == '-':
			fmt.Fprintf(p.Stderr, "option parsing failed: Unknown option %s\n", arg)
			return 1
		default:
			operands = append(operands, arg)
		}
		if arg == "--" {
			break
		}
	}
	if version {
		fmt.Fprintf(p.Stdout, "%s (libvirt) %s\n", p.Args[0], cmp.Or(a.LibvirtVersion, "9.0.0"))
		return 0
	}
	if len(operands) != 1 {
		io.WriteString(p.Stderr, helperUsage)
		return 1
	}
	uri := operands[0]
	if problem := checkURI(uri); problem != "" {
		p.Errorf("%s", problem)
		return 1
	}
	socket := s.daemonSocket(p, uri, readOnly)
	if a.Sockets != nil {
		var err error
		if socket, err = a.Sockets(uri, readOnly); err != nil {
			p.Errorf("%v", err)
			return 1
		}
	}
	from := s.base
	from.Via, from.URI, from.ReadOnly = ViaHelper, uri, readOnly
	if err := s.proxy(p, socket, endAtEOF, from); err != nil {
		p.Errorf("cannot connect to '%s': Failed to connect socket to '%s': %s", socket, socket, strerror(err))
		return 1
	}
	return 0
}

// isCluster reports whether an argument is made of the short options.
func isCluster(arg string) bool {
	return len(arg) > 1 && arg[0] == '-' && strings.Trim(arg[1:], "hrV") == ""
}

// daemonSocket returns the socket of the daemon that serves a URI, as
// remoteGetURIDaemonInfo and remoteGetUNIXSocket do: with the mode auto, whatever
// the URI's mode= is. That is the modular daemon's socket if there is one, and else
// libvirtd's, as Debian builds it; elsewhere it may be the modular one's again. Only
// who is not root has a daemon of the session's, which has no socket for those that
// only read. XDG_RUNTIME_DIR and HOME are those of the script, which may have
// changed them.
func (s *session) daemonSocket(p *shell.Process, uri string, readOnly bool) string {
	scheme, uriPath := schemeAndPath(uri)
	dir, suffix := "/var/run", "-sock"
	switch {
	case s.account.uid(s.user()) != 0 && (uriPath == "/session" || strings.HasPrefix(scheme, "test+")):
		if dir = p.Getenv("XDG_RUNTIME_DIR"); dir == "" {
			dir = p.Getenv("HOME") + "/.cache"
		}
	case readOnly:
		suffix = "-sock-ro"
	}
	driver, _, _ := strings.Cut(scheme, "+")
	direct := dir + "/libvirt/virt" + driver + "d" + suffix
	if s.account.Exists != nil && s.account.Exists(direct, s.user()) {
		return direct
	}
	return dir + "/libvirt/libvirt" + suffix
}

// URIs as RFC 3986 has them and libxml2 parses them: first into scheme,
// authority and the rest (appendix B), then each.
var (
	uriParts     = regexp.MustCompile(`^(?:([^:/?#]+):)?(?://([^/?#]*))?(.*)$`)
	uriScheme    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*$`)
	uriAuthority = regexp.MustCompile(`^(?:(?:` + uriChar + `|:)*@)?(\[[^]]*\]|(?:` + uriChar + `)*)(?::[0-9]+)?$`)
	uriRest      = regexp.MustCompile(`^(?:` + uriChar + `|[:@/?])*(?:#(?:` + uriChar + `|[:@/?])*)?$`)
)

const uriChar = `[\w.~!$&'()*+,;=-]|%[[:xdigit:]]{2}`

// splitURI returns the scheme and server of a URI, if it is one.
func splitURI(uri string) (scheme, server string, ok bool) {
	parts := uriParts.FindStringSubmatch(uri)
	if parts == nil {
		return "", "", false // a newline
	}
	scheme = parts[1]
	authority := uriAuthority.FindStringSubmatch(parts[2])
	if authority == nil || !uriRest.MatchString(parts[3]) {
		return "", "", false
	}
	if scheme == "" {
		first, _, _ := strings.Cut(parts[3], "/")
		return "", authority[1], !strings.Contains(first, ":")
	}
	return scheme, authority[1], uriScheme.MatchString(scheme)
}

// schemeAndPath returns these parts of a URI that splitURI accepts.
func schemeAndPath(uri string) (scheme, path string) {
	parts := uriParts.FindStringSubmatch(uri)
	path = parts[3]
	if end := strings.IndexAny(path, "?#"); end >= 0 {
		path = path[:end]
	}
	return parts[1], path
}

// checkURI returns what is wrong with a URI that does not mean the local daemon.
func checkURI(uri string) string {
	scheme, server, ok := splitURI(uri)
	if !ok {
		return fmt.Sprintf("cannot parse '%s': internal error: Unable to parse URI %s", uri, uri)
	}
	if scheme == "" {
		return fmt.Sprintf("cannot parse URI transport '%s': invalid argument: missing scheme for URI", uri)
	}
	_, transport, given := strings.Cut(strings.ToLower(scheme), "+")
	if !given {
		transport = "unix"
		if server != "" {
			transport = "tls"
		}
	}
	switch {
	case !slices.Contains([]string{"tls", "unix", "ssh", "ext", "tcp", "libssh2", "libssh"}, transport):
		return fmt.Sprintf("cannot parse URI transport '%s': invalid argument: remote_open: transport in URL not recognised (should be tls|unix|ssh|ext|tcp|libssh2|libssh)", uri)
	case transport != "unix":
		return fmt.Sprintf("unexpected URI transport '%s'", uri)
	case server != "":
		return fmt.Sprintf("cannot parse URI transport '%s': invalid argument: using unix socket and remote server '%s' is not supported.", uri, server)
	}
	return ""
}

const helperUsage = `Usage:
  virt-ssh-helper [OPTION?] URI - libvirt socket proxy

Internal tool used to handle connections coming from remote
clients. Not intended to be called directly by the user.

Help Options:
  -h, --help         Show help options

Application Options:
  -r, --readonly     Connect read-only
  -V, --version      Display version information

`
