package transport

import (
	"errors"

	"golang.org/x/sys/windows"
)

func addressTaken(err error) bool { return errors.Is(err, windows.WSAEADDRINUSE) }
