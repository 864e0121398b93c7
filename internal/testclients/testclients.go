// Package testclients finds the real clients that tests judge fakelibvirtd with:
// virsh, ssh, gnutls-cli and their like.
//
// A machine without them must still be able to run `go test ./...`, so a test
// that needs one skips, saying what to install. Where a skip would be a lie (in
// continuous integration) the environment variable FAKELIBVIRTD_REQUIRE_CLIENTS,
// set to anything, turns the skip into a failure:
//
//	virsh := testclients.Need(t, "virsh", "libvirt-clients")
//	out, err := exec.Command(virsh, "-c", uri, "list", "--all").CombinedOutput()
//
// What a test needs beside programs, such as a kernel that grants namespaces, goes
// through [Unavailable] for the same reason.
package testclients

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// RequireEnv names the environment variable that, set to a non-empty value, makes
// a missing client a failure.
const RequireEnv = "FAKELIBVIRTD_REQUIRE_CLIENTS"

// Need returns the path of program as the PATH gives it. Where it is missing the
// test ends there: skipped, or failed if [RequireEnv] is set; either way the text
// names the Debian package that brings it.
func Need(t testing.TB, program, aptPackage string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		Unavailable(t, fmt.Sprintf("%s is not installed: apt-get install %s", program, aptPackage))
		return ""
	}
	return path
}

// NeedSASL ends a test, as Need does, where SASL's library has no such module for
// clients: "scram", or "gssapiv2" for Kerberos.
func NeedSASL(t testing.TB, module, aptPackage string) {
	t.Helper()
	if !HasSASL(module) {
		Unavailable(t, fmt.Sprintf("SASL's module %s is not installed: apt-get install %s", module, aptPackage))
	}
}

// HasSASL reports whether SASL's library has such a module for clients.
func HasSASL(module string) bool {
	for _, dir := range []string{"/usr/lib/*/sasl2", "/usr/lib/sasl2", "/usr/lib64/sasl2"} {
		if found, _ := filepath.Glob(filepath.Join(dir, "lib"+module+".so")); len(found) > 0 {
			return true
		}
	}
	return false
}

// Unavailable ends a test that cannot run here for the reason given: skipped, or
// failed if [RequireEnv] is set.
func Unavailable(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv(RequireEnv) != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
