package shell

import "sync"

// The limits of one script. They are far above what clients send and far below
// what would be felt in a test process.
const (
	// maxScript is the longest script in bytes. Linux allows 128 KiB for one
	// argument; at that length the parser may recurse until it has taken 512 MiB
	// of stack, and a stack that overflows cannot be recovered from.
	maxScript = 16 << 10

	// maxVariables is what the variables of one shell may hold, in bytes.
	maxVariables = 64 << 10

	// maxExpansion is how large the words of one command may become, in bytes.
	maxExpansion = 64 << 10

	// maxPattern is how long a pattern may be, in bytes: matching one against a
	// word takes as many steps as the product of their lengths.
	maxPattern = 1 << 10

	// maxFunctions is how many functions a shell may have.
	maxFunctions = 64

	// maxSeparators is how much of IFS is looked at.
	maxSeparators = 64

	// maxDepth limits shells, functions and eval within each other.
	maxDepth = 64

	// maxJobs is how many parts of one script may run at once.
	maxJobs = 32
)

// A job is what one script shares with all the shells that it starts.
type job struct {
	machine *Machine
	slots   chan struct{}
	wg      sync.WaitGroup
}

func newJob(m *Machine) *job {
	return &job{machine: m, slots: make(chan struct{}, maxJobs)}
}

// start runs f in a goroutine of its own. It reports false when as many run as
// a script may have, which a shell words as "Cannot fork".
func (j *job) start(f func()) bool {
	select {
	case j.slots <- struct{}{}:
	default:
		return false
	}
	j.wg.Go(func() {
		defer func() { <-j.slots }()
		f()
	})
	return true
}
