package container

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

func TestGone(t *testing.T) {
	t.Parallel()
	p, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	started, err := p.CreateTime()
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	own := func(host string, pid, started int64) string { return fmt.Sprintf("%s/%d/%d", host, pid, started) }
	pid := int64(os.Getpid())
	second, hour := time.Second.Milliseconds(), time.Hour.Milliseconds()
	for _, c := range []struct {
		about, owner string
		gone         bool
	}{
		{"this process", thisOwner(), false},
		{"this process, by a clock that has been set", own(host, pid, started+second), false},
		{"one that had its number before", own(host, pid, started-hour), true},
		{"a number that no process has", own(host, 1<<31-1, started), true},
		{"a process of another machine", own(host+"x", 1<<31-1, started), false},
		{"nonsense", "a/b/c", false},
		{"nothing", "", false},
	} {
		if got := gone(c.owner); got != c.gone {
			t.Errorf("%s, %s: gone is %v", c.about, c.owner, got)
		}
	}
}
