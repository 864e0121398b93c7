package call_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

const canary = "canary-7f3a"

func chars(s string) []int8 {
	var list []int8
	for _, c := range []byte(s) {
		list = append(list, int8(c))
	}
	return list
}

func params(field, text string) []libvirt.TypedParam {
	return []libvirt.TypedParam{
		{Field: "user-name", Value: libvirt.TypedParamValue{D: rpc.ParamString, I: "visible"}},
		{Field: field, Value: libvirt.TypedParamValue{D: rpc.ParamString, I: text}},
		{Field: field + "-number", Value: *libvirt.NewTypedParamValueUint(7)},
	}
}

// secrets are one value of each type that carries a secret, with the canary as
// that.
var secrets = []struct {
	name    string
	p       *rpc.Info
	v       any
	visible string // what must stay
}{
	{"sasl start", rpc.AuthSaslStart.Info, &libvirt.AuthSaslStartArgs{Mech: "visible", Data: chars(canary)}, "visible"},
	{"sasl start's answer", rpc.AuthSaslStart.Info, &libvirt.AuthSaslStartRet{Complete: 7, Data: chars(canary)}, "7"},
	{"sasl step", rpc.AuthSaslStep.Info, &libvirt.AuthSaslStepArgs{Nil: 7, Data: chars(canary)}, "7"},
	{"sasl step's answer", rpc.AuthSaslStep.Info, &libvirt.AuthSaslStepRet{Complete: 7, Data: chars(canary)}, "7"},
	{"secret set", rpc.SecretSetValue.Info, &libvirt.SecretSetValueArgs{OptSecret: libvirt.Secret{UsageID: "visible"}, Value: []byte(canary)}, "visible"},
	{"secret get", rpc.SecretGetValue.Info, &libvirt.SecretGetValueRet{Value: []byte(canary)}, ""},
	{"user's password", rpc.DomainSetUserPassword.Info, &libvirt.DomainSetUserPasswordArgs{User: libvirt.OptString{"visible"}, Password: libvirt.OptString{canary}}, "visible"},
	{"launch security", rpc.DomainSetLaunchSecurityState.Info, &libvirt.DomainSetLaunchSecurityStateArgs{Params: params("sev-secret", canary)}, "visible"},
	{"launch security's header", rpc.DomainSetLaunchSecurityState.Info, &libvirt.DomainSetLaunchSecurityStateArgs{Params: params("sev-secret-header", canary)}, "visible"},
	{"identity's token", rpc.ConnectSetIdentity.Info, &libvirt.ConnectSetIdentityArgs{Params: params("system.token", canary)}, "visible"},
	{"agent", rpc.QEMUDomainAgentCommand.Info, &libvirt.QEMUDomainAgentCommandArgs{
		Cmd: `{"execute":"guest-set-user-password","arguments":{"username":"visible","password":"` + canary + `","crypted":false}}`,
	}, "visible"},
	{"agent with escapes", rpc.QEMUDomainAgentCommand.Info, &libvirt.QEMUDomainAgentCommandArgs{
		Cmd: `{"execute":"guest-set-user-password","arguments":{"p\u0061ssw\u006frd":"` + canary + `"}}`,
	}, "guest-set-user-password"},
	{"monitor", rpc.QEMUDomainMonitorCommand.Info, &libvirt.QEMUDomainMonitorCommandArgs{
		Cmd: `{"execute":"set_password","arguments":{"protocol":"visible","password":"` + canary + `"}}`,
	}, "visible"},
	{"monitor, secret object", rpc.QEMUDomainMonitorCommand.Info, &libvirt.QEMUDomainMonitorCommandArgs{
		Cmd: `{"execute":"object-add","arguments":{"qom-type":"secret","id":"visible","data":"` + canary + `"}}`,
	}, "visible"},
	{"monitor, nested", rpc.QEMUDomainMonitorCommand.Info, &libvirt.QEMUDomainMonitorCommandArgs{
		Cmd: `[{"execute":"visible","arguments":{"secrets":[["` + canary + `"],{"x":"` + canary + `"}]}}]`,
	}, "visible"},
	{"monitor, human within", rpc.QEMUDomainMonitorCommand.Info, &libvirt.QEMUDomainMonitorCommandArgs{
		Cmd: `{"execute":"human-monitor-command","arguments":{"command-line":"set_password vnc ` + canary + `"}}`,
	}, "set_password"},
	{"monitor, human", rpc.QEMUDomainMonitorCommand.Info, &libvirt.QEMUDomainMonitorCommandArgs{Cmd: "change vnc password " + canary}, "change"},
	{"monitor, human object", rpc.QEMUDomainMonitorCommand.Info, &libvirt.QEMUDomainMonitorCommandArgs{Cmd: "object_add data=" + canary + ",qom-type=secret"}, "object_add"},
	{"monitor, single quotes", rpc.QEMUDomainMonitorCommand.Info, &libvirt.QEMUDomainMonitorCommandArgs{Cmd: `{'execute':'set_password','arguments':{'password':'` + canary + `'}}`}, ""},
	{"monitor with files", rpc.QEMUDomainMonitorCommandWithFiles.Info, &libvirt.QEMUDomainMonitorCommandWithFilesArgs{
		Cmd: `{"execute":"visible","arguments":{"password":"` + canary + `"}}`,
	}, "visible"},
}

// leaks reports whether the text has the canary, in whatever form.
func leaks(text string) bool {
	list := fmt.Sprint([]byte(canary))
	for _, form := range []string{
		canary, list[1 : len(list)-1], strings.ReplaceAll(list[1:len(list)-1], " ", ","),
		hex.EncodeToString([]byte(canary)), base64.StdEncoding.EncodeToString([]byte(canary))[:8],
	} {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSecretsStayOutOfEverything(t *testing.T) {
	t.Parallel()
	for _, c := range secrets {
		t.Run(c.name, func(t *testing.T) {
			before := asJSON(t, c.v)
			if !leaks(before) {
				t.Fatal("the test finds no secret in", before)
			}
			j := call.NewJournal(time.Now)
			asked := call.New(c.p, journalPeer, 1, c.v, nil, nil)
			j.End(j.Begin(asked, 1), c.v, nil, 1)
			r := j.Records()[0]
			for what, text := range map[string]string{
				"Redact":         asJSON(t, call.Redact(c.v)),
				"the record":     asJSON(t, []any{r.Args, r.Ret}),
				"String":         r.String(),
				"%+v":            fmt.Sprintf("%+v %+v %+v", r, r.Args, r.Ret),
				"Show":           call.Show(c.p, c.v),
				"ShowLines":      strings.Join(call.ShowLines(c.p, c.v), "\n"),
				"ShowArgsLines":  strings.Join(r.ShowArgsLines(), "\n"),
				"a foreign type": call.Show(c.p, struct{ V any }{c.v}),
			} {
				if leaks(text) {
					t.Errorf("%s has the secret: %s", what, text)
				}
				if what != "a foreign type" && what != "%+v" && !strings.Contains(text, c.visible) {
					t.Errorf("%s hides %q: %s", what, c.visible, text)
				}
			}
			if after := asJSON(t, asked.Args); after != before {
				t.Errorf("the call itself was changed to %s", after)
			}
			if text := r.ShowArgs(); !strings.Contains(text, "bytes is not shown") {
				t.Errorf("nothing tells of the secret: %s", text)
			}
		})
	}
}

func TestValuesWithoutSecretsAreShared(t *testing.T) {
	t.Parallel()
	for _, v := range []any{
		nil, &rpc.None{}, &libvirt.DomainLookupByNameArgs{Name: "password"},
		(*libvirt.SecretSetValueArgs)(nil), &libvirt.SecretSetValueArgs{},
		(*libvirt.DomainSetUserPasswordArgs)(nil), &libvirt.DomainSetUserPasswordArgs{},
		(*libvirt.ConnectSetIdentityArgs)(nil), &libvirt.ConnectSetIdentityArgs{Params: params("x", "y")},
		(*libvirt.QEMUDomainAgentCommandArgs)(nil),
		&libvirt.QEMUDomainAgentCommandArgs{Cmd: `{"execute":"guest-ping"}`},
		&libvirt.QEMUDomainAgentCommandArgs{Cmd: `{"execute":"guest-exec","arguments":{"path":"C:\\x"}}`},
	} {
		if got := call.Redact(v); got != v {
			t.Errorf("%T is copied: %+v", v, got)
		}
	}
}

func TestMaskText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{`<graphics type='vnc' port='1' passwd='` + canary + `' passwdValidTo='x'/>`, `<graphics type='vnc' port='1' passwd='***' passwdValidTo='x'/>`},
		{`<graphics passwd = "` + canary + `"/>`, `<graphics passwd = "***"/>`},
		{`<graphics passwd='` + canary, `<graphics passwd='***`},
		{`<a/><secret>` + canary + `</secret><b/>`, `<a/><secret>***</secret><b/>`},
		{"<secret>\n " + canary, `<secret>***`},
		{`<password x='1'><![CDATA[<` + canary + `]]></password>`, `<password x='1'>***</password>`},
		{`<cookies><cookie name='session'>` + canary + `</cookie></cookies>`, `<cookies><cookie name='session'>***</cookie></cookies>`},
		{`<auth username='u'><secret type='ceph' usage='x'/></auth>`, `<auth username='u'><secret type='ceph' usage='x'/></auth>`},
		{"<secret ephemeral='no'>\n  <usage type='volume'/>\n</secret>", "<secret ephemeral='no'>\n  <usage type='volume'/>\n</secret>"},
		{`vfb = [ "type=vnc,vncpasswd=` + canary + `,vnc=1" ]`, `vfb = [ "type=vnc,vncpasswd=***,vnc=1" ]`},
		{`RemoteDisplay.vnc.password = "` + canary + `"`, `RemoteDisplay.vnc.password = "***"`},
		{`-object secret,id=s0,data=` + canary + ` -nodefaults`, `-object secret,id=s0,data=*** -nodefaults`},
		{`qemu+ssh://user:` + canary + `@host/system`, `qemu+ssh://user:***@host/system`},
		{`qemu+tcp://host:16509/system`, `qemu+tcp://host:16509/system`},
		{`<!DOCTYPE d [<!ENTITY p "` + canary + `">]><graphics passwd='&p;'/>`, `<!DOCTYPE d [<!ENTITY ***>]><graphics passwd='***'/>`},
		{`<name>passwd</name>`, `<name>passwd</name>`},
	} {
		if got := call.MaskText(c.text); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

// Wherever a text is cut, no part of a secret is shown.
func TestCutTextsHideSecrets(t *testing.T) {
	t.Parallel()
	for fill := range 260 {
		xml := strings.Repeat(" ", fill) + `<graphics passwd='` + canary + `'/><secret>` + canary + `</secret>` + strings.Repeat("x", 300)
		if text := call.Show(rpc.DomainDefineXML.Info, &libvirt.DomainDefineXMLArgs{XML: xml}); strings.Contains(text, canary[:3]) {
			t.Errorf("after %d: %s", fill, text)
		}
	}
	xml := "<domain>\n  <graphics passwd='" + canary + "'/>\n</domain>"
	if text := strings.Join(call.ShowLines(rpc.DomainDefineXML.Info, &libvirt.DomainDefineXMLArgs{XML: xml}), "\n"); leaks(text) {
		t.Error(text)
	}
	err := fmt.Errorf("parsing: %w", errors.New(xml))
	if text := call.ShowError(err); leaks(text) {
		t.Error(text)
	}
}

func FuzzRedactCommand(f *testing.F) {
	for _, c := range secrets {
		if v, ok := c.v.(*libvirt.QEMUDomainMonitorCommandArgs); ok {
			f.Add(v.Cmd)
		}
	}
	f.Fuzz(func(t *testing.T, cmd string) {
		clean := call.Redact(&libvirt.QEMUDomainMonitorCommandArgs{Cmd: cmd}).(*libvirt.QEMUDomainMonitorCommandArgs)
		_ = call.Show(rpc.QEMUDomainMonitorCommand.Info, clean)
	})
}
