package arrows

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/fakelibvirt/fakelibvirtd/"

// rooms lists the packages of the module, each with those of the module that it
// may import; "…" stands for all below. A package that is not listed may not
// exist. Order: from what knows least to what knows most.
var rooms = []struct {
	path string
	may  []string
}{
	{"certs", nil},
	{"certs/internal/docgen", []string{"certs"}},
	{"fakeserver/rpc", nil},
	{"fakeserver/rpc/internal/gen", nil},
	{"fakeserver/internal/naming", []string{"fakeserver/rpc"}},
	{"fakeserver/call", []string{"fakeserver/rpc", "fakeserver/internal/naming"}},
	{"fakeserver/fault", []string{"fakeserver/rpc", "fakeserver/call", "fakeserver/internal/naming"}},
	{"fakeserver/fault/internal/docgen", []string{"fakeserver/fault"}},
	{"fakeserver/clock", nil},
	{"fakeserver/uri", nil},
	{"fakeserver/internal/netfault", []string{"fakeserver/clock", "fakeserver/fault"}},
	{"fakeserver/internal/hypervisor", nil},
	{"fakeserver/internal/driver", []string{"fakeserver/internal/hypervisor", "fakeserver/uri"}},
	{"fakeserver/krb5", nil},
	{"fakeserver/internal/auth", []string{"fakeserver/krb5"}},
	{"fakeserver/internal/remote", []string{"fakeserver/rpc", "fakeserver/call", "fakeserver/internal/naming", "fakeserver/internal/auth", "fakeserver/internal/driver", "fakeserver/internal/hypervisor"}},
	{"fakeserver/internal/transport", []string{"fakeserver/call", "fakeserver/rpc", "certs"}},
	{"fakeserver/internal/sshd/shell", nil},
	{"fakeserver/internal/sshd", []string{"fakeserver/internal/sshd/shell", "fakeserver/call", "fakeserver/clock", "certs"}},
	{"fakeserver/internal/docgen", []string{"fakeserver/internal/remote", "fakeserver/internal/driver"}},
	{"fakeserver", []string{"certs", "fakeserver/…"}},
	{"fakeserver/libvirtdconf", []string{"certs", "fakeserver", "fakeserver/call", "fakeserver/uri"}},
	{"fakeserver/libvirtdconf/internal/docgen", []string{"fakeserver/libvirtdconf"}},
	{"scenarios", []string{"certs", "fakeserver", "fakeserver/call", "fakeserver/clock", "fakeserver/fault", "fakeserver/rpc"}},
	{"scenarios/internal/schemagen", []string{"certs"}},
	{"harness/conformance", []string{"certs", "fakeserver", "fakeserver/call", "fakeserver/clock", "fakeserver/fault", "fakeserver/krb5", "fakeserver/rpc", "fakeserver/uri"}},
	{"harness/conformance/internal/docgen", []string{"harness/conformance"}},
	{"harness", []string{"certs", "fakeserver", "fakeserver/call", "fakeserver/clock", "fakeserver/fault", "fakeserver/krb5", "fakeserver/libvirtdconf", "fakeserver/rpc", "scenarios", "harness/conformance"}},
	{"cmd/fakelibvirtd", []string{"certs", "fakeserver", "fakeserver/call", "fakeserver/krb5", "fakeserver/libvirtdconf", "fakeserver/rpc", "fakeserver/uri", "scenarios", "harness/conformance"}},
	{"internal/arrows", nil},
	{"internal/canaries", nil},
	{"internal/testclients", nil},
	{"internal/testdaemon", []string{"internal/testclients"}},
}

// foreign lists modules that only some rooms may import, by a beginning of
// their path.
var foreign = map[string][]string{
	"github.com/digitalocean/go-libvirt": {
		"fakeserver/…", "fakeserver", "harness", "harness/conformance", "cmd/fakelibvirtd",
	},
	"github.com/beevik/etree":    {"fakeserver/internal/hypervisor", "fakeserver/internal/driver"},
	"github.com/gliderlabs/ssh":  {"fakeserver/internal/sshd"},
	"mvdan.cc/sh/":               {"fakeserver/internal/sshd/…", "fakeserver/internal/sshd"},
	"github.com/xdg-go/scram":    {"fakeserver/internal/auth"},
	"github.com/jcmturner/":      {"fakeserver/krb5", "fakeserver/internal/auth"},
	"golang.org/x/crypto/ssh":    {"certs", "fakeserver/internal/sshd", "fakeserver", "harness/conformance"},
	"github.com/alecthomas/kong": {"cmd/fakelibvirtd"},
	"testing":                    {"harness", "internal/testclients", "internal/testdaemon"},
	"reflect":                    {"fakeserver/rpc/internal/gen", "fakeserver/internal/naming", "fakeserver/call", "fakeserver/fault", "fakeserver/fault/internal/docgen", "scenarios", "scenarios/internal/schemagen"},
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func allowed(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if prefix, ok := strings.CutSuffix(p, "…"); ok {
			return strings.HasPrefix(path, prefix)
		}
		return path == p
	})
}

func TestArrows(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < len(rooms) {
		t.Errorf("go list found %d packages, %d are listed here", len(packages), len(rooms))
	}
	for _, p := range packages {
		path := strings.TrimPrefix(p.ImportPath, module)
		i := slices.IndexFunc(rooms, func(r struct {
			path string
			may  []string
		}) bool {
			return r.path == path
		})
		if i < 0 {
			t.Errorf("package %s has no place in the list of rooms", path)
			continue
		}
		for _, imp := range p.Imports {
			if own, ok := strings.CutPrefix(imp, module); ok && !allowed(own, rooms[i].may) {
				t.Errorf("%s may not import %s: it may import %v", path, own, rooms[i].may)
			}
			for prefix, may := range foreign {
				if (imp == strings.TrimSuffix(prefix, "/") || strings.HasPrefix(imp, strings.TrimSuffix(prefix, "/")+"/")) && !allowed(path, may) {
					t.Errorf("%s may not import %s: only %v may", path, imp, may)
				}
			}
		}
	}
}

// TestHarnessIsLight keeps what a user's test must compile small.
func TestHarnessIsLight(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", module+"harness")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	heavy := []string{"net/http", "html/template", "github.com/docker", "github.com/testcontainers", "github.com/danielgtaylor/huma", "github.com/alecthomas/kong"}
	for _, dep := range strings.Fields(string(out)) {
		for _, h := range heavy {
			if dep == h || strings.HasPrefix(dep, h+"/") {
				t.Errorf("harness imports %s by some way", dep)
			}
		}
	}
}
