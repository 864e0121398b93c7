package fakeserver

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/driver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/naming"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/remote"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// accessManager is an Access made ready.
type accessManager struct {
	rules  []accessRule
	polkit bool
	uidOf  func(*call.Peer) (uid uint32, known bool)
}

// accessRule is an AccessRule made ready.
type accessRule struct {
	allow       bool
	permissions map[string]bool
	procedures  map[*rpc.Info]bool
	objects     []naming.Pattern
	users       []string
	readOnly    *bool
}

// checkAccess finds mistakes in what WithAccess was given, and makes the access
// manager of it.
func (c *config) checkAccess() error {
	a := &c.access
	if len(a.Rules) == 0 && !a.Polkit {
		return nil
	}
	if !slices.ContainsFunc(c.drivers, asksAccess) {
		return fmt.Errorf("WithAccess: of the node's drivers, %s, none asks for permissions, as libvirt's do not: want another driver", strings.Join(c.drivers, ", "))
	}
	m := &accessManager{polkit: a.Polkit, uidOf: c.uidOf}
	for i, r := range a.Rules {
		ready, err := c.newAccessRule(r)
		if err != nil {
			return fmt.Errorf("WithAccess: rules[%d]: %w", i, err)
		}
		m.rules = append(m.rules, ready)
	}
	c.accessRules = m.may
	return nil
}

func asksAccess(name string) bool {
	d := driver.Named(name)
	return d == nil || d.AsksAccess("") || d.AsksAccess(driver.Networks)
}

func (c *config) newAccessRule(r AccessRule) (accessRule, error) {
	ready := accessRule{
		allow: len(r.Allow) > 0, readOnly: r.ReadOnly, users: r.Users,
		permissions: make(map[string]bool), procedures: make(map[*rpc.Info]bool),
	}
	if (len(r.Deny) > 0) == (len(r.Allow) > 0) {
		return ready, errors.New("want one of deny and allow")
	}
	field, names := "deny", r.Deny
	if ready.allow {
		field, names = "allow", r.Allow
	}
	for i, name := range names {
		if err := c.addAccessName(&ready, name); err != nil {
			return ready, fmt.Errorf("%s[%d]: %w", field, i, err)
		}
	}
	for i, text := range r.Objects {
		if err := checkAccessPattern(text); err != nil {
			return ready, fmt.Errorf("objects[%d]: %w", i, err)
		}
		ready.objects = append(ready.objects, naming.ParsePattern(text))
	}
	for i, text := range r.Users {
		if err := checkAccessPattern(text); err != nil {
			return ready, fmt.Errorf("users[%d]: %w", i, err)
		}
	}
	if len(r.Objects) > 0 && !ready.aboutObjects() {
		return ready, fmt.Errorf("objects: nothing in %s is about an object, but about the connection", field)
	}
	return ready, nil
}

func checkAccessPattern(text string) error {
	if text == "" {
		return errors.New("it is empty, and would mean nothing")
	}
	return naming.CheckPattern(text)
}

// aboutObjects reports whether the rule means a permission that is needed on objects.
func (r *accessRule) aboutObjects() bool {
	about := func(permission string) bool { return !strings.HasPrefix(permission, "connect.") }
	for permission := range r.permissions {
		if about(permission) {
			return true
		}
	}
	for p := range r.procedures {
		if slices.ContainsFunc(remote.Permissions(p), about) {
			return true
		}
	}
	return false
}

// addAccessName adds what a name or a pattern in Deny or Allow means.
func (c *config) addAccessName(r *accessRule, name string) error {
	if err := checkAccessPattern(name); err != nil {
		return err
	}
	if strings.Contains(name, ".") || name == "*" {
		return addPermissions(r, name)
	}
	found := naming.CallsNamed(name)
	if len(found) == 0 && naming.IsPattern(name) {
		return fmt.Errorf("no procedure and no permission matches %q", name)
	}
	if len(found) == 0 {
		return fmt.Errorf("there is no procedure and no permission %q%s", name, naming.DidYouMean(name, accessNames))
	}
	newer, asks := true, false
	for _, p := range found {
		if p.Since <= c.version {
			newer = false
		}
		if len(remote.Permissions(p)) > 0 {
			r.procedures[p], asks = true, true
		}
	}
	switch {
	case newer:
		return fmt.Errorf("procedure %s is newer than the libvirt %s that the node speaks as", name, c.version)
	case !asks:
		return fmt.Errorf("%s asks for no permission", name)
	}
	return nil
}

func addPermissions(r *accessRule, name string) error {
	any := false
	for permission := range remote.AllPermissions() {
		if permission == name || naming.IsPattern(name) && naming.Match(name, permission) {
			r.permissions[permission] = true
			any = true
		}
	}
	switch {
	case any:
		return nil
	case naming.IsPattern(name):
		return fmt.Errorf("no permission matches %q", name)
	}
	return fmt.Errorf("there is no permission %q that any procedure asks for%s", name, naming.DidYouMean(name, accessNames))
}

// accessNames yields all names that Deny and Allow may hold.
func accessNames(yield func(string) bool) {
	for permission := range remote.AllPermissions() {
		if !yield(permission) {
			return
		}
	}
	for name := range naming.NamesOf(rpc.KindCall) {
		if !yield(name) {
			return
		}
	}
}

// may decides about one permission.
func (m *accessManager) may(check remote.AccessCheck) bool {
	if m.polkit {
		uid, known := m.uidOf(check.Peer)
		switch {
		case check.Peer.Transport == call.Memory, known && uid == 0:
			return true
		case !known:
			return false
		}
	}
	for i := range m.rules {
		if r := &m.rules[i]; r.about(check) && m.meansUser(r, check) {
			return r.allow
		}
	}
	return !m.polkit || looks(check.Permission)
}

// looks reports whether libvirt's policy for polkit grants a permission to everybody:
// those that are needed to look at things.
func looks(permission string) bool {
	class, name, _ := strings.Cut(permission, ".")
	return name == "getattr" || name == "read" && class != "node-device" || class == "connect" && strings.HasPrefix(name, "search-")
}

// about reports whether the rule is about what is asked, whoever asks.
func (r *accessRule) about(check remote.AccessCheck) bool {
	if !r.permissions[check.Permission] && !r.procedures[check.Procedure] {
		return false
	}
	if r.readOnly != nil && *r.readOnly != check.ReadOnly {
		return false
	}
	return len(r.objects) == 0 || slices.ContainsFunc(check.Objects, r.means)
}

func (r *accessRule) means(o naming.Object) bool {
	return slices.ContainsFunc(r.objects, func(p naming.Pattern) bool { return p.Matches(o) })
}

// meansUser reports whether the rule is about this client.
func (m *accessManager) meansUser(r *accessRule, check remote.AccessCheck) bool {
	if len(r.users) == 0 {
		return true
	}
	var names []string
	if uid, known := m.uidOf(check.Peer); known {
		names = append(names, strconv.FormatUint(uint64(uid), 10))
	}
	if check.Peer.SSH != nil {
		names = append(names, check.Peer.SSH.User)
	}
	if check.User != "" {
		names = append(names, check.User)
	}
	return slices.ContainsFunc(names, func(name string) bool {
		return slices.ContainsFunc(r.users, func(p string) bool { return p == name || naming.Match(p, name) })
	})
}
