package fakeserver_test

import (
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// The settings are read from YAML by their own tags; keys that are empty are others
// than keys that are not there.
func TestSSHSettingsFromYAML(t *testing.T) {
	t.Parallel()
	var got struct {
		Auth   fakeserver.SSHAuth   `yaml:"auth"`
		Server fakeserver.SSHServer `yaml:"server"`
	}
	err := yaml.UnmarshalWithOptions([]byte(`
auth:
  methods: ["publickey,password", keyboard-interactive]
  max_tries: 3
  users:
    root: {password: secret}
    alice:
      keys: []
      principals: [admins]
      prompts:
        - {text: "Code: ", answer: "42", echo: true}
        - {text: "Again: ", answer: "43", next: true}
    bob: {refused: true}
server:
  version: SSH-2.0-x
  host_keys: [ed25519, rsa2048]
  change_host_keys_at: [2]
  host_key_algorithms: [rsa-sha2-256]
`), &got, yaml.Strict())
	if err != nil {
		t.Fatal(err)
	}
	wantAuth := fakeserver.SSHAuth{
		Methods: []string{"publickey,password", "keyboard-interactive"}, MaxTries: 3,
		Users: map[string]fakeserver.SSHUser{
			"root": {Password: "secret"},
			"alice": {Keys: []string{}, Principals: []string{"admins"}, Prompts: []fakeserver.SSHPrompt{
				{Text: "Code: ", Answer: "42", Echo: true}, {Text: "Again: ", Answer: "43", Next: true},
			}},
			"bob": {Refused: true},
		},
	}
	wantServer := fakeserver.SSHServer{
		Version: "SSH-2.0-x", HostKeys: []certs.KeyType{certs.Ed25519, certs.RSA2048},
		ChangeHostKeysAt: []int{2}, HostKeyAlgorithms: []string{"rsa-sha2-256"},
	}
	if diff := cmp.Diff(wantAuth, got.Auth); diff != "" {
		t.Errorf("auth (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantServer, got.Server); diff != "" {
		t.Errorf("server (-want +got):\n%s", diff)
	}
}
