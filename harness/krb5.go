package harness

import (
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
)

// KerberosEnv returns Env for a client that has Kerberos tickets for the node: one for
// each name that the node goes by, as kinit as client ("fred") would have got. It needs
// the settings of Kerberos in fakeserver.WithAuth:
//
//	host := harness.Start(t, fakeserver.WithAuth(fakeserver.Auth{
//		TCP:      fakeserver.AuthSASL,
//		Kerberos: fakeserver.Kerberos{Realm: "EXAMPLE.TEST"},
//	}))
//	cmd := exec.Command("virsh", "-c", host.URI(harness.TCP, "qemu:///system"), "list")
//	cmd.Env = host.KerberosEnv(t, "fred")
//
// A client that uses Kerberos through libvirt needs SASL's module for it; Debian's is
// libsasl2-modules-gssapi-mit.
func (h *Host) KerberosEnv(t testing.TB, client string) []string {
	t.Helper()
	return h.KerberosEnvFor(t, krb5.Request{Client: client})
}

// KerberosEnvFor is KerberosEnv for tickets as the request says, such as bad ones:
//
//	cmd.Env = host.KerberosEnvFor(t, krb5.Request{Client: "fred", Flaw: krb5.ExpiredUnseen})
func (h *Host) KerberosEnvFor(t testing.TB, q krb5.Request) []string {
	t.Helper()
	realm := h.Server.Kerberos()
	if realm == nil {
		t.Fatal("the node has no Kerberos: want fakeserver.WithAuth with Kerberos in it")
	}
	tickets, err := realm.Tickets(q)
	if err != nil {
		t.Fatal(err)
	}
	own, err := tickets.WriteClient(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	for _, kv := range h.Env() {
		if !strings.HasPrefix(kv, "KRB5CCNAME=") && !strings.HasPrefix(kv, "KRB5_CONFIG=") {
			env = append(env, kv)
		}
	}
	return append(env, own...)
}
