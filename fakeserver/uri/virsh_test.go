//go:build unix

package uri_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/uri"
)

// TestPlanIsWhatVirshDoes runs the real virsh against traps with every URI of the
// corpus, as root and not, and compares what arrives with the plan.
func TestPlanIsWhatVirshDoes(t *testing.T) {
	t.Parallel()
	for _, a := range askers(t) {
		for _, c := range corpus(t, "uris.txt") {
			if a.readOnly && !strings.Contains(c, "session") && !strings.Contains(c, "proxy=") {
				continue
			}
			t.Run(a.String()+"/"+c, func(t *testing.T) {
				text := a.tr.fill(c)
				plan, err := a.environment().Open(text)
				saw, said := a.ask(t, text)
				compare(t, plan, err, saw, said)
			})
		}
	}
}

func compare(t *testing.T, plan *uri.Plan, err error, saw catch, said string) {
	t.Helper()
	if err != nil {
		var e *uri.Error
		if !errors.As(err, &e) {
			t.Fatalf("no uri.Error: %v", err)
		}
		if !strings.Contains(said, "error: "+e.Message+"\n") {
			t.Errorf("virsh said:\n%swant: %s", said, e.Message)
		}
		if saw.Opened {
			t.Errorf("refused by the plan, but it reached %s", saw.Via)
		}
		if e.Why == "" || e.Help == "" {
			t.Errorf("the error neither says why nor helps: %+v", e)
		}
		return
	}
	if saw.Via == "program" {
		if diff := cmp.Diff(plan.Command[1:], saw.Args, cmp.Transformer("args", func(s []string) string { return strings.Join(s, "\x00") })); diff != "" {
			t.Errorf("arguments (-plan +virsh):\n%s", diff)
		}
		for _, v := range saw.Env {
			name, value, _ := strings.Cut(v, "=")
			if name != trapVar && name != "PWD" && !slices.Contains(uri.CommandEnvironment(), name) && v != "LC_ALL=C" {
				t.Errorf("the program got %s=%s", name, value)
			}
		}
	}
	if saw.Opened {
		if plan.Name != saw.Name || plan.Flags != saw.Flags {
			t.Errorf("virsh opened %q with flags %d, the plan says %q with %d", saw.Name, saw.Flags, plan.Name, plan.Flags)
		}
		want := map[uri.Transport]string{uri.TCP: "tcp", uri.Unix: "unix", uri.SSH: "program", uri.Ext: "program"}[plan.Transport]
		if saw.Via != want {
			t.Errorf("virsh came by %s, the plan is for %s", saw.Via, plan.Transport)
		}
		return
	}
	// It went elsewhere, where nobody was: the error tells where.
	var places []string
	switch plan.Transport {
	case uri.Unix:
		places = []string{"Failed to connect socket to '" + plan.Socket + "'"}
	case uri.TCP, uri.LibSSH, uri.LibSSH2:
		places = []string{"unable to connect to server at '" + plan.Host + ":" + plan.Port + "'", "Unable to resolve address '" + plan.Host + "' service '" + plan.Port + "'"}
	case uri.TLS:
		places = []string{"'" + plan.TLS.CA[len(plan.TLS.CA)-1] + "'", "'" + plan.TLS.CA[0] + "'"}
	case uri.SSH, uri.Ext:
		places = []string{"Cannot find '" + plan.Command[0] + "' in path", "cannot execute binary " + plan.Command[0], "client socket is closed"}
		if said == "" {
			// virsh wrote to the program that could not be run, and SIGPIPE took it.
			return
		}
	case uri.InProcess:
		return
	}
	if !slices.ContainsFunc(places, func(p string) bool { return strings.Contains(said, p) }) {
		t.Errorf("virsh said:\n%swant: %s", said, strings.Join(places, " or "))
	}
}

// TestPlanOfDefaults asks without a URI, with the variables that stand in for one.
func TestPlanOfDefaults(t *testing.T) {
	t.Parallel()
	for _, a := range askers(t) {
		for name, vars := range map[string]map[string]string{
			"none":    {},
			"libvirt": {"LIBVIRT_DEFAULT_URI": a.tr.fill("qemu+tcp://{T}/a")},
			"virsh":   {"LIBVIRT_DEFAULT_URI": "x:///y", "VIRSH_DEFAULT_CONNECT_URI": a.tr.fill("qemu+tcp://{T}/b")},
			"empty":   {"LIBVIRT_DEFAULT_URI": "", "XDG_RUNTIME_DIR": a.tr.dir + "/run"},
			"no XDG":  {"LIBVIRT_DEFAULT_URI": "qemu:///session"},
			"cache":   {"LIBVIRT_DEFAULT_URI": "qemu:///session", "XDG_CACHE_HOME": a.tr.dir + "/run"},
		} {
			t.Run(a.String()+"/"+name, func(t *testing.T) {
				a := a
				a.vars = vars
				a.vars["LIBVIRT_AUTOSTART"] = "0"
				plan, err := a.environment().Open("")
				saw, said := a.ask(t, "")
				compare(t, plan, err, saw, said)
			})
		}
	}
}

// TestPlanFollowsSockets puts sockets of daemons where a session's are looked for.
func TestPlanFollowsSockets(t *testing.T) {
	t.Parallel()
	for _, a := range askers(t) {
		for _, present := range []string{"libvirt-sock", "virtqemud-sock", "libvirt-sock virtqemud-sock"} {
			for _, text := range []string{"qemu:///session", "qemu:///session?mode=legacy", "qemu:///session?mode=direct", "qemu:///session?mode=auto", "xen:///session", "remote:///session"} {
				t.Run(a.String()+"/"+present+"/"+text, func(t *testing.T) {
					for _, name := range strings.Fields(present) {
						file := a.tr.dir + "/run/libvirt/" + name
						if err := os.WriteFile(file, nil, 0o666); err != nil {
							t.Fatal(err)
						}
						defer os.Remove(file)
					}
					plan, err := a.environment().Open(text)
					saw, said := a.ask(t, text)
					compare(t, plan, err, saw, said)
				})
			}
		}
	}
}

// TestPlanFollowsPKI puts a CA where a user's is looked for first.
func TestPlanFollowsPKI(t *testing.T) {
	t.Parallel()
	for _, a := range askers(t) {
		dir := a.tr.dir + "/home/.pki/libvirt"
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/cacert.pem", []byte("no certificate"), 0o666); err != nil {
			t.Fatal(err)
		}
		env := a.environment()
		plan, err := env.Open("qemu+tls://127.0.0.1:1/system")
		if err != nil {
			t.Fatal(err)
		}
		want := plan.TLS.CA[slices.IndexFunc(append(plan.TLS.CA, dir), func(p string) bool {
			return env.Exists(p) || p == plan.TLS.CA[len(plan.TLS.CA)-1]
		})]
		if _, said := a.ask(t, "qemu+tls://127.0.0.1:1/system"); !strings.Contains(said, want) {
			t.Errorf("%v: virsh said:\n%swant a word of %s", a, said, want)
		}
	}
}

// TestCommandEnvironment sets every variable that ssh is to get, and some more.
func TestCommandEnvironment(t *testing.T) {
	t.Parallel()
	a := askers(t)[0]
	want := map[string]string{}
	a.vars = map[string]string{"LIBVIRT_AUTOSTART": "0", "LANG": "C.UTF-8", "SSH_ASKPASS_REQUIRE": "never", "OTHER": "x"}
	for _, name := range uri.CommandEnvironment() {
		if name != "PATH" && name != "HOME" && !strings.HasPrefix(name, "LD_") {
			a.vars[name] = a.tr.dir
			want[name] = a.tr.dir
		}
	}
	saw, said := a.ask(t, a.tr.fill("qemu+ssh://h/system?command={C}"))
	if !saw.Opened {
		t.Fatalf("virsh did not come: %s", said)
	}
	for name, value := range want {
		if !slices.Contains(saw.Env, name+"="+value) {
			t.Errorf("the program did not get %s", name)
		}
	}
	for _, name := range []string{"LANG", "SSH_ASKPASS_REQUIRE", "OTHER"} {
		if slices.ContainsFunc(saw.Env, func(v string) bool { return strings.HasPrefix(v, name+"=") }) {
			t.Errorf("the program got %s", name)
		}
	}
}
