package harness_test

import (
	"context"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
	"github.com/fakelibvirt/fakelibvirtd/internal/testdaemon"
)

// patience is how long a client may take before its test fails. It decides
// nothing where all is well.
const patience = 60 * time.Second

// client runs a client and returns all that it prints.
func client(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	text := string(out)
	if err != nil {
		text += "\n" + err.Error() + "\n"
	}
	return text
}

// virshScripts are commands for one virsh each. The real test driver begins anew
// for each, and so must the fake.
var virshScripts = []struct{ name, script string }{
	{"list", "list --all; list; list --inactive; list --all --uuid --name; list --state-running; list --autostart --all"},
	{"dominfo", "dominfo test; domstate --reason test; domid test; domuuid test; domname 1; dominfo nobody; domstate 77"},
	{"dumpxml", "dumpxml test; dumpxml --inactive test; dumpxml --security-info test"},
	{"pause", "suspend test; domstate --reason test; suspend test; list --all; resume test; domstate --reason test; resume test"},
	{"power", "start test; shutdown test; list --all; domstate --reason test; shutdown test; start test; list --all; domstate --reason test; destroy test; domstate --reason test; destroy test; start test; reboot test; reset test; domstate test"},
	{"undefine", "undefine test; list --all; dominfo test; destroy test; list --all; dominfo test"},
	{"define", "define testdata/guest.xml; list --all; dumpxml guest; dominfo guest; start guest; list --all; dumpxml guest; autostart guest; dominfo guest; undefine guest; list --all; destroy guest; list --all"},
	{"create", "create testdata/guest.xml; list --all; dominfo guest; destroy guest; list --all"},
	{"define nonsense", "define testdata/clients.py; define /nowhere.xml; create testdata/clients.py"},
	{"autostart", "autostart test; dominfo test; autostart --disable test; dominfo test; autostart nobody"},
	{"node", "nodeinfo; version; uri; hostname --help; capabilities; maxvcpus; freecell --all; nodecpumap; sysinfo"},
	{"objects", "net-list --all; net-info default; net-dumpxml default; pool-list --all --details; pool-info default-pool; pool-dumpxml default-pool; nodedev-list; nodedev-dumpxml computer; iface-list --all; iface-dumpxml eth1; vol-list default-pool; net-info nonet; pool-info nopool"},
	{"unsupported", "nwfilter-list; secret-list; domcapabilities; nodesuspend mem 60; qemu-monitor-command test info"},
	{"many connections", "list --all; connect; list --all"},
}

// transports are those of virsh.
func transports() []call.Transport {
	return []call.Transport{harness.TCP, harness.TLS, harness.Unix, harness.SSH, harness.LibSSH, harness.LibSSH2, harness.Ext}
}

// TestVirshAsWithTheRealDaemon runs virsh against the real daemon's
// test:///default and the fake's, over every transport, and compares what it
// prints.
func TestVirshAsWithTheRealDaemon(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	testclients.Need(t, "ssh", "openssh-client")
	daemon := testdaemon.Start(t)
	host := harness.Start(t)
	for _, c := range virshScripts {
		t.Run(c.name, func(t *testing.T) {
			realURI := daemon.URI("test:///default")
			want := client(t, host.Env(), virsh, "-c", realURI, c.script)
			for _, transport := range transports() {
				t.Run(string(transport), func(t *testing.T) {
					uri := host.URI(transport, "test:///default")
					got := client(t, host.Env(), virsh, "-c", uri, c.script)
					got = strings.ReplaceAll(got, uri, realURI)
					if diff := cmp.Diff(lines(want), lines(got)); diff != "" {
						t.Errorf("virsh -c '%s' '%s' prints otherwise (+) than with the real daemon (-):\n%s", uri, c.script, diff)
					}
				})
			}
		})
	}
}

// cpuTime is a domain's CPU time, which for the test driver is the time of day.
var cpuTime = regexp.MustCompile(`(CPU time: +)\d+\.\d+s`)

func lines(s string) []string {
	return strings.Split(cpuTime.ReplaceAllString(s, "${1}(masked)"), "\n")
}

// TestVirshEventAll has virsh wait for any event while a domain is defined again
// and again.
func TestVirshEventAll(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	daemon := testdaemon.Start(t)
	host := harness.Start(t)
	env := host.Env()
	// wait returns what virsh event prints when it has seen one.
	wait := func(t *testing.T, uri string) string {
		// This connection keeps the state while the others come and go.
		keep := exec.Command(virsh, "-c", uri)
		keep.Env = env
		stdin, err := keep.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := keep.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := keep.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { stdin.Close(); _ = keep.Wait() }()
		if _, err := stdin.Write([]byte("define testdata/guest.xml\n")); err != nil {
			t.Fatal(err)
		}
		for seen := ""; !strings.Contains(seen, "Domain 'guest' defined"); {
			b := make([]byte, 1000)
			n, err := stdout.Read(b)
			if err != nil {
				t.Fatalf("virsh ended (%v) after %q", err, seen)
			}
			seen += string(b[:n])
		}
		done := make(chan string)
		go func() { done <- client(t, env, virsh, "-c", uri, "event", "--all") }()
		for {
			select {
			case out := <-done:
				return out
			default:
				client(t, env, virsh, "-c", uri, "define", "testdata/guest.xml")
			}
		}
	}
	want := wait(t, daemon.URI("test:///default"))
	for _, transport := range transports() {
		t.Run(string(transport), func(t *testing.T) {
			if diff := cmp.Diff(want, wait(t, host.URI(transport, "test:///default"))); diff != "" {
				t.Errorf("virsh event prints otherwise (+) than with the real daemon (-):\n%s", diff)
			}
		})
	}
}

// TestPythonAsWithTheRealDaemon opens, lists, reads and closes with
// python3-libvirt, without an event loop and with one.
func TestPythonAsWithTheRealDaemon(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3" // where Debian's bindings are
	if out, err := exec.Command(python, "-c", "import libvirt").CombinedOutput(); err != nil {
		testclients.Unavailable(t, "python3-libvirt is not installed: apt-get install python3-libvirt: "+string(out))
	}
	daemon := testdaemon.Start(t)
	host := harness.Start(t)
	want := client(t, host.Env(), python, "testdata/clients.py", daemon.URI("test:///default"))
	for _, transport := range []call.Transport{harness.TCP, harness.TLS, harness.Unix, harness.SSH, harness.LibSSH, harness.LibSSH2, harness.Ext} {
		t.Run(string(transport), func(t *testing.T) {
			t.Parallel()
			// A node of its own: the script changes the state, which lives as long
			// as any connection.
			host := harness.Start(t)
			got := client(t, host.Env(), python, "testdata/clients.py", host.URI(transport, "test:///default"))
			if diff := cmp.Diff(lines(want), lines(got)); diff != "" {
				t.Errorf("python3-libvirt prints otherwise (+) than with the real daemon (-):\n%s", diff)
			}
		})
	}
}

// The clients leave nothing in the home that Env gives them.
func TestClientsLeaveHomeAlone(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	testclients.Need(t, "ssh", "openssh-client")
	host := harness.Start(t)
	env := host.Env()
	for _, transport := range transports() {
		client(t, env, virsh, "-c", host.URI(transport, "test:///default"), "list")
	}
	home := strings.TrimPrefix(env[0], "HOME=")
	out := client(t, env, "find", home, "-mindepth", "1")
	for _, line := range strings.Fields(out) {
		// libvirt's library makes these, and no more.
		switch strings.TrimPrefix(line, home) {
		case "/.run", "/.cache", "/.cache/libvirt", "/.cache/libvirt/virsh":
		default:
			t.Errorf("a client made %s", line)
		}
	}
}
