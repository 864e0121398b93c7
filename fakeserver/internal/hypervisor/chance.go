package hypervisor

import (
	"math/rand/v2"
	"net"
	"sync"
)

// chance is what a State makes up from its seed. It has a lock of its own, so that
// documents can be read, which takes a while, without the State's.
type chance struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

func newChance(seed [32]byte) chance { return chance{source: rand.NewChaCha8(seed)} }

// read fills b.
func (c *chance) read(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.source.Read(b)
}

// copy returns where the source stands.
func (c *chance) copy() rand.ChaCha8 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *c.source
}

// restore puts the source where it stood.
func (c *chance) restore(source rand.ChaCha8) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*c.source = source
}

// uuid makes a random UUID, of version 4 as libvirt's are.
func (c *chance) uuid() UUID {
	var id UUID
	c.read(id[:])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}

// mac chooses a MAC address as virDomainNetGenerateMAC does, under a prefix; the
// zero one stands for that of QEMU and KVM.
func (c *chance) mac(prefix [3]byte) string {
	if prefix == ([3]byte{}) {
		prefix = [3]byte{0x52, 0x54, 0x00}
	}
	var tail [3]byte
	c.read(tail[:])
	return net.HardwareAddr(append(prefix[:], tail[:]...)).String()
}
