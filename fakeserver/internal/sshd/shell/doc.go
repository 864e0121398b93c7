// Package shell is a POSIX shell for a machine that exists only in memory.
//
// C clients of libvirt do not ask an SSH server for a socket: they send a small
// script to the login shell of the account, which looks for virt-ssh-helper,
// finds out which options the local netcat has, and starts one of the two.
// To answer them as a real node does, the words must be read by a real shell:
//
//	sh -c 'if 'nc' -q 2>&1 | grep "requires an argument" >/dev/null 2>&1; then ARG=-q0;else ARG=;fi;'nc' $ARG -U /var/run/libvirt/libvirt-sock'
//
// [Run] is that shell. The programs that it can start are the entries of a
// [Machine], ordinary Go functions; the only file that can be opened is
// /dev/null. Nothing here opens a file, starts a process, asks for the
// environment or the users of the machine that runs the test, or makes a pipe
// of the kernel: there is no code for it, so there is nothing to forbid.
//
//	m := shell.NewMachine("/root")
//	m.Install(hello, "/usr/bin/hello")
//	status := shell.Run(ctx, `if hello; then echo yes; fi`, shell.Config{
//		Machine: m,
//		Stdin:   channel, Stdout: channel, Stderr: channel.Stderr(),
//	})
//
// # What it understands
//
// Lists, pipelines, "!", "&&", "||", "&"; if, while, until, for, case, { },
// ( ) and functions; redirections, duplicated and closed descriptors,
// here-documents; $NAME, ${NAME} with - = ? and +, ${#NAME}, the special
// parameters, $(…) and `…`, quotes, tilde and field splitting. The built-in
// commands are those of builtin.go.
//
// It knows no pathname expansion, arithmetic, ${x#y}, aliases, traps, getopts, jobs or
// options of set, and says so on standard error when it meets them: no client
// of libvirt sends any of these. Syntax is checked before anything runs, where
// dash runs the lines before the wrong one.
//
// # Two dialects
//
// The login shell of a Debian account is bash and its /bin/sh is dash. They
// read the same scripts, but "command not found" is worded differently, and
// echo treats backslashes differently: see [Dialect]. Messages and statuses are
// those of bash 5.2 started by sshd and of dash 0.5.12.
//
// # Why not an interpreter from a library
//
// The grammar is that of mvdan.cc/sh/v3/syntax. Its companion interp is made to
// work on the machine it runs on: process substitution makes a FIFO there, and
// type, command -v, source and pwd -P look at its files, without a hook; pipes
// are those of the kernel; nothing limits the memory of a script such as
// "a=$a$a" in a loop; and a backslash in an assignment is kept.
//
// # Limits
//
// A script of more than 16 KiB is refused; see limits.go for what a script may
// hold in memory and how deep and how wide it may branch. A loop may run for
// ever: it ends with the context, as does everything else, and Run returns only
// when every goroutine that it started has ended.
package shell
