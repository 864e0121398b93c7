package harness_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// Python logs in by Kerberos without being asked for a password, and on tcp the security
// layer carries a reply of 16 MiB and what comes after it, with either strength of key.
func TestPythonByKerberosWithALargeReply(t *testing.T) {
	t.Parallel()
	needKerberos(t)
	python, script := pythonAuth(t)
	host := harness.Start(t, fakeserver.WithAuth(kerberosEverywhere()), harness.WithTransports(harness.TCP, harness.TLS, harness.Unix))
	want := pythonLine(largeReply(t, host)) + "\n"
	for _, transport := range []call.Transport{harness.TCP, harness.TLS, harness.Unix} {
		uri := host.URI(transport, "test:///default")
		if out := client(t, host.KerberosEnv(t, "fred"), python, script, "wrong", uri); out != want {
			t.Errorf("%s: python prints %q, want %q", transport, out, want)
		}
		env := host.KerberosEnvFor(t, krb5.Request{Client: "fred", Flaw: krb5.ForeignKey})
		if out := client(t, env, python, script, saslPassword, uri); !strings.Contains(out, "refused 45 authentication failed: authentication failed") {
			t.Errorf("%s, foreign key: python prints %q", transport, out)
		}
	}
	for _, l := range host.Server.Journal().Logins() {
		if l.Accepted && (l.User != "fred" || l.Method != "GSSAPI") {
			t.Errorf("%s", l.String())
		}
	}
}

// A call of 2 MiB goes up through the layer in many packets, and its like comes back,
// with keys of each type: MIT's library takes the first type of the client's list that
// it likes, which the client's krb5.conf sets.
func TestVirshDefinesALargeDomainUnderKerberos(t *testing.T) {
	t.Parallel()
	virsh := needKerberos(t)
	text := strings.Repeat("0123456789abcdef", 2<<20/16)
	file := filepath.Join(t.TempDir(), "large.xml")
	xml := "<domain type='test'><name>large</name><description>" + text + "</description><memory>1024</memory><os><type>hvm</type></os></domain>"
	if err := os.WriteFile(file, []byte(xml), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, e := range krb5.ETypes() {
		t.Run(e.String(), func(t *testing.T) {
			t.Parallel()
			realm, err := krb5.New(krb5.Config{ETypes: []krb5.EType{e}})
			if err != nil {
				t.Fatal(err)
			}
			keytab := filepath.Join(t.TempDir(), "krb5.keytab")
			if err := realm.Keytab().WriteFile(keytab); err != nil {
				t.Fatal(err)
			}
			auth := kerberosEverywhere()
			auth.Kerberos = fakeserver.Kerberos{Keytab: keytab}
			host := harness.Start(t, harness.WithTransports(harness.TCP), fakeserver.WithAuth(auth))
			env := onlyEType(t, host.KerberosEnv(t, "fred"), e)
			out := client(t, env, virsh, "-c", host.URI(harness.TCP, "test:///default"), "define "+file+"; dumpxml large")
			if !strings.Contains(out, "<description>"+text+"</description>") {
				t.Errorf("virsh prints %d bytes: %.300q", len(out), out)
			}
			strength := 0
			for _, l := range host.Server.Journal().Logins() {
				strength = l.SSF
			}
			if strength != e.KeySize()*8 {
				t.Errorf("the strength is %d", strength)
			}
		})
	}
}

// onlyEType has the client of an environment know one type of encryption alone.
func onlyEType(t *testing.T, env []string, e krb5.EType) []string {
	t.Helper()
	for _, kv := range env {
		path, ok := strings.CutPrefix(kv, "KRB5_CONFIG=")
		if !ok {
			continue
		}
		conf, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(conf), "[libdefaults]\n", "[libdefaults]\n\tpermitted_enctypes = "+e.String()+"\n", 1)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return env
}

// What a fault breaks of the layer, the client and the node notice.
func TestFaultsUnderKerberos(t *testing.T) {
	t.Parallel()
	virsh := needKerberos(t)
	for _, c := range []struct {
		name string
		rule fault.Rule
		want string
	}{
		{"to the client", fault.On(rpc.ConnectGetHostname).Beneath().Corrupt(fault.ToClient, 30, 1), "error: failed to decode SASL data: -1 (generic failure)"},
		{"length to the client", fault.On(rpc.ConnectGetHostname).Beneath().Corrupt(fault.ToClient, 0, 1), "error: failed to decode SASL data: -1 (generic failure)"},
		{"from the client", fault.On(rpc.ConnectOpen).Beneath().Corrupt(fault.FromClient, 30, 1), "error: no valid connection"},
		{"cut", fault.On(rpc.ConnectGetHostname).Beneath().Cut(fault.ToClient, 50), "End of file while reading data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, harness.WithTransports(harness.TCP), fakeserver.WithAuth(kerberosEverywhere()))
			h := host.Inject(c.rule)
			out := client(t, host.KerberosEnv(t, "fred"), virsh, "-c", host.URI(harness.TCP, "test:///default"), "hostname")
			if !strings.Contains(out, c.want) || h.Hits() == 0 {
				t.Errorf("virsh prints %q, want %q; the fault hit %d times", out, c.want, h.Hits())
			}
		})
	}
}
