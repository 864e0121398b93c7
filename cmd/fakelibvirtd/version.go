package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

type versionCmd struct{}

func (*versionCmd) Run() error {
	version := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	fmt.Printf("fakelibvirtd %s, speaks as libvirt %s, %s %s/%s\n", version, rpc.DefaultVersion, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
