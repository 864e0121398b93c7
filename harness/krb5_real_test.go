package harness_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

// The real daemon and the fake, with the same keys, users and tickets, let the same
// clients in and refuse the same ones with the same words.
func TestKerberosAsWithTheRealDaemon(t *testing.T) {
	t.Parallel()
	virsh := needKerberos(t)
	hostname, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	hostname = strings.ToLower(hostname) // as MIT's library has it
	// The real one is its host name's service alone; it has another's key as well.
	realm, err := krb5.New(krb5.Config{Name: "REAL.TEST", Hosts: []string{hostname, "elsewhere.test"}, ETypes: krb5.ETypes()})
	if err != nil {
		t.Fatal(err)
	}
	daemon := testdaemon.StartSASL(t, testdaemon.SASL{
		Mechanisms: "gssapi",
		Lines:      []string{`sasl_allowed_username_list = ["fred", "bob@ELSEWHERE.TEST", "fred/admin"]`},
		Keytab:     realm.Keytab().Marshal(), Krb5Conf: krb5.Conf(realm.Name()),
	})
	keytab := filepath.Join(t.TempDir(), "krb5.keytab")
	if err := realm.Keytab().WriteFile(keytab); err != nil {
		t.Fatal(err)
	}
	host := harness.Start(t, harness.WithTransports(harness.TCP, harness.Unix), fakeserver.WithAuth(fakeserver.Auth{
		TCP: fakeserver.AuthSASL, UnixRW: fakeserver.AuthSASL,
		Mechanisms:       []string{"GSSAPI"},
		AllowedUsernames: []string{"fred", "bob@ELSEWHERE.TEST", "fred/admin"},
		Kerberos:         fakeserver.Kerberos{Keytab: keytab, Hosts: []string{hostname}},
	}))
	_, port, err := net.SplitHostPort(daemon.TCP)
	if err != nil {
		t.Fatal(err)
	}
	uris := []struct{ name, real, fake string }{
		{"unix", daemon.URI("test:///default"), host.URI(harness.Unix, "test:///default")},
		{"tcp", "test+tcp://127.0.0.1:" + port + "/default", host.URI(harness.TCP, "test:///default")},
	}
	own := "libvirt/" + hostname
	type row struct {
		name    string
		request krb5.Request
	}
	rows := []row{
		{"another's service", krb5.Request{Client: "fred", Service: "libvirt/elsewhere.test"}},
		{"another user", krb5.Request{Client: "eve", Service: own}},
		{"upper case", krb5.Request{Client: "Fred", Service: own}},
		{"instance", krb5.Request{Client: "fred/admin", Service: own}},
		{"another's instance", krb5.Request{Client: "eve/admin", Service: own}},
		{"another realm", krb5.Request{Client: "bob@ELSEWHERE.TEST", Service: own}},
		{"another realm, not allowed", krb5.Request{Client: "fred@ELSEWHERE.TEST", Service: own}},
		{"own realm", krb5.Request{Client: "fred@REAL.TEST", Service: own}},
	}
	for _, e := range krb5.ETypes() {
		rows = append(rows, row{e.String(), krb5.Request{Client: "fred", Service: own, EType: e}})
	}
	for _, f := range krb5.Flaws() {
		rows = append(rows, row{string(f.Flaw), krb5.Request{Client: "fred", Service: own, Flaw: f.Flaw}})
	}
	in := 0
	for _, c := range rows {
		c.request.Hosts = []string{"localhost", "127.0.0.1"} // as clients name them
		for _, u := range uris {
			tickets, err := realm.Tickets(c.request)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			env, err := tickets.WriteClient(dir)
			if err != nil {
				t.Fatal(err)
			}
			env = append(host.Env(), env...)
			ask := func(uri string) string { return client(t, env, virsh, "-c", uri, "list", "--all") }
			real, fake := ask(u.real), ask(u.fake)
			if real != fake {
				t.Errorf("%s, %s: the real daemon's client prints %q, the fake's %q", c.name, u.name, real, fake)
			}
			if strings.Contains(real, "running") {
				in++
			}
		}
	}
	if want := 2 * (4 + 3); in != want {
		t.Errorf("the real daemon let in %d, want %d", in, want)
	}
	reachedOnlyBy(t, host, "fred", "fred/admin", "bob@ELSEWHERE.TEST")
}

// reachedOnlyBy fails the test if others than these have come in.
func reachedOnlyBy(t *testing.T, host *harness.Host, users ...string) {
	t.Helper()
	seen := make(map[string]bool)
	for _, l := range host.Server.Journal().Logins() {
		if l.Accepted {
			seen[l.User] = true
		}
	}
	for _, user := range users {
		if !seen[user] {
			t.Errorf("%s has not come in", user)
		}
		delete(seen, user)
	}
	if len(seen) > 0 {
		t.Error(fmt.Sprint("these have come in as well: ", seen))
	}
}
