// Package sshd is the SSH server of a fake libvirt node: what libvirt's clients
// find behind qemu+ssh, qemu+libssh and qemu+libssh2 URIs.
//
// There are three ways from an SSH connection to the socket of a libvirt daemon.
// C clients send a shell command that runs netcat, or virt-ssh-helper where the
// node has it; go-libvirt opens a direct-streamlocal@openssh.com channel. All
// three end in [Config].Open, which says who serves the connection:
//
//	srv, err := sshd.New(sshd.Config{
//		HostKeys:      []gossh.Signer{hostKey},
//		AuthorizedKey: func(user string, key gossh.PublicKey) bool { … },
//		Open: func(ctx context.Context, socket string, from sshd.Login) (func(net.Conn), error) {
//			if socket != "/var/run/libvirt/libvirt-sock" {
//				return nil, fs.ErrNotExist
//			}
//			return daemon.Serve, nil
//		},
//	})
//	…
//	conn, err := listener.Accept()
//	go srv.ServeConn(ctx, conn)
//
// # The account
//
// A command is run by the account's login shell, a real shell (package shell
// beside this one) on a machine that exists only in memory. Its programs are sh,
// bash, dash, nc, netcat, virt-ssh-helper, which, grep, cat, echo, printf, test,
// true and false; anything else is not found, in the words of the shell that
// looked for it. [Account] takes programs away or makes them older, so that each
// turn of a client's script can be reached: a node without helper, a netcat
// without -q or without -U, a shell that turns everybody away.
//
// Their messages and statuses are those of Debian 12, word for word where a client
// may show or parse them; tests compare them with the real programs.
//
// # What becomes of a connection
//
// The [net.Conn] that serve gets is the SSH channel itself, without goroutine,
// buffer or pipe between them. When it is closed, the program that proxies ends,
// the script goes on behind it as any script would, and at its end the client is
// sent the exit status and the close of the channel at once: a client may wait
// for that before it ends its own input. Only clients of libssh and libssh2 are
// first given time to begin: see letLibsshBegin. The end of the client's input is
// treated as each program does: netcat with -q0 passes it on, netcat without does
// not, virt-ssh-helper ends, sshd passes it on.
//
// A client that ends its channel or connection ends its scripts; the real node
// would leave a netcat behind until it next writes. [Server.ServeConn] returns
// when nothing of the connection is left. One thing is beyond it: a client that
// breaks the protocol, by data for a channel that does not exist, with more than
// sixteen packets behind it, leaves three goroutines of x/crypto/ssh (v0.58)
// behind, which offers no way to end them.
//
// # What a client cannot have
//
// The answers are those of an OpenSSH 9.2 with this configuration, but for the logins
// that Auth allows:
//
//	AcceptEnv LANG LC_*
//	AllowAgentForwarding yes     # granted, never used
//	AllowStreamLocalForwarding local
//	MaxSessions 10
//	PermitTTY no
//	X11Forwarding no
//
// Addresses (direct-tcpip channels) are prohibited all the same. A real sshd that
// does so, by AllowTcpForwarding no or PermitOpen, opens no sockets either.
//
// There is no subsystem, sftp included, and signals are refused, as OpenSSH does
// for root. A shell to type at prints a message and ends with status 1. A message
// that cannot be parsed ends the connection; no-more-sessions@openssh.com is
// acknowledged and no more. Host keys are not announced (hostkeys-00@openssh.com).
//
// # Logins
//
// [Auth] has lists of methods as AuthenticationMethods does. Some things x/crypto/ssh
// (v0.58) does its own way, which sshd does otherwise: the methods that are left are
// told in the order password, publickey, keyboard-interactive; "too many authentication
// failures" begins with a small letter; a client that is refused where nothing but
// "none" is open is cut off without a word. Of the critical options of a certificate
// source-address counts, any other refuses it; its extensions, permit-port-forwarding
// among them, do not count.
//
// # gliderlabs/ssh
//
// The package supplies the frame of a connection, through its maps of handlers.
// Of its own handlers none is used: see session.go and auth.go for why.
package sshd
