package conformance

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// Who may log in by SASL.
const (
	saslUser     = "fred"
	saslPassword = "sesame-of-the-matrix"
)

// Where libvirt's client looks for passwords, beside authfile.
const (
	homeAuthFile   = "home/.config/libvirt/auth.conf"
	systemAuthFile = "/etc/libvirt/auth.conf"
)

// saslDoor asks for SASL on every socket, with these mechanisms, or all.
func saslDoor(mechanisms ...string) fakeserver.Auth {
	return fakeserver.Auth{
		TCP: fakeserver.AuthSASL, TLS: fakeserver.AuthSASL, UnixRW: fakeserver.AuthSASL, UnixRO: fakeserver.AuthSASL,
		Users: []fakeserver.AuthUser{{Name: saslUser, Password: saslPassword}}, Mechanisms: mechanisms,
	}
}

// auth gives the node such a door, and prepares the client.
func auth(a fakeserver.Auth, prepare ...func(*Env) error) func(*Cell) {
	return setup(func(s *Setup) error {
		s.Auth(a)
		for _, p := range prepare {
			s.Client(p)
		}
		return nil
	})
}

// authFile writes a file of passwords at a path of the client's: for each section its
// lines.
func authFile(path string, lines ...string) func(*Env) error {
	return func(e *Env) error {
		_, err := e.File(path, strings.Join(lines, "\n")+"\n", 0o600)
		return err
	}
}

// credentials are the lines of a file that has a user's password for every host.
func credentials(user, password string) []string {
	return []string{"[credentials-node]", "authname=" + user, "password=" + password, "[auth-libvirt-default]", "credentials=node"}
}

// good is a file with the right ones.
func good(path string) func(*Env) error {
	return authFile(path, credentials(saslUser, saslPassword)...)
}

// saslTransports are those with rows for each mechanism.
func saslTransports() []call.Transport {
	return []call.Transport{call.TCP, call.TLS, call.Unix, call.SSH}
}

// by wants a login by SASL.
func by(mechanism, user string) func(*Reach) {
	return func(r *Reach) { r.Mechanism, r.Login = mechanism, user }
}

// saslRows are about logging in to the daemon with a password.
func saslRows() []*Cell {
	var rows []*Cell
	for _, t := range saslTransports() {
		rows = append(rows, mechanismRows(t)...)
		rows = append(rows, saslAuthRows(t)...)
		rows = append(rows, passwordRows(t)...)
		rows = append(rows, kerberosRow(t))
	}
	rows = append(rows, ticketRows()...)
	rows = slices.Concat(rows, authFileRows(), authFilePlaceRows(), allowedUserRows(), saslNameRows())
	for _, c := range rows {
		needs(SASL)(c)
	}
	return rows
}

// mechanismRows have a node that offers one mechanism, or all. On tcp only those count
// that encrypt what follows.
func mechanismRows(t call.Transport) []*Cell {
	id := string(t) + "/sasl/"
	uri := link(t, "authfile={dir}/auth.conf")
	var rows []*Cell
	for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "DIGEST-MD5", "PLAIN", "ANONYMOUS"} {
		user, title := saslUser, "SASL's "+mechanism
		if mechanism == "ANONYMOUS" {
			user = ""
		}
		want := reach(testName, by(mechanism, user))
		switch {
		case t != call.TCP:
			title += " lets in who knows the password"
		case mechanism == "DIGEST-MD5":
			title += " lets in who knows the password, and encrypts the rest"
		default:
			want = refuse(Open)
			title += " is not offered over tcp, as it does not encrypt"
		}
		if user == "" && t != call.TCP {
			title = "SASL's ANONYMOUS lets in anybody"
		}
		rows = append(rows, row(id+strings.ToLower(mechanism), title, sectionSASL, uri, want, auth(saslDoor(mechanism), good("auth.conf"))))
	}
	strongest := "SCRAM-SHA-256"
	if t == call.TCP {
		strongest = "DIGEST-MD5"
	}
	return append(rows, row(id+"strongest", "of several mechanisms the strongest is taken", sectionSASL, uri, reach(testName, by(strongest, saslUser)), auth(saslDoor(), good("auth.conf"))))
}

// saslAuthRows are about auth, where SASL is offered.
func saslAuthRows(t call.Transport) []*Cell {
	id, section := string(t)+"/auth/", parameterSection("auth")
	with := func(value string) *parts { return link(t, "auth="+value, "authfile={dir}/auth.conf") }
	all := auth(saslDoor(), good("auth.conf"))
	usual, plain := by("SCRAM-SHA-256", saslUser), reach(testName, by("PLAIN", saslUser))
	if t == call.TCP {
		usual, plain = by("DIGEST-MD5", saslUser), refuse(Open)
	}
	rows := []*Cell{
		row(id+"sasl", "auth=sasl takes SASL", section, with("sasl"), reach(testName, usual), all),
		row(id+"sasl-digest-md5", "auth=sasl.DIGEST-MD5 takes that mechanism", section, with("sasl.DIGEST-MD5"), reach(testName, by("DIGEST-MD5", saslUser)), all),
		row(id+"sasl-plain", "auth=sasl.PLAIN takes that mechanism, and is refused where it does not encrypt", section, with("sasl.PLAIN"), plain, all),
		row(id+"sasl-not-listed", "a mechanism that the node does not offer is refused", section, with("sasl.ANONYMOUS"), refuse(Open), all),
		row(id+"polkit-where-sasl", "auth=polkit is refused where the node wants SASL", section, with("polkit"), refuse(Open), all),
	}
	return rows
}

// passwordRows are about passwords that are wrong, or that nobody knows.
func passwordRows(t call.Transport) []*Cell {
	id := string(t) + "/authfile/"
	section := parameterSection("authfile")
	file := func(lines ...string) func(*Cell) { return auth(saslDoor(), authFile("auth.conf", lines...)) }
	uri := link(t, "authfile={dir}/auth.conf")
	return []*Cell{
		row(id+"wrong-password", "a wrong password is refused", section, uri, refuse(Open), file(credentials(saslUser, "wrong")...)),
		row(id+"unknown-user", "a user whom the node does not know is refused", section, uri, refuse(Open), file(credentials("nobody", saslPassword)...)),
		row(id+"missing", "an authfile that is not there is refused", section, link(t, "authfile={dir}/nowhere"), refuse(Open), auth(saslDoor(), good(homeAuthFile))),
		row(id+"escaped", "escapes in authfile are resolved", section, link(t, "authfile={dir}/my%20auth.conf"), reach(testName), auth(saslDoor(), good("my auth.conf"))),
	}
}

// authFileRows are about what is in the file.
func authFileRows() []*Cell {
	const (
		t  = call.TLS
		id = "tls/authfile/"
	)
	uri := link(t, "authfile={dir}/auth.conf")
	file := func(lines ...string) func(*Cell) { return auth(saslDoor(), authFile("auth.conf", lines...)) }
	node := credentials(saslUser, saslPassword)[:3]
	other := []string{"[credentials-other]", "authname=nobody", "password=wrong"}
	lines := func(parts ...[]string) []string {
		var all []string
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	one := func(what, title string, want Want, content ...[]string) *Cell {
		return row(id+what, title, sectionAuth, uri, want, file(lines(content...)...))
	}
	in, out := reach(testName), refuse(Open)
	local := authFile("auth.conf", lines(node, []string{"[auth-libvirt-localhost]", "credentials=node"})...)
	return []*Cell{
		row("unix/authfile/of-host", "for a unix socket the host is localhost", sectionAuth, link(call.Unix, "authfile={dir}/auth.conf"), in, auth(saslDoor(), local)),
		one("of-host", "a section for the host names the credentials", in, node, []string{"[auth-libvirt-127.0.0.1]", "credentials=node"}),
		one("host-before-default", "a section for the host counts before that for all", in, node, other, []string{"[auth-libvirt-default]", "credentials=other", "[auth-libvirt-127.0.0.1]", "credentials=node"}),
		one("of-other-host", "a section for another host does not count", out, node, []string{"[auth-libvirt-other.example.com]", "credentials=node"}),
		one("of-other-service", "a section for another service does not count", out, node, []string{"[auth-ssh-default]", "credentials=node"}),
		one("no-section", "credentials that no section names do not count", out, node),
		one("no-credentials", "a section that names credentials which are not there is refused", out, node, []string{"[auth-libvirt-default]", "credentials=nowhere"}),
		one("no-password", "a user without a password is refused, where nobody can be asked", out, []string{"[credentials-node]", "authname=" + saslUser, "[auth-libvirt-default]", "credentials=node"}),
		one("username", "username is not what SASL goes by", out, []string{"[credentials-node]", "username=" + saslUser, "password=" + saslPassword, "[auth-libvirt-default]", "credentials=node"}),
		one("empty", "an empty file has nobody", out),
		one("broken", "a file of another form is refused", out, []string{"fred:" + saslPassword}),
	}
}

// authFilePlaceRows are about where the file is found.
func authFilePlaceRows() []*Cell {
	const id = "tls/authfile/"
	uri := link(call.TLS)
	bad := func(path string) func(*Env) error { return authFile(path, credentials(saslUser, "wrong")...) }
	variable := func(e *Env) error { return e.Setenv("LIBVIRT_AUTH_FILE", "{dir}/env.conf") }
	system := func(e *Env) error {
		e.Place(systemAuthFile, filepath.Join(e.Dir, "system.conf"))
		return nil
	}
	environment, namespace := needs(Environment), needs(Environment, Namespace)
	in := reach(testName)
	of := func(prepare ...func(*Env) error) func(*Cell) { return auth(saslDoor(), prepare...) }
	one := func(what, title string, uri *parts, want Want, more ...func(*Cell)) *Cell {
		return row(id+what, title, sectionAuth, uri, want, more...)
	}
	return []*Cell{
		one("default-variable", "without authfile it is the file that LIBVIRT_AUTH_FILE names", uri, in, environment, of(good("env.conf"), variable)),
		one("default-variable-missing", "a file that LIBVIRT_AUTH_FILE names and is not there is refused, although the user's own is good", uri, refuse(Open), environment, of(good(homeAuthFile), variable)),
		one("default-home", "without authfile it is ~/.config/libvirt/auth.conf", uri, in, environment, of(good(homeAuthFile))),
		one("default-xdg", "without authfile it is in XDG_CONFIG_HOME", uri, in, environment, of(good("config/libvirt/auth.conf"), func(e *Env) error { return e.Setenv("XDG_CONFIG_HOME", "{dir}/config") })),
		one("default-system", "without authfile, and without one of the user's, it is "+systemAuthFile, uri, in, namespace, of(good("system.conf"), system)),
		one("default-nowhere", "without any file the client fails, where nobody can be asked", uri, refuse(Open), environment, of()),
		one("variable-first", "LIBVIRT_AUTH_FILE counts before authfile", uri.with("authfile={dir}/auth.conf"), in, environment, of(good("env.conf"), variable, bad("auth.conf"))),
		one("variable-before-home", "LIBVIRT_AUTH_FILE counts before ~/.config/libvirt/auth.conf", uri, in, environment, of(good("env.conf"), variable, bad(homeAuthFile))),
		one("home-before-system", "~/.config/libvirt/auth.conf counts before "+systemAuthFile, uri, in, namespace, of(good(homeAuthFile), bad("system.conf"), system)),
	}
}

// allowedUserRows are about sasl_allowed_username_list.
func allowedUserRows() []*Cell {
	const id = "tls/sasl/"
	var rows []*Cell
	for _, c := range []struct {
		what, title string
		list        []string
		in          bool
	}{
		{"allowed", "a user in sasl_allowed_username_list is let in", []string{"bob", saslUser}, true},
		{"allowed-pattern", "sasl_allowed_username_list has patterns", []string{"f?e*"}, true},
		{"allowed-others", "a user who is not in sasl_allowed_username_list is refused", []string{"bob", saslUser + "@*"}, false},
		{"allowed-nobody", "a sasl_allowed_username_list without entries lets nobody in", []string{}, false},
	} {
		want := refuse(Open)
		if c.in {
			want = reach(testName)
		}
		door := saslDoor()
		door.AllowedUsernames = c.list
		rows = append(rows, row(id+c.what, c.title, sectionDaemon, link(call.TLS, "authfile={dir}/auth.conf"), want, auth(door, good("auth.conf"))))
	}
	return rows
}

// saslNameRows are about the user in the URI, which is not who logs in by SASL.
func saslNameRows() []*Cell {
	const t = call.TLS
	uri := func(user string) *parts { return link(t, "authfile={dir}/auth.conf").at(user + "@{tls}") }
	nameless := authFile("auth.conf", "[credentials-node]", "password="+saslPassword, "[auth-libvirt-default]", "credentials=node")
	return []*Cell{
		row("tls/user/sasl-other", "the user of the URI does not count against that of authfile", sectionAuth, uri("bob"), reach(testName, by("SCRAM-SHA-256", saslUser)), auth(saslDoor(), good("auth.conf")), quirk),
		row("tls/user/sasl-alone", "the user of the URI does not stand in for one that authfile lacks", sectionAuth, uri(saslUser), refuse(Open), auth(saslDoor(), nameless), quirk),
	}
}
