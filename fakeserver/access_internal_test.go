package fakeserver

import (
	"context"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/remote"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// A rule that is wrong, or could never be about anything, fails Start, and says where
// it is and what may have been meant.
func TestBadAccess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule AccessRule
		want string
	}{
		{AccessRule{}, "rules[1]: want one of deny and allow"},
		{AccessRule{Deny: []string{"*"}, Allow: []string{"*"}}, "rules[1]: want one of deny and allow"},
		{AccessRule{Deny: []string{"domain.strat"}}, `rules[1]: deny[0]: there is no permission "domain.strat" that any procedure asks for, did you mean domain.start?`},
		{AccessRule{Allow: []string{"domain.start", "domain.open-namespace"}}, `rules[1]: allow[1]: there is no permission "domain.open-namespace" that any procedure asks for`},
		{AccessRule{Deny: []string{"domian.*"}}, `rules[1]: deny[0]: no permission matches "domian.*"`},
		{AccessRule{Deny: []string{"DomainCraete"}}, `deny[0]: there is no procedure and no permission "DomainCraete", did you mean DomainCreate?`},
		{AccessRule{Deny: []string{"Xyz*"}}, `deny[0]: no procedure and no permission matches "Xyz*"`},
		{AccessRule{Deny: []string{"ConnectClose"}}, "deny[0]: ConnectClose asks for no permission"},
		{AccessRule{Deny: []string{"DomainCreate", "ConnectClose"}}, "deny[1]: ConnectClose asks for no permission"},
		{AccessRule{Deny: []string{"DomainFdAssociate"}}, "deny[0]: procedure DomainFdAssociate is newer than the libvirt 8.0.0 that the node speaks as"},
		{AccessRule{Deny: []string{"domain.[a"}}, `deny[0]: "domain.[a" is a bad pattern`},
		{AccessRule{Deny: []string{""}}, "deny[0]: it is empty"},
		{AccessRule{Deny: []string{"*"}, Objects: []string{"a", "[a"}}, `objects[1]: "[a" is a bad pattern`},
		{AccessRule{Deny: []string{"*"}, Objects: []string{""}}, "objects[0]: it is empty"},
		{AccessRule{Deny: []string{"*"}, Users: []string{"[a"}}, `users[0]: "[a" is a bad pattern`},
		{AccessRule{Deny: []string{"connect.*", "NodeGetInfo"}, Objects: []string{"a"}}, "objects: nothing in deny is about an object, but about the connection"},
	} {
		access := Access{Rules: []AccessRule{{Allow: []string{"domain.start"}}, c.rule}}
		err := Check(WithAccess(access), WithLibvirtVersion(8000000))
		if err == nil || !strings.HasPrefix(err.Error(), "WithAccess: rules[1]: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.rule, err, c.want)
		}
	}
	err := Check(WithDrivers("test"), WithAccess(Access{Polkit: true}))
	if err == nil || !strings.Contains(err.Error(), "of the node's drivers, test, none asks for permissions") {
		t.Errorf("a node with the test driver alone: %v", err)
	}
	for _, drivers := range []string{"qemu", "openvz", "lxc"} {
		if err := Check(WithDrivers("test", drivers), WithAccess(Access{Polkit: true})); err != nil {
			t.Error(err)
		}
	}
}

// Who is who: a user of a unix socket, an SSH login, a user of SASL.
func TestAccessDecides(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	web := []naming.Object{{Name: "web1", UUID: libvirt.UUID{0xde, 0xad}, HasUUID: true}}
	volume := []naming.Object{{Name: "disk", Also: "/pool/disk"}, {Name: "pool"}}
	local := func(uid uint32) *call.Peer {
		return &call.Peer{Transport: call.Unix, Process: &call.Process{UID: uid}}
	}
	tcp, memory := &call.Peer{Transport: call.TCP}, &call.Peer{Transport: call.Memory}
	alice := &call.Peer{Transport: call.SSH, SSH: &call.SSHPeer{User: "alice"}}
	start := func(p *call.Peer, objects []naming.Object) remote.AccessCheck {
		return remote.AccessCheck{Peer: p, Procedure: rpc.DomainCreate.Info, Permission: "domain.start", Objects: objects}
	}
	asking := func(p *call.Peer, permission string) remote.AccessCheck {
		return remote.AccessCheck{Peer: p, Procedure: rpc.DomainCreate.Info, Permission: permission}
	}
	fred := start(tcp, web)
	fred.User = "fred"
	reader := start(local(7), web)
	reader.ReadOnly = true
	deny := func(r AccessRule, names ...string) Access {
		r.Deny = names
		return Access{Rules: []AccessRule{r}}
	}
	polkit := Access{Polkit: true}
	lenient := Access{Polkit: true, Rules: []AccessRule{{Allow: []string{"domain.start"}, Objects: []string{"web*"}}, {Deny: []string{"domain.read"}}}}
	for _, c := range []struct {
		name   string
		access Access
		check  remote.AccessCheck
		want   bool
	}{
		{"another permission", deny(AccessRule{}, "domain.stop"), start(tcp, web), true},
		{"permission", deny(AccessRule{}, "domain.start"), start(tcp, web), false},
		{"root, too", deny(AccessRule{}, "*.start"), start(local(0), web), false},
		{"procedure", deny(AccessRule{}, "DomainCreate"), start(tcp, web), false},
		{"function", deny(AccessRule{}, "virDomainCreate"), start(tcp, web), false},
		{"another procedure", deny(AccessRule{}, "DomainCreateWithFlags"), start(tcp, web), true},
		{"name", deny(AccessRule{Objects: []string{"db", "web1"}}, "*"), start(tcp, web), false},
		{"another name", deny(AccessRule{Objects: []string{"web"}}, "*"), start(tcp, web), true},
		{"UUID", deny(AccessRule{Objects: []string{"DEAD0000-0000-0000-0000-000000000000"}}, "*"), start(tcp, web), false},
		{"no object", deny(AccessRule{Objects: []string{"*"}}, "*"), asking(tcp, "connect.read"), true},
		{"volume's key", deny(AccessRule{Objects: []string{"/pool/*"}}, "*"), start(tcp, volume), false},
		{"volume's pool", deny(AccessRule{Objects: []string{"pool"}}, "*"), start(tcp, volume), false},
		{"empty lists", deny(AccessRule{Objects: []string{}, Users: []string{}}, "*"), start(tcp, web), false},
		{"uid", deny(AccessRule{Users: []string{"7"}}, "*"), start(local(7), web), false},
		{"another uid", deny(AccessRule{Users: []string{"7"}}, "*"), start(local(70), web), true},
		{"SSH user", deny(AccessRule{Users: []string{"al*"}}, "*"), start(alice, web), false},
		{"SSH user's uid", deny(AccessRule{Users: []string{"1000"}}, "*"), start(alice, web), false},
		{"SASL user", deny(AccessRule{Users: []string{"fred"}}, "*"), fred, false},
		{"nobody known", deny(AccessRule{Users: []string{"*"}}, "*"), start(tcp, web), true},
		{"readers", deny(AccessRule{ReadOnly: &yes}, "*"), reader, false},
		{"readers, of a writer", deny(AccessRule{ReadOnly: &yes}, "*"), start(tcp, web), true},
		{"writers", deny(AccessRule{ReadOnly: &no}, "*"), start(tcp, web), false},

		{"polkit, root", polkit, start(local(0), web), true},
		{"polkit, memory", polkit, start(memory, web), true},
		{"polkit, tcp", polkit, asking(tcp, "connect.getattr"), false},
		{"polkit, starts", polkit, start(local(7), web), false},
		{"polkit, looks", polkit, asking(local(7), "domain.getattr"), true},
		{"polkit, reads", polkit, asking(local(7), "domain.read"), true},
		{"polkit, reads a device", polkit, asking(local(7), "node-device.read"), false},
		{"polkit, searches", polkit, asking(local(7), "connect.search-domains"), true},
		{"polkit, searches volumes", polkit, asking(local(7), "storage-pool.search-storage-vols"), false},
		{"polkit, secrets", polkit, asking(local(7), "secret.read-secure"), false},
		{"polkit, allowed by a rule", lenient, start(local(7), web), true},
		{"polkit, denied by a rule", lenient, asking(local(7), "domain.read"), false},
		{"polkit, tcp, whatever the rules say", lenient, start(tcp, web), false},
		{"polkit, root, whatever the rules say", lenient, asking(local(0), "domain.read"), true},
	} {
		cfg := newConfig([]Option{WithAccess(c.access)})
		if err := cfg.check(); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := cfg.accessRules(c.check); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// A user's own daemon has no access manager.
func TestSessionDaemonHasNoAccessManager(t *testing.T) {
	t.Parallel()
	s, err := Start(context.Background(), WithTransports(), WithSessionDaemon(), WithAccess(Access{Rules: []AccessRule{{Deny: []string{"*"}}}}))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, d := range s.daemons {
		if (d.host.Access != nil) == d.session {
			t.Errorf("daemon %s, of a session: %v, has an access manager: %v", d.name, d.session, d.host.Access != nil)
		}
	}
}
