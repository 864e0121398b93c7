package hypervisor

import (
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
)

// FixedFigures are the counters of a driver that makes them up, as the test
// driver does: the same for every CPU, and no matter how many are asked for.
type FixedFigures struct {
	CPUStats []NodeStat
	CPUMap   CPUMap
	// FreeMemory is the host's, in bytes. The test driver takes it from other
	// numbers than those of the cells.
	FreeMemory uint64
	// CellsFreeMemory is each NUMA cell's, in bytes.
	CellsFreeMemory []uint64
}

func (f *FixedFigures) cpuStats(h *HostTraits, _, nparams int32, flags uint32, _ time.Duration) ([]NodeStat, int32, error) {
	if err := h.checkFlags("NodeGetCPUStats", flags, 0); err != nil {
		return nil, 0, err
	}
	if nparams == 0 {
		return nil, int32(len(f.CPUStats)), nil
	}
	return f.CPUStats[:min(int(nparams), len(f.CPUStats))], 0, nil
}

func (f *FixedFigures) memoryStats(*HostTraits, int32, int32, uint32) ([]NodeStat, int32, error) {
	return nil, 0, Unsupported(FromDomain, "virNodeGetMemoryStats")
}

func (f *FixedFigures) cpuMap(h *HostTraits, flags uint32) (CPUMap, error) {
	if err := h.checkFlags("NodeGetCPUMap", flags, 0); err != nil {
		return CPUMap{}, err
	}
	return f.CPUMap, nil
}

func (f *FixedFigures) freeMemory() uint64 { return f.FreeMemory }

func (f *FixedFigures) cellsFreeMemory(h *HostTraits, start, maxCells int32) ([]uint64, error) {
	if int(start) >= len(f.CellsFreeMemory) {
		return nil, h.errorf(libvirt.ErrInvalidArg, "Range exceeds available cells")
	}
	cells := f.CellsFreeMemory[start:]
	return cells[:min(int(maxCells), len(cells))], nil
}

// freePages fails: the test driver counts some pages, and then returns zero of
// them, which the daemon takes for a failure.
func (f *FixedFigures) freePages(*HostTraits, []uint32, int32, uint32) ([]uint64, error) {
	return nil, errorNotSet()
}
