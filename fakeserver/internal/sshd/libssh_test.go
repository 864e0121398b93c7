package sshd

import (
	"io"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// TestLibsshSeesFailures: a command that fails at once is told to virsh over
// libssh and libssh2, each time and in the same words.
func TestLibsshSeesFailures(t *testing.T) {
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	for _, tt := range []struct {
		name    string
		account Account
		query   url.Values
		want    string
	}{
		{"no helper", Account{NoHelper: true}, url.Values{"proxy": {"native"}}, "Remote command terminated with non-zero code: 127"},
		{"no netcat", Account{NoNetcat: true}, url.Values{"proxy": {"netcat"}, "socket": {system}}, "Remote command terminated with non-zero code: 127"},
		{"no socket", Account{}, url.Values{"socket": {"/nonexistent"}}, "Remote command terminated with non-zero code: 1"},
	} {
		for _, transport := range []string{"libssh", "libssh2"} {
			t.Run(tt.name+"/"+transport, func(t *testing.T) {
				t.Parallel()
				n := startNode(t, Config{Account: tt.account})
				key, knownHosts := keyFiles(t, n)
				query := url.Values{"keyfile": {key}, "known_hosts": {knownHosts}, "sshauth": {"privkey"}}
				for k, v := range tt.query {
					query[k] = v
				}
				uri := "qemu+" + transport + "://root@" + n.addr + "/system?" + query.Encode()
				for range 5 {
					cmd := exec.CommandContext(t.Context(), virsh, "-c", uri, "list")
					kill := time.AfterFunc(patience, func() { cmd.Process.Kill() })
					out, err := cmd.CombinedOutput()
					kill.Stop()
					if err == nil || !strings.Contains(string(out), tt.want) {
						t.Fatalf("%v: %s\nwant %s", err, out, tt.want)
					}
				}
			})
		}
	}
}

// TestLibsshEndIsHeldBack: by the version that a client announces.
func TestLibsshEndIsHeldBack(t *testing.T) {
	for _, tt := range []struct {
		name, version string
		input         func(*clientConn)
		want          time.Duration
	}{
		{"libssh2 that is silent", "SSH-2.0-libssh2_1.10.0", nil, libsshPatience},
		{"libssh that is silent", "SSH-2.0-libssh_0.10.6", nil, libsshPatience},
		{"libssh2 that begins", "SSH-2.0-libssh2_1.10.0", func(c *clientConn) { io.WriteString(c, "x") }, 300 * time.Millisecond},
		{"libssh2 that ends its input", "SSH-2.0-libssh2_1.10.0", func(c *clientConn) { c.CloseWrite() }, 300 * time.Millisecond},
		{"another client", "SSH-2.0-OpenSSH_9.2p1", nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := bubbleNode(t, Config{})
				nc, done := n.pipe(t)
				cfg := n.clientConfig()
				cfg.ClientVersion = tt.version
				conn, chans, reqs, err := gossh.NewClientConn(nc, n.addr, cfg)
				if err != nil {
					t.Fatal(err)
				}
				client := gossh.NewClient(conn, chans, reqs)
				begin := time.Now()
				c := execWay("", "exit 3").open(t, client)
				if tt.input != nil {
					time.AfterFunc(300*time.Millisecond, func() { tt.input(c) })
				}
				if status := <-c.status; status != 3 {
					t.Errorf("status %d", status)
				}
				if took := time.Since(begin); took != tt.want {
					t.Errorf("took %v, want %v", took, tt.want)
				}
				client.Close()
				<-done
			})
		})
	}
}
