package harness_test

import (
	"net/url"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
)

// judge compares what a client printed with the part of it that is expected, "" of
// a client that connects.
func judge(t *testing.T, who, got, want string, connected bool) {
	t.Helper()
	if connected != (want == "") || !strings.Contains(got, want) {
		t.Errorf("%s: connected is %v, and it says\n%s\nwant %q", who, connected, strings.TrimSpace(got), want)
	}
}

// virshTLS has virsh list the domains of a node, and returns its output.
func virshTLS(t *testing.T, env []string, uri string) (out string, connected bool) {
	t.Helper()
	out = client(t, env, "virsh", "-c", uri, "list", "--all", "--name")
	return out, !strings.Contains(out, "\nerror:") && !strings.HasPrefix(out, "error:") && !strings.Contains(out, "exit status") && !strings.Contains(out, "signal: ")
}

// goTLS has go-libvirt connect, and returns its error.
func goTLS(t *testing.T, uri string) (out string, connected bool) {
	t.Helper()
	l, err := libvirt.ConnectToURI(mustParse(t, uri))
	if err != nil {
		return err.Error(), false
	}
	if err := l.Disconnect(); err != nil {
		t.Error(err)
	}
	return "", true
}

func mustParse(t *testing.T, uri string) *url.URL {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
