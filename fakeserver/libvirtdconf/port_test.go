package libvirtdconf

import (
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

func TestPorts(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"tcp_port = \"99999\"\nlisten_tcp = 1", `x.conf:1: tcp_port is "99999": want a port, 0 to 65535, or a name of /etc/services`},
		{"listen_tcp = 1\ntcp_port = \"-1\"", `x.conf:2: tcp_port is "-1": want a port, 0 to 65535, or a name of /etc/services`},
		{"\nlisten_tls = 1\ntls_port = \"no-such-service\"", `x.conf:3: tls_port is "no-such-service": want a port, 0 to 65535, or a name of /etc/services`},
		{"tls_port = \"no-such-service\"", ""},
		{"listen_tls = 0\ntls_port = \"no-such-service\"", ""}, // nor does libvirtd look
		{"listen_addr = \"\"\nlisten_tls = 1", "x.conf:1: Unable to resolve address '': Name or service not known: want an address, or no listen_addr for all"},
		{"listen_addr = \"\"\nlisten_tls = 0", ""},
		{"tls_port = \"65535\"\ntcp_port = \"0\"", ""},
	} {
		got := ""
		if _, err := Parse("x.conf", []byte(c.file)); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%q: %s\nwant %s", c.file, got, c.want)
		}
	}
}

// What is empty is there all the same.
func TestEmptyPlaces(t *testing.T) {
	conf, err := Parse("x.conf", []byte("listen_tcp = 1\ntcp_port = \"\"\nlisten_addr = \"127.0.0.1\"\nunix_sock_dir = \"\""))
	if err != nil {
		t.Fatal(err)
	}
	got := conf.Listen(nil)
	if got[call.TCP] != "127.0.0.1:0" {
		t.Errorf("tcp listens on %q: want a free port, as libvirtd has", got[call.TCP])
	}
	if got[call.Unix] != "/libvirt-sock" {
		t.Errorf("the unix socket is %q: want /libvirt-sock, as at libvirtd", got[call.Unix])
	}
}
