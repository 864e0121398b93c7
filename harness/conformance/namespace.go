package conformance

import (
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"strings"
)

// noNamespace begins what the script below prints where it fails before the client
// runs.
const noNamespace = "conformance: no namespace: "

// noNamespaceStatus is the script's exit status then.
const noNamespaceStatus = 125

// userID and userName are those of the user without privileges.
const (
	userID   = "1000"
	userName = "fred"
)

// namespaceScript lays out the client's machine: it is run as root of a new mount
// namespace, and then becomes the client. Where a path is missing, the directory
// above it is covered by one that has links to all that was there.
const namespaceScript = `
fail() { echo "` + noNamespace + `$*" >&2; exit 125; }
n=0
shadow() {
	n=$((n + 1)); old=$work/old$n
	mkdir "$old" && mount --rbind "$1" "$old" && mount -t tmpfs tmpfs "$1" || fail "covering $1"
	for f in "$old"/* "$old"/.[!.]*; do
		if [ -e "$f" ] || [ -L "$f" ]; then ln -s "$f" "$1/" || fail "linking $f"; fi
	done
}
place() {
	if ! [ -e "$1" ]; then
		above=$(dirname "$1")
		while ! [ -d "$above" ]; do above=$(dirname "$above"); done
		[ "$above" != / ] || fail "nothing can be put at $1"
		shadow "$above"
		if [ -d "$2" ]; then mkdir -p "$1"; else mkdir -p "$(dirname "$1")" && : > "$1"; fi || fail "making $1"
	fi
	mount --bind "$2" "$1" || fail "mounting $1"
}
`

// inNamespace returns the command that runs argv in the client's namespace.
func (e *Env) inNamespace(argv []string) ([]string, error) {
	if runtime.GOOS != "linux" {
		return nil, &unfit{"mount namespaces are Linux's"}
	}
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		return nil, &unfit{"unshare(1) of util-linux is not installed"}
	}
	if err := e.systemFiles(); err != nil {
		return nil, err
	}
	var script strings.Builder
	script.WriteString(namespaceScript)
	fmt.Fprintf(&script, "work=%s\n", quote(e.Dir))
	for _, p := range e.places {
		fmt.Fprintf(&script, "place %s %s\n", quote(p.path), quote(p.source))
	}
	if e.identity == asUser {
		fmt.Fprintf(&script, "exec %s --user --map-user=%s --map-group=%s -- \"$@\"\n", quote(unshare), userID, userID)
	} else {
		script.WriteString("exec \"$@\"\n")
	}
	return append([]string{unshare, "--map-root-user", "--mount", "--", "/bin/sh", "-c", script.String(), "sh"}, argv...), nil
}

// systemFiles makes /etc/hosts, and /etc/passwd, from which ssh takes the user's name
// and home.
func (e *Env) systemFiles() error {
	if len(e.names) > 0 {
		var hosts strings.Builder
		names := make([]string, 0, len(e.names))
		for name := range e.names {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			fmt.Fprintf(&hosts, "%s %s\n", e.names[name], name)
		}
		if e.names["localhost"] == "" {
			hosts.WriteString("127.0.0.1 localhost\n::1 localhost\n")
		}
		path, err := e.File("hosts", hosts.String(), 0o644)
		if err != nil {
			return err
		}
		e.Place("/etc/hosts", path)
	}
	users := fmt.Sprintf("root:x:0:0::%s:/bin/sh\n%s:x:%s:%s::%s:/bin/sh\nnobody:x:65534:65534::/nonexistent:/bin/false\n", e.Home, userName, userID, userID, e.Home)
	path, err := e.File("passwd", users, 0o644)
	if err != nil {
		return err
	}
	e.Place("/etc/passwd", path)
	return nil
}

// quote quotes a word for the shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
