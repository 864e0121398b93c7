//go:build unix

package harness_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/xdg-go/scram"
	gossh "golang.org/x/crypto/ssh"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/canaries"
	"github.com/fakelibvirt/fakelibvirtd/scenarios"
)

// secretNode is a node with each kind of secret, every one of them a canary.
type secretNode struct {
	set              canaries.Set
	fred, bob, wrong string // passwords of SASL: fred's, that of bob's verifiers, nobody's
	ssh, answer      string
	value, password  string // that calls carry
	auth             fakeserver.Auth
	sshAuth          harness.SSHAuth
	pki              *certs.PKI
	keys             *certs.SSH
	// outputs are what the node, its tests and its clients have printed, by where.
	outputs map[string]*strings.Builder
}

func newSecretNode(t *testing.T) *secretNode {
	t.Helper()
	n := &secretNode{outputs: make(map[string]*strings.Builder)}
	for name, secret := range map[string]*string{
		"fred's password": &n.fred, "bob's password": &n.bob, "a wrong password": &n.wrong,
		"an SSH password": &n.ssh, "an answer": &n.answer, "a secret's value": &n.value, "a guest's password": &n.password,
	} {
		*secret = n.set.New(name)
	}
	n.set.Add("the password of the tables", saslPassword)
	verifiers := n.verifiers(t, n.bob)
	n.auth = saslEverywhere("SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "PLAIN", "ANONYMOUS")
	n.auth.Users = []fakeserver.AuthUser{{Name: "fred", Password: n.fred}, {Name: "bob", Verifiers: verifiers}, {Name: "old", Password: saslPassword}}
	n.sshAuth = harness.SSHAuth{
		Methods: []string{"publickey", "password", "keyboard-interactive"},
		Users:   map[string]harness.SSHUser{"root": {Password: fakeserver.SSHSecret(n.ssh), Prompts: []harness.SSHPrompt{{Text: "Code: ", Answer: fakeserver.SSHSecret(n.answer)}}}},
	}
	var err error
	if n.pki, err = certs.New(); err != nil {
		t.Fatal(err)
	}
	if n.keys, err = certs.NewSSH(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := n.pki.WritePKIPath(dir); err != nil {
		t.Fatal(err)
	}
	if err := n.pki.WriteServer(filepath.Join(dir, "server")); err != nil {
		t.Fatal(err)
	}
	if _, err := n.keys.WriteClient(filepath.Join(dir, "ssh"), certs.SSHClient{}); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"clientkey.pem", "server/serverkey.pem", "server/cakey.pem", "ssh/id_ed25519"} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		n.addKey(t, file, string(text))
	}
	return n
}

// addKey makes canaries of the lines of a file that have the private part of a key: the
// public part follows in the others.
func (n *secretNode) addKey(t *testing.T, name, text string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) < 4 {
		t.Fatalf("%s has %d lines", name, len(lines))
	}
	private := lines[1:3]
	if strings.Contains(lines[0], "OPENSSH") {
		private = lines[3 : len(lines)-1]
	}
	n.set.Add(name, strings.Join(private, "\n"))
}

// verifiers makes those of a password, and canaries of their keys.
func (n *secretNode) verifiers(t *testing.T, password string) (list []string) {
	t.Helper()
	for name, generator := range map[string]scram.HashGeneratorFcn{"SCRAM-SHA-256": scram.SHA256, "SCRAM-SHA-1": scram.SHA1} {
		client, err := generator.NewClient("bob", password, "")
		if err != nil {
			t.Fatal(err)
		}
		c, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "0123456789abcdef", Iters: 4096})
		if err != nil {
			t.Fatal(err)
		}
		b64 := base64.StdEncoding.EncodeToString
		n.set.Add("a verifier's stored key", b64(c.StoredKey))
		n.set.Add("a verifier's server key", b64(c.ServerKey))
		list = append(list, fmt.Sprintf("%s$%d:%s$%s:%s", name, c.Iters, b64([]byte(c.Salt)), b64(c.StoredKey), b64(c.ServerKey)))
	}
	return list
}

// note adds to what is printed somewhere.
func (n *secretNode) note(where, text string) {
	if n.outputs[where] == nil {
		n.outputs[where] = &strings.Builder{}
	}
	n.outputs[where].WriteString(text + "\n")
}

// leaks searches all that was printed.
func (n *secretNode) leaks() (list []string) {
	for where, text := range n.outputs {
		for _, leak := range n.set.In(text.String()) {
			list = append(list, where+" shows "+leak)
		}
	}
	slices.Sort(list)
	return list
}

// show adds a value as everybody may print it.
func (n *secretNode) show(where string, values ...any) {
	var b strings.Builder
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&b, verb+"\n", v)
		}
		if text, err := json.Marshal(v); err != nil {
			fmt.Fprintln(&b, err)
		} else {
			b.Write(text)
		}
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
	}
	n.note(where, b.String())
}

// Whatever a client sends, and whether it is let in or not: no log, no journal, no
// failing test and no error has any of the secrets in any form, and no setting shows
// them when it is printed.
func TestNoSecretIsShown(t *testing.T) {
	t.Parallel()
	virsh := needSASL(t)
	n := newSecretNode(t)
	text, asJSON := &buffer{}, &buffer{}
	debug := &slog.HandlerOptions{Level: slog.LevelDebug}
	log := slog.New(slog.NewMultiHandler(slog.NewTextHandler(text, debug), slog.NewJSONHandler(asJSON, debug)))
	n.note("the failing test", within(t, func(tb testing.TB) {
		host := harness.Start(tb, fakeserver.WithAuth(n.auth), harness.WithSSHAuth(n.sshAuth), fakeserver.WithPKI(n.pki), fakeserver.WithSSHKeys(n.keys),
			harness.WithLogger(log), harness.WithHostname("node"))
		n.virsh(t, host, virsh)
		n.raw(t, host)
		n.overSSH(t, host)
		n.calls(t, host)
		j := host.Server.Journal()
		for _, r := range j.Records() {
			n.show("the journal's calls", r, &r, r.String(), r.ShowArgs(), r.ShowRet(), r.ShowArgsLines())
		}
		for _, l := range j.Logins() {
			n.show("the journal's logins", l, &l, l.String())
		}
		for _, c := range j.Commands() {
			n.show("the journal's commands", c, &c, c.String())
		}
		for _, c := range j.Connections() {
			n.show("the journal's connections", c, &c, c.String())
		}
		tb.Errorf("%s", "show the last calls")
	}))
	n.command(t, log)
	n.note("the log", text.String())
	n.note("the log in JSON", asJSON.String())
	n.show("the settings", n.auth, &n.auth, n.auth.Users, n.sshAuth, &n.sshAuth, n.sshAuth.Users)
	n.mistakes(t)
	for where, least := range map[string]int{"the log": 10_000, "the journal's calls": 10_000, "the journal's logins": 1000, "the journal's connections": 1000, "the failing test": 100, "errors": 100} {
		if n.outputs[where] == nil || n.outputs[where].Len() < least {
			t.Errorf("%s has hardly anything", where)
		}
	}
	for _, leak := range n.leaks() {
		t.Error(leak)
	}
}

// The search finds what is planted.
func TestNoSecretIsShownCanFail(t *testing.T) {
	t.Parallel()
	n := newSecretNode(t)
	if leaks := n.leaks(); len(leaks) > 0 {
		t.Fatalf("nothing shows %q", leaks)
	}
	key, err := os.ReadFile(filepath.Join(writePKI(t, n.pki), "clientkey.pem"))
	if err != nil {
		t.Fatal(err)
	}
	n.show("a log", map[string]string{"password": n.fred})
	n.show("a journal", libvirt.SecretSetValueArgs{Value: []byte(n.value)})
	n.show("a dump", string(key))
	got := strings.Join(n.leaks(), "\n")
	for _, want := range []string{"a log shows fred's password, as it is", "a log shows fred's password, in hexadecimal", "a journal shows a secret's value, as a list of bytes", "a journal shows a secret's value, in base64", "a dump shows clientkey.pem, as it is"} {
		if !strings.Contains(got, want) {
			t.Errorf("the search does not find that %s:\n%s", want, got)
		}
	}
}

func writePKI(t *testing.T, pki *certs.PKI) string {
	t.Helper()
	dir := t.TempDir()
	if err := pki.WritePKIPath(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// virsh logs in by SASL, rightly and wrongly, by each mechanism.
func (n *secretNode) virsh(t *testing.T, host *harness.Host, virsh string) {
	t.Helper()
	uris := map[string]string{
		"tcp": host.URI(harness.TCP, "test:///default"), "tls": host.URI(harness.TLS, "test:///default"), "ssh": host.URI(harness.SSH, "test:///default"),
	}
	for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "PLAIN"} {
		uris[mechanism] = host.URI(harness.Unix, "test:///default", harness.Param("auth", "sasl."+mechanism))
	}
	for name, uri := range uris {
		for _, try := range []struct {
			user, password string
			in             bool
		}{
			{"fred", n.fred, true}, {"fred", n.wrong, false},
			{"bob", n.bob, name != "DIGEST-MD5" && name != "tcp"},
		} {
			out := client(t, withCredentials(t, host.Env(), try.user, try.password), virsh, "-c", uri, "hostname")
			if in := strings.Contains(out, "node"); in != try.in {
				t.Errorf("%s as %s: virsh prints %q", name, try.user, out)
			}
			n.note("virsh", out)
		}
	}
}

// raw sends everything that the tables of SASL have, in which clients take one
// mechanism for another, and what they would be let in by.
func (n *secretNode) raw(t *testing.T, host *harness.Host) {
	t.Helper()
	password := func(s string) saslAsk { return askPlain("fred", s) }
	rows := append(saslRows(), saslBadRows()...)
	for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "PLAIN", "ANONYMOUS", "NOPE"} {
		for _, text := range []string{
			"\x00fred\x00" + n.fred, n.fred, n.fred + "\x00fred\x00", "n,,n=fred,r=" + n.fred, "n,,p=" + n.fred, "p=" + n.fred + ",,n=fred,r=abc",
			`username="fred",password="` + n.fred + `"`, n.fred + "=x," + n.fred + "=x", `username="fred",charset="` + n.fred + `"`, `qop="` + n.fred + `"`,
			`realm="` + n.fred + `"`, `username="fred",realm="node",digest-uri="` + n.fred + `",response="` + n.fred + `"`,
		} {
			for _, transport := range []*rawClient{dialRaw(t, host, harness.Unix), dialRaw(t, host, harness.TCP)} {
				for _, ask := range []saslAsk{askInit, askStart(mechanism, text), askInit, askStart(mechanism, none), askStep(text)} {
					n.note("answers", ask(transport))
				}
				transport.nc.Close()
			}
		}
	}
	rows = append(rows,
		saslRow{transport: harness.Unix, asks: []saslAsk{askInit, password(n.fred)}},
		saslRow{transport: harness.Unix, asks: []saslAsk{askInit, startScram("SCRAM-SHA-256", "fred", "", n.fred), goOnScram(nil)}})
	for _, row := range rows {
		c := dialRaw(t, host, row.transport)
		for _, ask := range row.asks {
			n.note("answers", ask(c))
		}
		c.nc.Close()
		for _, proof := range c.proofs {
			n.set.Add("a proof", proof)
		}
	}
}

// overSSH logs in to the SSH server.
func (n *secretNode) overSSH(t *testing.T, host *harness.Host) {
	t.Helper()
	answer := func(text string) gossh.AuthMethod {
		return gossh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
			return slices.Repeat([]string{text}, len(questions)), nil
		})
	}
	for _, try := range []struct {
		user string
		auth gossh.AuthMethod
		in   bool
	}{
		{"root", gossh.Password(n.ssh), true}, {"root", gossh.Password(n.wrong), false},
		{"root", answer(n.answer), true}, {"root", answer(n.wrong), false}, {"root", gossh.PublicKeys(n.keys.User), true},
		// As libvirt does with a URI that has both.
		{"root:" + n.ssh, gossh.Password(n.ssh), false}, {"eve", gossh.Password(n.ssh), false},
	} {
		cfg := n.keys.ClientConfig(try.user)
		cfg.Auth = []gossh.AuthMethod{try.auth}
		nc, err := net.Dial("tcp", host.Server.Addr(harness.SSH))
		if err != nil {
			t.Fatal(err)
		}
		nc.SetDeadline(time.Now().Add(patience))
		conn, _, _, err := gossh.NewClientConn(nc, "node", cfg)
		if (err == nil) != try.in {
			t.Errorf("%.4s… over SSH: %v", try.user, err)
		}
		if err == nil {
			conn.Close()
		} else {
			n.note("errors", err.Error())
		}
		nc.Close()
	}
}

// command logs in with a password in the user's name, where any name may log in, and
// runs a command that has another, as users paste URIs; it leads to the node's socket.
func (n *secretNode) command(t *testing.T, log *slog.Logger) {
	t.Helper()
	host := harness.Start(t, harness.WithTransports(harness.SSH), fakeserver.WithSSHKeys(n.keys), harness.WithLogger(log))
	conn, err := gossh.Dial("tcp", host.Server.Addr(harness.SSH), n.keys.ClientConfig("root:"+n.ssh))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	session, err := conn.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	err = session.Start("nc -U /var/run/libvirt/libvirt-sock # qemu+ssh://root:" + url.QueryEscape(n.ssh) + "@localhost/system")
	if err != nil {
		t.Fatal(err)
	}
	j := host.Server.Journal()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := j.WaitCommand(ctx, func(c *call.CommandRecord) bool { return c.Reached() != 0 }); err != nil {
		t.Fatal(err)
	}
	for _, c := range j.Commands() {
		n.show("the journal's commands", c, &c, c.String())
	}
	for _, l := range j.Logins() {
		n.show("the journal's logins", l, &l, l.String())
	}
	for _, c := range j.Connections() {
		n.note("the journal's connections", c.String()+" "+c.Peer.String())
	}
}

// calls are those of a client that is in.
func (n *secretNode) calls(t *testing.T, host *harness.Host) {
	t.Helper()
	l := host.Connect(t)
	_ = l.SecretSetValue(libvirt.Secret{}, []byte(n.value), 0)
	_ = l.DomainSetUserPassword(libvirt.Domain{Name: "x"}, libvirt.OptString{"root"}, libvirt.OptString{n.password}, 0)
	_, _ = l.DomainDefineXML("<domain type='kvm'><name>x</name><devices><graphics type='vnc' passwd='" + n.password + "'/></devices>")
	if len(harness.CallsTo(host, rpc.SecretSetValue)) != 1 {
		t.Error("the secret's value has not come")
	}
}

// mistakes are settings that are refused, near to secrets or because of them.
func (n *secretNode) mistakes(t *testing.T) {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(writePKI(t, n.pki), "clientkey.pem"))
	if err != nil {
		t.Fatal(err)
	}
	fred := fakeserver.AuthUser{Name: "fred", Password: n.fred}
	for i, option := range []harness.Option{
		fakeserver.WithAuth(fakeserver.Auth{TCP: "maybe", Users: n.auth.Users}),
		fakeserver.WithAuth(fakeserver.Auth{Users: []fakeserver.AuthUser{fred, fred}}),
		fakeserver.WithAuth(fakeserver.Auth{Users: []fakeserver.AuthUser{{Password: n.fred}}}),
		fakeserver.WithAuth(fakeserver.Auth{Users: []fakeserver.AuthUser{{Name: "x", Password: n.fred + "\x00"}}}),
		fakeserver.WithAuth(fakeserver.Auth{Users: []fakeserver.AuthUser{{Name: "x", Verifiers: []string{n.fred}}}}),
		fakeserver.WithAuth(fakeserver.Auth{Users: []fakeserver.AuthUser{{Name: "x", Verifiers: []string{"SCRAM-SHA-1$" + n.fred + "$a:b"}}}}),
		harness.WithSSHAuth(harness.SSHAuth{Users: map[string]harness.SSHUser{"root": {Password: fakeserver.SSHSecret(n.ssh), Keys: []string{string(key)}}}}),
		harness.WithSSHAuth(harness.SSHAuth{Methods: []string{"maybe"}, Users: n.sshAuth.Users}),
		harness.WithSSHAuth(harness.SSHAuth{TrustedUserCAKeys: []string{string(key)}}),
	} {
		srv, err := fakeserver.Start(t.Context(), option, fakeserver.WithTransports())
		if err == nil {
			srv.Close()
			t.Errorf("mistake %d is none", i)
			continue
		}
		n.note("errors", err.Error())
	}
	user := "{name: fred, password: '" + n.fred + "'"
	for _, text := range []string{
		"auth:\n  users: [" + user + ", colour: red}]\n",
		"auth:\n  users: [" + user + "}, " + user + "}]\n",
		"auth:\n  users: [" + user + "\n",
		"auth:\n  users: [{name: fred, password: [" + n.fred + "]}]\n",
		"auth:\n  users: [{name: fred, password: {a: '" + n.fred + "'}}]\n",
		"auth:\n  users: [{name: fred, verifiers: ['" + n.fred + "']}]\n",
		"auth:\n  users: [{name: fred, verifiers: '" + n.fred + "'}]\n",
		"auth:\n  users: '" + n.fred + "'\n",
		"auth:\n  users: ['" + n.fred + "']\n",
		"auth:\n  users:\n  - name: fred\n    password: '" + n.fred + "'\n    password: '" + n.fred + "'\n",
		"auth:\n  users:\n  - name: fred\n    password: \"" + n.fred + "\n",
		"auth:\n  users:\n  - name: fred\n    password: *" + n.fred + "\n",
		"ssh:\n  auth:\n    users: {root: {password: [" + n.ssh + "]}}\n",
		"ssh:\n  auth:\n    users: {root: {password: '" + n.ssh + "', keys: ['" + n.ssh + "']}}\n",
		"ssh:\n  auth:\n    users: {root: {prompts: [{text: x, answer: {y: '" + n.answer + "'}}]}}\n",
		"ssh:\n  auth:\n    methods: [maybe]\n    users: {root: {password: '" + n.ssh + "'}}\n",
	} {
		s, err := scenarios.Parse("broken.yaml", []byte(text))
		if err == nil {
			t.Errorf("this is no mistake: %.40q: %v", text, s)
			continue
		}
		n.note("errors", err.Error())
		n.show("errors", err)
	}
}
