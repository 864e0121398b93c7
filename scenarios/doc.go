// Package scenarios is the YAML form of a fake node, or of several: what they
// listen on, what their hypervisors have when the first client comes, which faults
// clients meet, and what happens later. docs/scenarios.md explains every key, and
// [Schema] is for editors.
//
//	s, err := scenarios.Load("shop.yaml")
//	if err != nil {
//		return err // a line for each problem: shop.yaml:3:1: unknown key "hostnme": did you mean "hostname"?
//	}
//	srv, err := s.Start(ctx)
//
// Some ship with this module: [All], [Lookup]. Tests have them by
// harness.Scenario, and the command line by fakelibvirtd serve --scenario.
//
// A file is read in three steps. YAML becomes values with a line and a column each;
// those become Go values by the types of file.go and objects.go, from whose
// comments the schema and the documentation are made; and what these say is
// checked, the objects by the drivers that are to hold them. [Dump] goes the other
// way: the state of a node as a scenario that begins with it.
package scenarios
