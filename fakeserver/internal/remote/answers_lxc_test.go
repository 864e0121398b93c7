package remote

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

var lxcSocket = flag.String("lxc", "", "with -update: the socket of root's libvirtd 9.0.0, for TestAnswersOfLXC")

// lxcQuestions change nothing: what they ask about is not there, or is refused.
func lxcQuestions() []question {
	nobody := libvirt.Domain{Name: "nope", UUID: noUUID, ID: -1}
	define := func(xml string) question {
		return ask(rpc.DomainDefineXMLFlags, libvirt.DomainDefineXMLFlagsArgs{XML: xml})
	}
	return []question{
		ask(rpc.ConnectGetType, rpc.None{}),
		ask(rpc.ConnectGetMaxVcpus, libvirt.ConnectGetMaxVcpusArgs{}),
		ask(rpc.ConnectGetSysinfo, libvirt.ConnectGetSysinfoArgs{Flags: 4}),
		ask(rpc.ConnectGetDomainCapabilities, libvirt.ConnectGetDomainCapabilitiesArgs{}),
		ask(rpc.ConnectGetCPUModelNames, libvirt.ConnectGetCPUModelNamesArgs{Arch: "x86_64"}),
		ask(rpc.NodeGetSecurityModel, rpc.None{}),
		ask(rpc.ConnectNumOfDomains, rpc.None{}),
		ask(rpc.ConnectListAllDomains, libvirt.ConnectListAllDomainsArgs{NeedResults: 1, Flags: 1 << 20}),
		ask(rpc.DomainLookupByName, libvirt.DomainLookupByNameArgs{Name: "nope"}),
		ask(rpc.DomainLookupByUUID, libvirt.DomainLookupByUUIDArgs{UUID: noUUID}),
		ask(rpc.DomainLookupByID, libvirt.DomainLookupByIDArgs{ID: 77}),
		ask(rpc.DomainGetInfo, libvirt.DomainGetInfoArgs{Dom: nobody}),
		ask(rpc.DomainCreate, libvirt.DomainCreateArgs{Dom: nobody}),
		ask(rpc.DomainCreateWithFlags, libvirt.DomainCreateWithFlagsArgs{Dom: nobody, Flags: 1 << 20}),
		ask(rpc.DomainDestroyFlags, libvirt.DomainDestroyFlagsArgs{Dom: nobody, Flags: 4}),
		ask(rpc.DomainUndefineFlags, libvirt.DomainUndefineFlagsArgs{Dom: nobody, Flags: 1}),
		ask(rpc.DomainReset, libvirt.DomainResetArgs{Dom: nobody}),
		ask(rpc.DomainGetMaxVcpus, libvirt.DomainGetMaxVcpusArgs{Dom: nobody}),
		ask(rpc.DomainSetVcpus, libvirt.DomainSetVcpusArgs{Dom: nobody, Nvcpus: 1}),
		ask(rpc.DomainManagedSave, libvirt.DomainManagedSaveArgs{Dom: nobody}),
		ask(rpc.DomainRename, libvirt.DomainRenameArgs{Dom: nobody, NewName: libvirt.OptString{"other"}}),
		ask(rpc.DomainGetControlInfo, libvirt.DomainGetControlInfoArgs{Dom: nobody}),
		ask(rpc.DomainGetMessages, libvirt.DomainGetMessagesArgs{Dom: nobody}),
		ask(rpc.DomainGetSecurityLabelList, libvirt.DomainGetSecurityLabelListArgs{Dom: nobody}),
		ask(rpc.DomainCreateXML, libvirt.DomainCreateXMLArgs{Flags: 1 << 20}),
		ask(rpc.DomainDefineXMLFlags, libvirt.DomainDefineXMLFlagsArgs{XML: "<domain/>", Flags: 1 << 20}),
		define("<domain type='kvm'><name>a</name><memory>65536</memory><os><type>exe</type><init>/i</init></os></domain>"),
		define("<domain type='lxc'><name>a</name><memory>65536</memory><os><type>hvm</type></os></domain>"),
		define("<domain type='lxc'><name>a</name><memory>65536</memory><os><type>exe</type></os></domain>"),
		define("<domain type='lxc'><name>a</name><memory>65536</memory><os><type arch='armv7l'>exe</type><init>/i</init></os></domain>"),
	}
}

// TestAnswersOfLXC compares with what root's libvirtd said, since another one does
// not run the driver.
func TestAnswersOfLXC(t *testing.T) {
	const file, uri = "answers-lxc.txt", "lxc:///system"
	heading := strings.NewReplacer(recordedBy, "Recorded from libvirtd 9.0.0 of root by: go test -run TestAnswersOfLXC -update -lxc SOCKET")
	if *update && *lxcSocket != "" {
		conn := dialDaemon(t, *lxcSocket)
		conn.mustCall(t, ask(rpc.AuthList, rpc.None{}))
		conn.mustCall(t, ask(rpc.ConnectOpen, libvirt.ConnectOpenArgs{Name: libvirt.OptString{uri}}))
		real := heading.Replace(transcript(t, lxcQuestions(), conn.call))
		if err := os.WriteFile(filepath.Join("testdata", file), []byte(real), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	s, table := openSession(t, driver.Named("lxc"), uri), Supported()
	compareRecorded(t, file, heading.Replace(transcript(t, lxcQuestions(), func(q question) (any, error) {
		return table.Serve(s, q.info, q.args)
	})))
}
