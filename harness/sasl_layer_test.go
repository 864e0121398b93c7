package harness_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// openAuth logs in by callback, and prints what a large reply has.
const openAuth = `
import hashlib, sys
import libvirt

def ask(credentials, password):
    for c in credentials:
        c[4] = {libvirt.VIR_CRED_AUTHNAME: "fred", libvirt.VIR_CRED_PASSPHRASE: password}[c[0]]
    return 0

kinds = [libvirt.VIR_CRED_AUTHNAME, libvirt.VIR_CRED_PASSPHRASE]
try:
    conn = libvirt.openAuth(sys.argv[1], [kinds, ask, sys.argv[2]], 0)
except libvirt.libvirtError as e:
    print("refused", e.get_error_code(), e)
    sys.exit()
names = conn.listDefinedDomains()
print(len(names), sum(map(len, names)), hashlib.sha256("".join(names).encode()).hexdigest())
print(conn.close())
`

// Python logs in by its callback, and DIGEST-MD5's security layer carries a reply of
// 16 MiB and what comes after it.
func TestPythonBySASLWithALargeReply(t *testing.T) {
	t.Parallel()
	needSASL(t)
	const python = "/usr/bin/python3" // where Debian's bindings are
	if err := exec.Command(python, "-c", "import libvirt").Run(); err != nil {
		testclients.Unavailable(t, "python3-libvirt is not installed: apt-get install python3-libvirt")
	}
	script := filepath.Join(t.TempDir(), "open_auth.py")
	if err := os.WriteFile(script, []byte(openAuth), 0o600); err != nil {
		t.Fatal(err)
	}
	const count = 4096
	var names []string
	for i := range count {
		names = append(names, fmt.Sprintf("%05d-%s", i, strings.Repeat("x", 4090)))
	}
	all := strings.Join(names, "")
	sum := sha256.Sum256([]byte(all))
	if len(all) < 16<<20 {
		t.Fatalf("%d bytes are not 16 MiB", len(all))
	}
	auth := saslEverywhere()
	host := harness.Start(t, fakeserver.WithAuth(auth), harness.WithTransports(harness.TCP, harness.TLS, harness.Unix))
	harness.Hook(host, rpc.ConnectNumOfDefinedDomains, func(context.Context, *rpc.None, func(context.Context, *rpc.None) (*libvirt.ConnectNumOfDefinedDomainsRet, error)) (*libvirt.ConnectNumOfDefinedDomainsRet, error) {
		return &libvirt.ConnectNumOfDefinedDomainsRet{Num: count}, nil
	})
	harness.Hook(host, rpc.ConnectListDefinedDomains, func(context.Context, *libvirt.ConnectListDefinedDomainsArgs, func(context.Context, *libvirt.ConnectListDefinedDomainsArgs) (*libvirt.ConnectListDefinedDomainsRet, error)) (*libvirt.ConnectListDefinedDomainsRet, error) {
		return &libvirt.ConnectListDefinedDomainsRet{Names: names}, nil
	})
	for _, transport := range []call.Transport{harness.TCP, harness.TLS, harness.Unix} {
		uri := host.URI(transport, "test:///default")
		want := fmt.Sprintf("%d %d %s\n0\n", count, len(all), hex.EncodeToString(sum[:]))
		if out := client(t, host.Env(), python, script, uri, saslPassword); out != want {
			t.Errorf("%s: python prints %q, want %q", transport, out, want)
		}
		if out := client(t, host.Env(), python, script, uri, "wrong"); !strings.Contains(out, "refused 45 authentication failed: authentication failed") {
			t.Errorf("%s, wrong password: python prints %q", transport, out)
		}
	}
}

// Faults on bytes work above and beneath the security layer: what is above is whole
// frames in clear.
func TestFaultsUnderSASL(t *testing.T) {
	t.Parallel()
	virsh := needSASL(t)
	for _, c := range []struct {
		name string
		rule fault.Rule
		want string
	}{
		{"damaged beneath", fault.On(rpc.ConnectGetHostname).Beneath().Corrupt(fault.ToClient, 10, 1), "error: failed to decode SASL data: -1 (generic failure)"},
		{"cut", fault.On(rpc.ConnectGetHostname).Cut(fault.ToClient, 8), "error: "},
		{"reset", fault.On(rpc.ConnectGetHostname).Beneath().Reset(fault.ToClient, 8), "error: "},
		{"failing", fault.On(rpc.ConnectGetHostname).Fail(libvirt.ErrOperationFailed, "not today"), "error: not today"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, harness.WithTransports(harness.TCP), fakeserver.WithAuth(saslEverywhere()))
			h := host.Inject(c.rule)
			out := client(t, withCredentials(t, host.Env(), "fred", saslPassword), virsh, "-c", host.URI(harness.TCP, "test:///default"), "hostname")
			if !strings.Contains(out, c.want) || h.Hits() == 0 {
				t.Errorf("virsh prints %q, want %q; the fault hit %d times", out, c.want, h.Hits())
			}
		})
	}
}

// A call of 2 MiB goes up through the layer in many packets, and its like comes back.
func TestVirshDefinesALargeDomainUnderSASL(t *testing.T) {
	t.Parallel()
	virsh := needSASL(t)
	host := harness.Start(t, harness.WithTransports(harness.TCP), fakeserver.WithAuth(saslEverywhere("digest-md5")))
	text := strings.Repeat("0123456789abcdef", 2<<20/16)
	file := filepath.Join(t.TempDir(), "large.xml")
	xml := "<domain type='test'><name>large</name><description>" + text + "</description><memory>1024</memory><os><type>hvm</type></os></domain>"
	if err := os.WriteFile(file, []byte(xml), 0o600); err != nil {
		t.Fatal(err)
	}
	out := client(t, withCredentials(t, host.Env(), "fred", saslPassword), virsh, "-c", host.URI(harness.TCP, "test:///default"), "define "+file+"; dumpxml large")
	if !strings.Contains(out, "<description>"+text+"</description>") {
		t.Errorf("virsh prints %d bytes: %.300q", len(out), out)
	}
}
