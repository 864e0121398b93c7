package hypervisor

import "github.com/beevik/etree"

// seclabels reads the labels that the client wants, virSecurityLabelDefsParseXML.
func (p *domainParser) seclabels() error {
	all := p.root.SelectElements("seclabel")
	seen := map[string]bool{}
	for _, el := range all {
		if err := seclabel(el); err != nil {
			return err
		}
		model := xmlAttr(el, "model")
		if seen[model] {
			return xmlDetail("seclabel for model %s is already provided", model)
		}
		seen[model] = true
	}
	if len(all) == 1 && !xmlHasAttr(all[0], "model") && p.xml.PC != nil {
		return p.onlySeclabel(all[0])
	}
	if len(all) > 1 && seen[""] {
		return xmlError("missing security model when using multiple labels")
	}
	return nil
}

// seclabel is virSecurityLabelDefParseXML.
func seclabel(el *etree.Element) error {
	xmlDefault(el, "type", "dynamic")
	kind, relabel := xmlAttr(el, "type"), xmlAttr(el, "relabel")
	switch {
	case kind == "dynamic" && relabel == "no":
		return configError("dynamic label type must use resource relabeling")
	case kind == "none" && relabel == "yes":
		return configError("resource relabeling is not compatible with 'none' label type")
	case xmlAttr(el, "model") == "none":
		kind = "none"
		el.CreateAttr("type", kind)
	case kind == "static" && el.SelectElement("label") == nil:
		return xmlError("security label is missing")
	}
	if kind != "static" {
		xmlRemove(el, "label")
	}
	if kind != "dynamic" {
		xmlRemove(el, "baselabel")
	}
	xmlRemove(el, "imagelabel")
	switch kind {
	case "none":
		el.RemoveAttr("relabel")
	case "static":
		xmlDefault(el, "relabel", "no")
	case "dynamic":
		xmlDefault(el, "relabel", "yes")
	}
	return nil
}

// onlySeclabel gives the one label that names no model that of the host.
func (p *domainParser) onlySeclabel(el *etree.Element) error {
	if kind := xmlAttr(el, "type"); kind == "static" || kind == "dynamic" && el.SelectElement("baselabel") != nil {
		return xmlError("missing security model in domain seclabel")
	}
	model := p.s.traits.Host.SecurityModel.Model
	el.CreateAttr("model", model)
	if model == "none" {
		el.CreateAttr("type", "none")
		el.RemoveAttr("relabel")
	}
	return nil
}
