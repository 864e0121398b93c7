package fakeserver

import (
	"fmt"
	"io"
	"net"
)

// Stdio connects standard input and output to the unix socket at path, which is
// what the command of the transport ext must do. It returns once the node has
// closed the connection. An end of in is passed on; the node may still answer.
func Stdio(path string, in io.Reader, out io.Writer) error {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return fmt.Errorf("connecting to a node's socket: %w", err)
	}
	defer conn.Close()
	go func() {
		// Where in has no end of its own, this goroutine ends with the process.
		_, _ = io.Copy(conn, in)
		_ = conn.(*net.UnixConn).CloseWrite()
	}()
	if _, err := io.Copy(out, conn); err != nil {
		return fmt.Errorf("relaying from %s: %w", path, err)
	}
	return nil
}
