package certs

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
	"github.com/google/go-cmp/cmp"
)

// awkward is a name for a directory that every layer of quoting must bear.
const awkward = `it's 100% a "blank" \ dir $HOME *`

// clientFiles writes what a client of server needs.
func clientFiles(t *testing.T, s *SSH, dir string, server *sshServer) SSHFiles {
	t.Helper()
	files, err := s.WriteClient(dir, SSHClient{Addresses: []string{server.address}, User: "configured"})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestWriteClient(t *testing.T) {
	s := mustNewSSH(t)
	dir := filepath.Join(t.TempDir(), "new", "ssh")
	files, err := s.WriteClient(dir, SSHClient{Addresses: []string{"127.0.0.1:2222"}})
	if err != nil {
		t.Fatal(err)
	}
	sameTree(t, dir, map[string]string{
		"id_ed25519": "600", "id_ed25519.pub": "644", "known_hosts": "644",
		"ssh_config": "644", "ssh_config.without_key": "644", "ssh": "755",
	})
	want := SSHFiles{
		Key: filepath.Join(dir, "id_ed25519"), PublicKey: filepath.Join(dir, "id_ed25519.pub"),
		KnownHosts: filepath.Join(dir, "known_hosts"), Config: filepath.Join(dir, "ssh_config"), Command: filepath.Join(dir, "ssh"),
	}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	if config, err := os.ReadFile(files.Config); err != nil || strings.Contains(string(config), "User ") {
		t.Errorf("without a user the configuration sets one: %v\n%s", err, config)
	}
}

func TestWriteClientErrors(t *testing.T) {
	s, other := mustNewSSH(t), mustNewSSH(t)
	foreign := *s
	foreign.User = other.User
	for _, c := range []struct {
		name string
		ssh  *SSH
		dir  string
		c    SSHClient
		want string
	}{
		{"a variable in the path", s, filepath.Join(t.TempDir(), "${HOME}"), SSHClient{}, "cannot stand in an ssh_config"},
		{"a line break in the path", s, filepath.Join(t.TempDir(), "a\nb"), SSHClient{}, "cannot stand in an ssh_config"},
		{"a quote in the user's name", s, t.TempDir(), SSHClient{User: `a"b`}, "cannot stand in an ssh_config"},
		{"a bad address", s, t.TempDir(), SSHClient{Addresses: []string{"nowhere"}}, "missing port"},
		{"a user key without its private half", &foreign, t.TempDir(), SSHClient{}, "is not at hand"},
		{"no user key", &SSH{}, t.TempDir(), SSHClient{}, "there is no user key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := c.ssh.WriteClient(c.dir, c.c); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("WriteClient: %v, want %s", err, c.want)
			}
		})
	}
}

func TestStockClient(t *testing.T) {
	t.Parallel()
	stock := testclients.Need(t, "ssh", "openssh-client")
	agent := shunnedAgent(t)
	for _, kind := range []KeyType{Ed25519, P256, P384, P521, RSA2048} {
		s := mustNewSSH(t, Keys(kind))
		server := serveSSH(t, s)
		files := clientFiles(t, s, filepath.Join(t.TempDir(), awkward), server)
		// A percent sign in the value of -i is more than OpenSSH itself can bear.
		plain := clientFiles(t, s, filepath.Join(t.TempDir(), "a plain one"), server)
		stranger := mustNewSSH(t)
		strangers := clientFiles(t, stranger, t.TempDir(), server)
		for _, c := range []struct {
			name    string
			program string
			args    []string
			user    string
		}{
			{"wrapper", files.Command, []string{"-p", server.port, "127.0.0.1", "true"}, "configured"},
			{"wrapper, by name", files.Command, []string{"-p", server.port, "localhost", "true"}, "configured"},
			{"configuration", stock, []string{"-F", files.Config, "-p", server.port, "127.0.0.1", "true"}, "configured"},
			{"another user", files.Command, []string{"-l", "other", "-p", server.port, "127.0.0.1", "true"}, "other"},
			{"another user, before the host", files.Command, []string{"-p", server.port, "other@127.0.0.1", "true"}, "other"},
			{"our key given with -i", files.Command, []string{"-i", plain.Key, "-p" + server.port, "127.0.0.1", "true"}, "configured"},
			{"-i as the value of another option", files.Command, []string{"-p", server.port, "-S", "-i", "127.0.0.1", "true"}, "configured"},
			{"as virsh runs it", files.Command,
				[]string{"-p", server.port, "-l", "root", "-T", "-e", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "--", "localhost", "true"}, "root"},
		} {
			if kind != Ed25519 && c.name != "wrapper" {
				continue // what the command line does has nothing to do with the kind of key
			}
			t.Run(kind.String()+"/"+c.name, func(t *testing.T) {
				before, _ := server.seen()
				r := run(t, "", []string{"SSH_AUTH_SOCK=" + agent}, c.program, c.args...)
				if r.code != sshExitStatus || r.stdout != "ran: true\n" || r.stderr != "" {
					t.Fatalf("ssh: exit %d\n%s%s", r.code, r.stdout, r.stderr)
				}
				after, refused := server.seen()
				if len(after) != len(before)+1 || after[len(after)-1].user != c.user {
					t.Errorf("the server saw %v, want one more, of user %s", after, c.user)
				}
				if len(refused) > 0 {
					t.Errorf("keys of %v were refused on the way", refused)
				}
			})
		}
		t.Run(kind.String()+"/another key given with -i", func(t *testing.T) {
			before, _ := server.seen()
			r := run(t, "", nil, files.Command, "-o", "BatchMode=yes", "-i", strangers.Key, "-p", server.port, "127.0.0.1", "true")
			if r.code != 255 || !strings.Contains(r.stderr, "Permission denied (publickey)") {
				t.Errorf("ssh: exit %d\n%s%s", r.code, r.stdout, r.stderr)
			}
			if after, refused := server.seen(); len(after) != len(before) || len(refused) == 0 {
				t.Errorf("the server ran %v and refused %v", after, refused)
			}
		})
	}
}

// shunnedAgent returns a socket for SSH_AUTH_SOCK, which nobody may connect to.
func shunnedAgent(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "agent") // t.TempDir is too long a path for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Error("the agent was asked for keys")
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String()
}

// TestClientConfig asks OpenSSH how it understands the configuration.
func TestClientConfig(t *testing.T) {
	stock := testclients.Need(t, "ssh", "openssh-client")
	files, err := mustNewSSH(t).WriteClient(filepath.Join(t.TempDir(), "a dir"), SSHClient{User: "configured"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		config, identity string
	}{
		{files.Config, files.Key},
		{files.Config + ".without_key", "~/.ssh/id_ed25519"}, // the wrapper uses it only beside an -i
	} {
		t.Run(filepath.Base(c.config), func(t *testing.T) {
			r := run(t, "", nil, stock, "-G", "-F", c.config, "anywhere")
			effective := strings.Split(r.stdout, "\n")
			for _, want := range []string{
				"user configured", "identityfile " + c.identity, "identitiesonly yes", "identityagent none", "addkeystoagent false",
				"userknownhostsfile " + files.KnownHosts, "globalknownhostsfile /dev/null", "stricthostkeychecking true",
				"updatehostkeys false", "checkhostip no", "verifyhostkeydns false", "controlmaster false", "loglevel ERROR",
			} {
				if !slices.Contains(effective, want) {
					t.Errorf("%q is not in effect:\n%s%s", want, r.stdout, r.stderr)
				}
			}
		})
	}
}

// TestStockClientVerifies: neither the command line nor an unknown name gets past
// the check of the host key.
func TestStockClientVerifies(t *testing.T) {
	t.Parallel()
	testclients.Need(t, "ssh", "openssh-client")
	s := mustNewSSH(t)
	impostor := *s
	impostor.HostKeys = mustNewSSH(t).HostKeys
	for _, c := range []struct {
		name   string
		server *SSH
		args   []string
		want   string
	}{
		{"wrong host key", &impostor, nil, "REMOTE HOST IDENTIFICATION HAS CHANGED"},
		{"wrong host key, check switched off", &impostor, []string{"-o", "StrictHostKeyChecking=no"}, "REMOTE HOST IDENTIFICATION HAS CHANGED"},
		{"unknown host", s, []string{"-o", "HostKeyAlias=unheard-of"}, "host key is known for unheard-of"},
		{"unknown host, check switched off", s, []string{"-o", "StrictHostKeyChecking=no", "-o", "HostKeyAlias=unheard-of"}, "host key is known for unheard-of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := serveSSH(t, c.server)
			files := clientFiles(t, s, t.TempDir(), server)
			known, err := os.ReadFile(files.KnownHosts)
			if err != nil {
				t.Fatal(err)
			}
			r := run(t, "", nil, files.Command, append(c.args, "-p", server.port, "127.0.0.1", "true")...)
			if r.code != 255 || !strings.Contains(r.stderr, c.want) || !strings.Contains(r.stderr, "Host key verification failed.") {
				t.Errorf("ssh: exit %d\n%s%s\nwant %s", r.code, r.stdout, r.stderr, c.want)
			}
			if ran, refused := server.seen(); len(ran)+len(refused) > 0 {
				t.Errorf("the client logged in all the same: ran %v, refused %v", ran, refused)
			}
			if after, err := os.ReadFile(files.KnownHosts); err != nil || string(after) != string(known) {
				t.Errorf("known_hosts has changed: %v\n%s", err, after)
			}
		})
	}
}

// TestWrapperOnPath: the wrapper may stand first on the PATH, twice even.
func TestWrapperOnPath(t *testing.T) {
	t.Parallel()
	testclients.Need(t, "ssh", "openssh-client")
	s := mustNewSSH(t)
	server := serveSSH(t, s)
	files := clientFiles(t, s, t.TempDir(), server)
	dir := filepath.Dir(files.Command)
	path := strings.Join([]string{dir, dir + "/.", os.Getenv("PATH")}, ":")
	r := run(t, "", []string{"PATH=" + path}, "/bin/sh", "-c", "ssh -p "+server.port+" localhost true")
	if r.code != sshExitStatus || r.stdout != "ran: true\n" {
		t.Errorf("ssh: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	t.Run("nothing else there", func(t *testing.T) {
		r := run(t, "", []string{"PATH=" + dir}, files.Command, "localhost")
		if r.code != 127 || !strings.Contains(r.stderr, "there is no ssh client on the PATH") {
			t.Errorf("ssh: exit %d\n%s%s", r.code, r.stdout, r.stderr)
		}
	})
}

// TestStockClientTouchesNoHome: OpenSSH goes by the home directory of the user
// database, whatever HOME says, so an empty file system is mounted there, in a
// namespace of its own.
func TestStockClientTouchesNoHome(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("namespaces are Linux's")
	}
	testclients.Need(t, "ssh", "openssh-client")
	unshare := testclients.Need(t, "unshare", "util-linux")
	if r := run(t, "", nil, unshare, "-rm", "mount", "-t", "tmpfs", "none", "/root"); r.code != 0 {
		testclients.Unavailable(t, "namespaces are refused here: "+r.stderr)
	}
	s := mustNewSSH(t)
	server := serveSSH(t, s)
	files := clientFiles(t, s, t.TempDir(), server)
	// Within the namespace we are root, whose home is /root.
	script := `mount -t tmpfs none /root && "$@"; code=$?; find /root -mindepth 1; exit $code`
	r := run(t, "", nil, unshare, "-rm", "sh", "-c", script, "sh",
		files.Command, "-v", "-p", server.port, "localhost", "true")
	if r.code != sshExitStatus || r.stdout != "ran: true\n" {
		t.Errorf("exit %d, stdout %q (files in the home directory, after what the command wrote)\n%s", r.code, r.stdout, r.stderr)
	}
	if strings.Contains(r.stderr, "/root") || strings.Contains(r.stderr, "/etc/ssh/ssh_config") {
		t.Errorf("ssh looked at files that are not ours:\n%s", r.stderr)
	}
}

// TestLibvirtSSHClients: the three SSH clients within libvirt log in and run their
// command. The server has no libvirtd behind it, so what virsh makes of the answer
// does not count; over libssh and libssh2 it may wait for ever.
func TestLibvirtSSHClients(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	testclients.Need(t, "ssh", "openssh-client")
	for _, kind := range []KeyType{Ed25519, P256, RSA2048} {
		s := mustNewSSH(t, Keys(kind))
		server := serveSSH(t, s)
		files := clientFiles(t, s, t.TempDir(), server)
		for _, c := range []struct{ transport, params, user, version string }{
			{"ssh", "command=" + files.Command, "configured", "SSH-2.0-OpenSSH"},
			{"ssh", "command=" + files.Command + "&keyfile=" + files.Key + "&no_verify=1&no_tty=1", "configured", "SSH-2.0-OpenSSH"},
			{"libssh", "keyfile=" + files.Key + "&known_hosts=" + files.KnownHosts + "&sshauth=privkey", "root", "SSH-2.0-libssh_"},
			{"libssh2", "keyfile=" + files.Key + "&known_hosts=" + files.KnownHosts + "&sshauth=privkey", "root", "SSH-2.0-libssh2_"},
		} {
			for _, host := range []string{"localhost", "127.0.0.1"} {
				t.Run(strings.Join([]string{kind.String(), c.transport, host, c.params[:7]}, "/"), func(t *testing.T) {
					before, _ := server.seen()
					r := runUntil(t, server.next(), "", nil, virsh, "-c", "qemu+"+c.transport+"://"+host+":"+server.port+"/system?"+c.params, "uri")
					after, refused := server.seen()
					if len(after) != len(before)+1 {
						t.Fatalf("virsh did not get in: refused %v\nexit %d %s", refused, r.code, r.stderr)
					}
					got := after[len(after)-1]
					if got.user != c.user || !strings.HasPrefix(got.client, c.version) || !strings.Contains(got.command, "virt-ssh-helper") {
						t.Errorf("the server saw %+v, want %s of %s", got, c.user, c.version)
					}
				})
			}
		}
	}
}
