package harness_test

import (
	"testing"

	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
)

// A client that is a program is run against every row of one transport. The test of a
// Go client opens cell.URI instead.
func ExampleRunMatrix() {
	var t *testing.T // the test's own
	harness.RunMatrix(t, func(t *testing.T, cell *harness.Cell) error {
		_, err := cell.Run("virsh", "-c", cell.URI, "list")
		return err
	}, harness.MatrixPrograms(), harness.MatrixTransports(harness.TLS), harness.MatrixWithout(conformance.Namespace))
}
