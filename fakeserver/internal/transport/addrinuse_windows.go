package transport

import (
	"errors"

	"golang.org/x/sys/windows"
)

func addressTaken(err error) bool { return errors.Is(err, windows.WSAEADDRINUSE) }

func addressAbsent(err error) bool { return errors.Is(err, windows.WSAEADDRNOTAVAIL) }

func connectionRefused(err error) bool { return errors.Is(err, windows.WSAECONNREFUSED) }
