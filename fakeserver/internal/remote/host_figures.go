package remote

import (
	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/internal/hypervisor"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// checkStats refuses how many counters a client has room for.
func checkStats(nparams int32) error {
	if nparams < 0 {
		return rpcError("nparams must be non-negative")
	}
	if nparams > nodeStatsParams {
		return rpcError("nparams too large")
	}
	return nil
}

func nodeGetCPUStats(st *hypervisor.State, a *libvirt.NodeGetCPUStatsArgs) (*libvirt.NodeGetCPUStatsRet, error) {
	if err := checkStats(a.Nparams); err != nil {
		return nil, err
	}
	stats, n, err := st.NodeGetCPUStats(a.CPUNum, a.Nparams, a.Flags)
	if err != nil {
		return nil, err
	}
	ret := &libvirt.NodeGetCPUStatsRet{Nparams: n}
	for _, s := range stats {
		ret.Params = append(ret.Params, libvirt.NodeGetCPUStats{Field: s.Field, Value: s.Value})
	}
	return ret, nil
}

func nodeGetMemoryStats(st *hypervisor.State, a *libvirt.NodeGetMemoryStatsArgs) (*libvirt.NodeGetMemoryStatsRet, error) {
	if err := checkStats(a.Nparams); err != nil {
		return nil, err
	}
	stats, n, err := st.NodeGetMemoryStats(a.CellNum, a.Nparams, a.Flags)
	if err != nil {
		return nil, err
	}
	ret := &libvirt.NodeGetMemoryStatsRet{Nparams: n}
	for _, s := range stats {
		ret.Params = append(ret.Params, libvirt.NodeGetMemoryStats{Field: s.Field, Value: s.Value})
	}
	return ret, nil
}

func nodeGetCPUMap(st *hypervisor.State, a *libvirt.NodeGetCPUMapArgs) (*libvirt.NodeGetCPUMapRet, error) {
	m, err := st.NodeGetCPUMap(a.Flags)
	ret := &libvirt.NodeGetCPUMapRet{Ret: m.CPUs}
	if a.NeedMap != 0 {
		ret.Cpumap = m.Map
	}
	if a.NeedOnline != 0 {
		ret.Online = m.Online
	}
	return ret, err
}

func nodeGetFreeMemory(st *hypervisor.State, _ *rpc.None) (*libvirt.NodeGetFreeMemoryRet, error) {
	return &libvirt.NodeGetFreeMemoryRet{FreeMem: st.NodeGetFreeMemory()}, nil
}

func nodeGetCellsFreeMemory(st *hypervisor.State, a *libvirt.NodeGetCellsFreeMemoryArgs) (*libvirt.NodeGetCellsFreeMemoryRet, error) {
	if err := checkMax(a.Maxcells, "maxcells", nodeCellsMax, "REMOTE_NODE_MAX_CELLS"); err != nil {
		return nil, err
	}
	cells, err := st.NodeGetCellsFreeMemory(a.StartCell, a.Maxcells)
	return &libvirt.NodeGetCellsFreeMemoryRet{Cells: cells}, err
}

func nodeGetFreePages(st *hypervisor.State, a *libvirt.NodeGetFreePagesArgs) (*libvirt.NodeGetFreePagesRet, error) {
	if uint64(len(a.Pages))*uint64(a.CellCount) > nodeCellsMax {
		return nil, rpcError("the result won't fit into REMOTE_NODE_MAX_CELLS")
	}
	counts, err := st.NodeGetFreePages(a.Pages, a.StartCell, a.CellCount, a.Flags)
	return &libvirt.NodeGetFreePagesRet{Counts: counts}, err
}
