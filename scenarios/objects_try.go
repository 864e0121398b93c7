package scenarios

import (
	"context"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
)

// ownObjects are the objects that a scenario gives to a driver.
type ownObjects struct {
	driver  string
	preset  presetName
	at      pos
	objects []ownObject
	last    int32
	devices int
	// verbatim is true for a dump.
	verbatim bool
}

// ownObject is one of them, and where it stands.
type ownObject struct {
	fakeserver.Objects
	from   place
	sample bool
}

func (o *ownObjects) add(from place, sample bool, one fakeserver.Objects) {
	o.objects = append(o.objects, ownObject{one, from, sample})
}

// asUsual is true for a driver that begins as it does without a scenario.
func (o *ownObjects) asUsual() bool {
	return o.preset == presetDefault && len(o.objects) == 0 && o.last == 0 && o.devices == 0
}

// with returns the objects of a preset and those of a scenario, all or the
// samples alone.
func (o *ownObjects) with(preset fakeserver.Objects, samples bool) fakeserver.Objects {
	all := fakeserver.Objects{LastDomainID: o.last, NetworkDevices: o.devices, Verbatim: o.verbatim}
	appendObjects(&all, preset) // now they are all's own
	for i := range o.objects {
		one := &o.objects[i]
		if samples && !one.sample {
			continue
		}
		all.Domains = append(all.Domains, one.Domains...)
		all.Networks = append(all.Networks, one.Networks...)
		all.Pools = append(all.Pools, one.Pools...)
		all.Interfaces = append(all.Interfaces, one.Interfaces...)
		all.NodeDevices = append(all.NodeDevices, one.NodeDevices...)
	}
	return all
}

// appendObjects adds objects. It never writes into the lists that to began with.
func appendObjects(to *fakeserver.Objects, from fakeserver.Objects) {
	to.Domains = append(slices.Clip(to.Domains), from.Domains...)
	to.Networks = append(slices.Clip(to.Networks), from.Networks...)
	to.Pools = append(slices.Clip(to.Pools), from.Pools...)
	to.Interfaces = append(slices.Clip(to.Interfaces), from.Interfaces...)
	to.NodeDevices = append(slices.Clip(to.NodeDevices), from.NodeDevices...)
}

// daemon is what kind of daemon objects are for.
type daemon struct {
	seed    uint64
	session bool // a user's
	beside  bool // a user's, beside the system's
}

// preset returns the objects of a preset.
func (d daemon) preset(driver string, preset presetName) (fakeserver.Objects, error) {
	if preset == presetEmpty {
		return fakeserver.Objects{}, nil
	}
	all, err := d.objects(driver)
	if preset == presetHost {
		all = fakeserver.Objects{Interfaces: all.Interfaces, NodeDevices: all.NodeDevices}
	}
	return all, err
}

// objects starts a node that nobody reaches, and returns what a driver has there
// that is made with these options.
func (d daemon) objects(driver string, opts ...fakeserver.Option) (fakeserver.Objects, error) {
	opts = append([]fakeserver.Option{fakeserver.WithDrivers(driver)}, opts...)
	look := (*fakeserver.Server).Driver
	switch {
	case d.session:
		opts = append(opts, fakeserver.WithSession())
	case d.beside:
		opts = []fakeserver.Option{fakeserver.WithSessionDaemon(opts...)}
		look = (*fakeserver.Server).SessionDriver
	}
	srv, err := fakeserver.Start(context.Background(), append(opts, fakeserver.WithTransports(), fakeserver.WithSeed(d.seed))...)
	if err != nil {
		return fakeserver.Objects{}, err
	}
	defer srv.Close()
	view, err := look(srv, driver)
	if err != nil {
		return fakeserver.Objects{}, err
	}
	return view.Objects(), nil
}

// try has the drivers of a node take their objects, and reports what they refuse
// where it stands.
func (c *compiler) try(n *node) {
	c.tryContents(&n.contents)
	if n.user != nil {
		c.tryContents(n.user)
	}
}

func (c *compiler) tryContents(n *contents) {
	for _, own := range n.own {
		if own.asUsual() {
			continue
		}
		preset, err := n.preset(own.driver, own.preset)
		if err != nil {
			c.problem(own.at, "%v", err)
			continue
		}
		n.objects[own.driver] = own.with(preset, false)
		if len(own.objects) == 0 {
			continue
		}
		_, err = n.daemon.objects(own.driver, fakeserver.WithObjects(own.driver, own.with(preset, true)))
		if err == nil {
			continue
		}
		c.refused(n.daemon, own, preset, err)
	}
}

// refused finds the objects that the driver refuses, since its error does not say
// where they stand. Domains are tried last, beside what they may be connected to.
func (c *compiler) refused(d daemon, own *ownObjects, preset fakeserver.Objects, err error) {
	before := len(c.problems)
	var samples []*ownObject
	var base fakeserver.Objects
	appendObjects(&base, preset)
	for _, domains := range []bool{false, true} {
		beside := base
		for i := range own.objects {
			one := &own.objects[i]
			if !one.sample || domains != (len(one.Domains) > 0) {
				continue
			}
			samples = append(samples, one)
			if !domains {
				appendObjects(&base, one.Objects)
				beside = fakeserver.Objects{}
			}
			appendObjects(&beside, one.Objects)
			if _, err := d.objects(own.driver, fakeserver.WithObjects(own.driver, beside)); err != nil {
				c.problem(one.from.document(err), "%s", refusal(err))
			}
			beside = base
		}
		if len(c.problems) > before {
			return
		}
	}
	c.conflict(d, own, preset, samples, err)
}

// tryAppearing tries objects that appear later: one of the node's drivers must
// take each of them.
func (c *compiler) tryAppearing(n *node) {
	for _, a := range n.appearing {
		var refused error
		for _, driver := range n.drivers {
			if a.rule.Driver != "" && a.rule.Driver != driver {
				continue
			}
			o := fakeserver.Objects{}
			key := "domain"
			if a.rule.Domain != "" {
				o.Domains = []fakeserver.DomainObject{{XML: a.rule.Domain}}
			}
			if a.rule.Network != "" {
				key = "network"
				o.Networks = []fakeserver.NetworkObject{{XML: a.rule.Network}}
			}
			if _, refused = n.daemon.objects(driver, fakeserver.WithObjects(driver, o)); refused == nil {
				break
			}
			refused = &Problem{Text: key + ": " + refusal(refused)}
		}
		if p, ok := refused.(*Problem); ok {
			key, _, _ := strings.Cut(p.Text, ":")
			c.problem(a.from.path("appear."+key), "%s", p.Text)
		}
	}
}

// conflict reports the first of objects that the driver takes one by one, and not
// with those before it.
func (c *compiler) conflict(d daemon, own *ownObjects, preset fakeserver.Objects, samples []*ownObject, err error) {
	first := sort.Search(len(samples)-1, func(n int) bool {
		some := fakeserver.Objects{LastDomainID: own.last, NetworkDevices: own.devices}
		appendObjects(&some, preset)
		for _, one := range samples[:n+1] {
			appendObjects(&some, one.Objects)
		}
		_, err := d.objects(own.driver, fakeserver.WithObjects(own.driver, some))
		return err != nil
	})
	c.problem(samples[first].from.start(), "%s", refusal(err))
}

// counted is how errors of WithObjects begin: with places in a list that is not
// the file's.
var counted = regexp.MustCompile(`^(the session's daemon: )?driver \w+: ([a-z]+ )?[a-z]+ \d+( \([^)]*\))?: `)

// refusal is a driver's error as a part of a line. Errors about XML go on for
// several, which show the document.
func refusal(err error) string {
	text, _, _ := strings.Cut(counted.ReplaceAllString(err.Error(), ""), "\n")
	return "the driver refuses this: " + text
}

// documentLines finds the line of a document in libvirt's errors.
var documentLines = regexp.MustCompile(`\([a-z_]+\):(\d+):`)

// document returns where the document stands that a driver refuses: if the error
// names a line of it, and the document is a literal block, that line.
func (p place) document(err error) pos {
	key := p.Value.key("xml")
	if key == nil {
		if key = p.Value.key("file"); key == nil {
			return p.at("name")
		}
		return key.value.pos
	}
	m := documentLines.FindStringSubmatch(err.Error())
	if m == nil || !key.value.block {
		return key.value.pos
	}
	line, _ := strconv.Atoi(m[1])
	return pos{key.value.pos.line + line, 1}
}
