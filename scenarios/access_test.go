package scenarios_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/scenarios"
)

// connect returns what go-libvirt says of a URI, "" if it connects.
func connect(t *testing.T, text string) string {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	l, err := libvirt.ConnectToURI(u)
	if err != nil {
		return err.Error()
	}
	if err := l.Disconnect(); err != nil {
		t.Error(err)
	}
	return ""
}

// What the keys say is what clients meet.
func TestSettingsAreInForce(t *testing.T) {
	t.Parallel()
	for text, c := range map[string]struct {
		transport call.Transport
		want      string // a part of the client's error
	}{
		"auth: {tls: sasl}\n":                               {harness.TLS, "authentication required"},
		"tls: {allowed_dn: []}\n":                           {harness.TLS, "failed to connect"},
		"tls: {allowed_dn: [\"*CN=client\"]}\n":             {harness.TLS, ""},
		"certificates: server-expired\n":                    {harness.TLS, "certificate has expired"},
		"ssh: {auth: {methods: password}}\n":                {harness.SSH, "unable to authenticate"},
		"ssh: {auth: {users: {alice: }}}\n":                 {harness.SSH, "unable to authenticate"},
		"ssh: {auth: {users: {root: }}}\n":                  {harness.SSH, ""},
		"ssh: {account: {stream_local: prohibited}}\n":      {harness.SSH, "open failed"},
		"ssh: {accounts: {root: {stream_local: failed}}}\n": {harness.SSH, "open failed"},
		"ssh: {server: {host_keys: p384}}\n":                {harness.SSH, ""},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			host := node(t, "transports: ["+string(c.transport)+"]\n"+text)
			got := connect(t, host.URI(c.transport, "test:///default"))
			if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("the client says %q, want %q", got, c.want)
			}
		})
	}
}

// The user's daemon has objects of its own, which begin as the system's do.
func TestSessionDaemonKeys(t *testing.T) {
	t.Parallel()
	host := node(t, `transports: [unix]
objects:
  qemu:
    domains: [{name: system}]
session_daemon:
  objects:
    qemu:
      preset: host
      domains: [{name: mine, state: running}]
`)
	qemu, err := host.Server.SessionDriver("qemu")
	if err != nil {
		t.Fatal(err)
	}
	if all := qemu.Domains(); len(all) != 1 || all[0].Name != "mine" || all[0].ID != 1 {
		t.Errorf("the session has %+v", all)
	}
	if n := len(qemu.Objects().NodeDevices); n == 0 {
		t.Error("the session's host has no devices")
	}
	if all := host.Driver("qemu").Domains(); len(all) != 1 || all[0].Name != "system" {
		t.Errorf("the system has %+v", all)
	}
	bare := node(t, "transports: [unix]\nsession_daemon:\n")
	if _, err := bare.Server.SessionDriver("test"); err != nil {
		t.Error(err)
	}
}

// A keytab is beside the scenario that names it.
func TestKeytabKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	realm, err := krb5.New(krb5.Config{Name: "EXAMPLE.TEST", Hosts: []string{"localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	text := "name: lab\ntransports: [tcp]\nauth:\n  tcp: sasl\n  kerberos: {keytab: node.keytab}\n"
	path := filepath.Join(dir, "lab.yaml")
	if err := errors.Join(realm.Keytab().WriteFile(filepath.Join(dir, "node.keytab")), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
	host := harness.Start(t, harness.Scenario(path))
	if got := host.Server.Kerberos().Name(); got != "EXAMPLE.TEST" {
		t.Errorf("the node is of realm %s", got)
	}
	_, err = scenarios.Parse("lab.yaml", []byte(text))
	if want := "lab.yaml:5:22: keytab: only a scenario that is read from a file can name one"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// The scenario locked lets in whom it says.
func TestLockedScenario(t *testing.T) {
	t.Parallel()
	host := harness.Start(t, harness.Scenario("locked"))
	for _, c := range []struct {
		transport call.Transport
		want      string
	}{
		{harness.TCP, "authentication required"},
		{harness.TLS, ""},
		{harness.SSH, ""},
	} {
		got := connect(t, host.URI(c.transport, "qemu:///system"))
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: the client says %q, want %q", c.transport, got, c.want)
		}
	}
	if got := connect(t, host.URI(harness.TLS, "qemu:///system", host.ClientCertificate("client-other-name"))); got == "" {
		t.Error("a client of another name comes in over tls")
	}
}
