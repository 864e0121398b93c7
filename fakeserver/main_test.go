package fakeserver_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// TestMain fails the package if a goroutine is left when all tests are done. A
// benchmark runs this binary again as the server that it measures.
func TestMain(m *testing.M) {
	if what := strings.Fields(os.Getenv(benchServerVariable)); len(what) == 3 {
		if err := benchServer(what[0], what[1], what[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m, testclients.SSHLeaks()...)
}
