package fakeserver

import (
	"fmt"
	"io/fs"
	"os/user"
	"strconv"
)

// UnixSockets are the permissions of the unix sockets, which the kernel goes by.
// The zero value is what a libvirtd without polkit does.
type UnixSockets struct {
	// Group is the name or the number of the group that the sockets belong to:
	// unix_sock_group of libvirtd.conf. Empty is that of the program.
	Group string `yaml:"group,omitempty"`
	// RW is the mode of libvirt-sock in octal digits: unix_sock_rw_perms. Empty is 0770, and
	// 0777 where polkit decides who comes in.
	RW string `yaml:"rw_perms,omitempty"`
	// RO is that of libvirt-sock-ro: unix_sock_ro_perms. Empty is 0777.
	RO string `yaml:"ro_perms,omitempty"`
	// Admin is that of libvirt-admin-sock: unix_sock_admin_perms. Empty is 0700.
	Admin string `yaml:"admin_perms,omitempty"`
}

// WithUnixSockets sets the permissions of the unix sockets.
func WithUnixSockets(u UnixSockets) Option { return func(c *config) { c.unixSockets = u } }

// EditUnixSockets changes what WithUnixSockets has set.
func EditUnixSockets(edit func(*UnixSockets)) Option {
	return func(c *config) { edit(&c.unixSockets) }
}

// Check says what is wrong, in libvirtd's words.
func (u UnixSockets) Check() error {
	for _, mode := range []string{u.RW, u.RO, u.Admin} {
		if _, err := socketMode(mode, 0); err != nil {
			return err
		}
	}
	_, err := u.gid()
	return err
}

func (c *config) checkUnixSockets() error {
	if err := c.unixSockets.Check(); err != nil {
		return fmt.Errorf("WithUnixSockets: %w", err)
	}
	return nil
}

// socketMode reads a mode, in libvirtd's words if it is none.
func socketMode(octal string, none fs.FileMode) (fs.FileMode, error) {
	if octal == "" {
		return none, nil
	}
	n, err := strconv.ParseUint(octal, 8, 31)
	if err != nil {
		return 0, logged(fmt.Sprintf("Failed to parse mode '%s'", octal))
	}
	return fs.FileMode(n) & fs.ModePerm, nil // libvirtd sets no more than these bits either
}

// gid returns the number of the group, or -1 for none.
func (u *UnixSockets) gid() (int, error) {
	if u.Group == "" {
		return -1, nil
	}
	if g, err := user.LookupGroup(u.Group); err == nil {
		return strconv.Atoi(g.Gid)
	}
	if n, err := strconv.ParseUint(u.Group, 10, 31); err == nil {
		return int(n), nil
	}
	return 0, fmt.Errorf("invalid argument: Failed to parse group '%s'", u.Group)
}

// permissions returns a socket's.
func (c *config) permissions(sock *daemonSocket) (mode fs.FileMode, gid int) {
	u := &c.unixSockets
	octal := u.RW
	switch {
	case sock.admin:
		octal = u.Admin
	case sock.readOnly:
		octal = u.RO
	}
	none := sock.mode
	if !sock.readOnly && !sock.admin && !sock.daemon.session && c.auth.UnixRW == AuthPolkit {
		none = 0o777 // whoever is to be asked about must come that far
	}
	mode, _ = socketMode(octal, none) // both checked
	gid, _ = u.gid()
	return mode, gid
}
