package remote

import (
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// A network that any driver starts, since it leaves the bridge to the host.
const (
	lifeUUID     = "6bd9b6a4-8a0c-4c3b-9d2f-1f5f0a3d9e01"
	lifeXML      = "<network><name>life</name><uuid>" + lifeUUID + "</uuid><forward mode='bridge'/><bridge name='br0'/></network>"
	lifeXMLNext  = "<network><name>life</name><uuid>" + lifeUUID + "</uuid><forward mode='bridge'/><bridge name='br1'/></network>"
	otherUUIDXML = "<network><name>life</name><forward mode='bridge'/><bridge name='br0'/></network>"
	lastXML      = "<network><name>last</name><uuid>00000000-8a0c-4c3b-9d2f-1f5f0a3d9e01</uuid><forward mode='bridge'/><bridge name='br0'/></network>"
	otherNameXML = "<network><name>other</name><uuid>" + lifeUUID + "</uuid><forward mode='bridge'/><bridge name='br0'/></network>"
)

// lifeQuestions are a network's life, from nothing to nothing, and then another
// network, whose event is the last.
func lifeQuestions() []question {
	var questions []question
	net := libvirt.Network{Name: "life", UUID: mustUUID(lifeUUID)}
	define := func(xml string) question {
		return ask(rpc.NetworkDefineXMLFlags, libvirt.NetworkDefineXMLFlagsArgs{XML: xml})
	}
	createXML := func(xml string) question {
		return ask(rpc.NetworkCreateXMLFlags, libvirt.NetworkCreateXMLFlagsArgs{XML: xml})
	}
	start := ask(rpc.NetworkCreate, libvirt.NetworkCreateArgs{Net: net})
	stop := ask(rpc.NetworkDestroy, libvirt.NetworkDestroyArgs{Net: net})
	undefine := ask(rpc.NetworkUndefine, libvirt.NetworkUndefineArgs{Net: net})
	autostart := func(on int32) question {
		return ask(rpc.NetworkSetAutostart, libvirt.NetworkSetAutostartArgs{Net: net, Autostart: on})
	}
	show := []question{
		ask(rpc.NetworkGetXMLDesc, libvirt.NetworkGetXMLDescArgs{Net: net}),
		ask(rpc.NetworkGetXMLDesc, libvirt.NetworkGetXMLDescArgs{Net: net, Flags: 1}),
		ask(rpc.NetworkIsActive, libvirt.NetworkIsActiveArgs{Net: net}),
		ask(rpc.NetworkIsPersistent, libvirt.NetworkIsPersistentArgs{Net: net}),
		ask(rpc.NetworkGetAutostart, libvirt.NetworkGetAutostartArgs{Net: net}),
	}
	for _, q := range []question{
		start, stop, undefine, autostart(1),
		ask(rpc.NetworkDefineXMLFlags, libvirt.NetworkDefineXMLFlagsArgs{XML: lifeXML, Flags: 2}),
		ask(rpc.NetworkCreateXMLFlags, libvirt.NetworkCreateXMLFlagsArgs{XML: lifeXML, Flags: 6}),
		define(lifeXML), define(otherUUIDXML), define(otherNameXML), createXML(otherNameXML),
		autostart(1), start, start, createXML(lifeXML), define(lifeXMLNext), undefine, autostart(0), stop, stop, undefine,
		createXML(lifeXML), autostart(1), undefine, define(lifeXMLNext), stop, createXML(lifeXML), undefine, stop, undefine,
	} {
		questions = append(append(questions, q), show...)
	}
	return append(questions, define(lastXML))
}

// TestNetworkLife compares the answers and the events of a network's life with
// the real daemon's.
func TestNetworkLife(t *testing.T) {
	for uri, c := range answersTo {
		t.Run(c.driver.Name, func(t *testing.T) {
			s, table := openSession(t, c.driver, uri), Supported()
			events := ""
			state, err := s.objects()
			if err != nil {
				t.Fatal(err)
			}
			state.Subscribe(hypervisor.Subscription{
				Class: hypervisor.NetworkEvents,
				Deliver: func(id int32, e hypervisor.Event) {
					info, msg := networkMessage(e.(hypervisor.NetworkLifecycleEvent), 0)
					events += info.Name + " " + asJSON(t, msg) + "\n"
				},
			})
			got := transcript(t, lifeQuestions(), func(q question) (any, error) { return table.Serve(s, q.info, q.args) })
			compareRecorded(t, "network-life-"+c.driver.Name+".txt", got+events)
		})
	}
}

// recordNetworkLife leads a network's life with the real daemon.
func recordNetworkLife(t *testing.T, conn *daemonConn) string {
	t.Helper()
	conn.mustCall(t, ask(rpc.ConnectNetworkEventRegisterAny, libvirt.ConnectNetworkEventRegisterAnyArgs{}))
	text := transcript(t, lifeQuestions(), conn.call)
	conn.SetReadDeadline(time.Now().Add(2 * time.Minute))
	for seen := 0; ; seen++ {
		for seen == len(conn.messages) {
			if err := conn.next(); err != nil {
				t.Fatalf("after %d events: %v", seen, err)
			}
		}
		m := conn.messages[seen]
		text += m.info.Name + " " + asJSON(t, m.args) + "\n"
		if m.args.(*libvirt.NetworkEventLifecycleMsg).Net.Name == "last" {
			return text
		}
	}
}
