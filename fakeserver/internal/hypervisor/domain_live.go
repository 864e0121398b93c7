package hypervisor

// activate makes a definition the one that runs: it fills in what only a
// running domain has.
func (t *DomainXMLTraits) activate(def *domainDef, id int32) {
	if t.PC != nil {
		t.PC.activate(def, id)
	}
}

func (t *PCTraits) activate(def *domainDef, id int32) {}
