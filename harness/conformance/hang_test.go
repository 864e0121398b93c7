package conformance_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/harness/conformance"
)

// A client within the test's process that waits for ever is freed, and fails.
func TestFunctionThatHangs(t *testing.T) {
	t.Parallel()
	cell, err := conformance.Lookup("tcp/path/wrong") // which wants failure
	if err != nil {
		t.Fatal(err)
	}
	waits := func(_ context.Context, a *conformance.Attempt) conformance.Outcome {
		u, err := url.Parse(a.URI)
		if err != nil {
			return conformance.Outcome{Err: err}
		}
		c, err := net.Dial("tcp", u.Host)
		if err != nil {
			return conformance.Outcome{Err: err}
		}
		defer c.Close()
		_, err = io.ReadAll(c)
		if err == nil {
			err = io.ErrUnexpectedEOF
		}
		return conformance.Outcome{Err: err}
	}
	const patience = 100 * time.Millisecond
	r := (&conformance.Runner{Patience: patience}).Run(t.Context(), cell, waits)
	if want := "it did not end in time: it was given 100ms"; r.Verdict != conformance.Fail || !strings.Contains(r.Reason, want) || r.Broken != nil {
		t.Errorf("got %s (%s), broken %v; want %q", r.Verdict, r.Reason, r.Broken, want)
	}
}
