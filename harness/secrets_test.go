package harness_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

const canary = "canary-7f3a"

// leaks reports whether the text has the canary, as text, as the bytes of a list,
// or encoded.
func leaks(text string) bool {
	list := strings.Trim(fmt.Sprint([]byte(canary)), "[]")
	return strings.Contains(text, canary) || strings.Contains(text, list) ||
		strings.Contains(text, hex.EncodeToString([]byte(canary))) ||
		strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(canary))[:8])
}

func chars(s string) []int8 {
	var list []int8
	for _, c := range []byte(s) {
		list = append(list, int8(c))
	}
	return list
}

// buffer is a log.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// A client sends each kind of secret, and gets some; no log and no failing
// assertion has any of them.
func TestSecretsAreShownNowhere(t *testing.T) {
	t.Parallel()
	const xml = "<domain>\n<graphics passwd='" + canary + "'/>\n</domain>"
	log := &buffer{}
	got := within(t, func(t testing.TB) {
		host := harness.Start(t, harness.WithTransports(), harness.WithLogger(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		l := host.Connect(t)
		harness.Hook(host, rpc.SecretGetValue, func(context.Context, *libvirt.SecretGetValueArgs, func(context.Context, *libvirt.SecretGetValueArgs) (*libvirt.SecretGetValueRet, error)) (*libvirt.SecretGetValueRet, error) {
			return &libvirt.SecretGetValueRet{Value: []byte(canary)}, nil
		})
		harness.Hook(host, rpc.AuthSaslStep, func(context.Context, *libvirt.AuthSaslStepArgs, func(context.Context, *libvirt.AuthSaslStepArgs) (*libvirt.AuthSaslStepRet, error)) (*libvirt.AuthSaslStepRet, error) {
			return &libvirt.AuthSaslStepRet{Data: chars(canary)}, nil
		})
		harness.Hook(host, rpc.DomainCreateXML, func(context.Context, *libvirt.DomainCreateXMLArgs, func(context.Context, *libvirt.DomainCreateXMLArgs) (*libvirt.DomainCreateXMLRet, error)) (*libvirt.DomainCreateXMLRet, error) {
			return nil, errors.New("bad XML: " + xml)
		})
		password := libvirt.DomainSetUserPasswordArgs{User: libvirt.OptString{"root"}, Password: libvirt.OptString{canary + "-other"}}
		harness.ExpectCall(t, host, rpc.DomainSetUserPassword, harness.WithArgs(password), harness.Times(2))
		harness.ExpectCall(t, host, rpc.DomainDefineXML, harness.WithArgs(libvirt.DomainDefineXMLArgs{XML: strings.Replace(xml, canary, canary+"-other", 1)}))
		harness.ExpectNoCall(t, host, rpc.SecretSetValue)
		harness.ExpectNoCall(t, host, rpc.SecretGetValue)
		harness.ExpectNoCall(t, host, rpc.AuthSaslStart)
		harness.ExpectNoCall(t, host, rpc.AuthSaslStep)
		harness.ExpectNoCall(t, host, rpc.DomainCreateXML)
		harness.ExpectCall(t, host, rpc.QEMUDomainAgentCommand, harness.WithArgs(libvirt.QEMUDomainAgentCommandArgs{}))

		dom := libvirt.Domain{Name: "x"}
		_ = l.DomainSetUserPassword(dom, libvirt.OptString{"toor"}, libvirt.OptString{canary}, 0)
		_ = l.SecretSetValue(libvirt.Secret{}, []byte(canary), 0)
		if value, err := l.SecretGetValue(libvirt.Secret{}, 0); err != nil || string(value) != canary {
			t.Fatalf("the client gets %q, %v", value, err)
		}
		_, _, _, _ = l.AuthSaslStart("PLAIN", 0, chars(canary))
		_, _, data, err := l.AuthSaslStep(0, chars(canary))
		if err != nil || len(data) != len(canary) {
			t.Fatalf("the client gets %v, %v", data, err)
		}
		_, _ = l.QEMUDomainAgentCommand(dom, `{"execute":"guest-set-user-password","arguments":{"password":"`+canary+`"}}`, 0, 0)
		_, _ = l.QEMUDomainMonitorCommand(dom, "set_password vnc "+canary, 0)
		secret := []libvirt.TypedParam{{Field: "sev-secret", Value: *libvirt.NewTypedParamValueString(canary)}}
		_ = l.DomainSetLaunchSecurityState(dom, secret, 0)
		_, _ = l.DomainDefineXML(xml)
		if _, err := l.DomainCreateXML(xml, 0); err == nil || !strings.Contains(err.Error(), canary) {
			t.Fatalf("the client gets %v", err)
		}
		_, _ = l.ConnectGetHostname()
	})
	for _, want := range []string{"- User: \"root\"", "+ User: \"toor\"", "clients called SecretSetValue", "passwd='***'", "AuthSaslStep(", "sev-secret", "guest-set-user-password", "the last calls"} {
		if !strings.Contains(got, want) {
			t.Errorf("the failing test does not say %q:\n%s", want, got)
		}
	}
	for _, want := range []string{"procedure=SecretGetValue", "procedure=AuthSaslStart", "guest-set-user-password", "passwd='***'", "bytes is not shown"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log)
		}
	}
	if leaks(got) {
		t.Errorf("the failing test shows a secret:\n%s", got)
	}
	if leaks(log.String()) {
		for line := range strings.Lines(log.String()) {
			if leaks(line) {
				t.Errorf("the log shows a secret: %s", line)
			}
		}
	}
}

// The UUIDs in a log can be read.
func TestLogShowsUUIDs(t *testing.T) {
	t.Parallel()
	log := &buffer{}
	host := harness.Start(t, harness.WithTransports(), harness.WithLogger(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	l := host.ConnectTo(t, "test:///default")
	dom, err := l.DomainLookupByName("test")
	if err != nil {
		t.Fatal(err)
	}
	u := dom.UUID
	if want := fmt.Sprintf("UUID: %x-%x-%x-%x-%x, ID: 1", u[:4], u[4:6], u[6:8], u[8:10], u[10:]); !strings.Contains(log.String(), want) {
		t.Errorf("the log does not say %q:\n%s", want, log)
	}
}
