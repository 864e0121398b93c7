package harness_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// openAuth logs in by callback at each URI, and prints what a large reply has.
const openAuth = `
import hashlib, sys
import libvirt

def ask(credentials, password):
    for c in credentials:
        c[4] = {libvirt.VIR_CRED_AUTHNAME: "fred", libvirt.VIR_CRED_PASSPHRASE: password}[c[0]]
    return 0

libvirt.registerErrorHandler(lambda *_: None, None)
kinds = [libvirt.VIR_CRED_AUTHNAME, libvirt.VIR_CRED_PASSPHRASE]
for uri in sys.argv[2:]:
    try:
        conn = libvirt.openAuth(uri, [kinds, ask, sys.argv[1]], 0)
    except libvirt.libvirtError as e:
        print("refused", e.get_error_code(), str(e).replace("\\n", " "))
        continue
    names = conn.listDefinedDomains()
    print(len(names), sum(map(len, names)), hashlib.sha256("".join(names).encode()).hexdigest(), conn.close())
`

// pythonAuth returns how to run openAuth.
func pythonAuth(t *testing.T) (python, script string) {
	t.Helper()
	needSASL(t)
	python = "/usr/bin/python3" // where Debian's bindings are
	if err := exec.Command(python, "-c", "import libvirt").Run(); err != nil {
		testclients.Unavailable(t, "python3-libvirt is not installed: apt-get install python3-libvirt")
	}
	script = filepath.Join(t.TempDir(), "open_auth.py")
	if err := os.WriteFile(script, []byte(openAuth), 0o600); err != nil {
		t.Fatal(err)
	}
	return python, script
}

// hookNames has the node answer with these names of defined domains.
func hookNames(host *harness.Host, names []string) {
	harness.Hook(host, rpc.ConnectNumOfDefinedDomains, func(context.Context, *rpc.None, func(context.Context, *rpc.None) (*libvirt.ConnectNumOfDefinedDomainsRet, error)) (*libvirt.ConnectNumOfDefinedDomainsRet, error) {
		return &libvirt.ConnectNumOfDefinedDomainsRet{Num: int32(len(names))}, nil
	})
	harness.Hook(host, rpc.ConnectListDefinedDomains, func(context.Context, *libvirt.ConnectListDefinedDomainsArgs, func(context.Context, *libvirt.ConnectListDefinedDomainsArgs) (*libvirt.ConnectListDefinedDomainsRet, error)) (*libvirt.ConnectListDefinedDomainsRet, error) {
		return &libvirt.ConnectListDefinedDomainsRet{Names: names}, nil
	})
}

// largeReply has the node answer with a list of 16 MiB, and returns it.
func largeReply(t *testing.T, host *harness.Host) (names []string) {
	t.Helper()
	const count = 4096
	size := 0
	for i := range count {
		names = append(names, fmt.Sprintf("%05d-%s", i, strings.Repeat("x", 4090)))
		size += len(names[i])
	}
	if size < 16<<20 {
		t.Fatalf("%d bytes are not 16 MiB", size)
	}
	hookNames(host, names)
	return names
}

// pythonLine is what openAuth prints of names.
func pythonLine(names []string) string {
	all := strings.Join(names, "")
	sum := sha256.Sum256([]byte(all))
	return fmt.Sprintf("%d %d %s 0", len(names), len(all), hex.EncodeToString(sum[:]))
}

// Python logs in by its callback, and DIGEST-MD5's security layer carries a reply of
// 16 MiB and what comes after it.
func TestPythonBySASLWithALargeReply(t *testing.T) {
	t.Parallel()
	python, script := pythonAuth(t)
	host := harness.Start(t, fakeserver.WithAuth(saslEverywhere()), harness.WithTransports(harness.TCP, harness.TLS, harness.Unix))
	want := pythonLine(largeReply(t, host)) + "\n"
	for _, transport := range []call.Transport{harness.TCP, harness.TLS, harness.Unix} {
		uri := host.URI(transport, "test:///default")
		if out := client(t, host.Env(), python, script, saslPassword, uri); out != want {
			t.Errorf("%s: python prints %q, want %q", transport, out, want)
		}
		if out := client(t, host.Env(), python, script, "wrong", uri); !strings.Contains(out, "refused 45 authentication failed: authentication failed") {
			t.Errorf("%s, wrong password: python prints %q", transport, out)
		}
	}
}

// The layer carries 16 MiB in both directions with either cipher. Real clients take
// rc4 where they may choose; the third that is offered, 3des, no daemon and no client
// of Debian's can start.
func TestSASLLayerCarriesLargeMessages(t *testing.T) {
	t.Parallel()
	for _, cipher := range []string{"rc4", "rc4-56"} {
		t.Run(cipher, func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, harness.WithTransports(harness.TCP), harness.WithHostname("node"), fakeserver.WithAuth(saslEverywhere()))
			want := largeReply(t, host)
			c := dialRaw(t, host, harness.TCP)
			layer := c.loginDigest(cipher)
			if got := askOpen(c); got != "ok" {
				t.Fatal(got)
			}
			// What follows the arguments is read, and not looked at.
			if got := c.askRaw(rpc.AuthList.Info, make([]byte, 16<<20)); got != "[0]" {
				t.Errorf("a call of 16 MiB is answered with %s", got)
			}
			layer.packets = nil
			if _, err := layer.Write(c.frame(rpc.ConnectListDefinedDomains.Info, encoded(rpc.ConnectListDefinedDomains.Info, &libvirt.ConnectListDefinedDomainsArgs{Maxnames: int32(len(want))}))); err != nil {
				t.Fatal(err)
			}
			_, payload, err := c.reader.Next()
			if err != nil {
				t.Fatal(err)
			}
			var d rpc.Decoder
			d.Reset(payload)
			ret, ok := rpc.ConnectListDefinedDomains.Info.DecodeRet(&d).(*libvirt.ConnectListDefinedDomainsRet)
			if !ok || d.Err() != nil || !slices.Equal(ret.Names, want) {
				t.Errorf("a reply of %d bytes is not what was sent: %v", len(payload), d.Err())
			}
			if len(layer.packets) < 16<<20/65536 {
				t.Errorf("it came in %d packets", len(layer.packets))
			}
		})
	}
}

// A large reply comes in packets of the lengths that a libvirtd's come in, whatever the
// client has room for.
func TestSASLLayerPacketsAsOfTheRealDaemon(t *testing.T) {
	t.Parallel()
	daemon, realm := startRealSASL(t, saslRowMechanisms)
	host := harness.Start(t, harness.WithTransports(harness.TCP), harness.WithHostname("node"), fakeserver.WithAuth(saslEverywhere()))
	for _, room := range []string{"", ",maxbuf=65536", ",maxbuf=1000", ",maxbuf=70000", ",maxbuf=40"} {
		t.Run(strings.TrimPrefix(room, ","), func(t *testing.T) {
			theirs := dialRawAt(t, "tcp", daemon.TCP)
			theirs.realm = realm
			want := theirs.packetsOfLargeDomain(room)
			if got := dialRaw(t, host, harness.TCP).packetsOfLargeDomain(room); !slices.Equal(got, want) || len(got) == 0 {
				t.Errorf("packets of %.100v, libvirtd's are of %.100v", got, want)
			}
		})
	}
}

// packetsOfLargeDomain logs in as a client with room for such packets, defines a domain
// of 200 kB, has a look at it, and undefines it.
func (c *rawClient) packetsOfLargeDomain(room string) []int {
	c.t.Helper()
	layer := c.loginDigest("rc4" + room)
	dom := libvirt.Domain{Name: "large", UUID: libvirt.UUID{1}, ID: -1}
	xml := "<domain type='test'><name>large</name><uuid>01000000-0000-0000-0000-000000000000</uuid><description>" +
		strings.Repeat("x", 200_000) + "</description><memory>1024</memory><os><type>hvm</type></os></domain>"
	var packets []int
	for _, ask := range []saslAsk{
		askOpen,
		func(c *rawClient) string {
			return c.ask(rpc.DomainDefineXML.Info, &libvirt.DomainDefineXMLArgs{XML: xml})
		},
		func(c *rawClient) string {
			layer.packets = nil
			got := c.ask(rpc.DomainGetXMLDesc.Info, &libvirt.DomainGetXMLDescArgs{Dom: dom})
			packets = layer.packets
			return got
		},
		func(c *rawClient) string {
			return c.ask(rpc.DomainUndefine.Info, &libvirt.DomainUndefineArgs{Dom: dom})
		},
	} {
		if got := ask(c); got != "ok" {
			c.t.Fatal(got)
		}
	}
	return packets
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
