package harness_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// Secrets, which nothing may show.
const (
	sshPassword = "canary-password-c4d1"
	sshWrong    = "canary-wrong-9b02"
	sshCode     = "canary-code-11aa"
)

// go-libvirt logs in by keys, and by the password in its URI; it cannot answer
// questions. An error does not have the password.
func TestGoLibvirtLogsIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		methods  []string
		users    map[string]harness.SSHUser
		password string
		sshauth  string // of libssh URIs
		want     string // what is tried last, empty if it gets in
	}{
		{name: "key", sshauth: "privkey"},
		{name: "key refused", users: map[string]harness.SSHUser{"root": {Keys: []string{}}}, sshauth: "privkey", want: "[none publickey]"},
		{name: "user unknown", users: map[string]harness.SSHUser{"alice": {}}, sshauth: "privkey", want: "[none publickey]"},
		{name: "password", methods: []string{"password"}, password: sshPassword, sshauth: "password"},
		{name: "password wrong", methods: []string{"password"}, password: sshWrong, sshauth: "password", want: "[none password]"},
		{name: "key and password", methods: []string{"publickey,password"}, password: sshPassword, sshauth: "privkey,password"},
		{name: "key and password wrong", methods: []string{"publickey,password"}, password: sshWrong, sshauth: "privkey,password", want: "[none password]"},
		{name: "password and key", methods: []string{"password,publickey"}, password: sshPassword, sshauth: "privkey,password"},
		{name: "dialog", methods: []string{"keyboard-interactive"}, password: sshPassword, sshauth: "keyboard-interactive", want: "[none]"},
		{name: "none", methods: []string{"none"}, sshauth: "privkey"},
	} {
		for _, transport := range []call.Transport{harness.SSH, harness.LibSSH} {
			t.Run(c.name+"/"+string(transport), func(t *testing.T) {
				t.Parallel()
				users := c.users
				if users == nil {
					users = map[string]harness.SSHUser{"root": {Password: sshPassword}}
				}
				host := harness.Start(t, harness.WithTransports(harness.SSH),
					harness.WithSSHAuth(harness.SSHAuth{Methods: c.methods, Users: users}))
				sshauth := c.sshauth
				if transport == harness.SSH {
					sshauth = "" // which go-libvirt refuses there
				}
				u, err := url.Parse(host.URI(transport, "qemu:///system", harness.Param("sshauth", sshauth)))
				if err != nil {
					t.Fatal(err)
				}
				if c.password != "" {
					u.User = url.UserPassword("root", c.password)
				}
				err = goSSH(t, u.String())
				if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), "unable to authenticate, attempted methods "+c.want)) {
					t.Errorf("go-libvirt: %v, want %q", err, c.want)
				}
				if err != nil && strings.Contains(err.Error(), "canary") {
					t.Errorf("a secret is shown: %v", err)
				}
				login, werr := host.Server.Journal().WaitLogin(t.Context(), func(*call.LoginRecord) bool { return true })
				if werr != nil || login.Accepted != (c.want == "") {
					t.Errorf("the journal has %+v: %v", login, werr)
				}
				if n := len(host.Server.Journal().Commands()); (n > 0) != (c.want == "") {
					t.Errorf("%d commands", n)
				}
			})
		}
	}
}
