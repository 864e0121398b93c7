package hypervisor

import (
	"github.com/beevik/etree"
	libvirt "github.com/digitalocean/go-libvirt"
)

// AddStoragePool puts a pool there as if it had always been, without an event.
// The errors are those of virStoragePoolDefineXML.
func (s *State) AddStoragePool(document string, standing Standing) (StoragePoolRef, error) {
	root, err := parseXML(FromStorage, "(storage_pool_definition)", document)
	if err != nil {
		return StoragePoolRef{}, err
	}
	p, err := s.readPool(root)
	if err != nil {
		return StoragePoolRef{}, err
	}
	p.Standing = standing
	s.mu.Lock()
	defer s.unlock()
	s.pools.add(p)
	return p.StoragePoolRef, nil
}

// readPool reads a pool from its document, which gets a UUID if it has none.
func (s *State) readPool(root *etree.Element) (*storagePool, error) {
	if err := requireRoot(root, "pool"); err != nil {
		return nil, err
	}
	p := &storagePool{kind: root.SelectAttrValue("type", "")}
	var err error
	if p.Name, p.UUID, err = s.readIdentity(FromStorage, libvirt.ErrXMLError, root); err != nil {
		return nil, err
	}
	for _, size := range []struct {
		name  string
		bytes *uint64
	}{{"capacity", &p.capacity}, {"allocation", &p.allocation}, {"available", &p.available}} {
		if *size.bytes, err = childSize(root, size.name); err != nil {
			return nil, err
		}
	}
	if target := root.SelectElement("target"); target != nil {
		p.target = childText(target, "path")
	}
	p.xml = formatXML(root)
	return p, nil
}

// childSize returns the size in bytes that the first child of that name tells,
// 0 if there is none.
func childSize(e *etree.Element, name string) (uint64, error) {
	c := e.SelectElement(name)
	if c == nil {
		return 0, nil
	}
	return parseScaled("./"+name, c.Text(), c.SelectAttrValue("unit", ""), 1)
}
