package hypervisor

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// usbHubPorts is VIR_DOMAIN_USB_HUB_PORTS, usbDepth how many hubs deep a device
// can be.
const (
	usbHubPorts = 8
	usbDepth    = 4
)

// usbHub is a controller or a hub with its ports, of which number 0 is not
// used.
type usbHub struct {
	used []bool
	hubs []*usbHub
}

func newUSBHub(ports int) *usbHub {
	return &usbHub{used: make([]bool, ports+1), hubs: make([]*usbHub, ports+1)}
}

// free returns the path to a free port, nearest first.
func (h *usbHub) free(depth int) []int {
	for port := 1; port < len(h.used); port++ {
		if !h.used[port] {
			return []int{port}
		}
	}
	if depth == usbDepth {
		return nil
	}
	for port, hub := range h.hubs {
		if hub != nil {
			if path := hub.free(depth + 1); path != nil {
				return append([]int{port}, path...)
			}
		}
	}
	return nil
}

func usbPorts(controller *etree.Element) int {
	switch xmlAttr(controller, "model") {
	case "", "piix3-uhci", "piix4-uhci", "vt82c686b-uhci":
		return 2
	case "ehci", "ich9-ehci1":
		return 6
	case "pci-ohci":
		return 3
	case "nec-xhci", "qemu-xhci":
		if n, err := strconv.Atoi(xmlAttr(controller, "ports")); err == nil {
			return n
		}
		return 4
	}
	return 0
}

// usbDevices returns the devices on USB, besides hubs, in the order in which
// they get ports, virDomainUSBDeviceDefForeach.
func (p *domainParser) usbDevices() []*etree.Element {
	var all []*etree.Element
	for _, kind := range []struct {
		tag string
		is  func(*etree.Element) bool
	}{
		{"hostdev", func(el *etree.Element) bool { return xmlAttr(el, "type") == "usb" }},
		{"disk", func(el *etree.Element) bool { return xmlAttr(el.SelectElement("target"), "bus") == "usb" }},
		{"controller", func(el *etree.Element) bool { return xmlAttr(el, "type") == "ccid" }},
		{"input", func(el *etree.Element) bool { return xmlAttr(el, "bus") == "usb" }},
		{"serial", func(el *etree.Element) bool { return xmlAttr(el.SelectElement("target"), "type") == "usb-serial" }},
		{"sound", func(el *etree.Element) bool { return xmlAttr(el, "model") == "usb" }},
		{"redirdev", func(el *etree.Element) bool { return xmlAttr(el, "bus") == "usb" }},
	} {
		for _, el := range p.devices.SelectElements(kind.tag) {
			if kind.is(el) {
				all = append(all, el)
			}
		}
	}
	return all
}

// assignUSB gives the USB devices ports, and the domain the hubs that they
// take, qemuDomainAssignUSBAddresses.
func (p *domainParser) assignUSB() error {
	buses := map[int]*usbHub{}
	ports, enabled := 0, false
	for _, el := range p.devices.SelectElements("controller") {
		if xmlAttr(el, "type") != "usb" {
			continue
		}
		enabled = enabled || xmlAttr(el, "model") != "none"
		n, index := usbPorts(el), controllerIndex(el)
		if n == 0 {
			continue
		}
		if buses[index] != nil {
			return xmlError("Duplicate USB controllers with index %d", index)
		}
		buses[index] = newUSBHub(n)
		ports += n
	}
	devices := p.usbDevices()
	hubs := p.devices.SelectElements("hub")
	ports += usbHubPorts * len(hubs)
	count := len(devices) + len(hubs)
	if count > 0 && !enabled {
		return p.pcConfig("USB is disabled for this domain, but USB devices are present in the domain XML")
	}
	if count > ports {
		// Each hub takes the place of a device.
		for range ceilDiv(uint64(count-ports+1), usbHubPorts-1) {
			hub := xmlElement("hub", "type", "usb")
			p.devices.AddChild(hub)
			hubs = append(hubs, hub)
		}
	}
	u := usbSet(buses)
	for _, hub := range hubs {
		if xmlAttr(hub.SelectElement("address"), "port") != "" {
			if err := u.addHub(hub); err != nil {
				return err
			}
		}
	}
	for _, el := range devices {
		if addressType(el) == "usb" && xmlAttr(el.SelectElement("address"), "port") != "" {
			if err := u.reserve(el); err != nil {
				return err
			}
		}
	}
	for _, el := range append(hubs, devices...) {
		if kind := addressType(el); kind != "" && kind != "usb" || xmlAttr(el.SelectElement("address"), "port") != "" {
			continue
		}
		if err := u.assign(el); err != nil {
			return err
		}
		if el.Tag == "hub" {
			if err := u.addHub(el); err != nil {
				return err
			}
		}
	}
	return nil
}

// usbSet is the ports of a machine, virDomainUSBAddressSet.
type usbSet map[int]*usbHub

// find returns the hub and the port that a device's address names.
func (u usbSet) find(el *etree.Element) (*usbHub, int, error) {
	bus, path := addressNumber(el, "bus"), xmlAttr(el.SelectElement("address"), "port")
	hub := u[bus]
	if hub == nil {
		return nil, 0, xmlError("Missing USB bus %d", bus)
	}
	parts := strings.Split(path, ".")
	for i, part := range parts {
		port, _ := strconv.Atoi(part)
		if i == len(parts)-1 {
			if port <= 0 || port >= len(hub.used) {
				return nil, 0, xmlError("requested USB port %s not present on USB bus %d", path, bus)
			}
			return hub, port, nil
		}
		if port <= 0 || port >= len(hub.used) {
			return nil, 0, xmlError("port %d out of range in USB address bus: %d port: %s", port, bus, path)
		}
		if hub = hub.hubs[port]; hub == nil {
			return nil, 0, xmlError("there is no hub at port %d in USB address bus: %d port: %s", port, bus, path)
		}
	}
	return nil, 0, nil
}

func (u usbSet) addHub(el *etree.Element) error {
	hub, port, err := u.find(el)
	if err != nil {
		return err
	}
	if hub.hubs[port] != nil {
		return xmlError("Duplicate USB hub on bus %d port %s", addressNumber(el, "bus"), xmlAttr(el.SelectElement("address"), "port"))
	}
	hub.used[port] = true
	hub.hubs[port] = newUSBHub(usbHubPorts)
	return nil
}

func (u usbSet) reserve(el *etree.Element) error {
	hub, port, err := u.find(el)
	if err != nil {
		return err
	}
	if hub.used[port] {
		return xmlError("Duplicate USB address bus %d port %s", addressNumber(el, "bus"), xmlAttr(el.SelectElement("address"), "port"))
	}
	hub.used[port] = true
	return nil
}

// assign gives a device a free port, on its bus if it names one.
func (u usbSet) assign(el *etree.Element) error {
	buses := slices.Sorted(maps.Keys(u))
	if addressType(el) == "usb" {
		buses = []int{addressNumber(el, "bus")}
		if u[buses[0]] == nil {
			return xmlError("USB bus %d requested but no controller with that index is present", buses[0])
		}
	}
	for _, bus := range buses {
		if path := u[bus].free(1); path != nil {
			parts := make([]string, len(path))
			for i, port := range path {
				parts[i] = strconv.Itoa(port)
			}
			setAddress(el, "type", "usb", "bus", strconv.Itoa(bus), "port", strings.Join(parts, "."))
			return u.reserve(el)
		}
	}
	return internalError("No free USB ports")
}
