package uri

import (
	"fmt"
	"os"
	"os/user"
	"path"
	"regexp"
	"runtime"
	"strings"
)

// Client is a kind of client, each with its own idea of URIs.
type Client int

const (
	// CLibvirt is libvirt's own library, with all that is built upon it: virsh,
	// virt-manager, the bindings for Python, Go (CGo), Perl, Ruby, Java.
	CLibvirt Client = iota
	// GoLibvirt is github.com/digitalocean/go-libvirt, through ConnectToURI.
	GoLibvirt
)

// String returns "libvirt" or "go-libvirt".
func (c Client) String() string {
	if c == GoLibvirt {
		return "go-libvirt"
	}
	return "libvirt"
}

// MarshalText lets a client stand in JSON by its name.
func (c Client) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Environment is what a client's dealings with a URI depend on beside the URI.
// The zero value is libvirt's client run by root without any variable, on a
// machine without sockets and configuration.
type Environment struct {
	Client Client
	// UID is the effective user id; 0 is root.
	UID int
	// UserName is the name of the user, which go-libvirt gives to SSH servers.
	UserName string
	// Home is the user's home: $HOME, or else the one in passwd.
	Home string
	// ReadOnly is for virConnectOpenReadOnly and virsh -r.
	ReadOnly bool
	// Getenv reads an environment variable; nil has none. It is asked for
	// XDG_RUNTIME_DIR, XDG_CACHE_HOME, XDG_CONFIG_HOME, LIBVIRT_DEFAULT_URI and
	// LIBVIRT_AUTOSTART, and for VIRSH_DEFAULT_CONNECT_URI if Virsh is set.
	Getenv func(string) string
	// Virsh has the default URI looked up as virsh does without -c. With -c "" it
	// does as any other client.
	Virsh bool
	// Exists says whether a path exists on the client's machine; nil means that
	// none does.
	Exists func(path string) bool
	// Config is the client's libvirt.conf.
	Config Config
	// DefaultMode is the mode that libvirt was built with, for when mode is auto
	// and no socket exists: "legacy" if empty, as in Debian; elsewhere "direct".
	DefaultMode string
	// RunDir is the system's run directory of libvirt: "/var/run/libvirt" if empty.
	RunDir string
}

// Config is libvirt.conf, the configuration of libvirt's client: ~/.config/libvirt/libvirt.conf,
// or for root /etc/libvirt/libvirt.conf.
type Config struct {
	// URIDefault is uri_default; URIAliases are the entries of uri_aliases, each
	// "alias=URI".
	URIDefault string
	URIAliases []string
	// Mode is remote_mode, Proxy remote_proxy, TLSPriority tls_priority.
	Mode, Proxy, TLSPriority string
}

// SystemEnvironment returns the environment of the calling process on this
// machine. It does not read libvirt.conf.
func SystemEnvironment() Environment {
	e := Environment{
		UID:    max(os.Geteuid(), 0),
		Home:   os.Getenv("HOME"),
		Getenv: os.Getenv,
		Exists: func(path string) bool { _, err := os.Stat(path); return err == nil },
	}
	if runtime.GOOS == "windows" {
		e.UID = 1
	}
	if u, err := user.Current(); err == nil {
		e.UserName = u.Username
		if e.Home == "" {
			e.Home = u.HomeDir
		}
	}
	return e
}

func (e Environment) env(name string) string {
	if e.Getenv == nil {
		return ""
	}
	return e.Getenv(name)
}

func (e Environment) exists(path string) bool { return e.Exists != nil && e.Exists(path) }

func (e Environment) runDir() string {
	if e.RunDir == "" {
		return "/var/run/libvirt"
	}
	return e.RunDir
}

// sessionDir is virGetUserRuntimeDirectory.
func (e Environment) sessionDir() string {
	if dir := e.env("XDG_RUNTIME_DIR"); dir != "" {
		return path.Join(dir, "libvirt")
	}
	if dir := e.env("XDG_CACHE_HOME"); dir != "" {
		return path.Join(dir, "libvirt")
	}
	return path.Join(e.Home, ".cache", "libvirt")
}

// configDir is virGetUserConfigDirectory.
func (e Environment) configDir() string {
	if dir := e.env("XDG_CONFIG_HOME"); dir != "" {
		return path.Join(dir, "libvirt")
	}
	return path.Join(e.Home, ".config", "libvirt")
}

var aliasName = regexp.MustCompile(`^[a-zA-Z0-9_-]*$`)

// Resolve returns the URI that libvirt opens when it is asked for text, before it
// parses it: an empty one becomes $VIRSH_DEFAULT_CONNECT_URI (virsh alone),
// $LIBVIRT_DEFAULT_URI or uri_default of libvirt.conf; and an alias, what
// uri_aliases makes of it. It returns "" where none of these is set: then the
// daemon is to choose.
func (e Environment) Resolve(text string) (string, error) {
	if e.Client == GoLibvirt {
		return text, nil
	}
	if text == "" && e.Virsh {
		text = e.env("VIRSH_DEFAULT_CONNECT_URI")
	}
	if text == "" {
		text = e.env("LIBVIRT_DEFAULT_URI")
	}
	if text == "" {
		text = e.Config.URIDefault
	}
	if text == "" {
		return "", nil
	}
	for _, entry := range e.Config.URIAliases {
		alias, target, ok := strings.Cut(entry, "=")
		switch {
		case !ok:
			return "", aliasError(text, entry, "Malformed 'uri_aliases' config entry '%s', expected 'alias=uri://host/path'", "it has no \"=\"")
		case !aliasName.MatchString(alias):
			return "", aliasError(text, entry, "Malformed 'uri_aliases' config entry '%s', aliases may only contain 'a-Z, 0-9, _, -'", "the alias has a character that aliases may not have")
		case alias == text:
			return target, nil
		}
	}
	return text, nil
}

func aliasError(text, entry, message, why string) error {
	return &Error{
		URI: text, Code: codeConfSyntax, Domain: fromURI,
		Message: "configuration file syntax error: " + fmt.Sprintf(message, entry),
		Why:     why, Help: "correct libvirt.conf: until then no URI opens",
	}
}

// Open says what becomes of text when the client is asked for it: [Environment.Resolve],
// [Parse] and [URI.Plan] in one. The text may be empty.
func (e Environment) Open(text string) (*Plan, error) {
	resolved, err := e.Resolve(text)
	if err != nil {
		return nil, err
	}
	if e.Client == GoLibvirt {
		return planGo(resolved, e)
	}
	if resolved == "" {
		return planC(nil, e)
	}
	u, err := Parse(resolved)
	if err != nil {
		return nil, err
	}
	return u.Plan(e)
}
