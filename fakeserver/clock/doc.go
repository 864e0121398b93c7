// Package clock is the one clock of a fake node: everything on the node that
// waits or tells the time asks it, so that a test can choose between time that
// passes ([Real]) and time that it moves itself ([Manual]).
//
//	c := clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
//	c.AfterFunc(30*time.Second, func() { fmt.Println("half a minute later") })
//	c.Advance(time.Minute) // prints, at once
//
// Inside testing/synctest the real clock is the bubble's.
package clock
