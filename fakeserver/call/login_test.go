package call_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// counting is a clock that goes on by a second each time.
func counting() func() time.Time {
	now := time.Unix(0, 0)
	return func() time.Time { now = now.Add(time.Second); return now }
}

func TestJournalKeepsALogin(t *testing.T) {
	t.Parallel()
	j := call.NewJournal(counting())
	tries := []call.LoginTry{
		{User: "fred:canary", Method: "none", Reason: "no login without authentication"},
		{User: "fred:canary", Method: "publickey", KeyFingerprint: "SHA256:x", Accepted: true},
	}
	j.LoggedIn(call.LoginRecord{
		Kind: call.SSHLogin, Transport: call.SSH,
		Connection: 3, Remote: "127.0.0.1:9", ClientVersion: "SSH-2.0-Go", User: "fred:canary",
		Accepted: true, Method: "publickey", KeyFingerprint: "SHA256:x", Tries: tries,
	})
	for _, l := range []call.LoginRecord{
		{Kind: call.SSHLogin, Transport: call.SSH, Connection: 4, Remote: "127.0.0.1:9", User: "eve", Reason: "the client gave up"},
		{Kind: call.SASLLogin, Transport: call.TCP, Connection: 5, Remote: "127.0.0.1:9", User: "fred", Method: "DIGEST-MD5", Accepted: true},
		{Kind: call.SASLLogin, Transport: call.TLS, Connection: 6, Remote: "127.0.0.1:9", Reason: "no such URI: tls://fred:canary@h"},
		{Kind: call.PolkitLogin, Transport: call.Unix, Connection: 7, Local: "/run/sock", User: "1000", Method: "org.libvirt.unix.manage", Reason: "denied"},
	} {
		j.LoggedIn(l)
	}
	got := j.Logins()
	want := call.LoginRecord{
		Seq: 1, Kind: call.SSHLogin, Transport: call.SSH, Connection: 3, Remote: "127.0.0.1:9", ClientVersion: "SSH-2.0-Go", User: "fred:***",
		Accepted: true, Method: "publickey", KeyFingerprint: "SHA256:x", Time: time.Unix(1, 0),
		Tries: []call.LoginTry{
			{User: "fred:***", Method: "none", Reason: "no login without authentication"},
			{User: "fred:***", Method: "publickey", KeyFingerprint: "SHA256:x", Accepted: true},
		},
	}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if tries[0].User != "fred:canary" {
		t.Error("the caller's list was changed")
	}
	for i, want := range []string{
		"login #1 connection 3 (ssh, 127.0.0.1:9, SSH-2.0-Go): fred:*** by ssh publickey SHA256:x",
		"login #2 connection 4 (ssh, 127.0.0.1:9): eve refused by ssh: the client gave up",
		"login #3 connection 5 (tcp, 127.0.0.1:9): fred by sasl DIGEST-MD5",
		"login #4 connection 6 (tls, 127.0.0.1:9): nobody yet refused by sasl: no such URI: tls://fred:***@h",
		"login #5 connection 7 (unix, /run/sock): 1000 refused by polkit org.libvirt.unix.manage: denied",
	} {
		if text := got[i].String(); text != want {
			t.Errorf("got  %s\nwant %s", text, want)
		}
	}
}

func TestJournalKeepsACommand(t *testing.T) {
	t.Parallel()
	j := call.NewJournal(counting())
	const uri = "'qemu://u:canary@h/system'"
	seq := j.BeginCommand(call.CommandRecord{
		Connection: 3, User: "root:canary", Kind: call.ExecCommand, Command: "virt-ssh-helper " + uri,
		Words: []string{"virt-ssh-helper", "qemu://u:canary@h/system"}, Env: []string{"LANG=C"}, Terminal: true,
	})
	running := j.Commands()[0]
	j.CommandSocket(seq, call.SocketRecord{Path: "/a", Via: "nc", Err: fs.ErrNotExist})
	j.CommandSocket(seq, call.SocketRecord{Path: "/b", Via: "nc", Connection: 7})
	j.EndCommand(seq, 4, "nc: qemu://u:canary@h\n"+strings.Repeat("x", 10_000), false)
	refused := j.BeginCommand(call.CommandRecord{Connection: 3, User: "root", Kind: call.SubsystemCommand, Target: "sftp", Refused: "no such subsystem"})
	late := j.BeginCommand(call.CommandRecord{Connection: 3, User: "root", Kind: call.StreamLocalCommand, Target: "/x"})
	j.RefuseCommand(late, "Permission denied")
	gone := j.BeginCommand(call.CommandRecord{Connection: 3, User: "root", Kind: call.ExecCommand, Command: "cat"})
	j.EndCommand(gone, 0, "", true)
	j.CommandSocket(99, call.SocketRecord{})

	got := j.Commands()
	c := got[0]
	if running.Finished || running.Reached() != 0 || len(running.Sockets) != 0 || !strings.HasSuffix(running.String(), ", running") {
		t.Errorf("while it ran: %s", &running)
	}
	if !c.Finished || c.Reached() != 7 || c.Status != 4 || len(c.Stderr) != 4<<10-len("canary")+len("***") || !c.Begin.Equal(time.Unix(1, 0)) || !c.End.Equal(time.Unix(2, 0)) {
		t.Errorf("got %s, with %d bytes of stderr", c.String()[:100], len(c.Stderr))
	}
	if text := fmt.Sprintf("%+v", got); strings.Contains(text, "canary") {
		t.Errorf("a password is in %s", text)
	}
	if refused != 2 || !got[1].Finished || !got[2].Finished {
		t.Errorf("got %+v", got[1:])
	}
	for i, want := range []string{
		`command #1 connection 3 (root:***): exec "virt-ssh-helper 'qemu://u:***@h/system'", nc to /a: file does not exist, nc to /b is connection 7, status 4, stderr "nc: qemu://u:***@h\n`,
		`command #2 connection 3 (root): subsystem sftp, refused: no such subsystem`,
		`command #3 connection 3 (root): direct-streamlocal@openssh.com /x, refused: Permission denied`,
		`command #4 connection 3 (root): exec "cat", left by its client`,
	} {
		if text := got[i].String(); !strings.HasPrefix(text, want) {
			t.Errorf("got  %s\nwant %s", text, want)
		}
	}
	j.Reset()
	if len(j.Logins()) != 0 || len(j.Commands()) != 0 {
		t.Error("Reset leaves commands")
	}
	j.EndCommand(late, 1, "", false)
	if next := j.BeginCommand(call.CommandRecord{}); next != 5 || len(j.Commands()) != 1 {
		t.Errorf("after Reset the number is %d", next)
	}
}

func TestLoginsAndCommandsAreBounded(t *testing.T) {
	t.Parallel()
	j := call.NewJournal(time.Now)
	for range 2 * call.MaxLoginRecords {
		j.LoggedIn(call.LoginRecord{})
		j.EndCommand(j.BeginCommand(call.CommandRecord{}), 0, "", false)
	}
	logins, commands := j.Logins(), j.Commands()
	if len(logins) != call.MaxLoginRecords || logins[0].Seq != call.MaxLoginRecords+1 || len(commands) != call.MaxLoginRecords {
		t.Errorf("kept %d logins and %d commands", len(logins), len(commands))
	}
	const each = 1 << 20
	for range 100 {
		j.BeginCommand(call.CommandRecord{Target: strings.Repeat("x", each)})
	}
	if kept := len(j.Commands()); kept < 1 || kept > 4 {
		t.Errorf("kept %d commands of %d bytes", kept, each)
	}
	// One that is more than all may have goes at once, and takes nothing with it.
	j.BeginCommand(call.CommandRecord{Target: strings.Repeat("x", 5<<20)})
	long := strings.Repeat("x", 1<<20)
	last := j.BeginCommand(call.CommandRecord{Command: long, Env: []string{long}})
	if got := j.Commands(); got[len(got)-1].Seq != last {
		t.Errorf("the last of %d commands has number %d", len(got), got[len(got)-1].Seq)
	} else if c := got[len(got)-1]; len(c.Command) != 32<<10 || len(c.Env[0]) != 1<<10 {
		t.Errorf("kept %d bytes of a command, and %d of a variable", len(c.Command), len(c.Env[0]))
	}
}

func TestWaitCommand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := call.NewJournal(time.Now)
		seq := j.BeginCommand(call.CommandRecord{Command: "a"})
		found := make(chan call.CommandRecord)
		go func() {
			c, err := j.WaitCommand(t.Context(), func(c *call.CommandRecord) bool { return c.Finished })
			if err != nil {
				t.Error(err)
			}
			found <- c
		}()
		synctest.Wait()
		select {
		case c := <-found:
			t.Errorf("found %s", &c)
		default:
		}
		j.EndCommand(seq, 5, "", false)
		if c := <-found; c.Status != 5 {
			t.Errorf("found %s", &c)
		}
		if c, err := j.WaitCommand(t.Context(), func(c *call.CommandRecord) bool { return c.Status == 5 }); err != nil || c.Seq != seq {
			t.Errorf("found %s, %v", &c, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := j.WaitLogin(ctx, func(*call.LoginRecord) bool { return true }); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

// What a client calls itself does nothing to the terminal that it is shown on.
func TestLoginShowsNoControlCharacters(t *testing.T) {
	l := call.LoginRecord{User: "fred\x1b[2J\nroot", ClientVersion: "SSH-2.0-x\a", Reason: "no \x00"}
	if s := l.String(); strings.ContainsAny(s, "\x1b\n\a\x00") || !strings.Contains(s, `fred\x1b[2J\nroot`) {
		t.Errorf("shown as %q", s)
	}
}
