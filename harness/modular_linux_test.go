package harness_test

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// onNode runs virsh as root where the node's run directory is /run.
func onNode(t *testing.T, host *harness.Host, args ...string) string {
	t.Helper()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	const script = `mount --bind "$0" /run && exec "$@"`
	return namespaced(t, host.Env(), 0, syscall.CLONE_NEWNS, "sh", append([]string{"-c", script, host.Server.RunDir(), virsh}, args...)...)
}

// modularRow is what virsh prints, and which daemon it reached.
type modularRow struct {
	args   string
	daemon string // "" for none
	want   string // that its output has, without blanks at its lines' ends
}

// check runs virsh for each row.
func check(t *testing.T, host *harness.Host, rows []modularRow) {
	t.Helper()
	for _, r := range rows {
		var out string
		daemon := reached(host, func() { out = onNode(t, host, strings.Fields(r.args)...) })
		if daemon != r.daemon || !strings.Contains(out, r.want) {
			t.Errorf("virsh %s reaches %q and prints\n%s\nwant %q and\n%s", r.args, daemon, out, r.daemon, r.want)
		}
	}
}

const (
	noSocket  = "Failed to connect socket to '/var/run/libvirt/%s': No such file or directory"
	noMode    = "error: invalid argument: Unknown remote mode "
	noProgram = "error: Cannot find program 536903814 version 1"
)

func absent(socket string) string { return strings.Replace(noSocket, "%s", socket, 1) }

// TestModes has virsh choose the socket. Its texts are those that it prints with
// virtlxcd, virtnetworkd, virtstoraged and virtproxyd 9.0.0, for lxc.
func TestModes(t *testing.T) {
	t.Parallel()
	direct := []modularRow{
		{"-c qemu:///system uri", "virtqemud", "qemu:///system"},
		{"-c qemu:///system?mode=auto uri", "virtqemud", "qemu:///system?mode=auto"},
		{"-c qemu:///system?mode=direct uri", "virtqemud", "qemu:///system?mode=direct"},
		{"-r -c qemu:///system?mode=direct uri", "virtqemud", "qemu:///system?mode=direct"},
		{"-c qemu:///system?mode=wrong uri", "", noMode + "'wrong'"},
		{"-c qemu:///system?mode= uri", "", noMode + "''"},
		{"-c qemu:///system?socket=/run/libvirt/virtqemud-admin-sock uri", "virtqemud", noProgram},
	}
	for _, c := range []struct {
		name    string
		daemons []string
		rows    []modularRow
	}{
		{"all", nil, append(slices.Clone(direct), []modularRow{
			{"-c qemu:///system?mode=legacy uri", "virtproxyd", "qemu:///system?mode=legacy"},
			{"uri", "virtproxyd", "qemu:///system"},
			{"-c qemu:///system list --all", "virtqemud", "guest"},
			{"-c qemu:///system net-list --all", "virtqemud", "lan"},
			{"-r -c qemu:///system net-list --all", "virtqemud", "lan"},
			{"-c qemu:///system pool-list --all", "virtqemud", "Autostart"},
			{"-c qemu:///system nodedev-list --cap system", "virtqemud", "computer"},
			{"-c network:///system net-list --all", "virtnetworkd", "lan"},
			{"-c nodedev:///system nodedev-list --cap system", "virtnodedevd", "computer"},
			{"-c network:///system list", "virtnetworkd", "error: this function is not supported by the connection driver: virConnectNumOfDomains"},
			{"-c test+unix:///default uri", "virtproxyd", "error: this function is not supported by the connection driver: virConnectSetIdentity"},
			{"-c test:///default?socket=/run/libvirt/virtqemud-sock uri", "", "test:///default?socket="}, // inside virsh
		}...)},
		{"virtqemud", []string{"virtqemud"}, append(slices.Clone(direct), []modularRow{
			{"-c qemu:///system?mode=legacy uri", "", absent("libvirt-sock")},
			{"uri", "", absent("libvirt-sock")},
			{"-c qemu:///system list --all", "virtqemud", "guest"},
			{"-c qemu:///system net-list", "virtqemud", absent("virtnetworkd-sock")},
			{"-r -c qemu:///system net-list", "virtqemud", absent("virtnetworkd-sock-ro")},
			{"-c qemu:///system pool-list", "virtqemud", absent("virtstoraged-sock")},
			{"-c qemu:///system nodedev-list", "virtqemud", absent("virtnodedevd-sock")},
			{"-c network:///system uri", "", absent("libvirt-sock")},
			{"-c network:///system?mode=direct uri", "", absent("virtnetworkd-sock")},
			{"-c qemu:///system?socket=/run/libvirt/libvirt-admin-sock uri", "", "'/run/libvirt/libvirt-admin-sock': No such file or directory"},
		}...)},
		{"beside libvirtd", []string{"virtqemud", "virtnetworkd", "libvirtd"}, append(slices.Clone(direct), []modularRow{
			{"-c qemu:///system?mode=legacy uri", "libvirtd", "qemu:///system?mode=legacy"},
			{"-c qemu:///system?mode=legacy pool-list", "libvirtd", "Autostart"},
			{"-c qemu:///system net-list --all", "virtqemud", "lan"},
			{"-c test+unix:///default list", "libvirtd", "running"},
			{"-c qemu:///system?socket=/run/libvirt/libvirt-admin-sock uri", "libvirtd", noProgram},
			{"uri", "libvirtd", "qemu:///system"},
		}...)},
		{"virtproxyd", []string{"virtproxyd"}, []modularRow{
			{"-c qemu:///system uri", "virtproxyd", absent("virtqemud-sock")},
			{"-r -c qemu:///system uri", "virtproxyd", absent("virtqemud-sock-ro")},
			{"-c qemu:///system?mode=direct uri", "", absent("virtqemud-sock")},
			{"uri", "virtproxyd", "error: internal error: connection not open"},
		}},
		{"libvirtd", []string{"libvirtd"}, []modularRow{
			{"-c qemu:///system uri", "libvirtd", "qemu:///system"},
			{"-c qemu:///system?mode=auto uri", "libvirtd", "qemu:///system?mode=auto"},
			{"-c qemu:///system?mode=legacy uri", "libvirtd", "qemu:///system?mode=legacy"},
			{"-c qemu:///system?mode=direct uri", "", absent("virtqemud-sock")},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, harness.WithTransports(harness.Unix), harness.WithModularDaemons(c.daemons...),
				harness.WithDomainXML("qemu", minimalDomain("guest")), fakeserver.WithObjects("qemu", fakeserver.Objects{
					Networks:    []fakeserver.NetworkObject{{XML: "<network><name>lan</name></network>"}},
					NodeDevices: []fakeserver.NodeDeviceObject{{XML: "<device><name>computer</name><capability type='system'/></device>"}},
				}))
			check(t, host, c.rows)
		})
	}
}

func minimalDomain(name string) string {
	return "<domain type='qemu'><name>" + name + "</name><memory>1024</memory><os><type>hvm</type></os></domain>"
}

// A user's daemon is found in XDG_RUNTIME_DIR, and has a state of its own.
func TestSessionDaemon(t *testing.T) {
	t.Parallel()
	virsh := testclients.Need(t, "virsh", "libvirt-clients")
	const user = 1000
	for name, c := range map[string]struct {
		opts            []harness.Option
		system, session string
	}{
		"libvirtd": {nil, "libvirtd", "libvirtd of a session"},
		"modular":  {[]harness.Option{harness.WithModularDaemons()}, "virtqemud", "virtqemud of a session"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, append(c.opts, harness.WithTransports(harness.Unix),
				harness.WithDomainXML("qemu", minimalDomain("of-system")),
				harness.WithSessionDaemon(harness.WithDomainXML("qemu", minimalDomain("of-user"))))...)
			asked := func(uri, want, daemon string, args ...string) {
				t.Helper()
				var out string
				got := reached(host, func() {
					out = namespaced(t, host.Env(), user, 0, virsh, append([]string{"-q", "-c", uri}, args...)...)
				})
				if got != daemon || !strings.Contains(out, want) {
					t.Errorf("virsh -c '%s' reaches %q and prints\n%s\nwant %q and\n%s", uri, got, out, daemon, want)
				}
			}
			asked("qemu:///session", "of-user", c.session, "list", "--all", "--name")
			asked("qemu:///session?mode=auto", "qemu:///session", c.session, "uri")
			asked(host.URI(harness.Unix, "qemu:///session"), "of-user", c.session, "list", "--all", "--name")
			asked(host.URI(harness.Unix, "qemu:///system"), "of-system", c.system, "list", "--all", "--name")
			asked(host.URI(harness.Unix, "qemu:///system", harness.Param("socket", sessionSocket(t, host))),
				"error: internal error: unexpected qemu URI path '/system', try qemu:///session", c.session, "uri")
			var out string
			got := reached(host, func() { out = onNode(t, host, "-q", "-c", "qemu:///system", "list", "--all", "--name") })
			if got != c.system || strings.TrimSpace(out) != "of-system" {
				t.Errorf("the system's domains, of %s:\n%s", got, out)
			}
			d, err := host.Server.SessionDriver("qemu")
			if err != nil {
				t.Fatal(err)
			}
			if names := d.Objects().Domains; len(names) != 1 || !strings.Contains(names[0].XML, "of-user") {
				t.Errorf("Go sees %v in the session", names)
			}
		})
	}
}

// sessionSocket returns the path of the session's socket.
func sessionSocket(t *testing.T, host *harness.Host) string {
	t.Helper()
	uri := host.URI(harness.Unix, "qemu:///session")
	_, path, _ := strings.Cut(uri, "socket=")
	return path
}
