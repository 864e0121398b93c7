package libvirtdconf

// Known is a setting of libvirtd 9.0.0, for lists.
type Known struct {
	Name string
	// Applies tells whether it does anything here. About says what, or why not.
	Applies bool
	About   string
}

// Table returns all settings.
func Table() []Known {
	var all []Known
	for _, k := range settings() {
		all = append(all, Known{k.name, !k.unused, k.about})
	}
	return all
}
