package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

func registerSecrets(t *Table) {
	handle(t, rpc.ConnectNumOfSecrets, onObjects(connectNumOfSecrets))
	handle(t, rpc.ConnectListSecrets, onObjects(connectListSecrets))
	handle(t, rpc.ConnectListAllSecrets, onObjects(connectListAllSecrets))
	handle(t, rpc.SecretLookupByUUID, onObjects(secretLookupByUUID))
	handle(t, rpc.SecretLookupByUsage, onObjects(secretLookupByUsage))
	handle(t, rpc.SecretGetXMLDesc, onObjects(secretGetXMLDesc))
}

func wireSecret(s hypervisor.SecretRef) libvirt.Secret {
	return libvirt.Secret{UUID: libvirt.UUID(s.UUID), UsageType: s.UsageType, UsageID: s.UsageID}
}

func secretRef(s libvirt.Secret) hypervisor.SecretRef {
	return hypervisor.SecretRef{UUID: hypervisor.UUID(s.UUID), UsageType: s.UsageType, UsageID: s.UsageID}
}

func connectNumOfSecrets(st *hypervisor.State, _ *rpc.None) (*libvirt.ConnectNumOfSecretsRet, error) {
	n, err := st.ConnectNumOfSecrets()
	return &libvirt.ConnectNumOfSecretsRet{Num: n}, err
}

func connectListSecrets(st *hypervisor.State, a *libvirt.ConnectListSecretsArgs) (*libvirt.ConnectListSecretsRet, error) {
	if err := checkMax(a.Maxuuids, "maxuuids", listMax, "REMOTE_SECRET_LIST_MAX"); err != nil {
		return nil, err
	}
	ids, err := st.ConnectListSecrets(a.Maxuuids)
	return &libvirt.ConnectListSecretsRet{Uuids: ids}, err
}

func connectListAllSecrets(st *hypervisor.State, a *libvirt.ConnectListAllSecretsArgs) (*libvirt.ConnectListAllSecretsRet, error) {
	refs, err := st.ConnectListAllSecrets(uint32(a.Flags))
	ret := &libvirt.ConnectListAllSecretsRet{}
	ret.Secrets, ret.Ret = listed(refs, a.NeedResults, wireSecret)
	return ret, err
}

func secretLookupByUUID(st *hypervisor.State, a *libvirt.SecretLookupByUUIDArgs) (*libvirt.SecretLookupByUUIDRet, error) {
	x, err := st.SecretLookupByUUID(hypervisor.UUID(a.UUID))
	return &libvirt.SecretLookupByUUIDRet{OptSecret: wireSecret(x)}, err
}

func secretLookupByUsage(st *hypervisor.State, a *libvirt.SecretLookupByUsageArgs) (*libvirt.SecretLookupByUsageRet, error) {
	x, err := st.SecretLookupByUsage(a.UsageType, a.UsageID)
	return &libvirt.SecretLookupByUsageRet{OptSecret: wireSecret(x)}, err
}

func secretGetXMLDesc(st *hypervisor.State, a *libvirt.SecretGetXMLDescArgs) (*libvirt.SecretGetXMLDescRet, error) {
	xml, err := st.SecretGetXMLDesc(secretRef(a.OptSecret), a.Flags)
	return &libvirt.SecretGetXMLDescRet{XML: xml}, err
}
