package hypervisor

import (
	"bytes"
	"slices"

	libvirt "github.com/digitalocean/go-libvirt"
)

// SecretRef names a secret as clients hold it: UsageType is a
// virSecretUsageType.
type SecretRef struct {
	UUID      UUID
	UsageType int32
	UsageID   string
}

// secret is one secret.
type secret struct {
	SecretRef
	ephemeral, private bool
	xml                string
}

// Filters of lists of secrets, VIR_CONNECT_LIST_SECRETS_….
const (
	listEphemeral   = uint32(libvirt.ConnectListSecretsEphemeral)
	listNoEphemeral = uint32(libvirt.ConnectListSecretsNoEphemeral)
	listPrivate     = uint32(libvirt.ConnectListSecretsPrivate)
	listNoPrivate   = uint32(libvirt.ConnectListSecretsNoPrivate)
)

// addSecretLocked puts a secret in, in place of the one of the same UUID if
// there is one.
func (s *State) addSecretLocked(x *secret) {
	i, found := slices.BinarySearchFunc(s.secrets, x.UUID, func(x *secret, id UUID) int {
		return bytes.Compare(x.UUID[:], id[:])
	})
	if found {
		s.secrets[i] = x
		return
	}
	s.secrets = slices.Insert(s.secrets, i, x)
}

// secretLocked finds a secret by its UUID.
func (s *State) secretLocked(id UUID) (*secret, error) {
	for _, x := range s.secrets {
		if x.UUID == id {
			return x, nil
		}
	}
	return nil, s.traits.Objects.Secret.errorf(libvirt.ErrNoSecret, "no secret with matching uuid '%s'", id)
}

// ConnectNumOfSecrets returns how many secrets there are.
func (s *State) ConnectNumOfSecrets() (int32, error) {
	if err := s.traits.Objects.Secret.require(FromSecret, "ConnectNumOfSecrets"); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.unlock()
	return int32(len(s.secrets)), nil
}

// ConnectListSecrets returns the UUIDs of at most most secrets, as text.
func (s *State) ConnectListSecrets(most int32) ([]string, error) {
	if err := s.traits.Objects.Secret.require(FromSecret, "ConnectListSecrets"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.unlock()
	ids := []string{}
	for _, x := range s.secrets[:min(int(most), len(s.secrets))] {
		ids = append(ids, x.UUID.String())
	}
	return ids, nil
}

// ConnectListAllSecrets returns the secrets that flags,
// VIR_CONNECT_LIST_SECRETS_…, let through.
func (s *State) ConnectListAllSecrets(flags uint32) ([]SecretRef, error) {
	const api = "ConnectListAllSecrets"
	t := &s.traits.Objects.Secret
	if err := t.require(FromSecret, api); err != nil {
		return nil, err
	}
	if err := t.checkFlags(api, flags, listEphemeral|listNoEphemeral|listPrivate|listNoPrivate); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.unlock()
	var refs []SecretRef
	for _, x := range s.secrets {
		if passes(flags, listEphemeral, listNoEphemeral, x.ephemeral) && passes(flags, listPrivate, listNoPrivate, x.private) {
			refs = append(refs, x.SecretRef)
		}
	}
	return refs, nil
}

// SecretLookupByUUID finds a secret, or fails with VIR_ERR_NO_SECRET.
func (s *State) SecretLookupByUUID(id UUID) (SecretRef, error) {
	if err := s.traits.Objects.Secret.require(FromSecret, "SecretLookupByUUID"); err != nil {
		return SecretRef{}, err
	}
	s.mu.Lock()
	defer s.unlock()
	x, err := s.secretLocked(id)
	if err != nil {
		return SecretRef{}, err
	}
	return x.SecretRef, nil
}

// SecretLookupByUsage finds a secret by what it is for, or fails with
// VIR_ERR_NO_SECRET.
func (s *State) SecretLookupByUsage(usageType int32, usageID string) (SecretRef, error) {
	t := &s.traits.Objects.Secret
	if err := t.require(FromSecret, "SecretLookupByUsage"); err != nil {
		return SecretRef{}, err
	}
	s.mu.Lock()
	defer s.unlock()
	for _, x := range s.secrets {
		if x.UsageType == usageType && x.UsageID == usageID {
			return x.SecretRef, nil
		}
	}
	return SecretRef{}, t.errorf(libvirt.ErrNoSecret, "no secret with matching usage '%s'", usageID)
}

// SecretGetXMLDesc returns a secret's document, without its value.
func (s *State) SecretGetXMLDesc(ref SecretRef, flags uint32) (string, error) {
	const api = "SecretGetXMLDesc"
	t := &s.traits.Objects.Secret
	if err := t.require(FromSecret, api); err != nil {
		return "", err
	}
	if err := t.checkFlags(api, flags, 0); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.unlock()
	x, err := s.secretLocked(ref.UUID)
	if err != nil {
		return "", err
	}
	return x.xml, nil
}
