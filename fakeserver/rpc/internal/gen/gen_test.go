package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGeneratedFilesAreCurrent generates anew, and compares.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	files, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join("..", "..")
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(got, want) {
			t.Errorf("%s is not current: run go generate ./fakeserver/rpc", name)
		}
	}
	on, err := filepath.Glob(filepath.Join(dir, "*_gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range on {
		if files[filepath.Base(path)] == nil {
			t.Errorf("%s is generated no more: remove it", filepath.Base(path))
		}
	}
}

// load reads go-libvirt's source.
func load(t *testing.T) *source {
	t.Helper()
	dir, err := moduleDir("github.com/digitalocean/go-libvirt")
	if err != nil {
		t.Fatal(err)
	}
	src, err := parseSource(dir)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// generateFrom is generate with other tables.
func generateFrom(src *source, procedures, limits string) error {
	tab, err := parseTables(procedures, limits)
	if err != nil {
		return err
	}
	_, err = join(src, tab)
	return err
}

// TestSource: go-libvirt never had less than this.
func TestSource(t *testing.T) {
	src := load(t)
	counts := map[string]int{}
	for _, n := range src.numbers {
		counts[n.program()]++
	}
	if counts["remote"] < 453 || counts["qemu"] < 7 || len(src.structs) < 640 || len(src.limits) < 67 || len(src.streams) < 7 {
		t.Errorf("%v numbers, %d structs, %d limits, %d streams", counts, len(src.structs), len(src.limits), len(src.streams))
	}
}

// TestMismatch takes one thing away or changes it: generation must stop, and
// say what is wrong.
func TestMismatch(t *testing.T) {
	src := load(t)
	if err := generateFrom(src, proceduresTable, limitsTable); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name       string
		procedures [2]string // what is replaced by what
		limits     [2]string
		want       string
	}{
		{"procedure without a line", [2]string{"\n9    DOMAIN_CREATE ", "\n# "}, [2]string{}, "REMOTE_PROC_DOMAIN_CREATE = 9 is missing"},
		{"procedure that go-libvirt lacks", [2]string{"\n9    DOMAIN_CREATE ", "\n999 DOMAIN_FLY virDomainFly domain 9.0.0 rw\n9 DOMAIN_CREATE "}, [2]string{}, "REMOTE_PROC_DOMAIN_FLY is not in go-libvirt"},
		{"procedure twice", [2]string{"\n9    DOMAIN_CREATE ", "\n9 DOMAIN_CREATE virDomainCreate domain 9.0.0 rw\n9 DOMAIN_CREATE "}, [2]string{}, "is there twice"},
		{"other number", [2]string{"\n9    DOMAIN_CREATE ", "\n90   DOMAIN_CREATE "}, [2]string{}, "DOMAIN_CREATE is 90, and 9 in go-libvirt"},
		{"call that is listed as an event", [2]string{"virDomainCreate                            domain     0.3.0   rw", "- none 0.3.0 event"}, [2]string{}, "has access event"},
		{"stream forgotten", [2]string{"stream=from-client", ""}, [2]string{}, "has a stream in go-libvirt"},
		{"condition on no argument", [2]string{"unless Source = 1", "unless Sauce = 1"}, [2]string{}, "no argument Sauce"},
		{"condition on what is refused anyway", [2]string{"0.3.0   ro    domain:read domain:read_secure", "0.3.0   rw    domain:read domain:read_secure"}, [2]string{}, "not ro"},
		{"unknown error domain", [2]string{" network ", " netwrk "}, [2]string{}, `unknown error domain "netwrk"`},
		{"unknown access", [2]string{"0.3.0   rw ", "0.3.0   wo "}, [2]string{}, `access is "wo"`},
		{"unknown stream", [2]string{"stream=both", "stream=up"}, [2]string{}, `unknown direction "up"`},
		{"no permission", [2]string{"domain:start", "domain.start"}, [2]string{}, `"domain.start" is no permission`},
		{"bad version", [2]string{" 0.3.0 ", " 0.3 "}, [2]string{}, `version "0.3"`},
		{"too few columns", [2]string{"virConnectClose                            none       0.3.0   ro", "virConnectClose none"}, [2]string{}, "too few columns"},
		{"list without a limit", [2]string{}, [2]string{"  AuthListRet.Types\n", ""}, "no limit for AuthListRet.Types"},
		{"limit of no list", [2]string{}, [2]string{"  AuthListRet.Types\n", "  AuthListRet.Types\n  AuthListRet.Kinds\n"}, "AuthListRet.Kinds is no list"},
		{"limit twice", [2]string{}, [2]string{"  AuthListRet.Types\n", "  AuthListRet.Types\n  AuthListRet.Types\n"}, "AuthListRet.Types has two limits"},
		{"other limit", [2]string{}, [2]string{"MaxAuthTypeList 20", "MaxAuthTypeList 21"}, "MaxAuthTypeList is 21, and 20 in go-libvirt"},
		{"limit that is no number", [2]string{}, [2]string{"MaxAuthTypeList 20", "MaxAuthTypeList many"}, "many"},
		{"neither limit nor field", [2]string{}, [2]string{"limit MaxAuthTypeList 20", "MaxAuthTypeList = 20"}, "neither a limit nor a field"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			procedures := strings.Replace(proceduresTable, tt.procedures[0], tt.procedures[1], 1)
			limits := strings.Replace(limitsTable, tt.limits[0], tt.limits[1], 1)
			if procedures == proceduresTable && limits == limitsTable {
				t.Fatal("nothing was replaced")
			}
			err := generateFrom(src, procedures, limits)
			if err == nil {
				t.Fatal("generation succeeds")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestNewType: a type that the generator does not know must stop it, and must
// not travel as something that it is not.
func TestNewType(t *testing.T) {
	base := load(t)
	for _, typ := range []string{"map[string]string", "*int32", "float32", "Unknown", "[][]string", "[4]string", "chan int"} {
		src := *base
		src.types, src.structs = maps.Clone(base.types), maps.Clone(base.structs)
		dir := t.TempDir()
		file := "package libvirt\n\n// AuthPolkitRet is libvirt's remote_auth_polkit_ret\ntype AuthPolkitRet struct {\n\tComplete " + typ + "\n}\n"
		if err := os.WriteFile(filepath.Join(dir, "x.go"), []byte(file), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := parseDir(dir, src.declaration); err != nil {
			t.Fatal(err)
		}
		if err := generateFrom(&src, proceduresTable, limitsTable); err == nil || !strings.Contains(err.Error(), "AuthPolkitRet.Complete") {
			t.Errorf("%s: %v", typ, err)
		}
	}
}
