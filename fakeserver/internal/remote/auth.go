package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerAuth(t *Table) {
	handle(t, rpc.AuthList, authList)
	handle(t, rpc.AuthSaslInit, authSASLInit)
	handle(t, rpc.AuthSaslStart, authSASLStart)
	handle(t, rpc.AuthSaslStep, authSASLStep)
	handle(t, rpc.AuthPolkit, authPolkit)
}

// authNone is REMOTE_AUTH_NONE.
const authNone libvirt.AuthType = 0

// authList names the one way to authenticate; every socket asks for none.
func authList(*Session, *rpc.None) (*libvirt.AuthListRet, error) {
	return &libvirt.AuthListRet{Types: []libvirt.AuthType{authNone}}, nil
}

// The mechanisms that no socket is configured for fail as the daemon's do: with
// one text for every cause.

func authSASLInit(*Session, *rpc.None) (*libvirt.AuthSaslInitRet, error) {
	return nil, authFailed()
}

func authSASLStart(*Session, *libvirt.AuthSaslStartArgs) (*libvirt.AuthSaslStartRet, error) {
	return nil, authFailed()
}

func authSASLStep(*Session, *libvirt.AuthSaslStepArgs) (*libvirt.AuthSaslStepRet, error) {
	return nil, authFailed()
}

func authPolkit(*Session, *rpc.None) (*libvirt.AuthPolkitRet, error) {
	return nil, authFailed()
}

func authFailed() error {
	return hypervisor.Errorf(hypervisor.FromRPC, libvirt.ErrAuthFailed, "authentication failed")
}
