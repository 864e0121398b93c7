package hypervisor

import (
	"fmt"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
)

// LinuxFigures are the counters of a host that runs Linux, as libvirt's
// utilities read them from the kernel for most drivers. The errors are those of
// the utilities, and so of no driver.
type LinuxFigures struct {
	CPUs int // all of them online
	// CPUTimes is what each CPU had spent when the host came up: kernel, user,
	// idle, iowait. Since then all of them have been idle.
	CPUTimes [4]time.Duration
	Cells    []HostCell
	// Buffers and Cached are parts of the host's memory, in KiB.
	Buffers, Cached uint64
}

// HostCell is one NUMA cell of a host.
type HostCell struct {
	Total, Free uint64 // KiB
	// FreeHugePages is how many huge pages are free, by their size in KiB.
	FreeHugePages map[uint32]uint64
}

// pageSize is that of an ordinary page of an x86 host, in KiB.
const pageSize = 4

// invalidArg refuses an argument in the name of one of libvirt's utilities. %s
// in text stands for the function.
func (f *LinuxFigures) invalidArg(function, argument, text string, args ...any) error {
	return InvalidArg(FromNone, function, argument, fmt.Sprintf(text, append([]any{function}, args...)...))
}

func (f *LinuxFigures) cpuStats(_ *HostTraits, cpu, nparams int32, flags uint32, uptime time.Duration) ([]NodeStat, int32, error) {
	const linux = "virHostCPUGetStatsLinux"
	if err := UnsupportedFlags(FromNone, "virHostCPUGetStats", flags, 0); err != nil {
		return nil, 0, err
	}
	fields := [len(f.CPUTimes)]string{"kernel", "user", "idle", "iowait"}
	if nparams == 0 {
		return nil, int32(len(fields)), nil
	}
	if int(nparams) != len(fields) {
		return nil, 0, f.invalidArg(linux, "*nparams", "nparams in %s must be equal to %d", len(fields))
	}
	if int(cpu) >= f.CPUs {
		return nil, 0, f.invalidArg(linux, "cpuNum", "Invalid cpuNum in %s")
	}
	counted := 1
	if cpu == -1 {
		counted = f.CPUs
	}
	stats := make([]NodeStat, len(fields))
	for i, field := range fields {
		spent := f.CPUTimes[i]
		if field == "idle" {
			spent += uptime.Truncate(10 * time.Millisecond) // the kernel counts ticks
		}
		stats[i] = NodeStat{Field: field, Value: uint64(counted) * uint64(spent)}
	}
	return stats, 0, nil
}

func (f *LinuxFigures) memoryStats(_ *HostTraits, cell, nparams int32, flags uint32) ([]NodeStat, int32, error) {
	if err := UnsupportedFlags(FromNone, "virHostMemGetStats", flags, 0); err != nil {
		return nil, 0, err
	}
	if int(cell) >= len(f.Cells) {
		return nil, 0, f.invalidArg("virHostMemGetStats", "cellNum",
			"cellNum in %s must be less than or equal to %d", len(f.Cells)-1)
	}
	var stats []NodeStat
	if cell == -1 {
		total, free := f.memory()
		stats = []NodeStat{{"total", total}, {"free", free}, {"buffers", f.Buffers}, {"cached", f.Cached}}
	} else {
		c := f.Cells[cell]
		stats = []NodeStat{{"total", c.Total}, {"free", c.Free}}
	}
	if nparams == 0 {
		return nil, int32(len(stats)), nil
	}
	if int(nparams) != len(stats) {
		return nil, 0, f.invalidArg("virHostMemGetStatsLinux", "nparams", "nparams in %s must be %d", len(stats))
	}
	return stats, 0, nil
}

// memory returns the memory of all cells, in KiB.
func (f *LinuxFigures) memory() (total, free uint64) {
	for _, c := range f.Cells {
		total += c.Total
		free += c.Free
	}
	return total, free
}

func (f *LinuxFigures) cpuMap(_ *HostTraits, flags uint32) (CPUMap, error) {
	if err := UnsupportedFlags(FromNone, "virHostCPUGetMap", flags, 0); err != nil {
		return CPUMap{}, err
	}
	m := CPUMap{CPUs: int32(f.CPUs), Online: uint32(f.CPUs), Map: make([]byte, (f.CPUs+7)/8)}
	for i := range f.CPUs {
		m.Map[i/8] |= 1 << (i % 8)
	}
	return m, nil
}

func (f *LinuxFigures) freeMemory() uint64 {
	_, free := f.memory()
	return free << 10
}

// outOfRange is the error for a cell beyond the last.
func (f *LinuxFigures) outOfRange(start int32) error {
	return Errorf(FromNone, libvirt.ErrInternalError, "start cell %d out of range (0-%d)", start, len(f.Cells)-1)
}

func (f *LinuxFigures) cellsFreeMemory(_ *HostTraits, start, maxCells int32) ([]uint64, error) {
	if int(start) >= len(f.Cells) {
		return nil, f.outOfRange(start)
	}
	var free []uint64
	for _, c := range f.Cells[start:min(int(start)+int(maxCells), len(f.Cells))] {
		free = append(free, c.Free<<10)
	}
	return free, nil
}

func (f *LinuxFigures) freePages(_ *HostTraits, sizes []uint32, start int32, cells uint32) ([]uint64, error) {
	last := len(f.Cells) - 1
	if int(start) > last {
		return nil, f.outOfRange(start)
	}
	var counts []uint64
	for cell := int(start); cell <= min(last, int(start)+int(cells)-1); cell++ {
		for _, size := range sizes {
			n, err := f.pages(cell, size)
			if err != nil {
				return nil, err
			}
			counts = append(counts, n)
		}
	}
	return counts, nil
}

// pages counts the free pages of a size in one cell, or with cell -1 in all of
// them.
func (f *LinuxFigures) pages(cell int, size uint32) (uint64, error) {
	failed := func(format string, args ...any) (uint64, error) {
		return 0, Errorf(FromNone, libvirt.ErrOperationFailed, format, args...)
	}
	var cells []HostCell
	switch {
	case cell == -1:
		cells = f.Cells
	case cell >= 0:
		cells = f.Cells[cell : cell+1]
	case size == pageSize:
		return 0, causeUnknown()
	default:
		return failed("NUMA node %d is not available", cell)
	}
	var sum uint64
	for _, c := range cells {
		if size == pageSize {
			sum += c.Free / pageSize
			continue
		}
		n, ok := c.FreeHugePages[size]
		if !ok && cell == -1 {
			return failed("page size %d is not available", size)
		}
		if !ok {
			return failed("page size %d is not available on node %d", size, cell)
		}
		sum += n
	}
	return sum, nil
}
