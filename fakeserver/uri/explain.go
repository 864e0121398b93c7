package uri

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Explanation is a URI in words.
type Explanation struct {
	URI string `json:"uri"`
	// Parts are the components in their order, those left out included.
	Parts []Part `json:"parts,omitempty"`
	// Does is what libvirt's client does with it, step by step.
	Does []string `json:"does,omitempty"`
	// Plan is the same as data; nil where the client refuses.
	Plan *Plan `json:"plan,omitempty"`
	// Problem is the client's refusal.
	Problem *Error `json:"problem,omitempty"`
	// Remarks are warnings: what is taken but likely not meant.
	Remarks []string `json:"remarks,omitempty"`
	// Others is what other clients make of it.
	Others []Deviation `json:"others,omitempty"`
}

// Part is a component or an extra parameter of a URI.
type Part struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Given says that it stands in the URI; else Value is what holds without it.
	Given   bool   `json:"given"`
	Meaning string `json:"meaning"`
	Section string `json:"section,omitempty"`
}

// Explain puts into words what libvirt's client does with a URI: what each part
// means, what holds for the parts left out, what is sent where, and which other
// clients treat it differently. The client in the environment does not matter. A
// URI that libvirt refuses is explained as well: see Problem.
func Explain(text string, e Environment) *Explanation {
	e.Client = CLibvirt
	x := &Explanation{URI: text}
	resolved, err := e.Resolve(text)
	if err != nil {
		x.refused(err)
		return x
	}
	if resolved != text {
		x.Remarks = append(x.Remarks, fmt.Sprintf("%q stands for %s here, by the environment or libvirt.conf.", text, resolved))
	}
	var u *URI
	if resolved != "" {
		if u, err = Parse(resolved); err != nil {
			x.refused(err)
			return x
		}
	}
	plan, err := planC(u, e)
	if err != nil {
		x.refused(err)
	}
	x.Plan = plan
	if u != nil {
		x.components(u, plan)
		x.params(u, plan)
		x.remark(u, plan)
		x.others(u, e)
	}
	if plan != nil {
		x.Does = plan.words(u == nil)
	}
	return x
}

func (x *Explanation) refused(err error) {
	if e, ok := err.(*Error); ok {
		x.Problem = e
	}
}

func (x *Explanation) add(name, value string, given bool, meaning, section string) {
	x.Parts = append(x.Parts, Part{name, value, given, meaning, section})
}

func (x *Explanation) components(u *URI, plan *Plan) {
	if u.Driver == "" {
		return
	}
	d, known := driverInfo(u.Driver)
	meaning := "a driver that only the daemon may know"
	if known {
		meaning = d.Meaning
	} else if near := nearest(strings.ToLower(u.Driver), driverNames()); near != "" {
		meaning += "; did you mean " + near + "?"
	} else if _, lower := driverInfo(strings.ToLower(u.Driver)); lower {
		meaning += "; drivers are written in lower case"
	}
	x.add("driver", u.Driver, true, meaning, d.Section)
	x.transport(u, plan)
	if u.HasUser {
		meaning := "has no effect here: only SSH logs in"
		switch {
		case plan != nil && strings.HasPrefix(u.User, "@"):
			meaning = "an empty user: libxml2 takes the rest of the URI for it. Take the \"@\" out"
		case plan != nil && plan.User != "" && plan.Transport == InProcess:
			meaning = "for the server of the hypervisor"
		case plan != nil && slices.Contains(sshTransports(), plan.Transport) && strings.Contains(u.User, ":"):
			meaning = "the login name: libvirt knows no passwords in URIs, and takes all of it for the name"
		case plan != nil && slices.Contains(sshTransports(), plan.Transport):
			meaning = "the login name on the node"
		}
		x.add("user", u.User, true, meaning, "#remote-uris")
	} else if plan != nil && slices.Contains(sshTransports(), plan.Transport) {
		x.add("user", or(plan.User, "(ssh decides)"), false, "the login name on the node: its configuration or the local user for ssh, root for the libraries", "#remote-uris")
	}
	if u.HasHost {
		x.add("host", u.Host, true, "the node; over tls the server's certificate must hold it", "#remote-uris")
	} else if plan != nil && plan.Host != "" {
		x.add("host", plan.Host, false, "the node", "#remote-uris")
	}
	if u.Port != 0 {
		x.add("port", strconv.Itoa(u.Port), true, "where the daemon or ssh listens", "#remote-uris")
	} else if plan != nil && plan.Host != "" && plan.Transport != InProcess {
		x.add("port", or(plan.Port, "(ssh decides; 22)"), false, "where the daemon or ssh listens", "#remote-uris")
	}
	pathMeaning := "which of the driver's connections the daemon opens"
	if known && !slices.Contains(d.Paths, u.Path) && d.Name != "test" && d.Name != "remote" {
		pathMeaning += "; the usual ones are " + strings.Join(d.Paths, ", ")
	}
	x.add("path", u.Path, u.Path != "", pathMeaning, "#local-hypervisor-uris")
	if u.HasFragment {
		x.add("fragment", u.Fragment, true, "part of the name for the daemon, which has no use for it", "")
	}
}

func (x *Explanation) transport(u *URI, plan *Plan) {
	t, ok := u.Transport()
	value := u.Suffix
	if !u.HasSuffix {
		value = string(t)
	}
	if plan != nil && plan.Transport == InProcess {
		x.add("transport", "none", false, "the driver runs in the client: no daemon hears of it. Write a transport, such as "+u.Driver+"+unix, to reach one", "#local-hypervisor-uris")
		return
	}
	meaning := "not one of libvirt's"
	section := "#transport-configuration"
	for _, info := range Transports() {
		if ok && info.Name == t {
			meaning, section = info.Meaning, info.Section
			if !u.HasSuffix {
				meaning += "; the default, since " + info.DefaultWhen
			}
		}
	}
	x.add("transport", value, u.HasSuffix, meaning, section)
}

func (x *Explanation) params(u *URI, plan *Plan) {
	for i, p := range u.Params {
		info, own := parameterInfo(p.Name)
		meaning := info.Meaning
		use := Use("")
		if plan != nil && i < len(plan.Params) {
			use = plan.Params[i].Use
		}
		switch {
		case !own:
			meaning = "not one of libvirt's"
			if use == PassedOn {
				meaning += ": passed on to the daemon, within the name"
			}
			if near := nearest(strings.ToLower(p.Name), parameterNames()); near != "" {
				meaning += "; did you mean " + near + "?"
				x.Remarks = append(x.Remarks, fmt.Sprintf("%q is no parameter of libvirt's: did you mean %q?", p.Name, near))
			}
		case use == Overridden:
			meaning = "overridden by a later " + info.Name
		case use == WithoutEffect:
			meaning = "without effect here, and not passed on"
		}
		x.add(p.Name+"=", p.Value, true, meaning, info.Section)
	}
}

// remark adds what libvirt takes without a word.
func (x *Explanation) remark(u *URI, plan *Plan) {
	if plan == nil {
		return
	}
	say := func(format string, args ...any) { x.Remarks = append(x.Remarks, fmt.Sprintf(format, args...)) }
	for _, p := range plan.Params {
		info, own := parameterInfo(p.Name)
		if own && p.Use == WithoutEffect && !info.on(plan.Transport) && plan.Transport != InProcess {
			var names []string
			for _, t := range info.Transports {
				names = append(names, string(t))
			}
			say("%s has no effect on %s: it is for %s.", info.Name, plan.Transport, strings.Join(names, ", "))
		}
	}
	switch {
	case u.Port > 65535:
		say("No port is larger than 65535: the connection will fail.")
	case plan.Transport != InProcess && (u.Path == "" || u.Path[0] != '/') && u.Driver != "remote":
		say("There is no path: the daemon is asked for %q, which few drivers take.", plan.Name)
	case plan.Transport == TCP && !u.HasHost, plan.Transport == TLS && !u.HasHost:
		say("There is no host: the client connects to localhost.")
	}
	if plan.Auth != "" && plan.Auth != "polkit" && plan.Auth != "sasl" && !strings.HasPrefix(plan.Auth, "sasl.") {
		say("auth=%s fails once the daemon has answered: unknown authentication type.", plan.Auth)
	}
	if plan.Transport == Ext && (u.HasHost || u.HasUser) {
		say("ext ignores host, port and user: the command gets no arguments.")
	}
}

// others collects what other clients make of the URI: go-libvirt by its plan, the
// rest by the tables.
func (x *Explanation) others(u *URI, e Environment) {
	e.Client = GoLibvirt
	if plan, err := planGo(u.Text, e); err != nil {
		x.Others = append(x.Others, Deviation{"go-libvirt", "refuses it: " + err.Error(), false})
	} else if x.Plan != nil && x.Plan.Transport == InProcess {
		x.Others = append(x.Others, Deviation{"go-libvirt", "has no drivers of its own: asks a daemon over " + string(plan.Transport) + " for " + plan.Name, false})
	} else if x.Plan != nil && plan.Name != x.Plan.Name {
		x.Others = append(x.Others, Deviation{"go-libvirt", "asks the daemon for " + quoted(plan.Name) + ", libvirt for " + quoted(x.Plan.Name), false})
	}
	t, _ := u.Transport()
	for _, info := range Transports() {
		if info.Name != t || x.Plan != nil && x.Plan.Transport == InProcess {
			continue
		}
		for _, d := range info.Deviations {
			byDefault := strings.Contains(d.What, "no transport")
			if byDefault != u.HasSuffix || !byDefault && !strings.Contains(d.What, "written") {
				x.Others = append(x.Others, d)
			}
		}
	}
	for _, p := range u.Params {
		info, ok := parameterInfo(p.Name)
		if !ok {
			continue
		}
		for _, d := range info.Deviations {
			d.What = info.Name + ": " + d.What
			x.Others = append(x.Others, d)
		}
	}
}
