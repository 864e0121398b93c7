package testdaemon

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Config is what a libvirtd is started with.
type Config struct {
	// Dir is a directory for all of its files, which becomes the daemon's own with what
	// is in it. Paths in it must be short, as the socket is there.
	Dir string
	// Socket is the path of the unix socket within Dir; empty is sock.
	Socket string
	// TCP and TLS have it listen there, on a free port of 127.0.0.1, and IPv6 on the
	// same one of ::1.
	TCP, TLS, IPv6 bool
	// SASL is whom it lets in by that; nil leaves SASL to the machine.
	SASL *SASL
	// Lines are those of libvirtd.conf.
	Lines []string
}

// Run starts a libvirtd whose sockets it is given as by systemd, and does not wait for it
// to be ready: who connects is served as soon as it is.
func Run(c Config) (*Daemon, error) {
	libvirtd, err := exec.LookPath("libvirtd")
	if err != nil {
		return nil, err
	}
	if c.Socket == "" {
		c.Socket = "sock"
	}
	d := &Daemon{Socket: filepath.Join(c.Dir, c.Socket)}
	sockets, err := c.listen(d)
	defer sockets.close()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(c.Dir, "libvirtd.conf")
	if err := os.WriteFile(config, []byte(strings.Join(c.Lines, "\n")+"\n"), 0o644); err != nil {
		return nil, err
	}
	var env []string
	if c.SASL != nil {
		if env, err = c.SASL.write(c.Dir); err != nil {
			return nil, err
		}
	}
	// The sockets are handed over as systemd does it, which wants the daemon's own
	// process id in its environment.
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`,
		libvirtd, "--config", config, "--pid-file", filepath.Join(c.Dir, "pid"))
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH") + ":/usr/sbin", "LC_ALL=C", "HOME=" + c.Dir,
		"XDG_RUNTIME_DIR=" + c.Dir, "XDG_CONFIG_HOME=" + c.Dir, "XDG_CACHE_HOME=" + c.Dir, "XDG_DATA_HOME=" + c.Dir,
		fmt.Sprint("LISTEN_FDS=", len(sockets.files)), "LISTEN_FDNAMES=" + strings.Join(sockets.names, ":"),
	}, env...)
	cmd.ExtraFiles = sockets.files
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.WaitDelay = 5 * time.Second
	if err := ownAll(c.Dir); err != nil {
		return nil, err
	}
	runAsNobody(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	d.stop = sync.OnceValue(func() string {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		return log.String()
	})
	return d, nil
}

// handed are sockets for a daemon, with the names of systemd's units.
type handed struct {
	files []*os.File
	names []string
}

func (h *handed) close() {
	for _, f := range h.files {
		f.Close()
	}
}

// listen makes the sockets, and tells the daemon where they are.
func (c *Config) listen(d *Daemon) (*handed, error) {
	h := &handed{}
	if _, err := h.listen("libvirtd.socket", "unix", d.Socket); err != nil {
		return h, err
	}
	// Clients in namespaces have no rights to what is nobody's.
	if err := os.Chmod(d.Socket, 0o777); err != nil {
		return h, err
	}
	for _, remote := range []struct {
		name    string
		wanted  bool
		address *string
	}{{"libvirtd-tcp.socket", c.TCP, &d.TCP}, {"libvirtd-tls.socket", c.TLS, &d.TLS}} {
		if !remote.wanted {
			continue
		}
		var err error
		if *remote.address, err = h.listenTCP(remote.name, c.IPv6); err != nil {
			return h, err
		}
	}
	return h, nil
}

// listenTCP listens on a free port of 127.0.0.1, and with IPv6 on the same one of ::1.
func (h *handed) listenTCP(name string, ipv6 bool) (address string, err error) {
	const tries = 16 // a port that is free on one address may be taken on the other
	for try := 1; ; try++ {
		addr, err := h.listen(name, "tcp", "127.0.0.1:0")
		if err != nil || !ipv6 {
			return fmt.Sprint(addr), err
		}
		_, port, err := net.SplitHostPort(addr.String())
		if err == nil {
			_, err = h.listen(name, "tcp", "[::1]:"+port)
		}
		if err == nil || try == tries {
			return addr.String(), err
		}
		h.dropLast()
	}
}

// dropLast gives up the socket that was made last.
func (h *handed) dropLast() {
	last := len(h.files) - 1
	h.files[last].Close()
	h.files, h.names = h.files[:last], h.names[:last]
}

func (h *handed) listen(name, network, address string) (net.Addr, error) {
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	f, err := l.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		return nil, err
	}
	h.files, h.names = append(h.files, f), append(h.names, name)
	return l.Addr(), nil
}
