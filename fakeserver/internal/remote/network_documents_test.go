package remote

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// TestNetworkDocuments defines each network of testdata/networks.txt, one on
// each line, and compares what becomes of it with what the real daemon made of
// it.
func TestNetworkDocuments(t *testing.T) {
	for uri, c := range answersTo {
		t.Run(c.driver.Name, func(t *testing.T) {
			s, table := openSession(t, c.driver, uri), Supported()
			got := networkDocuments(t, func(q question) (any, error) { return table.Serve(s, q.info, q.args) })
			compareRecorded(t, "networks-"+c.driver.Name+".txt", got)
		})
	}
}

func networkDocuments(t *testing.T, serve func(question) (any, error)) string {
	t.Helper()
	documents, err := os.ReadFile(filepath.Join("testdata", "networks.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(recordedBy + "\n")
	for line := range strings.Lines(string(documents)) {
		document := strings.ReplaceAll(strings.TrimSuffix(line, "\n"), `\n`, "\n")
		b.WriteString("\n" + line)
		answer := defineAndRead(t, serve, document)
		b.WriteString("  " + strings.ReplaceAll(chosen(document, answer), "\n", "\n  ") + "\n")
	}
	return b.String()
}

// defineAndRead returns the document of a network that it defines and undefines
// again, or the error.
func defineAndRead(t *testing.T, serve func(question) (any, error), document string) string {
	t.Helper()
	ret, err := serve(ask(rpc.NetworkDefineXML, libvirt.NetworkDefineXMLArgs{XML: document}))
	if err != nil {
		return errorText(err)
	}
	net := ret.(*libvirt.NetworkDefineXMLRet).Net
	ret, err = serve(ask(rpc.NetworkGetXMLDesc, libvirt.NetworkGetXMLDescArgs{Net: net}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := serve(ask(rpc.NetworkUndefine, libvirt.NetworkUndefineArgs{Net: net})); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(ret.(*libvirt.NetworkGetXMLDescRet).XML, "\n")
}

var (
	uuidElement = regexp.MustCompile(`<uuid>[0-9a-f-]{36}</uuid>`)
	macElement  = regexp.MustCompile(`<mac address='52:54:00(:[0-9a-f]{2}){3}'/>`)
)

// chosen masks what the daemon chooses by chance.
func chosen(document, answer string) string {
	if !strings.Contains(document, "<uuid>") {
		answer = uuidElement.ReplaceAllString(answer, "<uuid>CHOSEN</uuid>")
	}
	if !strings.Contains(document, "<mac address=") {
		answer = macElement.ReplaceAllString(answer, "<mac address='CHOSEN'/>")
	}
	return answer
}
