package hypervisor

import (
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"
)

func TestValidMAC(t *testing.T) {
	for text, want := range map[string]bool{
		"52:54:00:6a:1d:01":     true,
		"0:1:2:3:4:5":           true,
		"AA:BB:CC:DD:EE:FF":     true,
		"52:54:00:6a:1d:01 and": true,
		"":                      false,
		"52:54:00:6a:1d":        false,
		"52:54:00:6a:1d:01:02":  false,
		"52:54:00:6a:1d:001":    false,
		"52:54:00:6a:1d:":       false,
		"52-54-00-6a-1d-01":     false,
		" 52:54:00:6a:1d:01":    false,
		"52:54:00:6a:1d:0g":     false,
		"52:54:00:6a:+1:01":     false,
	} {
		if got := validMAC(text); got != want {
			t.Errorf("validMAC(%q) = %v", text, got)
		}
	}
}

func TestNetworkIsFoundByUUIDWhateverItsName(t *testing.T) {
	s := newObjects(ObjectTraits{})
	ref, err := s.AddNetwork("<network><name>n</name></network>", Standing{Active: true})
	if err != nil {
		t.Fatal(err)
	}
	ref.Name = "of old"
	if active, err := s.NetworkIsActive(ref); err != nil || !active {
		t.Errorf("active is %v, %v", active, err)
	}
	if _, err := s.NetworkGetBridgeName(ref); err == nil || err.Error() != "internal error: network 'n' does not have a bridge name." {
		t.Errorf("the bridge is refused with %v", err)
	}
	want := "<network>\n  <name>n</name>\n  <uuid>" + ref.UUID.String() + "</uuid>\n  <bridge stp='on' delay='0'/>\n</network>\n"
	if xml, err := s.NetworkGetXMLDesc(ref, 0); err != nil || xml != want {
		t.Errorf("the document is %q, %v", xml, err)
	}
}

func TestRefusedDocuments(t *testing.T) {
	s := newObjects(ObjectTraits{})
	standing := Standing{}
	for name, c := range map[string]struct {
		err    error
		code   libvirt.ErrorNumber
		domain libvirt.ErrorDomain
		text   string
	}{
		"network without a name": {second(s.AddNetwork("<network/>", standing)), libvirt.ErrNoName, FromNetwork, "missing name information"},
		"network of another kind": {second(s.AddNetwork("<pool/>", standing)), libvirt.ErrXMLError, FromXML,
			"XML error: expecting root element of 'network', not 'pool'"},
		"network with a bad UUID": {second(s.AddNetwork("<network><name>n</name><uuid>x</uuid></network>", standing)), libvirt.ErrInternalError, FromNetwork,
			"internal error: malformed uuid element"},
		"pool with a bad UUID": {second(s.AddStoragePool("<pool type='dir'><name>n</name><uuid>x</uuid></pool>", standing)), libvirt.ErrXMLError, FromStorage,
			"XML error: malformed uuid element"},
		"pool without a name":      {second(s.AddStoragePool("<pool type='dir'/>", standing)), libvirt.ErrNoName, FromStorage, "missing name information"},
		"device without a name":    {second(s.AddNodeDevice("<device/>")), libvirt.ErrNoName, FromNodeDev, "missing name information"},
		"interface without a name": {second(s.AddInterface("<interface/>", true)), libvirt.ErrXMLError, FromInterface, "XML error: interface has no name"},
	} {
		e, ok := c.err.(*Error)
		if !ok || e.Code != c.code || e.Domain != c.domain || e.Message != c.text {
			t.Errorf("%s: %#v", name, c.err)
		}
	}
}
