package testdaemon

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// SASL is what StartSASL sets up.
type SASL struct {
	// Mechanisms are mech_list of libvirt.conf, with spaces between.
	Mechanisms string
	// Users are names and passwords.
	Users map[string]string
	// Lines are added to libvirtd.conf.
	Lines []string
	// Keytab and Krb5Conf are what files for Kerberos contain, if it is to have any.
	Keytab   []byte
	Krb5Conf string
}

// StartSASL is Start for a daemon that asks for SASL, on its unix socket and on tcp.
// It has a directory of SASL's settings and a database of users to itself.
func StartSASL(t testing.TB, s SASL) *Daemon {
	t.Helper()
	testclients.Need(t, saslpasswd, "sasl2-bin")
	return start(t, Config{
		TCP: true, SASL: &s,
		Lines: append(slices.Clone(s.Lines), `auth_unix_rw = "sasl"`, `auth_tcp = "sasl"`),
	})
}

// saslpasswd is the program that makes users of SASL.
const saslpasswd = "saslpasswd2"

// write makes SASL's settings and its users in the daemon's directory, and returns what
// is to be added to its environment.
func (s *SASL) write(dir string) (env []string, err error) {
	const shared = 0o755
	conf := filepath.Join(dir, "sasl2")
	if err := os.Mkdir(conf, shared); err != nil {
		return nil, err
	}
	text := fmt.Sprintf("mech_list: %s\nsasldb_path: %s/users.db\n", s.Mechanisms, conf)
	if err := os.WriteFile(filepath.Join(conf, "libvirt.conf"), []byte(text), 0o644); err != nil {
		return nil, err
	}
	for name, password := range s.Users {
		for _, realm := range realms() {
			cmd := exec.Command(saslpasswd, "-c", "-p", "-f", filepath.Join(conf, "users.db"), "-u", realm, name)
			cmd.Stdin = strings.NewReader(password)
			if out, err := cmd.CombinedOutput(); err != nil {
				return nil, fmt.Errorf("%s: %w: %s", saslpasswd, err, out)
			}
		}
	}
	env = []string{"SASL_CONF_PATH=" + conf}
	if s.Keytab == nil {
		return env, nil
	}
	keytab, krb5 := filepath.Join(conf, "krb5.keytab"), filepath.Join(conf, "krb5.conf")
	if err := os.WriteFile(keytab, s.Keytab, 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(krb5, []byte(s.Krb5Conf), 0o644); err != nil {
		return nil, err
	}
	return append(env, "KRB5_KTNAME="+keytab, "KRB5_CONFIG="+krb5, "KRB5RCACHEDIR="+conf), nil
}

// realms are what the daemon may call its host, and so where SASL looks its users up.
func realms() []string {
	var list []string
	if name, err := os.Hostname(); err == nil {
		list = append(list, name)
	}
	if out, err := exec.Command("hostname", "--fqdn").Output(); err == nil {
		list = append(list, strings.TrimSpace(string(out)))
	}
	slices.Sort(list)
	return slices.Compact(list)
}
