//go:build unix

package harness_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

func sshUsers() map[string]harness.SSHUser {
	return map[string]harness.SSHUser{"root": {Password: sshPassword}}
}

// sshAuthRow is a login of a real client. want is what virsh prints but for its first
// line: "test", the name of the domain, if it is let in.
type sshAuthRow struct {
	name    string
	methods []string
	users   map[string]harness.SSHUser // sshUsers if it is nil
	tries   int
	way     sshWay
	// gaveUp is set where the server lets the client in, which does not see it.
	gaveUp bool
	want   string
}

func sshauth(methods string) []fakeserver.Param {
	return []fakeserver.Param{harness.Param("sshauth", methods)}
}

var (
	refusedKeys = map[string]harness.SSHUser{"root": {Keys: []string{}}}
	unknownUser = map[string]harness.SSHUser{"alice": {}}
	dialogUsers = map[string]harness.SSHUser{"root": {Prompts: []harness.SSHPrompt{
		{Text: "Floor: ", Answer: "3", Echo: true}, {Text: "Code: ", Answer: sshCode}, {Text: "Again: ", Answer: sshCode, Next: true},
	}}}
)

func sshAuthRows() []sshAuthRow {
	return []sshAuthRow{
		{name: "key", way: sshWay{transport: harness.SSH}, want: "test"},
		{name: "agent", way: sshWay{transport: harness.SSH, agent: true}, want: "test"},
		{name: "key refused", users: refusedKeys, way: sshWay{transport: harness.SSH}, want: "root@127.0.0.1: Permission denied (publickey)."},
		{name: "agent refused", users: refusedKeys, way: sshWay{transport: harness.SSH, agent: true}, want: "root@127.0.0.1: Permission denied (publickey)."},
		{name: "user refused", users: map[string]harness.SSHUser{"root": {Refused: true}}, way: sshWay{transport: harness.SSH}, want: "root@127.0.0.1: Permission denied (publickey)."},
		{name: "user unknown", users: unknownUser, way: sshWay{transport: harness.SSH}, want: "root@127.0.0.1: Permission denied (publickey)."},
		{name: "password", methods: []string{"password"}, way: sshWay{transport: harness.SSH, askPass: []string{sshPassword}}, want: "test"},
		{name: "password, second try", methods: []string{"password"}, way: sshWay{transport: harness.SSH, askPass: []string{sshWrong, sshPassword}}, want: "test"},
		{name: "password wrong", methods: []string{"password"}, way: sshWay{transport: harness.SSH, askPass: []string{sshWrong}}, want: "Permission denied, please try again.\nPermission denied, please try again.\nroot@127.0.0.1: Permission denied (password)."},
		{name: "password wrong, 2 tries", methods: []string{"password"}, tries: 2, way: sshWay{transport: harness.SSH, askPass: []string{sshWrong}}, want: "Permission denied, please try again.\nReceived disconnect from 127.0.0.1 port PORT:2: too many authentication failures"},
		{name: "password, nobody to ask", methods: []string{"password"}, way: sshWay{transport: harness.SSH}, want: "Permission denied, please try again.\nPermission denied, please try again.\nroot@127.0.0.1: Permission denied (password)."},
		{name: "password, no_tty", methods: []string{"password"}, way: sshWay{transport: harness.SSH, askPass: []string{sshPassword}, params: params("no_tty", "1")}, want: "root@127.0.0.1: Permission denied (password)."},
		{name: "dialog", methods: []string{"keyboard-interactive"}, way: sshWay{transport: harness.SSH, askPass: []string{sshPassword}}, want: "test"},
		{name: "dialog wrong", methods: []string{"keyboard-interactive"}, way: sshWay{transport: harness.SSH, askPass: []string{sshWrong}}, want: "root@127.0.0.1: Permission denied (keyboard-interactive)."},
		{name: "dialog of three", methods: []string{"keyboard-interactive"}, users: dialogUsers, way: sshWay{transport: harness.SSH, askPass: []string{"3", sshCode}}, want: "test"},
		{name: "key and password", methods: []string{"publickey,password"}, way: sshWay{transport: harness.SSH, askPass: []string{sshPassword}}, want: "test"},
		{name: "key and password wrong", methods: []string{"publickey,password"}, way: sshWay{transport: harness.SSH, askPass: []string{sshWrong}}, want: "Permission denied, please try again.\nPermission denied, please try again.\nroot@127.0.0.1: Permission denied (password)."},
		{name: "none", methods: []string{"none"}, way: sshWay{transport: harness.SSH}, want: "test"},
		{name: "none refused", methods: []string{"none"}, users: unknownUser, way: sshWay{transport: harness.SSH}, want: ""},

		{name: "key", way: sshWay{transport: harness.LibSSH}, want: "test"},
		{name: "agent", way: sshWay{transport: harness.LibSSH, agent: true, params: sshauth("agent")}, want: "test"},
		{name: "agent without agent", way: sshWay{transport: harness.LibSSH, params: sshauth("agent")}, want: "libssh transport error: failed to authenticate: Access denied for 'none'. Authentication that can continue: publickey"},
		{name: "agent refused", users: refusedKeys, way: sshWay{transport: harness.LibSSH, agent: true, params: sshauth("agent")}, want: "libssh transport error: failed to authenticate: Access denied for 'publickey'. Authentication that can continue: publickey"},
		{name: "key refused", users: refusedKeys, way: sshWay{transport: harness.LibSSH}, want: "libssh transport error: failed to authenticate: Access denied for 'publickey'. Authentication that can continue: publickey"},
		{name: "user unknown", users: unknownUser, way: sshWay{transport: harness.LibSSH}, want: "libssh transport error: failed to authenticate: Access denied for 'publickey'. Authentication that can continue: publickey"},
		{name: "key not offered", methods: []string{"password"}, way: sshWay{transport: harness.LibSSH, params: sshauth("privkey")}, want: "libssh transport error: failed to authenticate: Access denied for 'none'. Authentication that can continue: password"},
		{name: "password", methods: []string{"password"}, way: sshWay{transport: harness.LibSSH, authFile: sshPassword, params: sshauth("password")}, want: "test"},
		{name: "password by the node's URI", methods: []string{"password"}, way: sshWay{transport: harness.LibSSH, authFile: sshPassword}, want: "test"},
		{name: "password wrong", methods: []string{"password"}, way: sshWay{transport: harness.LibSSH, authFile: sshWrong, params: sshauth("password"), hangs: true}, want: ""},
		{name: "password wrong, 2 tries", methods: []string{"password"}, tries: 2, way: sshWay{transport: harness.LibSSH, authFile: sshWrong, params: sshauth("password"), hangs: true}, want: ""},
		{name: "password typed", methods: []string{"password"}, way: sshWay{transport: harness.LibSSH, stdin: sshPassword + "\n", params: sshauth("password")}, want: "Enter root's password for 127.0.0.1: test"},
		{name: "password not offered", way: sshWay{transport: harness.LibSSH, authFile: sshPassword, params: sshauth("password")}, want: "libssh transport error: failed to authenticate: Access denied for 'none'. Authentication that can continue: publickey"},
		{name: "dialog typed", methods: []string{"keyboard-interactive"}, way: sshWay{transport: harness.LibSSH, stdin: sshPassword + "\n", params: sshauth("keyboard-interactive")}, want: "Password: test"},
		{name: "dialog typed wrong", methods: []string{"keyboard-interactive"}, way: sshWay{transport: harness.LibSSH, stdin: strings.Repeat(sshWrong+"\n", 3), params: sshauth("keyboard-interactive"), hangs: true}, want: "Password: Password: Password: Password: Password: Password:"},
		{name: "dialog of three", methods: []string{"keyboard-interactive"}, users: dialogUsers, way: sshWay{transport: harness.LibSSH, stdin: "3\n" + sshCode + "\n" + sshCode + "\n", params: sshauth("keyboard-interactive")}, want: "Floor: Code: Again: test"},
		{name: "key and password", methods: []string{"publickey,password"}, way: sshWay{transport: harness.LibSSH, authFile: sshPassword, params: sshauth("privkey,password")}, want: "authentication failed: All provided authentication methods with credentials were rejected by the server"},
		{name: "key and password wrong", methods: []string{"publickey,password"}, way: sshWay{transport: harness.LibSSH, authFile: sshWrong, params: sshauth("privkey,password")}, want: "authentication failed: All provided authentication methods with credentials were rejected by the server"},
		{name: "none", gaveUp: true, methods: []string{"none"}, way: sshWay{transport: harness.LibSSH}, want: "libssh transport error: failed to authenticate:"},

		{name: "key", way: sshWay{transport: harness.LibSSH2}, want: "test"},
		{name: "agent", way: sshWay{transport: harness.LibSSH2, agent: true, params: sshauth("agent")}, want: "test"},
		{name: "agent without agent", way: sshWay{transport: harness.LibSSH2, params: sshauth("agent")}, want: "SSH transport error: Failed to connect to ssh agent"},
		{name: "agent refused", users: refusedKeys, way: sshWay{transport: harness.LibSSH2, agent: true, params: sshauth("agent")}, want: "authentication failed: All identities provided by the SSH Agent were rejected"},
		{name: "key refused", users: refusedKeys, way: sshWay{transport: harness.LibSSH2}, want: "authentication failed: authentication with private key 'DIR/ssh/id_ed25519' has failed: Username/PublicKey combination invalid"},
		{name: "user unknown", users: unknownUser, way: sshWay{transport: harness.LibSSH2}, want: "authentication failed: authentication with private key 'DIR/ssh/id_ed25519' has failed: Username/PublicKey combination invalid"},
		{name: "key not offered", methods: []string{"password"}, way: sshWay{transport: harness.LibSSH2, params: sshauth("privkey")}, want: "An error occurred, but the cause is unknown"},
		{name: "password", methods: []string{"password"}, way: sshWay{transport: harness.LibSSH2, authFile: sshPassword, params: sshauth("password")}, want: "test"},
		{name: "password wrong", methods: []string{"password"}, way: sshWay{transport: harness.LibSSH2, authFile: sshWrong, params: sshauth("password")}, want: "authentication failed: authentication failed: Waiting for password response"},
		{name: "password wrong, 2 tries", methods: []string{"password"}, tries: 2, way: sshWay{transport: harness.LibSSH2, authFile: sshWrong, params: sshauth("password")}, want: "authentication failed: authentication failed: Waiting for password response"},
		{name: "password typed", methods: []string{"password"}, way: sshWay{transport: harness.LibSSH2, stdin: sshPassword + "\n", params: sshauth("password")}, want: "Enter root's password for 127.0.0.1: test"},
		{name: "password not offered", way: sshWay{transport: harness.LibSSH2, authFile: sshPassword, params: sshauth("password")}, want: "An error occurred, but the cause is unknown"},
		{name: "dialog typed", methods: []string{"keyboard-interactive"}, way: sshWay{transport: harness.LibSSH2, stdin: sshPassword + "\n", params: sshauth("keyboard-interactive")}, want: "Password: test"},
		{name: "dialog typed wrong", methods: []string{"keyboard-interactive"}, way: sshWay{transport: harness.LibSSH2, stdin: strings.Repeat(sshWrong+"\n", 3), params: sshauth("keyboard-interactive")}, want: "Password: Password: Password: Password: Password: Password: authentication failed: keyboard interactive authentication failed: Unable to send keyboard-interactive request"},
		{name: "dialog of three", methods: []string{"keyboard-interactive"}, users: dialogUsers, way: sshWay{transport: harness.LibSSH2, stdin: "3\n" + sshCode + "\n" + sshCode + "\n", params: sshauth("keyboard-interactive")}, want: "Floor: Code: Again: test"},
		{name: "key and password", methods: []string{"publickey,password"}, way: sshWay{transport: harness.LibSSH2, authFile: sshPassword, params: sshauth("privkey,password")}, want: "Passphrase for key 'DIR/ssh/id_ed25519': authentication failed: All provided authentication methods with credentials were rejected by the server"},
		{name: "key and password wrong", methods: []string{"publickey,password"}, way: sshWay{transport: harness.LibSSH2, authFile: sshWrong, params: sshauth("privkey,password")}, want: "Passphrase for key 'DIR/ssh/id_ed25519': authentication failed: All provided authentication methods with credentials were rejected by the server"},
		{name: "none", methods: []string{"none"}, way: sshWay{transport: harness.LibSSH2}, want: "test"},
	}
}

// virsh logs in, or is refused in its own words; the journal has the same, and what is
// refused reaches nothing. Nothing shows what was typed.
func TestVirshLogsIn(t *testing.T) {
	t.Parallel()
	for _, row := range sshAuthRows() {
		t.Run(string(row.way.transport)+"/"+row.name, func(t *testing.T) {
			t.Parallel()
			if row.users == nil {
				row.users = sshUsers()
			}
			log := &buffer{}
			host := harness.Start(t, harness.WithTransports(harness.SSH),
				harness.WithLogger(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
				harness.WithSSHAuth(harness.SSHAuth{Methods: row.methods, Users: row.users, MaxTries: row.tries}))
			got := sshVirsh(t, host, row.way)
			if got != row.want {
				t.Errorf("virsh prints\n%s\nwant\n%s", got, row.want)
			}
			journal := host.Server.Journal()
			login, err := journal.WaitLogin(t.Context(), func(*call.LoginRecord) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			in := strings.HasSuffix(row.want, "test")
			if reached := len(journal.Commands()) + len(journal.Connections()) + len(journal.Records()); login.Accepted != (in || row.gaveUp) || (reached > 0) != in {
				t.Errorf("the journal has %+v, and %d things were reached", login, reached)
			}
			if text := got + log.String() + fmt.Sprintf("%+v %v", journal.Logins(), journal.Commands()); strings.Contains(text, "canary") {
				t.Errorf("a secret is shown: %s", text)
			}
		})
	}
}
