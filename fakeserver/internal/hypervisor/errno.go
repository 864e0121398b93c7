package hypervisor

import "strconv"

// Errno is an error number of Linux, which a fake node always is to its clients,
// whatever system runs it: package syscall has the numbers of that system.
type Errno int32

// The error numbers that this fake raises.
const (
	ENOENT       Errno = 2
	ECONNREFUSED Errno = 111
)

// Error is glibc's text of the number.
func (e Errno) Error() string {
	switch e {
	case ENOENT:
		return "No such file or directory"
	case ECONNREFUSED:
		return "Connection refused"
	}
	return "Unknown error " + strconv.Itoa(int(e))
}
