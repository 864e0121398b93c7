package hypervisor

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// claimLocked has a domain hold what its start took of the host, as far as its
// live definition shows it: what goLiveLocked chose is what it was not started
// with.
func (s *State) claimLocked(dom *domain) error {
	if dom.def.origin == nil {
		return nil
	}
	live, start := dom.def.devices(), dom.def.origin.SelectElement("devices")
	var err error
	claim := func(used *map[int]bool, held *[]int, text string) {
		n, bad := strconv.Atoi(text)
		switch {
		case err != nil || bad != nil:
			return
		case (*used)[n]:
			err = fmt.Errorf("it holds a terminal, port or address %d, which another domain holds", n)
			return
		case *used == nil:
			*used = map[int]bool{}
		}
		(*used)[n] = true
		*held = append(*held, n)
	}
	for _, tag := range []string{"serial", "parallel", "console", "channel"} {
		for i, el := range live.SelectElements(tag) {
			path, ok := strings.CutPrefix(xmlAttr(el.SelectElement("source"), "path"), "/dev/pts/")
			mirror := tag == "console" && i == 0 && xmlAttr(el.SelectElement("target"), "type") == "serial"
			if ok && !mirror && xmlAttr(el, "type") == "pty" {
				claim(&s.domains.ptys, &dom.ptys, path)
			}
		}
	}
	for i, el := range live.SelectElements("graphics") {
		kind := xmlAttr(el, "type")
		if kind != "vnc" && kind != "spice" {
			continue
		}
		if xmlAttr(el, "autoport") == "yes" {
			claim(&s.domains.ports, &dom.ports, xmlAttr(el, "port"))
		}
		if xmlAttr(sameElement(start, "graphics", i), "websocket") == "-1" {
			claim(&s.domains.ports, &dom.ports, xmlAttr(el, "websocket"))
		}
	}
	if cid := xmlChild(live, "vsock", "cid"); xmlAttr(cid, "auto") == "yes" {
		claim(&s.domains.cids, &dom.cids, xmlAttr(cid, "address"))
	}
	for i, el := range live.SelectElements("interface") {
		if xmlHasAttr(xmlChild(sameElement(start, "interface", i), "target"), "dev") {
			continue
		}
		dev := strings.TrimLeft(xmlAttr(el.SelectElement("target"), "dev"), "abcdefghijklmnopqrstuvwxyz")
		if n, bad := strconv.Atoi(dev); bad == nil {
			s.domains.taps = max(s.domains.taps, n+1)
		}
	}
	return err
}

// sameElement returns the i-th device of a kind, or nil.
func sameElement(devices *etree.Element, tag string, i int) *etree.Element {
	if all := devices.SelectElements(tag); i < len(all) {
		return all[i]
	}
	return nil
}
