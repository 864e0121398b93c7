package sshd

import (
	"context"
	"io"
	"io/fs"
	"net"
	"strings"
	"testing"
	"time"
)

// FuzzLogin looks for a command that makes the login shell or one of the
// account's programs panic, outlive the session or answer with no status.
func FuzzLogin(f *testing.F) {
	for _, c := range clientCommands {
		f.Add(c.command, "bye\n", uint8(0))
	}
	for _, c := range programCommands {
		f.Add(c.command, c.stdin, uint8(1))
	}
	serve := func(conn net.Conn) {
		io.Copy(conn, io.LimitReader(conn, 1<<16))
		conn.Close()
	}
	f.Fuzz(func(t *testing.T, command, stdin string, variant uint8) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		begin := time.Now()
		got := loginShell(ctx, Config{
			Account: Account{
				NetcatLacksQ: variant&1 != 0,
				NetcatLacksU: variant&2 != 0,
				NoHelper:     variant&4 != 0,
				Shell:        []string{"", "/bin/sh"}[variant>>3&1],
				NetcatPaths:  []string{"/opt/my nc"},
			},
			Open: func(_ context.Context, socket string, _ Login) (func(net.Conn), error) {
				if strings.HasSuffix(socket, "nonexistent") {
					return nil, fs.ErrNotExist
				}
				return serve, nil
			},
		}, command, stdin)
		if got.Status < 0 || got.Status > 255 {
			t.Errorf("status %d", got.Status)
		}
		if took := time.Since(begin); took > time.Minute {
			t.Errorf("took %v", took)
		}
	})
}
