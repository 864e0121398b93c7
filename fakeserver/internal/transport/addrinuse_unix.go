//go:build unix

package transport

import (
	"errors"
	"syscall"
)

func addressTaken(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }

func addressAbsent(err error) bool { return errors.Is(err, syscall.EADDRNOTAVAIL) }

func connectionRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
