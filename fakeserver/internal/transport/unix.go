package transport

import (
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"sync"
	"time"
)

// maxSocketPath is the longest path of a socket on the systems that allow the
// least (macOS and the BSDs: 104 bytes with the final NUL).
const maxSocketPath = 103

// ListenUnix listens on a socket at path with the permissions mode and, unless gid
// is negative, for that group. A socket that nobody listens on any more is replaced,
// as libvirtd does. Closing it removes the socket, unless somebody else's has taken
// its place.
func ListenUnix(path string, mode fs.FileMode, gid int) (Door, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("listening on %s: the path of a socket may have %d bytes, this one has %d: choose a shorter directory", path, maxSocketPath, len(path))
	}
	d := &unixDoor{path: path, mode: mode, gid: gid}
	if err := d.bindLocked(); err != nil {
		return nil, err
	}
	_ = setBacklog(d.l, Backlog) // the system's own is as good
	return d, nil
}

// unixDoor listens on one unix socket.
type unixDoor struct {
	path string
	mode fs.FileMode
	gid  int // negative for none

	mu     sync.Mutex
	l      *net.UnixListener // nil while it is shut
	file   fs.FileInfo       // of the socket, which tells it from another's
	pin    io.Closer         // keeps file from being another's while it is shut
	closed bool
}

func (d *unixDoor) bindLocked() error {
	l, err := net.Listen("unix", d.path)
	if err != nil && addressTaken(err) && abandoned(d.path) {
		if err := os.Remove(d.path); err != nil {
			return fmt.Errorf("replacing a socket that nobody listens on: %w", err)
		}
		l, err = net.Listen("unix", d.path)
	}
	if err != nil {
		return err
	}
	d.l = l.(*net.UnixListener)
	d.l.SetUnlinkOnClose(false)
	d.file, err = os.Lstat(d.path)
	if err == nil && d.gid >= 0 {
		err = os.Chown(d.path, -1, d.gid) // first, since it clears bits of the mode
	}
	if err == nil {
		err = os.Chmod(d.path, d.mode)
	}
	if err != nil {
		d.closeLocked(true)
		return fmt.Errorf("setting the permissions of a socket: %w", err)
	}
	return nil
}

// abandoned reports whether path is a socket that nobody listens on. One that
// cannot be reached for another reason, such as a full backlog or want of
// permission, is not.
func abandoned(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != fs.ModeSocket {
		return false
	}
	c, err := net.Dial("unix", path)
	if err == nil {
		c.Close()
	}
	return connectionRefused(err)
}

// closeLocked stops listening.
func (d *unixDoor) closeLocked(remove bool) error {
	var err error
	if d.l != nil {
		if !remove {
			d.pin = pin(d.path)
		}
		refuse(d.l)
		err = d.l.Close()
		d.l = nil
	}
	if !remove || d.file == nil {
		return err
	}
	if now, lerr := os.Lstat(d.path); lerr == nil && os.SameFile(d.file, now) {
		os.Remove(d.path)
	}
	d.file = nil
	d.unpinLocked()
	return err
}

func (d *unixDoor) unpinLocked() {
	if d.pin != nil {
		d.pin.Close()
		d.pin = nil
	}
}

func (d *unixDoor) listener() *net.UnixListener {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.l
}

func (d *unixDoor) Addr() net.Addr { return &net.UnixAddr{Name: d.path, Net: "unix"} }

func (d *unixDoor) Accept() (net.Conn, error) {
	l := d.listener()
	if l == nil {
		return nil, net.ErrClosed
	}
	return l.Accept()
}

func (d *unixDoor) Interrupt() {
	if l := d.listener(); l != nil {
		l.SetDeadline(longAgo())
	}
}

func (d *unixDoor) Open(backlog int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return net.ErrClosed
	}
	if d.l == nil {
		if err := d.bindLocked(); err != nil {
			return err
		}
		d.unpinLocked()
	}
	if err := setBacklog(d.l, backlog); err != nil {
		return fmt.Errorf("changing the backlog of %s: %w", d.path, err)
	}
	return d.l.SetDeadline(time.Time{})
}

func (d *unixDoor) Shut(gone bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return net.ErrClosed
	}
	if !gone && d.file == nil {
		// It was gone, and shall be there now.
		if err := d.bindLocked(); err != nil {
			return err
		}
	}
	return d.closeLocked(gone)
}

func (d *unixDoor) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	return d.closeLocked(true)
}
