package sshd

import (
	"bytes"
	"context"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	gossh "golang.org/x/crypto/ssh"
)

func openSession(t *testing.T, c *gossh.Client) (gossh.Channel, <-chan *gossh.Request) {
	t.Helper()
	ch, reqs, err := c.OpenChannel("session", nil)
	if err != nil {
		t.Fatal(err)
	}
	return ch, reqs
}

// TestSessionRequests has the answers of OpenSSH 9.2 with the configuration that
// doc.go names.
func TestSessionRequests(t *testing.T) {
	type text struct{ S string }
	type pair struct{ Name, Value string }
	n := startNode(t, Config{})
	client := n.dial(t)
	for _, tt := range []struct {
		name, request string
		payload       any
		want          bool
	}{
		{"environment of the locale", "env", pair{"LC_ALL", "C"}, true},
		{"language", "env", pair{"LANG", "C"}, true},
		{"other environment", "env", pair{"PATH", "/"}, false},
		{"agent", "auth-agent-req@openssh.com", nil, true},
		{"terminal", "pty-req", struct {
			Term                         string
			Width, Height, PxW, PxHeight uint32
			Modes                        string
		}{"vt100", 80, 24, 0, 0, ""}, false},
		{"x11", "x11-req", struct {
			Single      bool
			Auth, Value string
			Screen      uint32
		}{false, "MIT-MAGIC-COOKIE-1", "00", 0}, false},
		{"sftp", "subsystem", text{"sftp"}, false},
		{"signal", "signal", text{"TERM"}, false},
		{"window", "window-change", struct{ W, H, X, Y uint32 }{}, false},
		{"end of write", "eow@openssh.com", nil, false},
		{"unknown", "nonesuch", nil, false},
		{"exec", "exec", text{"true"}, true},
		{"shell", "shell", nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ch, reqs := openSession(t, client)
			go gossh.DiscardRequests(reqs)
			defer ch.Close()
			var payload []byte
			if tt.payload != nil {
				payload = gossh.Marshal(tt.payload)
			}
			got, err := ch.SendRequest(tt.request, true, payload)
			if got != tt.want || err != nil {
				t.Errorf("answered %v, %v, want %v", got, err, tt.want)
			}
		})
	}
}

func TestOneCommandForEachSession(t *testing.T) {
	ch, reqs := openSession(t, startNode(t, Config{}).dial(t))
	defer ch.Close()
	status := statusOf(reqs)
	exec := gossh.Marshal(struct{ C string }{"cat"})
	for i, want := range []bool{true, false} {
		if got, err := ch.SendRequest("exec", true, exec); got != want || err != nil {
			t.Errorf("request %d: %v, %v", i, got, err)
		}
	}
	if got, err := ch.SendRequest("env", true, gossh.Marshal(struct{ N, V string }{"LANG", "C"})); got || err != nil {
		t.Errorf("env after the command: %v, %v", got, err)
	}
	ch.CloseWrite()
	if got := <-status; got != 0 {
		t.Errorf("status %d", got)
	}
}

func TestInteractiveShell(t *testing.T) {
	ch, reqs := openSession(t, startNode(t, Config{}).dial(t))
	status := statusOf(reqs)
	if ok, err := ch.SendRequest("shell", true, nil); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if got := read(t, ch.Stderr(), -1); !strings.Contains(got, "no interactive shell") {
		t.Errorf("stderr %q", got)
	}
	if got := <-status; got != 1 {
		t.Errorf("status %d", got)
	}
}

func TestEmptyCommand(t *testing.T) {
	if got := run(t, startNode(t, Config{}).dial(t), "", ""); got != (ran{}) {
		t.Errorf("got %+v", got)
	}
}

func TestMalformedRequestsEndTheConnection(t *testing.T) {
	n := startNode(t, Config{})
	for _, request := range []string{"exec", "env"} {
		t.Run(request, func(t *testing.T) {
			client := n.dial(t)
			ch, reqs := openSession(t, client)
			go gossh.DiscardRequests(reqs)
			ch.SendRequest(request, false, []byte{0, 0, 0, 9, 'x'})
			client.Wait()
		})
	}
	t.Run("streamlocal", func(t *testing.T) {
		client := n.dial(t)
		if _, _, err := client.OpenChannel(ViaStreamLocal, []byte("x")); err == nil {
			t.Error("the channel was opened")
		}
		client.Wait()
	})
}

func TestSessionLimit(t *testing.T) {
	client := startNode(t, Config{}).dial(t)
	for range maxSessions {
		openSession(t, client)
	}
	_, _, err := client.OpenChannel("session", nil)
	if want := `ssh: rejected: connect failed ("open failed")`; err == nil || err.Error() != want {
		t.Errorf("session %d: %v, want %s", maxSessions+1, err, want)
	}
}

func TestSessionsAreReleased(t *testing.T) {
	client := startNode(t, Config{}).dial(t)
	for i := range 3 * maxSessions {
		if got := run(t, client, "exit "+strconv.Itoa(i), ""); got.Status != i {
			t.Fatalf("session %d: %+v", i, got)
		}
	}
}

// TestNoMoreSessions: the OpenSSH client sends it right behind the opening of its
// one session, whose handling it may overtake.
func TestNoMoreSessions(t *testing.T) {
	client := startNode(t, Config{}).dial(t)
	if ok, _, err := client.SendRequest("no-more-sessions@openssh.com", true, nil); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if got := run(t, client, "echo x", ""); got.Stdout != "x\n" {
		t.Errorf("got %+v", got)
	}
}

func TestGlobalRequests(t *testing.T) {
	client := startNode(t, Config{}).dial(t)
	for _, request := range []string{"keepalive@openssh.com", "tcpip-forward", "streamlocal-forward@openssh.com", "nonesuch"} {
		if ok, _, err := client.SendRequest(request, true, nil); ok || err != nil {
			t.Errorf("%s: %v, %v", request, ok, err)
		}
	}
}

func TestRefusedChannels(t *testing.T) {
	n := startNode(t, Config{})
	forward := gossh.Marshal(struct {
		Host   string
		Port   uint32
		Origin string
		From   uint32
	}{"127.0.0.1", 1, "127.0.0.1", 2})
	for kind, want := range map[string]string{
		"direct-tcpip": `ssh: rejected: administratively prohibited ("open failed")`,
		"x11":          `ssh: rejected: connect failed ("open failed")`,
		"nonesuch":     `ssh: rejected: connect failed ("open failed")`,
	} {
		if _, _, err := n.dial(t).OpenChannel(kind, forward); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", kind, err, want)
		}
	}
}

func TestStreamLocalRefused(t *testing.T) {
	const failed, prohibited = `ssh: rejected: connect failed ("open failed")`, `ssh: rejected: administratively prohibited ("open failed")`
	for _, tt := range []struct {
		name   string
		mode   StreamLocal
		socket string
		want   string
	}{
		{"no such socket", StreamLocalAllowed, "/nonexistent", failed},
		{"forbidden socket", StreamLocalAllowed, "/forbidden", failed},
		{"forwarding disabled", StreamLocalFailed, system, failed},
		{"prohibited", StreamLocalProhibited, system, prohibited},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := startNode(t, Config{Account: Account{StreamLocal: tt.mode}})
			client := n.dial(t)
			if _, _, err := openStreamLocal(client, tt.socket); err == nil || err.Error() != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
			if got := run(t, client, oldestCommand, "bye\n"); got.Stdout != "bye\n" {
				t.Errorf("and the command: %+v", got)
			}
			if tt.mode != StreamLocalAllowed && len(n.opened()) != 1 {
				t.Errorf("Open was asked: %+v", n.opened())
			}
		})
	}
}

func TestLogin(t *testing.T) {
	n := startNode(t, Config{})
	client := n.dial(t)
	s, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	for _, kv := range [][2]string{{"LC_ALL", "C"}, {"HOME", "/"}, {"LANG", "de_DE"}} {
		s.Setenv(kv[0], kv[1])
	}
	s.Stdin = strings.NewReader("bye\n")
	command := netcatCommand(`'nc'`, system)
	if err := s.Run(command); err != nil {
		t.Fatal(err)
	}
	ch, _, err := openStreamLocal(client, "/s")
	if err != nil {
		t.Fatal(err)
	}
	ch.Close()
	base := Login{
		User:           "root",
		KeyFingerprint: gossh.FingerprintSHA256(n.user.PublicKey()),
		Remote:         client.LocalAddr(),
		Local:          client.RemoteAddr(),
		ClientVersion:  "SSH-2.0-Go",
	}
	exec, stream := base, base
	exec.Command = command
	exec.Words = []string{"sh", "-c", netcatScript("nc", system)}
	exec.Env = []string{"LC_ALL=C", "LANG=de_DE"}
	exec.Via, stream.Via = ViaNetcat, ViaStreamLocal
	got := n.opened()
	for i := range got {
		if conn := got[i].Conn; conn == nil || conn.RemoteAddr().String() != client.LocalAddr().String() {
			t.Errorf("login %d: the connection is %v", i, conn)
		}
		got[i].Conn = nil
	}
	if diff := cmp.Diff([]opened{{system, exec}, {"/s", stream}}, got); diff != "" {
		t.Errorf("Open was asked (-want +got):\n%s", diff)
	}
}

func TestEnvironment(t *testing.T) {
	n := startNode(t, Config{})
	client := n.dial(t)
	got := run(t, client, `for V in "$USER" "$LOGNAME" "$HOME" "$PATH" "$SHELL" "$PWD" "$SSH_CONNECTION"; do echo "$V"; done; pwd`, "")
	remote, local := client.LocalAddr().(*net.TCPAddr), client.RemoteAddr().(*net.TCPAddr)
	want := strings.Join([]string{
		"root", "root", "/root", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "/bin/bash", "/root",
		"127.0.0.1 " + strconv.Itoa(remote.Port) + " 127.0.0.1 " + strconv.Itoa(local.Port), "/root", "",
	}, "\n")
	if diff := cmp.Diff(want, got.Stdout); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestManyVariables: sshd takes 128 and ignores the rest.
func TestManyVariables(t *testing.T) {
	ch, reqs := openSession(t, startNode(t, Config{}).dial(t))
	defer ch.Close()
	go gossh.DiscardRequests(reqs)
	taken := 0
	for i := range 200 {
		ok, err := ch.SendRequest("env", true, gossh.Marshal(struct{ N, V string }{"LC_" + strconv.Itoa(i), "x"}))
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			taken++
		}
	}
	if taken != maxEnv {
		t.Errorf("took %d", taken)
	}
}

// TestParallelOutput: the parts of a pipeline write to one channel.
func TestParallelOutput(t *testing.T) {
	line := strings.Repeat("x", 1000)
	n := startNode(t, Config{})
	got := run(t, n.dial(t), `for i in 1 2 3 4 5 6 7 8 9; do echo `+line+` >&2 & echo `+line+` & done | cat`, "")
	want := strings.Repeat(line+"\n", 9)
	if got.Stdout != want || got.Stderr != want {
		t.Errorf("%d and %d bytes, want %d", len(got.Stdout), len(got.Stderr), len(want))
	}
}

// TestOutputToClientThatDoesNotRead: a script that prints for ever waits for its
// client, and ends with it.
func TestOutputToClientThatDoesNotRead(t *testing.T) {
	n := startNode(t, Config{})
	client := n.dial(t)
	ch, reqs := openSession(t, client)
	go gossh.DiscardRequests(reqs)
	if ok, err := ch.SendRequest("exec", true, gossh.Marshal(struct{ C string }{"while :; do echo yyyyyyyy; done"})); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, err := io.CopyN(io.Discard, ch, 1<<16); err != nil {
		t.Fatal(err)
	}
	client.Close()
	n.Close() // returns when the script has ended
}

func TestBannerAndVersion(t *testing.T) {
	for version, want := range map[string]string{"": DefaultServerVersion, "SSH-2.0-OpenSSH_7.4": "SSH-2.0-OpenSSH_7.4"} {
		n := startNode(t, Config{ServerVersion: version, Account: Account{Banner: "Authorized use only.\n"}})
		cfg := n.clientConfig()
		var banner bytes.Buffer
		cfg.BannerCallback = func(s string) error {
			banner.WriteString(s)
			return nil
		}
		client, err := gossh.Dial("tcp", n.addr, cfg)
		if err != nil {
			t.Fatal(err)
		}
		client.Close()
		if got := string(client.ServerVersion()); got != want {
			t.Errorf("version %s, want %s", got, want)
		}
		if banner.String() != "Authorized use only.\n" {
			t.Errorf("banner %q", banner.String())
		}
	}
}

// TestOpenThatWaits: a socket whose backlog is full keeps its client waiting, and
// ends with it.
func TestOpenThatWaits(t *testing.T) {
	asked := make(chan struct{}, 2)
	n := startNode(t, Config{Open: func(ctx context.Context, _ string, _ Login) (func(net.Conn), error) {
		asked <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	client := n.dial(t)
	ncWay.open(t, client)
	<-asked
	client.Close()
	n.Close()
}
