//go:build !linux

package testdaemon

import "os/exec"

func runAsNobody(*exec.Cmd, string) error { return nil }

func ownAll(string) error { return nil }
