package conformance

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// Env is the surroundings of a client: the node, and what is on the client's own
// machine. The words that templates may have are:
//
//   - {tcp}, {tls}, {ssh}: where the node listens, host:port, or without the port
//     where the node has the default one; {tcp.host} and {tcp.port} are its parts
//   - {closed}: host:port of a port on which nobody listens
//   - {socket}, {socket-ro}: the node's unix sockets, and {run-dir} the directory that
//     has them in libvirt's layout, as /run has
//   - {pki}: the directory with the client's certificates
//   - {key}, {known_hosts}, {ssh-command}: the private key for SSH, the file with the
//     node's host keys, and the stock ssh with a configuration that has both
//   - {ext}: a program that relays its input and output to the node
//   - {dir}, {home}: the client's own directory, and its home
//   - and what the row has Set.
type Env struct {
	// Server is the node. It is nil where the rows run against a real one.
	Server *fakeserver.Server
	// Dir is a directory for files of the client, Home its home. Their paths are
	// short, and hold no characters that need escapes.
	Dir, Home string

	words    map[string]func() (string, error)
	vars     map[string]string // "" takes a variable away
	path     []string          // before the PATH
	places   []place
	names    map[string]string // for /etc/hosts
	identity identity
	answer   string // to a question on the terminal
	input    string // the client's standard input
	// sshClient writes the files of a client of the node's SSH server.
	sshClient func(dir string, c certs.SSHClient) (certs.SSHFiles, error)
	// settle waits for what the row does to the node while the client runs; nil is
	// nothing.
	settle   func() error
	cleanups []func()
}

// place is a path in the client's namespace, and what is found there.
type place struct{ path, source string }

// identity is who the client is in a namespace.
type identity int

const (
	asRoot identity = iota
	asUser
)

// newEnv makes the client's directory, in base, for a node.
func newEnv(base string, srv *fakeserver.Server) (*Env, error) {
	dir, err := os.MkdirTemp(base, "conformance-")
	if err != nil {
		return nil, err
	}
	e := &Env{Server: srv, Dir: dir, Home: filepath.Join(dir, "home"), vars: map[string]string{}, names: map[string]string{}}
	e.cleanups = append(e.cleanups, func() { os.RemoveAll(dir) })
	e.words = map[string]func() (string, error){
		"dir":    func() (string, error) { return e.Dir, nil },
		"home":   func() (string, error) { return e.Home, nil },
		"closed": e.closed,
	}
	if srv != nil {
		e.nodeWords()
	}
	const private = 0o700
	for _, d := range []string{e.Home, filepath.Join(dir, "run")} {
		if err := os.Mkdir(d, private); err != nil {
			e.close()
			return nil, err
		}
	}
	return e, nil
}

// nodeWords are those for which the fake node is asked.
func (e *Env) nodeWords() {
	srv := e.Server
	e.sshClient = srv.WriteSSHClient
	for _, t := range []call.Transport{call.TCP, call.TLS, call.SSH} {
		e.words[string(t)] = func() (string, error) { return e.authority(t) }
		e.words[string(t)+".host"] = func() (string, error) {
			host, _, err := net.SplitHostPort(srv.Addr(t))
			return host, err
		}
		e.words[string(t)+".port"] = func() (string, error) {
			_, port, err := net.SplitHostPort(srv.Addr(t))
			return port, err
		}
	}
	e.words["socket"] = func() (string, error) { return there(srv.Addr(call.Unix)) }
	e.words["run-dir"] = func() (string, error) { return there(srv.RunDir()) }
	e.words["socket-ro"] = func() (string, error) { return there(srv.SocketReadOnly()) }
	e.words["pki"] = srv.PKIPath
	e.words["key"] = func() (string, error) { f, err := srv.SSHFiles(); return f.Key, err }
	e.words["known_hosts"] = func() (string, error) { f, err := srv.SSHFiles(); return f.KnownHosts, err }
	e.words["ssh-command"] = func() (string, error) { f, err := srv.SSHFiles(); return f.Command, err }
	e.words["ext"] = e.ext
}

func there(s string) (string, error) {
	if s == "" {
		return "", errors.New("the node does not listen there")
	}
	return s, nil
}

// authority is where the node listens, without the port if that is the default.
func (e *Env) authority(t call.Transport) (string, error) {
	if err, asked := e.Server.DefaultPorts()[t]; asked && err == nil {
		return e.Server.OwnAddress(), nil
	}
	return there(e.Server.Addr(t))
}

// closed returns an address whose port is taken, by a socket that does not listen.
func (e *Env) closed() (string, error) {
	address, release, err := bindClosed()
	if err != nil {
		return "", err
	}
	e.cleanups = append(e.cleanups, release)
	e.Set("closed", address)
	return address, nil
}

// ext returns the program of a URI of the transport ext.
func (e *Env) ext() (string, error) {
	uri, err := e.Server.URI(call.Ext, "test:///default")
	if err != nil {
		return "", err
	}
	_, command, _ := strings.Cut(uri, "command=")
	return command, nil
}

// close removes the client's directory.
func (e *Env) close() {
	for i := len(e.cleanups) - 1; i >= 0; i-- {
		e.cleanups[i]()
	}
	e.cleanups = nil
}

// Set gives a word of templates a value.
func (e *Env) Set(word, value string) {
	e.words[word] = func() (string, error) { return value, nil }
}

// unknownWord is a word of a template that stands for nothing.
type unknownWord struct{ template, word string }

func (u *unknownWord) Error() string {
	return fmt.Sprintf("%q: nothing is known as %s", u.template, u.word)
}

var wordPattern = regexp.MustCompile(`\{([a-z][a-z0-9._-]*)\}`)

// Expand replaces the words of a template.
func (e *Env) Expand(template string) (string, error) {
	var errs []error
	text := wordPattern.ReplaceAllStringFunc(template, func(m string) string {
		word := e.words[m[1:len(m)-1]]
		if word == nil {
			errs = append(errs, &unknownWord{template, m})
			return m
		}
		value, err := word()
		if err != nil {
			errs = append(errs, fmt.Errorf("%q: %s: %w", template, m, err))
		}
		return value
	})
	return text, errors.Join(errs...)
}

// Setenv sets a variable of the client. Its value is a template; an empty one takes
// the variable away.
func (e *Env) Setenv(name, template string) error {
	value, err := e.Expand(template)
	e.vars[name] = value
	return err
}

// File writes a file of the client and returns its path. A relative path is taken
// from Dir.
func (e *Env) File(path, content string, mode os.FileMode) (string, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(e.Dir, path)
	}
	const private = 0o700
	if err := os.MkdirAll(filepath.Dir(path), private); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, []byte(content), mode)
}

// CopyFile copies a file of a template's name to a path of the client's.
func (e *Env) CopyFile(template, path string, mode os.FileMode) error {
	source, err := e.Expand(template)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	_, err = e.File(path, string(content), mode)
	return err
}

// Place puts a file or directory at a path of the client's machine, in its namespace.
func (e *Env) Place(path, source string) { e.places = append(e.places, place{path, source}) }

// Name makes a host name resolve to an address, in the client's namespace.
func (e *Env) Name(name, address string) { e.names[name] = address }

// AsUser runs the client as a user without privileges, in its namespace. Otherwise it
// is root there.
func (e *Env) AsUser() {
	e.identity = asUser
	e.vars["USER"], e.vars["LOGNAME"] = userName, userName
}

// Answer is typed where the client asks something on its terminal.
func (e *Env) Answer(line string) { e.answer = line }

// Input is what the client finds on its standard input.
func (e *Env) Input(text string) { e.input = text }

// Prepend puts a directory before the client's PATH.
func (e *Env) Prepend(dir string) { e.path = append(e.path, dir) }

// environ returns the client's variables: those of this process but for what leads
// clients to files, agents and URIs of the user.
func (e *Env) environ() []string {
	own := map[string]string{
		"HOME":            e.Home,
		"XDG_CONFIG_HOME": "", "XDG_CACHE_HOME": "", "XDG_DATA_HOME": "", "XDG_STATE_HOME": "",
		"XDG_RUNTIME_DIR":           filepath.Join(e.Dir, "run"),
		"LIBVIRT_AUTOSTART":         "0",
		"LC_ALL":                    "C.UTF-8",
		"SSH_AUTH_SOCK":             "",
		"SSH_ASKPASS":               "",
		"SSH_AGENT_PID":             "",
		"DISPLAY":                   "",
		"LIBVIRT_DEFAULT_URI":       "",
		"VIRSH_DEFAULT_CONNECT_URI": "",
		"LIBVIRT_AUTH_FILE":         "",
		"KRB5CCNAME":                "FILE:" + filepath.Join(e.Dir, "tickets"), // of which there are none
		"KRB5_CONFIG":               os.DevNull,
		"LIBVIRT_DEBUG":             "",
		"LANG":                      "",
		"LANGUAGE":                  "",
	}
	if len(e.path) > 0 {
		own["PATH"] = strings.Join(append(e.path, os.Getenv("PATH")), string(filepath.ListSeparator))
	}
	maps.Copy(own, e.vars)
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if _, ours := own[name]; !ours {
			env = append(env, kv)
		}
	}
	for name, value := range own {
		if value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}
