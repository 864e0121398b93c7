package sshd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/sshd/shell"
)

// sunPathMax is the size of sockaddr_un's sun_path on Linux.
const sunPathMax = 108

// The options of Debian's netcat-openbsd and netcat-traditional.
const (
	netcatOptions      = "46bCDdFhklNnrStUuvZzI:i:M:m:O:P:p:q:s:T:V:W:w:X:x:"
	traditionalOptions = "abCfhklnrtuvzc:e:G:g:i:o:O:p:P:q:R:s:S:T:w:"
)

// netcat is nc, in all but one thing Debian's netcat-openbsd 1.219: it speaks to
// unix sockets only, as if on a machine without a network. libvirt's clients
// want two things of it: "nc -q" to complain that its argument is missing, by
// which they know that -q0 can be used, and "nc [-q0] -U SOCKET".
//
// A real netcat without -q goes on when its input ends, and so does this one: the
// daemon is not told, and the client waits for the daemon to close the socket.
// With -q, and with -N, it shuts the socket down for writing.
func (s *session) netcat(_ context.Context, p *shell.Process) int {
	a := s.account
	known, usage := netcatOptions, netcatUsage
	switch {
	case a.NetcatLacksU:
		known, usage = traditionalOptions, traditionalUsage
	case a.NetcatLacksQ:
		usage = strings.Replace(usage, "[-q seconds] ", "", 1)
	}
	if a.NetcatLacksQ {
		known = strings.Replace(known, "q:", "", 1)
	}
	opts, operands, bad := getopt(p.Args[1:], known)
	if bad != "" {
		p.Errorf("%s", bad)
		io.WriteString(p.Stderr, usage)
		return 1
	}
	var unix bool
	eof := ignoreEOF
	for _, opt := range opts {
		switch opt.letter {
		case 'h':
			io.WriteString(p.Stderr, "OpenBSD netcat (Debian patchlevel 1.219-1)\n"+usage)
			return 0
		case 'U':
			unix = true
		case 'N':
			eof = passEOF
		case 'q':
			seconds, err := strtonum(opt.value)
			if err != nil && !a.NetcatLacksU {
				p.Errorf("quit timer %v: %s", err, opt.value)
				return 1
			}
			if seconds >= 0 {
				eof = passEOF
			}
		}
	}
	switch {
	case a.NetcatLacksU:
		return traditional(p, operands)
	case len(operands) == 0:
		io.WriteString(p.Stderr, usage)
		return 1
	case unix && len(operands) == 1:
		return s.netcatUnix(p, operands[0], eof)
	case unix:
		p.Errorf("cannot use port with -U")
	case len(operands) == 1:
		p.Errorf("missing port number")
	default:
		if _, err := strconv.ParseUint(operands[1], 10, 16); err != nil {
			p.Errorf("port number invalid: %s", operands[1])
			return 1
		}
		p.Errorf("getaddrinfo for host \"%s\" port %s: Temporary failure in name resolution", operands[0], operands[1])
	}
	return 1
}

func (s *session) netcatUnix(p *shell.Process, socket string, eof atEOF) int {
	switch {
	case socket == "":
		p.Errorf(": Invalid argument")
		return 1
	case len(socket) >= sunPathMax:
		p.Errorf("%s: File name too long", socket)
		return 1
	}
	from := s.base
	from.Via = ViaNetcat
	if err := s.proxy(p, socket, eof, from); err != nil {
		p.Errorf("%s: %s", socket, strerror(err))
		return 1
	}
	return 0
}

// traditional is what netcat-traditional says once its options are read.
func traditional(p *shell.Process, operands []string) int {
	switch len(operands) {
	case 0:
		fmt.Fprint(p.Stderr, "no destination\n")
	case 1:
		fmt.Fprint(p.Stderr, "no port[s] to connect to\n")
	default:
		fmt.Fprintf(p.Stderr, "%s: forward host lookup failed: Host name lookup failure\n", operands[0])
	}
	return 1
}

// strtonum reads a C int as OpenBSD's function of this name does.
func strtonum(s string) (int, error) {
	n, err := strconv.ParseInt(strings.TrimLeft(s, " \t\n"), 10, 32)
	switch {
	case err == nil:
		return int(n), nil
	case !errors.Is(err, strconv.ErrRange):
		return 0, errors.New("invalid")
	case n < 0:
		return 0, errors.New("too small")
	}
	return 0, errors.New("too large")
}

const netcatUsage = "usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]\n" +
	"\t  [-m minttl] [-O length] [-P proxy_username] [-p source_port]\n" +
	"\t  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]\n" +
	"\t  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]\n" +
	"\t  [destination] [port]\n"

const traditionalUsage = "nc -h for help\n"
