package harness_test

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

const accessDenied = "access denied: 'QEMU' denied access"

func accessDomain(name string) string {
	return "<domain type='qemu'><name>" + name + "</name><memory>65536</memory><os><type>hvm</type></os></domain>"
}

// accessHost has the domains web1, web2 and db1, and the network blue, and denies what
// the rules say.
func accessHost(t *testing.T, access harness.Access, opts ...harness.Option) *harness.Host {
	t.Helper()
	return harness.Start(t, append([]harness.Option{
		fakeserver.WithObjects("qemu", fakeserver.Objects{
			Domains:  []fakeserver.DomainObject{{XML: accessDomain("web1")}, {XML: accessDomain("web2")}, {XML: accessDomain("db1")}},
			Networks: []fakeserver.NetworkObject{{XML: "<network><name>blue</name><forward mode='bridge'/><bridge name='br0'/></network>"}},
		}),
		harness.WithAccess(access),
	}, opts...)...)
}

func denies(names ...string) harness.AccessRule { return harness.AccessRule{Deny: names} }

func on(r harness.AccessRule, objects ...string) harness.AccessRule {
	r.Objects = objects
	return r
}

// TestVirshMeetsAccess shows rules to virsh.
func TestVirshMeetsAccess(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	me := strconv.Itoa(os.Geteuid())
	onlyReaders := true
	const hidden = "~error: failed to get domain 'web1'" // virsh tells no more of a look-up
	type run struct{ command, want string }              // the output, or a part of it after a ~
	for _, c := range []struct {
		name  string
		rules []harness.AccessRule
		runs  []run
	}{
		{"permission", []harness.AccessRule{denies("domain.start")}, []run{
			{"start web1", "~" + accessDenied}, {"autostart web1", "~marked as autostarted"}, {"start nope", "~failed to get domain 'nope'"},
		}},
		{"object", []harness.AccessRule{on(denies("domain.*"), "web*")}, []run{
			{"list --all --name", "db1"}, {"dominfo web1", hidden}, {"domstate db1", "shut off"},
		}},
		{"first rule decides", []harness.AccessRule{on(harness.AccessRule{Allow: []string{"domain.getattr"}}, "web2"), on(denies("domain.getattr"), "web*")}, []run{
			{"list --all --name", "db1\nweb2"}, {"domuuid web1", hidden},
		}},
		{"procedure", []harness.AccessRule{denies("DomainUndefineFlags", "virDomainDestroy")}, []run{
			{"undefine web1", "~" + accessDenied}, {"destroy web1", "~" + accessDenied}, {"domstate web1", "shut off"},
		}},
		{"procedure and object", []harness.AccessRule{on(denies("Domain*"), "web1")}, []run{
			{"domstate web1", hidden}, {"domstate web2", "shut off"}, {"list --all --name", "db1\nweb1\nweb2"},
		}},
		{"list", []harness.AccessRule{denies("connect.search-domains")}, []run{
			{"list --all", "~" + accessDenied}, {"domstate web1", "shut off"},
		}},
		{"open", []harness.AccessRule{denies("connect.getattr")}, []run{{"list --all", "~error: failed to connect to the hypervisor\nerror: " + accessDenied}}},
		{"networks", []harness.AccessRule{denies("network.*")}, []run{
			{"net-list --all --name", ""}, {"net-start blue", "~" + accessDenied}, {"net-info nope", "~Network not found"},
			{"-c network:///system net-info blue", "~access denied: 'network' denied access"},
		}},
		{"me", []harness.AccessRule{{Deny: []string{"*"}, Users: []string{me}}}, []run{{"list --all", "~" + accessDenied}}},
		{"somebody else", []harness.AccessRule{{Deny: []string{"*"}, Users: []string{"4294967294"}}}, []run{{"domstate web1", "shut off"}}},
		{"readers", []harness.AccessRule{{Deny: []string{"domain.read"}, ReadOnly: &onlyReaders}}, []run{{"domstate web1", "shut off"}, {"-r domstate web1", "~" + accessDenied}}},
		{"secrets in XML", []harness.AccessRule{denies("domain.read-secure")}, []run{
			{"dumpxml web1", "~<name>web1</name>"}, {"dumpxml web1 --security-info", "~" + accessDenied}, {"dumpxml web1 --migratable", "~" + accessDenied},
		}},
		{"test driver", []harness.AccessRule{denies("*")}, []run{{"-c test:///default list --name", "test"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			host := accessHost(t, harness.Access{Rules: c.rules}, harness.WithTransports(harness.Unix))
			for _, r := range c.runs {
				command, local := r.command, "qemu:///system"
				if rest, ok := strings.CutPrefix(command, "-c "); ok {
					local, command, _ = strings.Cut(rest, " ")
				}
				args := strings.Fields(command)
				uri := host.URI(harness.Unix, local)
				if args[0] == "-r" {
					uri = strings.Replace(uri, "libvirt-sock", "libvirt-sock-ro", 1)
				}
				out := strings.TrimSpace(client(t, host.Env(), virsh, append([]string{"-c", uri}, args...)...))
				want, part := strings.CutPrefix(r.want, "~")
				if out != want && !(part && strings.Contains(out, want)) {
					t.Errorf("virsh %s prints %q, want %q", r.command, out, r.want)
				}
			}
		})
	}
}

// The access driver polkit: root may do everything, who comes over tcp nothing, and
// everybody else may look.
func TestVirshAndThePolicyOfPolkit(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	host := accessHost(t, harness.Access{Polkit: true, Rules: []harness.AccessRule{on(harness.AccessRule{Allow: []string{"domain.start"}}, "web2")}},
		fakeserver.WithSSHAccount(fakeserver.SSHAccount{UID: 4711}, "alice"))
	ssh := host.URI(harness.SSH, "qemu:///system")
	alice := strings.Replace(strings.Replace(ssh, "root@", "alice@", 1), "ssh://127", "ssh://alice@127", 1)
	for _, c := range []struct{ name, uri, command, want string }{
		{"another", alice, "start web1", accessDenied},
		{"root", ssh, "start web1", "started"},
		{"another, by a rule", alice, "start web2", "started"},
		{"another looks", alice, "domstate db1", "shut off"},
		{"another's secrets", alice, "dumpxml db1 --security-info", accessDenied},
		{"tcp", host.URI(harness.TCP, "qemu:///system"), "list", accessDenied},
		{"tls", host.URI(harness.TLS, "qemu:///system"), "list", accessDenied},
	} {
		if out := client(t, host.Env(), virsh, append([]string{"-c", c.uri}, strings.Fields(c.command)...)...); !strings.Contains(out, c.want) {
			t.Errorf("%s: virsh -c %s %s prints %q, want %q", c.name, c.uri, c.command, out, c.want)
		}
	}
}

// go-libvirt gets the error with its code, and no event about what it may not see: the
// test driver's do not come either, of which nothing else is denied.
func TestGoLibvirtMeetsAccess(t *testing.T) {
	t.Parallel()
	host := accessHost(t, harness.Access{Rules: []harness.AccessRule{on(denies("domain.getattr"), "web1"), on(denies("domain.stop"), "web2")}},
		harness.WithDomainXML("test", strings.Replace(accessDomain("web1"), "qemu", "test", 1), strings.Replace(accessDomain("web2"), "qemu", "test", 1)))
	startsSeen(t, host, "test", host.ConnectTo(t, "test:///default"))
	l := host.Connect(t)
	startsSeen(t, host, "qemu", l)

	dom, err := l.DomainLookupByName("web2")
	if err != nil {
		t.Fatal(err)
	}
	var refused libvirt.Error
	if err := l.DomainDestroy(dom); !errors.As(err, &refused) || refused.Code != uint32(libvirt.ErrAccessDenied) || refused.Message != accessDenied {
		t.Errorf("destroying web2: %v", err)
	}
	for _, list := range []struct {
		name string
		want int
		call func() (int, error)
	}{
		{"all", 2, func() (int, error) { _, n, err := l.ConnectListAllDomains(0, 0); return int(n), err }},
		{"active", 1, func() (int, error) { ids, err := l.ConnectListDomains(10); return len(ids), err }},
		{"number of active", 1, func() (int, error) { n, err := l.ConnectNumOfDomains(); return int(n), err }},
		{"number of defined", 1, func() (int, error) { n, err := l.ConnectNumOfDefinedDomains(); return int(n), err }},
	} {
		if n, err := list.call(); n != list.want || err != nil {
			t.Errorf("%s: %d, %v; want %d", list.name, n, err, list.want)
		}
	}
}

// startsSeen starts web1 and web2, of which the client may learn of web2 alone.
func startsSeen(t *testing.T, host *harness.Host, name string, l *libvirt.Libvirt) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	events, err := l.LifecycleEvents(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { // the client waits for somebody who takes what has come
		cancel()
		for range events {
		}
	}()
	driver, err := host.Server.Driver(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"web1", "web2"} {
		if err := driver.StartDomain(name); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case e, ok := <-events:
		if !ok || e.Dom.Name != "web2" {
			t.Errorf("an event about %q of driver %s arrives", e.Dom.Name, name)
		}
	case <-ctx.Done():
		t.Fatal("no event arrives")
	}
}
