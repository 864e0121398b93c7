//go:build unix

package fakeserver_test

import (
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

// TestFileDescriptorsOfACall sends a call with file descriptors, which follow its
// frame with one byte each, and then another call.
func TestFileDescriptorsOfACall(t *testing.T) {
	for _, target := range []struct {
		name   string
		socket func(t *testing.T) string
	}{
		{"fake node", func(t *testing.T) string { return start(t).Addr(call.Unix) }},
		{"real daemon", func(t *testing.T) string { return testdaemon.Start(t).Socket }},
	} {
		t.Run(target.name, func(t *testing.T) {
			c := dialUnix(t, target.socket(t))
			null, err := os.Open(os.DevNull)
			if err != nil {
				t.Fatal(err)
			}
			defer null.Close()
			c.send(frame(rpc.Header{Program: rpc.ProgramRemote, Version: 1, Procedure: 66, Type: rpc.TypeCallWithFDs, Serial: 5}, words(2)))
			for range 2 {
				rights := syscall.UnixRights(int(null.Fd()))
				if _, _, err := c.Conn.(*net.UnixConn).WriteMsgUnix([]byte{0}, rights, nil); err != nil {
					t.Fatal(err)
				}
			}
			c.ok(5)
			c.send(request(66, 6))
			c.ok(6)
		})
	}
}
