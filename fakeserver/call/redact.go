package call

import (
	"slices"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Redact returns v, or where v carries a secret by its type, a copy without it.
// v points to the arguments or to the result of a procedure.
//
// Secrets are what SASL exchanges, the values of secrets, users' passwords, what
// is put into a guest under launch security, the token of
// virConnectSetIdentity, and passwords in commands to QEMU's monitor and to the
// guest agent.
func Redact(v any) any {
	v, _ = redact(v)
	return v
}

// redact also returns how many bytes it took out. It must stay cheap: it looks at
// every call.
func redact(v any) (any, int) {
	switch v := v.(type) {
	case *libvirt.AuthSaslStartArgs:
		return redactList(v, func(v *libvirt.AuthSaslStartArgs) *[]int8 { return &v.Data })
	case *libvirt.AuthSaslStartRet:
		return redactList(v, func(v *libvirt.AuthSaslStartRet) *[]int8 { return &v.Data })
	case *libvirt.AuthSaslStepArgs:
		return redactList(v, func(v *libvirt.AuthSaslStepArgs) *[]int8 { return &v.Data })
	case *libvirt.AuthSaslStepRet:
		return redactList(v, func(v *libvirt.AuthSaslStepRet) *[]int8 { return &v.Data })
	case *libvirt.SecretSetValueArgs:
		return redactList(v, func(v *libvirt.SecretSetValueArgs) *[]byte { return &v.Value })
	case *libvirt.SecretGetValueRet:
		return redactList(v, func(v *libvirt.SecretGetValueRet) *[]byte { return &v.Value })
	case *libvirt.DomainSetUserPasswordArgs:
		return redactPassword(v)
	case *libvirt.DomainSetLaunchSecurityStateArgs:
		return redactParams(v, func(v *libvirt.DomainSetLaunchSecurityStateArgs) *[]libvirt.TypedParam { return &v.Params }, "sev-secret")
	case *libvirt.ConnectSetIdentityArgs:
		return redactParams(v, func(v *libvirt.ConnectSetIdentityArgs) *[]libvirt.TypedParam { return &v.Params }, "token")
	case *libvirt.QEMUDomainMonitorCommandArgs:
		return redactCommand(v, func(v *libvirt.QEMUDomainMonitorCommandArgs) *string { return &v.Cmd })
	case *libvirt.QEMUDomainMonitorCommandWithFilesArgs:
		return redactCommand(v, func(v *libvirt.QEMUDomainMonitorCommandWithFilesArgs) *string { return &v.Cmd })
	case *libvirt.QEMUDomainAgentCommandArgs:
		return redactCommand(v, func(v *libvirt.QEMUDomainAgentCommandArgs) *string { return &v.Cmd })
	}
	return v, 0
}

// carriesSecret tells of which procedures the values are that redact knows.
func carriesSecret(p *rpc.Info) bool {
	switch p {
	case rpc.AuthSaslStart.Info, rpc.AuthSaslStep.Info, rpc.SecretSetValue.Info, rpc.SecretGetValue.Info,
		rpc.DomainSetUserPassword.Info, rpc.DomainSetLaunchSecurityState.Info, rpc.ConnectSetIdentity.Info,
		rpc.QEMUDomainMonitorCommand.Info, rpc.QEMUDomainMonitorCommandWithFiles.Info, rpc.QEMUDomainAgentCommand.Info:
		return true
	}
	return false
}

func redactPassword(v *libvirt.DomainSetUserPasswordArgs) (any, int) {
	if v == nil || len(v.Password) == 0 {
		return v, 0
	}
	clean := *v
	clean.Password = libvirt.OptString{""}
	return &clean, len(v.Password[0])
}

// redactList takes out a list of bytes.
func redactList[V any, S ~[]E, E any](v *V, field func(*V) *S) (any, int) {
	if v == nil || len(*field(v)) == 0 {
		return v, 0
	}
	clean := *v
	n := len(*field(v))
	*field(&clean) = nil
	return &clean, n
}

// redactParams takes out the text of those parameters whose names contain word.
func redactParams[V any](v *V, field func(*V) *[]libvirt.TypedParam, word string) (any, int) {
	if v == nil {
		return v, 0
	}
	n := 0
	var list []libvirt.TypedParam
	for i, p := range *field(v) {
		text, ok := p.Value.I.(string)
		if !ok || text == "" || !strings.Contains(p.Field, word) {
			continue
		}
		if list == nil {
			list = slices.Clone(*field(v))
		}
		list[i].Value.I = ""
		n += len(text)
	}
	if list == nil {
		return v, 0
	}
	clean := *v
	*field(&clean) = list
	return &clean, n
}

// redactCommand takes passwords out of a command.
func redactCommand[V any](v *V, field func(*V) *string) (any, int) {
	if v == nil {
		return v, 0
	}
	text, n := maskCommand(*field(v))
	if n == 0 {
		return v, 0
	}
	clean := *v
	*field(&clean) = text
	return &clean, n
}
