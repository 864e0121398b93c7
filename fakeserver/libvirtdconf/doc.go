// Package libvirtdconf reads a libvirtd.conf for a fake node:
//
//	conf, err := libvirtdconf.Load("/etc/libvirt/libvirtd.conf")
//	srv, err := fakeserver.Start(ctx, conf.Options()...)
//	for _, s := range conf.Unused() { log.Print(s) }
//
// It takes the files that libvirtd 9.0.0 takes, and refuses the others in its words,
// with the line. docs/libvirtd-conf.md lists what each setting does.
//
// What a file does not say stays as it is without the file: libvirtd's own defaults
// (no tcp, sasl where there is tcp, polkit) do not apply, so that the file of a
// distribution, which is all comments, changes nothing. What it does say counts as if
// libvirtd ran with --listen.
//
// The users of SASL are not in a libvirtd.conf; [fakeserver.WithAuth] has them.
package libvirtdconf

//go:generate go run ./internal/docgen
