package conformance

import (
	"crypto/tls"
	"fmt"
	"strings"
)

// String says what is wanted, for people.
func (w Want) String() string {
	switch {
	case w.Reach != nil:
		return w.Reach.String()
	case w.Refuse != nil:
		return w.Refuse.String()
	}
	return ""
}

func (r *Reach) String() string {
	parts := []string{"success"}
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if r.NoName {
		add("the empty name")
	} else if r.Name != "" {
		add("the name %s", r.Name)
	}
	if r.Transport != "" {
		add("over %s", r.Transport)
	}
	if r.User != "" {
		add("user %s", r.User)
	}
	if len(r.Via) > 0 {
		add("by %s", strings.Join(r.Via, " or "))
	}
	if r.Socket != "" {
		add("socket %s", r.Socket)
	}
	for _, text := range r.Command {
		add("%s in the remote command", text)
	}
	for _, text := range r.NoCommand {
		add("no %s in the remote command", text)
	}
	for _, run := range r.Args {
		add("ssh gets %s", run)
	}
	for _, run := range r.NoArgs {
		add("ssh does not get %s", run)
	}
	if r.ReadOnly {
		add("read-only")
	}
	if r.Type != "" {
		add("the type %s", r.Type)
	}
	if r.Close {
		add("then CONNECT_CLOSE")
	}
	if r.Mechanism != "" {
		add("by %s", r.Mechanism)
	}
	if r.Login != "" {
		add("as %s", r.Login)
	}
	if r.TLSVersion != 0 {
		add("%s", tls.VersionName(r.TLSVersion))
	}
	if r.Asked {
		add("after a question on the terminal")
	}
	return strings.Join(parts, ", ")
}

func (r *Refuse) String() string {
	text := "failure; the node sees "
	switch {
	case r.Least == r.Saw:
		text += r.Saw.String()
	default:
		text += "no more than " + r.Saw.String()
	}
	if r.NoName {
		text += " with the empty name"
	} else if r.Name != "" {
		text += " with the name " + r.Name
	}
	if r.Least == Open {
		text += ", and refuses it"
	}
	if r.NotAsked {
		text += "; no question on the terminal"
	}
	return text
}
