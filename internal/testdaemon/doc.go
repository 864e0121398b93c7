// Package testdaemon runs the real libvirtd, against which tests compare what
// fakelibvirtd answers.
//
// Each test gets a daemon of its own: unprivileged, with all of its files in a
// directory that goes with the test, and reached through one unix socket. It
// serves test:///default and qemu:///session, and touches nothing that another
// libvirtd on the machine uses.
package testdaemon
