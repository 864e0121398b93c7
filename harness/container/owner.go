package container

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// ownerLabel tells whose a container is: the machine, and on it the process with the
// time of its start, since numbers of processes come back.
const ownerLabel = "com.github.fakelibvirt.owner"

// imageOwnerLabel is that of images. Containers have the labels of their image as well,
// and are not to go with whoever has built it.
const imageOwnerLabel = "com.github.fakelibvirt.image-owner"

// Labels returns the labels that containers of this process have. Networks and volumes
// that have them too are removed with the containers if this process is killed.
func Labels() map[string]string { return map[string]string{ownerLabel: thisOwner()} }

var thisOwner = sync.OnceValue(func() string {
	p, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		return "" // an owner that is never gone
	}
	return ownerOf(p)
})

// ownerOf is HOST/PID/START, START in milliseconds since 1970.
func ownerOf(p *process.Process) string {
	host, err := os.Hostname()
	started, err2 := p.CreateTime()
	if err != nil || err2 != nil {
		return ""
	}
	return fmt.Sprintf("%s/%d/%d", host, p.Pid, started)
}

// gone reports whether an owner was a process of this machine, and runs no more.
func gone(owner string) bool {
	words := strings.Split(owner, "/")
	host, err := os.Hostname()
	if err != nil || len(words) != 3 || words[0] != host {
		return false
	}
	const decimal, bits = 10, 32
	pid, err := strconv.ParseInt(words[1], decimal, bits)
	if err != nil {
		return false
	}
	exists, err := process.PidExists(int32(pid))
	if err != nil {
		return false
	}
	if !exists {
		return true
	}
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return false // it may just have ended: the next sweep knows
	}
	then, err := strconv.ParseInt(words[2], decimal, 64)
	if err != nil {
		return false
	}
	now, err := p.CreateTime()
	if err != nil {
		return false
	}
	// Starts are counted from that of the machine, which moves when its clock is set. To
	// remove what somebody uses is worse than to leave something for the next sweep.
	return time.Duration(max(now-then, then-now))*time.Millisecond > time.Minute
}
