package fault

import "time"

// BytesBuilder ends a rule with an action on bytes.
type BytesBuilder struct {
	rule  Rule
	layer Layer
}

func (b BytesBuilder) end(a Action) Rule {
	b.rule.Action = a
	return b.rule
}

func (b BytesBuilder) place(d Direction, after int64) Place {
	return Place{Direction: d, Layer: b.layer, After: after}
}

// Cut ends the connection in order after so many bytes.
func (b BytesBuilder) Cut(d Direction, after int64) Rule {
	return b.end(Action{Cut: &Cut{b.place(d, after)}})
}

// Reset ends the connection with a TCP reset after so many bytes.
func (b BytesBuilder) Reset(d Direction, after int64) Rule {
	return b.end(Action{Reset: &Reset{b.place(d, after)}})
}

// HalfClose ends one direction after so many bytes.
func (b BytesBuilder) HalfClose(d Direction, after int64) Rule {
	return b.end(Action{HalfClose: &HalfClose{b.place(d, after)}})
}

// Stall lets nothing more pass after so many bytes, until the rule is removed.
func (b BytesBuilder) Stall(d Direction, after int64) Rule {
	return b.end(Action{Stall: &Stall{Place: b.place(d, after)}})
}

// Throttle lets that many bytes pass in a second.
func (b BytesBuilder) Throttle(d Direction, rate int64) Rule {
	return b.end(Action{Throttle: &Throttle{Place: b.place(d, 0), Rate: rate}})
}

// Drip lets pieces of that size pass, with that time between two of them.
func (b BytesBuilder) Drip(d Direction, size int, every time.Duration) Rule {
	return b.end(Action{Drip: &Drip{Place: b.place(d, 0), Size: size, Every: Duration(every)}})
}

// Corrupt changes bytes once so many have passed: it combines them with xor, or
// the one byte with ff if there is none.
func (b BytesBuilder) Corrupt(d Direction, after int64, xor ...byte) Rule {
	return b.end(Action{Corrupt: &Corrupt{Place: b.place(d, after), XOR: xor}})
}

// Coalesce passes the frames to the client in pieces of that many.
func (b BytesBuilder) Coalesce(frames int) Rule {
	return b.end(Action{Coalesce: &Coalesce{Place: b.place(ToClient, 0), Frames: frames}})
}
