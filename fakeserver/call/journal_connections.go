package call

import "slices"

// MaxConnectionRecords is how many connections a journal keeps. Beyond, it drops
// the oldest that are closed.
const MaxConnectionRecords = 1024

// Connected notes that a client has connected.
func (j *Journal) Connected(p *Peer) {
	c := &ConnectionRecord{Peer: p, Opened: j.now()}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.live == nil {
		j.live = make(map[uint64]*ConnectionRecord)
	}
	j.live[p.Connection] = c
	j.connections = append(j.connections, c)
	j.trimConnectionsLocked()
}

// Disconnected notes that a connection has ended, and why. asked tells that the
// client called ConnectClose before.
func (j *Journal) Disconnected(connection uint64, reason error, asked bool) {
	now := j.now()
	j.mu.Lock()
	defer j.mu.Unlock()
	c := j.live[connection]
	if c == nil {
		return
	}
	delete(j.live, connection)
	c.Closed, c.Reason, c.Asked = now, reason, asked
	j.trimConnectionsLocked()
}

func (j *Journal) trimConnectionsLocked() {
	if len(j.connections) <= MaxConnectionRecords {
		return
	}
	oldest := slices.IndexFunc(j.connections, func(c *ConnectionRecord) bool { return !c.Closed.IsZero() })
	if oldest >= 0 {
		j.connections = slices.Delete(j.connections, oldest, oldest+1)
	}
}

// Connections returns the connections that the journal still has, in the order in
// which they were opened. Those that are open are always among them.
func (j *Journal) Connections() []ConnectionRecord {
	j.mu.Lock()
	defer j.mu.Unlock()
	list := make([]ConnectionRecord, 0, len(j.connections))
	for _, c := range j.connections {
		list = append(list, *c)
	}
	return list
}

// Live returns how many connections are open.
func (j *Journal) Live() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.live)
}
