// Package uri knows what a libvirt URI means: what libvirt's client makes of
// each part of it, what it sends where, and what other clients do instead. It
// knows no server and reads nothing from the network.
//
//	driver[+transport]://[user@][host][:port]/[path][?parameter=value&…]
//
// [Parse] reads one as libvirt's virURIParse does, on libxml2, down to its
// oddities, and refuses what that refuses, with libvirt's text and code:
//
//	u, err := uri.Parse("qemu+ssh://root@node.example.com/system?no_tty=1")
//
// [URI.Plan] says what a client will do with it: the transport, the address, the
// command line of ssh and the script that it sends, the socket, the files of
// certificates, and the name in CONNECT_OPEN. An [Environment] stands for all
// that the answer depends on beside the URI: the user, the variables, which
// files exist, libvirt.conf. Nothing is taken from the process that asks, unless
// it says so with [SystemEnvironment].
//
//	plan, err := u.Plan(uri.Environment{UID: 1000, Home: "/home/fred"})
//	plan.Command // ssh -l root -T -e none -o BatchMode=yes -- node.example.com sh -c '…'
//	plan.Name    // qemu:///system
//
// [Explain] puts the same into words, with what is wrong and what to do about it.
// [Parameters], [Transports] and [Drivers] are the tables behind all of it.
//
// # How it is known
//
// Everything said of libvirt is measured with the client of libvirt 9.0.0: the
// tests run the real virsh against traps (a program in the place of ssh, a
// socket that reads CONNECT_OPEN) and compare. What is said of [GoLibvirt] is
// read from the source of the version in go.mod. Wherever the answer follows from
// a bug, the comment beside it says so.
//
// # Oddities worth knowing
//
//   - "qemu+ssh://@host/system" gives ssh "-l @host/system": an empty user is
//     taken for the rest of the URI.
//   - ";" separates parameters only where no "&" follows.
//   - Of a parameter that is given twice the last counts, but each value of a
//     number is checked.
//   - "qemu://system" is refused with advice, and "qemu+tcp://system" dials the
//     host "system".
//   - libvirt takes its own parameters out of the name on every transport, those
//     without effect there as well. A mode or proxy that does not exist fails on
//     every transport.
//   - "REMOTE+tcp://…" is not the pseudo driver remote; "TEST:///default" goes to
//     a daemon. Drivers are written in lower case, transports as one likes.
package uri
