package conformance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// All returns the rows of the matrix, in the order in which they are shown.
func All() []*Cell {
	return inGroups(slices.Concat(
		componentRows(),
		portRows(),
		hostRows(),
		userRows(),
		pathRows(),
		nameRows(),
		unknownRows(),
		tlsRows(),
		certificateRows(),
		catalogueRows(),
		allowedRows(),
		versionRows(),
		confirmationRows(),
		unixRows(),
		modularRows(),
		sshRows(),
		sshHostKeyRows(),
		sshCommandRows(),
		sshAccountRows(),
		libsshRows(),
		hostKeyRows(),
		sshLoginRows(),
		extRows(),
		authRows(),
		saslRows(),
		polkitRows(),
		refusedValueRows(),
		idleRows(),
		defaultRows(),
		driverRows(),
		exampleRows(),
	))
}

// inGroups orders rows by the first part of their IDs, and within it keeps together
// what has the same second part.
func inGroups(rows []*Cell) []*Cell {
	firsts := []string{"none", "tcp", "tls", "unix", "ssh", "libssh", "libssh2", "ext", "driver", "example"}
	type key struct{ first, group int }
	keys := make(map[*Cell]key, len(rows))
	groups := make(map[string]int)
	for _, c := range rows {
		first, rest, _ := strings.Cut(c.ID, "/")
		second, _, _ := strings.Cut(rest, "/")
		group := first + "/" + second
		if first == "example" {
			group = first
		}
		if groups[group] == 0 {
			groups[group] = len(groups) + 1
		}
		keys[c] = key{slices.Index(firsts, first), groups[group]}
	}
	slices.SortStableFunc(rows, func(a, b *Cell) int {
		return cmp.Or(cmp.Compare(keys[a].first, keys[b].first), cmp.Compare(keys[a].group, keys[b].group))
	})
	return rows
}

// Lookup returns the row of that ID.
func Lookup(id string) (*Cell, error) {
	for _, c := range All() {
		if c.ID == id {
			return c, nil
		}
	}
	return nil, fmt.Errorf("no row has the ID %q", id)
}

// Filter chooses rows. What is empty chooses all.
type Filter struct {
	// Transports are those that the client is to take.
	Transports []call.Transport
	// Parameters are names of parameters and components.
	Parameters []string
	// IDs are IDs, or beginnings of them that end with a slash.
	IDs []string
	// Skip are IDs to leave out, in the same way.
	Skip []string
	// Without are capabilities that the client lacks: rows that need them are not
	// applicable, which is for Run to say; see Lacking.
	Without []Capability
}

// Select returns the rows that a filter chooses. Rows that need what the client lacks
// are among them.
func Select(f Filter) []*Cell {
	return slices.DeleteFunc(All(), func(c *Cell) bool {
		return len(f.Transports) > 0 && !slices.Contains(f.Transports, c.Transport) ||
			len(f.Parameters) > 0 && !slices.Contains(f.Parameters, c.Parameter) ||
			len(f.IDs) > 0 && !matches(c.ID, f.IDs) ||
			matches(c.ID, f.Skip)
	})
}

// Lacking returns why a row does not apply to a client without some capabilities, or
// "".
func (f *Filter) Lacking(c *Cell) string {
	for _, need := range c.Needs {
		if slices.Contains(f.Without, need) {
			return "the client lacks " + string(need)
		}
	}
	return ""
}

func matches(id string, ids []string) bool {
	return slices.ContainsFunc(ids, func(p string) bool {
		return id == p || strings.HasSuffix(p, "/") && strings.HasPrefix(id, p)
	})
}

// row makes a row from its ID, TRANSPORT/PARAMETER/VALUE.
func row(id, title, section string, uri *parts, want Want, more ...func(*Cell)) *Cell {
	words := strings.SplitN(id, "/", 3)
	c := &Cell{ID: id, Title: title, Section: section, Transport: call.Transport(words[0]), Parameter: words[1], Want: want}
	c.Needs = transportNeeds(c.Transport)
	if uri != nil {
		c.URI = uri.String()
	}
	for _, change := range more {
		change(c)
	}
	return c
}

// reach wants the node to be reached with a name in CONNECT_OPEN.
func reach(name string, more ...func(*Reach)) Want {
	r := &Reach{Name: name}
	for _, change := range more {
		change(r)
	}
	return Want{Reach: r}
}

// reachUnnamed wants an empty name.
func reachUnnamed() Want { return Want{Reach: &Reach{NoName: true}} }

// refuse wants the client to fail, with the node having seen no more than that.
func refuse(most Saw) Want { return Want{Refuse: &Refuse{Saw: most}} }

// refuseAt wants the client to fail at that very stage.
func refuseAt(stage Saw) Want { return Want{Refuse: &Refuse{Saw: stage, Least: stage}} }

// refuseOpen wants a CONNECT_OPEN of that name to be refused.
func refuseOpen(name string) Want {
	return Want{Refuse: &Refuse{Saw: Open, Least: Open, Name: name, NoName: name == ""}}
}

func needs(list ...Capability) func(*Cell) {
	return func(c *Cell) {
		for _, n := range list {
			if !slices.Contains(c.Needs, n) {
				c.Needs = append(c.Needs, n)
			}
		}
	}
}

func over(t call.Transport) func(*Cell) {
	return func(c *Cell) {
		c.Transport = t
		needs(transportNeeds(t)...)(c)
	}
}

func quirk(c *Cell) { c.Quirk = true }

func setup(f func(*Setup) error) func(*Cell) { return func(c *Cell) { c.Setup = f } }

// client prepares the client alone.
func client(f func(*Env) error) func(*Cell) {
	return setup(func(s *Setup) error { s.Client(f); return nil })
}
