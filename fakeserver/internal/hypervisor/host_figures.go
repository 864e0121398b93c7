package hypervisor

import "time"

// HostFigures are the counters of a host, each with the errors of where libvirt
// takes it from: [FixedFigures] or [LinuxFigures].
//
// The methods get the traits of the host whose driver raises the errors, and
// nparams and the like as libvirt's API has them: 0 asks how many there are.
type HostFigures interface {
	cpuStats(h *HostTraits, cpu, nparams int32, flags uint32, uptime time.Duration) ([]NodeStat, int32, error)
	memoryStats(h *HostTraits, cell, nparams int32, flags uint32) ([]NodeStat, int32, error)
	cpuMap(h *HostTraits, flags uint32) (CPUMap, error)
	freeMemory() uint64
	cellsFreeMemory(h *HostTraits, start, maxCells int32) ([]uint64, error)
	freePages(h *HostTraits, sizes []uint32, start int32, cells uint32) ([]uint64, error)
}

// CPUMap tells which of the host's CPUs are there and which are online.
type CPUMap struct {
	CPUs   int32  // all that there are
	Online uint32 // how many are online
	Map    []byte // bit n%8 of byte n/8 is set if CPU n is online
}

// NodeGetCPUStats returns the times that the host's CPUs spent, in nanoseconds:
// of one CPU, or with cpu -1 of all together. With nparams 0 it returns only how
// many counters there are.
func (s *State) NodeGetCPUStats(cpu, nparams int32, flags uint32) ([]NodeStat, int32, error) {
	const api = "NodeGetCPUStats"
	h := &s.traits.Host
	if cpu < -1 {
		return nil, 0, invalidHostArg(api, "cpuNum", "cpuNum in %s only accepts -1 as a negative value")
	}
	return h.Figures.cpuStats(h, cpu, nparams, flags, s.now().Sub(s.host.bootedAt))
}

// NodeGetMemoryStats returns the host's memory in KiB: of one NUMA cell, or with
// cell -1 of all together. With nparams 0 it returns only how many counters
// there are.
func (s *State) NodeGetMemoryStats(cell, nparams int32, flags uint32) ([]NodeStat, int32, error) {
	const api = "NodeGetMemoryStats"
	h := &s.traits.Host
	if cell < -1 {
		// libvirt's own slip: it names the argument of the function above.
		return nil, 0, invalidHostArg(api, "cpuNum", "cellNum in %s only accepts -1 as a negative value")
	}
	if err := h.require(api); err != nil {
		return nil, 0, err
	}
	return h.Figures.memoryStats(h, cell, nparams, flags)
}

// NodeGetCPUMap returns which of the host's CPUs are online.
func (s *State) NodeGetCPUMap(flags uint32) (CPUMap, error) {
	h := &s.traits.Host
	return h.Figures.cpuMap(h, flags)
}

// NodeGetFreeMemory returns the host's free memory, in bytes.
func (s *State) NodeGetFreeMemory() uint64 { return s.traits.Host.Figures.freeMemory() }

// NodeGetCellsFreeMemory returns the free memory of at most maxCells NUMA cells
// from start on, in bytes.
func (s *State) NodeGetCellsFreeMemory(start, maxCells int32) ([]uint64, error) {
	const api = "NodeGetCellsFreeMemory"
	h := &s.traits.Host
	if maxCells <= 0 {
		return nil, invalidHostArg(api, "maxCells", "maxCells in %s must be greater than zero")
	}
	if start < 0 {
		return nil, invalidHostArg(api, "startCell", "startCell in %s must be zero or greater")
	}
	return h.Figures.cellsFreeMemory(h, start, maxCells)
}

// NodeGetFreePages returns how many pages of the sizes (in KiB) are free in each
// of cells NUMA cells from start on: cell by cell, in the order of sizes.
func (s *State) NodeGetFreePages(sizes []uint32, start int32, cells, flags uint32) ([]uint64, error) {
	const api = "NodeGetFreePages"
	h := &s.traits.Host
	if len(sizes) == 0 {
		return nil, invalidHostArg(api, "npages", "npages in %s must not be zero")
	}
	if cells == 0 {
		return nil, invalidHostArg(api, "cellCount", "cellCount in %s must not be zero")
	}
	if err := h.checkFlags(api, flags, 0); err != nil {
		return nil, err
	}
	return h.Figures.freePages(h, sizes, start, cells)
}
