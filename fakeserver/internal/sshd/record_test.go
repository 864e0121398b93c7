package sshd

import (
	"context"
	"io/fs"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	gossh "golang.org/x/crypto/ssh"
)

// watch has a server tell of logins and requests.
func watch(cfg Config) (Config, <-chan LoginResult, <-chan Request, <-chan Result) {
	logins, requests, results := make(chan LoginResult, 100), make(chan Request, 100), make(chan Result, 100)
	cfg.OnLogin = func(_ context.Context, l LoginResult) { logins <- l }
	cfg.OnRequest = func(ctx context.Context, r Request) (context.Context, func(Result)) {
		requests <- r
		return context.WithValue(ctx, watchKey{}, r.Kind), func(r Result) { results <- r }
	}
	return cfg, logins, requests, results
}

// watchKey is what OnRequest adds to the context that Open gets.
type watchKey struct{}

func receive[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

func TestOnLogin(t *testing.T) {
	cfg, logins, _, _ := watch(Config{})
	n := startNode(t, cfg)
	wrong, right := newSigner(t), n.user
	for _, tt := range []struct {
		name   string
		change func(*gossh.ClientConfig)
		tries  []LoginTry
		reason string
	}{
		{
			name: "second key", change: func(c *gossh.ClientConfig) { c.Auth = []gossh.AuthMethod{gossh.PublicKeys(wrong, right)} },
			tries: []LoginTry{
				{"root", "none", "", false, "no login without authentication"},
				{"root", "publickey", gossh.FingerprintSHA256(wrong.PublicKey()), false, "the key is not authorized"},
				{"root", "publickey", gossh.FingerprintSHA256(right.PublicKey()), true, ""},
			},
		},
		{
			name: "no key", change: func(c *gossh.ClientConfig) { c.Auth = nil },
			tries:  []LoginTry{{"root", "none", "", false, "no login without authentication"}},
			reason: "the client gave up",
		},
		{
			name: "other host key", change: func(c *gossh.ClientConfig) { c.HostKeyCallback = gossh.FixedHostKey(wrong.PublicKey()) },
			reason: "the client gave up",
		},
		{
			name: "nothing in common", change: func(c *gossh.ClientConfig) { c.KeyExchanges = []string{"diffie-hellman-group1-sha1"} },
			reason: "no common algorithm for key exchange",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := n.clientConfig()
			c.ClientVersion = "SSH-2.0-test_1.0 of the server"
			tt.change(c)
			client, err := gossh.Dial("tcp", n.addr, c)
			if err == nil {
				defer client.Close()
			}
			l := receive(t, logins, "the login")
			if diff := cmp.Diff(tt.tries, l.Tries); diff != "" {
				t.Errorf("tries (-want +got):\n%s", diff)
			}
			if l.Accepted != (tt.reason == "") || !strings.HasPrefix(l.Reason, tt.reason) || l.ClientVersion != c.ClientVersion || l.Remote == nil || l.Local == nil {
				t.Errorf("got %+v, want the reason %q", l, tt.reason)
			}
		})
	}
}

// A client that talks no SSH, and one that talks nothing, are logins without tries.
func TestOnLoginWithoutSSH(t *testing.T) {
	cfg, logins, _, _ := watch(Config{LoginGrace: 10 * time.Millisecond})
	n := startNode(t, cfg)
	for _, tt := range []struct{ send, reason string }{
		{"", "timeout before authentication"},
		{"GET / HTTP/1.0\r\n\r\n", ""},
	} {
		nc, err := net.Dial("tcp", n.addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := nc.Write([]byte(tt.send)); err != nil {
			t.Fatal(err)
		}
		l := receive(t, logins, "the login")
		nc.Close()
		if l.Accepted || l.Reason == "" || tt.reason != "" && l.Reason != tt.reason || l.ClientVersion != "" || len(l.Tries) > 0 {
			t.Errorf("after %q: %+v", tt.send, l)
		}
	}
}

func TestTooManyKeys(t *testing.T) {
	cfg, logins, _, _ := watch(Config{MaxAuthTries: 2})
	n := startNode(t, cfg)
	c := n.clientConfig()
	c.Auth = []gossh.AuthMethod{gossh.PublicKeys(newSigner(t), newSigner(t), n.user)}
	if client, err := gossh.Dial("tcp", n.addr, c); err == nil {
		client.Close()
		t.Error("the client was let in")
	}
	if l := receive(t, logins, "the login"); l.Reason != "too many authentication failures" || len(l.Tries) != 3 {
		t.Errorf("got %+v", l)
	}
}

func TestOnRequest(t *testing.T) {
	var kinds []any
	cfg, _, requests, results := watch(Config{
		Account: Account{NoHelper: true},
		Open: func(ctx context.Context, socket string, _ Login) (func(net.Conn), error) {
			kinds = append(kinds, ctx.Value(watchKey{}))
			if socket != system {
				return nil, fs.ErrPermission
			}
			return repeatLines, nil
		},
	})
	n := startNode(t, cfg)
	client := n.dial(t)

	s, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if s.RequestPty("xterm", 1, 1, nil) == nil || s.RequestSubsystem("sftp") == nil {
		t.Error("a terminal or a subsystem was granted")
	}
	if err := s.Setenv("LC_ALL", "C"); err != nil {
		t.Fatal(err)
	}
	if r := receive(t, requests, "the subsystem"); r.Kind != "subsystem" || r.Target != "sftp" || r.Refused == "" || !r.Terminal {
		t.Errorf("got %+v", r)
	}
	if err := s.Run("echo x >&2; nc -U /y; exit 42"); err == nil {
		t.Error("no status")
	}
	r := receive(t, requests, "the command")
	if r.Kind != "exec" || r.Command != "echo x >&2; nc -U /y; exit 42" || r.Words != nil || !cmp.Equal(r.Env, []string{"LC_ALL=C"}) || r.Refused != "" || r.User != "root" {
		t.Errorf("got %+v", r)
	}
	if diff := cmp.Diff(Result{Status: 42, Stderr: "x\nnc: /y: Permission denied\n"}, receive(t, results, "the end")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	if _, err := client.Dial("tcp", "192.0.2.1:80"); err == nil {
		t.Error("an address was reached")
	}
	if r := receive(t, requests, "the address"); r.Kind != "direct-tcpip" || r.Target != "192.0.2.1:80" || r.Refused == "" {
		t.Errorf("got %+v", r)
	}

	if _, err := client.Dial("unix", "/y"); err == nil {
		t.Error("a forbidden socket was reached")
	}
	if r := receive(t, requests, "the socket"); r.Kind != ViaStreamLocal || r.Target != "/y" || r.Refused != "" {
		t.Errorf("got %+v", r)
	}
	if r := receive(t, results, "the refusal"); r.Refused != "Permission denied" {
		t.Errorf("got %+v", r)
	}
	conn, err := client.Dial("unix", system)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	receive(t, requests, "the socket")
	if r := receive(t, results, "the end of the channel"); r != (Result{}) {
		t.Errorf("got %+v", r)
	}
	if !cmp.Equal(kinds, []any{"exec", ViaStreamLocal, ViaStreamLocal}) {
		t.Errorf("Open got the contexts of %v", kinds)
	}
}

// A client that goes before its command is told of.
func TestOnRequestOfAClientThatGoes(t *testing.T) {
	cfg, _, _, results := watch(Config{})
	n := startNode(t, cfg)
	client := n.dial(t)
	s, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	in, err := s.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := s.Start("nc -U " + system); err != nil {
		t.Fatal(err)
	}
	client.Close()
	if r := receive(t, results, "the end"); !r.Gone {
		t.Errorf("got %+v", r)
	}
}

func TestAccounts(t *testing.T) {
	own := Account{
		UID: 1001, Home: "/srv/own/", Path: "/opt/bin:/usr/bin",
		Programs: map[string]Program{"id": {Stdout: "1001\n", Status: 7}, "/opt/bin/nc": {Stderr: "no\n", Status: 3}},
	}
	n := startNode(t, Config{Accounts: map[string]Account{"own": own}, Account: Account{Noise: "hello\n"}})
	as := func(user string) *gossh.Client {
		c := n.clientConfig()
		c.User = user
		client, err := gossh.Dial("tcp", n.addr, c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		return client
	}
	mine, other, root := as("own"), as("other"), as("root")
	const helper = "virt-ssh-helper "
	for _, tt := range []struct {
		client  *gossh.Client
		command string
		want    ran
		socket  string
	}{
		{mine, `id; echo $? $HOME $PATH $XDG_RUNTIME_DIR; cd; pwd; nc -q`, ran{"1001\n7 /srv/own /opt/bin:/usr/bin /run/user/1001\n/srv/own\n", "no\n", 3}, ""},
		{other, `echo $HOME $PATH $XDG_RUNTIME_DIR; id`, ran{"/home/other /usr/local/bin:/usr/bin:/bin:/usr/games /run/user/1000\n", "hello\nbash: line 1: id: command not found\n", 127}, ""},
		{mine, helper + "qemu:///session", ran{"bye\n", "", 0}, "/run/user/1001/libvirt/libvirt-sock"},
		{mine, helper + "-r qemu:///session", ran{"bye\n", "", 0}, "/run/user/1001/libvirt/libvirt-sock"},
		{mine, helper + "'qemu:///session?a=b'", ran{"bye\n", "", 0}, "/run/user/1001/libvirt/libvirt-sock"},
		{mine, helper + "test+unix:///default", ran{"bye\n", "", 0}, "/run/user/1001/libvirt/libvirt-sock"},
		{mine, helper + "test:///default", ran{"bye\n", "", 0}, system},
		{mine, helper + "qemu:///sessions", ran{"bye\n", "", 0}, system},
		{mine, helper + "-r qemu:///system", ran{"bye\n", "", 0}, system + "-ro"},
		{mine, "XDG_RUNTIME_DIR= " + helper + "qemu:///session", ran{"bye\n", "", 0}, "/srv/own/.cache/libvirt/libvirt-sock"},
		{mine, "XDG_RUNTIME_DIR=/x " + helper + "qemu:///session", ran{"bye\n", "", 0}, "/x/libvirt/libvirt-sock"},
		{other, helper + "qemu:///session", ran{"bye\n", "hello\n", 0}, "/run/user/1000/libvirt/libvirt-sock"},
		{root, helper + "qemu:///session", ran{"bye\n", "hello\n", 0}, system},
		{root, helper + "test+unix:///default", ran{"bye\n", "hello\n", 0}, system},
	} {
		before := len(n.opened())
		if diff := cmp.Diff(tt.want, run(t, tt.client, tt.command, "bye\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.command, diff)
		}
		var socket string
		if got := n.opened(); len(got) > before {
			socket = got[before].Socket
		}
		if socket != tt.socket {
			t.Errorf("%s reached %q, want %q", tt.command, socket, tt.socket)
		}
	}
}
