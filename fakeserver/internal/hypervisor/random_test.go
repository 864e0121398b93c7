package hypervisor_test

import (
	"fmt"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
)

// step is a call of a State, with what it answers as text.
type step struct {
	name string
	do   func(st *hypervisor.State) string
}

// steps draws calls of all sorts about a few domains and networks, which mostly
// succeed.
func steps(kind string) *rapid.Generator[step] {
	devices := rapid.SampledFrom([]string{
		"", "<serial type='pty'/><channel type='pty'><target type='virtio' name='a.b'/></channel>",
		"<interface type='bridge'><source bridge='br0'/></interface><interface type='user'/>",
		"<interface type='network'><source network='n0'/></interface>",
		"<graphics type='vnc' websocket='-1' passwd='secret'/><graphics type='spice' autoport='yes'/><video/>",
		"<disk type='file'><source file='/a'/><target dev='sdb' bus='scsi'/></disk><disk type='file'><target dev='vda' bus='virtio'/><source file='/b'/></disk>",
		"<console type='pty'/><controller type='usb' model='nec-xhci'/><hub type='usb'/><input type='tablet' bus='usb'/><vsock/>",
	})
	document := func(t *rapid.T, name string) string {
		return fmt.Sprintf("<domain type='%s'><name>%s</name><memory>65536</memory><vcpu>4</vcpu><os><type>hvm</type></os><on_reboot>%s</on_reboot><devices>%s</devices></domain>",
			map[string]string{"qemu": "kvm", "test": "test"}[kind], name,
			rapid.SampledFrom([]string{"restart", "destroy"}).Draw(t, "on_reboot"), devices.Draw(t, "devices"))
	}
	networkXML := func(t *rapid.T, name string) string {
		return fmt.Sprintf("<network><name>%s</name>%s<bridge/><ip address='10.0.%d.1' netmask='255.255.255.0'/></network>", name,
			rapid.SampledFrom([]string{"", "<forward mode='nat'/>", "<forward mode='route'/>"}).Draw(t, "forward"),
			rapid.IntRange(0, 9).Draw(t, "net"))
	}
	return rapid.Custom(func(t *rapid.T) step {
		name := rapid.SampledFrom([]string{"a", "b", "c", "test"}).Draw(t, "domain")
		net := rapid.SampledFrom([]string{"n0", "n1", "default"}).Draw(t, "network")
		number := rapid.Uint32Range(1, 5).Draw(t, "number")
		flags := rapid.SampledFrom([]uint32{0, 0, 1, 2, 3}).Draw(t, "flags")
		xml, netXML := document(t, name), networkXML(t, net)
		on := func(do func(st *hypervisor.State, ref hypervisor.DomainRef) error) func(*hypervisor.State) string {
			return func(st *hypervisor.State) string {
				ref, err := st.DomainLookupByName(name)
				if err != nil {
					return err.Error()
				}
				return fmt.Sprint(do(st, ref))
			}
		}
		onNet := func(do func(st *hypervisor.State, ref hypervisor.NetworkRef) error) func(*hypervisor.State) string {
			return func(st *hypervisor.State) string {
				ref, err := st.NetworkLookupByName(net)
				if err != nil {
					return err.Error()
				}
				return fmt.Sprint(do(st, ref))
			}
		}
		text, uri, key := fmt.Sprintf("text %d", number), "http://example.org/x", "x"
		element := fmt.Sprintf("<y n='%d'>\n <z/></y>", number)
		all := []step{
			{"define", func(st *hypervisor.State) string {
				return fmt.Sprint(st.DomainDefineXMLFlags(sameUUID(st, name, xml), 0))
			}},
			{"createXML", func(st *hypervisor.State) string {
				return fmt.Sprint(st.DomainCreateXML(sameUUID(st, name, xml), flags&1))
			}},
			{"create", on(func(st *hypervisor.State, ref hypervisor.DomainRef) error {
				_, err := st.DomainCreateWithFlags(ref, flags&1)
				return err
			})},
			{"destroy", on((*hypervisor.State).DomainDestroy)},
			{"shutdown", on((*hypervisor.State).DomainShutdown)},
			{"undefine", on(func(st *hypervisor.State, ref hypervisor.DomainRef) error { return st.DomainUndefineFlags(ref, 1) })},
			{"suspend", on((*hypervisor.State).DomainSuspend)},
			{"resume", on((*hypervisor.State).DomainResume)},
			{"reboot", on(func(st *hypervisor.State, ref hypervisor.DomainRef) error { return st.DomainReboot(ref, 0) })},
			{"save", on(func(st *hypervisor.State, ref hypervisor.DomainRef) error { return st.DomainManagedSave(ref, 0) })},
			{"crash", on((*hypervisor.State).CrashDomain)},
			{"autostart", on(func(st *hypervisor.State, ref hypervisor.DomainRef) error {
				return st.DomainSetAutostart(ref, number%2 == 0)
			})},
			{"vcpus", on(func(st *hypervisor.State, ref hypervisor.DomainRef) error {
				return st.DomainSetVcpusFlags(ref, number, flags)
			})},
			{"maximum vcpus", on(func(st *hypervisor.State, ref hypervisor.DomainRef) error {
				return st.DomainSetVcpusFlags(ref, number, uint32(libvirt.DomainVCPUMaximum|libvirt.DomainVCPUConfig))
			})},
			{"memory", on(func(st *hypervisor.State, ref hypervisor.DomainRef) error {
				return st.DomainSetMemoryFlags(ref, uint64(number)*16384, flags)
			})},
			{"title", on(func(st *hypervisor.State, ref hypervisor.DomainRef) error {
				return st.DomainSetMetadata(ref, hypervisor.DomainMetadata{Type: 1, Text: &text}, flags)
			})},
			{"metadata", on(func(st *hypervisor.State, ref hypervisor.DomainRef) error {
				return st.DomainSetMetadata(ref, hypervisor.DomainMetadata{Type: 2, Text: &element, Key: &key, URI: &uri}, flags)
			})},
			{"rename", on(func(st *hypervisor.State, ref hypervisor.DomainRef) error { return st.DomainRename(ref, "renamed", 0) })},
			{"net-define", func(st *hypervisor.State) string {
				return fmt.Sprint(st.NetworkDefineXML(sameNetworkUUID(st, net, netXML), 0))
			}},
			{"net-createXML", func(st *hypervisor.State) string {
				return fmt.Sprint(st.NetworkCreateXML(sameNetworkUUID(st, net, netXML), 0))
			}},
			{"net-create", onNet((*hypervisor.State).NetworkCreate)},
			{"net-destroy", onNet((*hypervisor.State).NetworkDestroy)},
			{"net-undefine", onNet((*hypervisor.State).NetworkUndefine)},
			{"net-autostart", onNet(func(st *hypervisor.State, ref hypervisor.NetworkRef) error {
				return st.NetworkSetAutostart(ref, number%2 == 0)
			})},
		}
		s := rapid.SampledFrom(all).Draw(t, "step")
		s.name += " " + name + "/" + net
		return s
	})
}

// sameUUID gives a document the UUID of the domain of that name, if there is one.
func sameUUID(st *hypervisor.State, name, xml string) string {
	if ref, err := st.DomainLookupByName(name); err == nil {
		return insertUUID(xml, ref.UUID)
	}
	return xml
}

func sameNetworkUUID(st *hypervisor.State, name, xml string) string {
	if ref, err := st.NetworkLookupByName(name); err == nil {
		return insertUUID(xml, ref.UUID)
	}
	return xml
}

func insertUUID(xml string, id hypervisor.UUID) string {
	const after = "</name>"
	for i := range xml {
		if len(xml) > i+len(after) && xml[i:i+len(after)] == after {
			return xml[:i+len(after)] + "<uuid>" + id.String() + "</uuid>" + xml[i+len(after):]
		}
	}
	return xml
}

func play(st *hypervisor.State, steps []step) []string {
	var answers []string
	for _, s := range steps {
		answers = append(answers, s.name+": "+s.do(st))
	}
	return answers
}

// TestTheSameCallsMakeTheSameState plays random calls on two States of one seed,
// which must not differ; on one that is restored in between, which must do the
// same once more; and on one made of what is recorded of another, which must be
// equal.
func TestTheSameCallsMakeTheSameState(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"test", "qemu"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			d := map[string]func() *driver.Driver{"test": driver.Test, "qemu": driver.QEMU}[kind]()
			rapid.Check(t, func(rt *rapid.T) {
				first := rapid.SliceOfN(steps(kind), 1, 15).Draw(rt, "first")
				second := rapid.SliceOfN(steps(kind), 1, 15).Draw(rt, "second")
				a, b := populated(t, d), populated(t, d)
				same := func(what string, a, b any) {
					rt.Helper()
					if diff := cmp.Diff(a, b); diff != "" {
						rt.Fatalf("%s:\n%s", what, diff)
					}
				}
				same("answers of two States of one seed", play(a, first), play(b, first))
				between := a.Copy()
				answers := play(a, second)
				same("answers of two States of one seed, later", answers, play(b, second))
				same("two States of one seed", dump(t, a), dump(t, b))
				same("objects of two States of one seed", a.Objects(), b.Objects())

				b.Restore(between)
				same("answers after Restore", answers, play(b, second))
				same("a State and one that was restored", dump(t, a), dump(t, b))

				again := hypervisor.New(hypervisor.Config{Traits: &d.Traits, Seed: [32]byte{9}, Now: fixedNow})
				if err := again.SetObjects(a.Objects()); err != nil {
					rt.Fatal(err)
				}
				same("a State and one made of its objects", dump(t, a), dump(t, again))
				same("objects of those", a.Objects(), again.Objects())
			})
		})
	}
}

func populated(t testing.TB, d *driver.Driver) *hypervisor.State {
	t.Helper()
	st := hypervisor.New(hypervisor.Config{Traits: &d.Traits, Seed: [32]byte{1}, Now: fixedNow})
	if err := d.Populate(st); err != nil {
		t.Fatal(err)
	}
	return st
}
