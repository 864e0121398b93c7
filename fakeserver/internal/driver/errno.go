package driver

import "syscall"

// econnrefused is Linux's number, whatever system runs the fake: clients read
// it as the node's errno.
const econnrefused = syscall.Errno(111)
