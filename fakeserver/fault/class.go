package fault

// Group returns what the action happens to, "" if no field is set.
func (a Action) Group() Group {
	if k := a.kind(); k != nil {
		return k.group
	}
	return ""
}

// Place returns where an action on bytes begins, with its defaults filled in; the
// zero Place for another.
func (a Action) Place() Place {
	p := a.place()
	if p == nil {
		return Place{}
	}
	place := *p
	if place.Direction == "" {
		place.Direction = ToClient
	}
	if place.Layer == "" {
		place.Layer = Above
	}
	return place
}

func (a *Action) place() *Place {
	switch {
	case a.Cut != nil:
		return &a.Cut.Place
	case a.Reset != nil:
		return &a.Reset.Place
	case a.HalfClose != nil:
		return &a.HalfClose.Place
	case a.Stall != nil:
		return &a.Stall.Place
	case a.Throttle != nil:
		return &a.Throttle.Place
	case a.Drip != nil:
		return &a.Drip.Place
	case a.Corrupt != nil:
		return &a.Corrupt.Place
	case a.Coalesce != nil:
		return &a.Coalesce.Place
	}
	return nil
}
