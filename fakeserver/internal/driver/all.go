package driver

// All returns every driver that a node may have.
func All() []*Driver { return []*Driver{QEMU(), Test()} }

// Names returns their names.
func Names() []string {
	var names []string
	for _, d := range All() {
		names = append(names, d.Name)
	}
	return names
}
