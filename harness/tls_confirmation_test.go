package harness_test

import (
	"context"
	"crypto/tls"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
	"github.com/fakelibvirt/fakelibvirtd/harness"
	"github.com/fakelibvirt/fakelibvirtd/internal/testclients"
)

// TestConfirmation has clients meet each fault of the byte that ends the handshake. ""
// is of a client that connects; the texts are those of virsh 9.0.0.
func TestConfirmation(t *testing.T) {
	t.Parallel()
	testclients.Need(t, "virsh", "libvirt-clients")
	const verification = "server verification (of our certificate or IP address) failed"
	about := fault.Connections()
	for _, c := range []struct {
		name     string
		rule     fault.Rule
		version  uint16 // 0 is each
		virsh    string // matches
		goClient string
	}{
		{"byte 0", about.Confirm(fault.ConfirmByte), 0, regexp.QuoteMeta(verification), verification},
		{"byte 2", about.Do(fault.Action{Confirmation: &fault.Confirmation{Send: fault.ConfirmByte, Byte: 2}}), 0, regexp.QuoteMeta(verification), verification},
		{"close", about.Confirm(fault.ConfirmClose), 0, "Unable to read TLS confirmation: Input/output error", "EOF"},
		{"close_notify", about.Confirm(fault.ConfirmCloseNotify), 0, regexp.QuoteMeta(verification), "EOF"},
		// virsh may die of a signal when it hears of the end too late to ask for it.
		{"alert", about.Confirm(fault.ConfirmAlert), tls.VersionTLS13, "Unable to read TLS confirmation: Input/output error|signal: broken pipe", "remote error: tls: bad certificate"},
		{"alert", about.Confirm(fault.ConfirmAlert), tls.VersionTLS12, "authentication failed: TLS handshake failed A TLS fatal alert has been received.|signal: broken pipe", "remote error: tls: bad certificate"},
		{"ticket", about.Confirm(fault.ConfirmTicket), tls.VersionTLS13, "Unable to read TLS confirmation: Resource temporarily unavailable", ""},
		{"ticket", about.Confirm(fault.ConfirmTicket), tls.VersionTLS12, "", ""},
		{"over tcp alone", fault.Connections().OnConnection(3).Confirm(fault.ConfirmClose), 0, "", ""},
	} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			if c.version != 0 && c.version != version {
				continue
			}
			t.Run(c.name+"/"+tls.VersionName(version), func(t *testing.T) {
				t.Parallel()
				host := harness.Start(t, harness.WithTransports(harness.TLS), harness.WithTLS(fakeserver.TLSSettings{MaxVersion: fakeserver.TLSVersion(version)}))
				h := host.Inject(c.rule)
				uri := host.URI(harness.TLS, "test:///default")
				out, connected := virshTLS(t, host.Env(), uri)
				if connected != (c.virsh == "") || !regexp.MustCompile(c.virsh).MatchString(out) {
					t.Errorf("virsh says\n%s\nwant %s", out, c.virsh)
				}
				out, connected = goTLS(t, uri)
				judge(t, "go-libvirt", out, c.goClient, connected)
				if hits := h.Hits(); hits != 2 && c.rule.Connection == 0 {
					t.Errorf("the fault has hit %d times, want twice", hits)
				}
				h.Remove()
				if out, connected := goTLS(t, uri); !connected {
					t.Errorf("without the fault go-libvirt says %s", out)
				}
			})
		}
	}
}

// connecting connects with go-libvirt, and tells how that went once it is known.
func connecting(t *testing.T, uri string) <-chan string {
	t.Helper()
	done := make(chan string, 1)
	go func() {
		out, _ := goTLS(t, uri)
		done <- out
	}()
	return done
}

func TestConfirmationLate(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, c := range []struct {
		name string
		rule fault.Rule
		end  func(m *clock.Manual, h *fault.Handle)
	}{
		{"late", fault.Connections().ConfirmAfter(time.Minute), func(m *clock.Manual, _ *fault.Handle) { m.Advance(time.Minute) }},
		{"late and removed", fault.Connections().ConfirmAfter(time.Minute), func(_ *clock.Manual, h *fault.Handle) { h.Remove() }},
		{"nothing", fault.Connections().Confirm(fault.ConfirmNothing), func(_ *clock.Manual, h *fault.Handle) { h.Remove() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			manual := clock.NewManual(time.Now())
			host := harness.Start(t, harness.WithTransports(harness.TLS), fakeserver.WithClock(manual), fakeserver.WithKeepAlive(0, 0))
			h := host.Inject(c.rule)
			timers := manual.Pending()
			done := connecting(t, host.URI(harness.TLS, "test:///default"))
			if err := h.Wait(ctx, 1); err != nil {
				t.Fatal(err)
			}
			if c.rule.Confirmation.For > 0 {
				if err := manual.WaitPending(ctx, timers+1); err != nil {
					t.Fatal(err)
				}
				manual.Advance(time.Minute - 1)
			}
			select {
			case out := <-done:
				t.Fatalf("the client did not wait: %q", out)
			default:
			}
			c.end(manual, h)
			select {
			case out := <-done:
				if out != "" {
					t.Errorf("the client says %s", out)
				}
			case <-ctx.Done():
				t.Fatal("the client still waits")
			}
		})
	}
}

// A node that has nothing to say ends all the same, and so does a client that gives up.
func TestConfirmationNothingEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	host := harness.Start(t, harness.WithTransports(harness.TLS))
	h := host.Inject(fault.Connections().Confirm(fault.ConfirmNothing))
	done := connecting(t, host.URI(harness.TLS, "test:///default"))
	if err := h.Wait(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if err := host.Server.Close(); err != nil {
		t.Error(err)
	}
	if out := <-done; !strings.Contains(out, "EOF") && !strings.Contains(out, "reset") {
		t.Errorf("the client says %q, want the end of its connection", out)
	}
	if n := len(host.Server.Journal().Connections()); n != 0 {
		t.Errorf("%d connections have spoken RPC, want none", n)
	}
}
