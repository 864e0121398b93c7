package conformance

import (
	"context"
	"crypto/tls"
	"errors"
	"sync"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/certs"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/clock"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/fault"
)

// tlsDoor is a node with such settings, and a client with such a certificate.
func tlsDoor(settings fakeserver.TLSSettings, variants ...certs.Variant) func(*Cell) {
	return setup(func(s *Setup) error {
		s.TLS(settings)
		s.Certificates(variants...)
		return nil
	})
}

// allowedRows are about tls_allowed_dn_list and tls_no_verify_certificate.
func allowedRows() []*Cell {
	const t, section = call.TLS, sectionDaemon
	only := func(patterns ...string) fakeserver.TLSSettings {
		return fakeserver.TLSSettings{AllowedDN: append([]string{}, patterns...)}
	}
	const list, verify = "tls/allowed-dn/", "tls/verify-client/"
	out := refuse(Connection)
	rows := []*Cell{
		row(list+"unset", "without tls_allowed_dn_list a client of any name is let in", section, link(t), reach(testName), tlsDoor(fakeserver.TLSSettings{}, certs.ClientOtherName)),
		row(list+"of-others", "a name that is not in tls_allowed_dn_list is refused", section, link(t), out, tlsDoor(only("O=fakelibvirtd,CN=client"), certs.ClientOtherName)),
		row(list+"second", "the second pattern of tls_allowed_dn_list is as good as the first", section, link(t), reach(testName), tlsDoor(only("C=DE,*", "*CN=strang?r"), certs.ClientOtherName)),
		row(list+"empty", "a tls_allowed_dn_list without entries lets nobody in", section, link(t), out, tlsDoor(only())),
	}
	for _, p := range []struct {
		id, pattern string
		in          bool
	}{
		{"exact", "O=fakelibvirtd,CN=client", true},
		{"other-order", "CN=client,O=fakelibvirtd", false},
		{"star", "*", true},
		{"question-mark", "O=fakelibvirtd,CN=clien?", true},
		{"question-mark-for-nothing", "O=fakelibvirtd,CN=client?", false},
		{"brackets", "O=fakelibvirtd,CN=[c]lient", false},
		{"backslash", `O=fakelibvirtd,CN=\\client`, false},
		{"upper-case", "O=FAKELIBVIRTD,CN=client", false},
		{"common-name", "CN=client", false},
		{"stars", "O=*,CN=*", true},
		{"star-for-nothing", "O=fakelibvirtd,CN=client*", true},
		{"within-stars", "*fakelibvirtd*client*", true},
		{"braces", "O=fakelibvirtd,CN={client,me}", false},
	} {
		want, does := out, "does not match"
		if p.in {
			want, does = reach(testName), "matches"
		}
		rows = append(rows, row(list+p.id, "the pattern "+p.pattern+" "+does+" O=fakelibvirtd,CN=client", section, link(t), want, tlsDoor(only(p.pattern))))
	}
	anyone := fakeserver.TLSSettings{NoVerifyCertificate: true}
	anyoneButList := fakeserver.TLSSettings{NoVerifyCertificate: true, AllowedDN: []string{"C=DE"}}
	const free = "tls_no_verify_certificate lets in a client "
	return append(rows,
		row(verify+"off-missing", free+"without a certificate", section, link(t), reach(testName), tlsDoor(anyone, certs.ClientMissing)),
		row(verify+"off-foreign-ca", free+"whose certificate is of another authority", section, link(t, "no_sanity=1"), reach(testName), tlsDoor(anyone, certs.ClientForeignCA)),
		row(verify+"off-expired", free+"whose certificate has expired", section, link(t, "no_sanity=1"), reach(testName), tlsDoor(anyone, certs.ClientExpired)),
		row(verify+"off-is-ca", free+"whose certificate is an authority's", section, link(t, "no_sanity=1"), reach(testName), tlsDoor(anyone, certs.ClientIsCA)),
		row(verify+"off-not-allowed", free+"that is not in tls_allowed_dn_list", section, link(t), reach(testName), tlsDoor(anyoneButList)),
	)
}

// versionRows are about the versions of TLS that the two sides have.
func versionRows() []*Cell {
	const (
		t       = call.TLS
		section = sectionDaemon
		id      = "tls/version/"
		only11  = "tls_priority=NORMAL:-VERS-ALL:%2BVERS-TLS1.1"
		only12  = "tls_priority=NORMAL:-VERS-TLS1.3"
		only13  = "tls_priority=NORMAL:-VERS-ALL:%2BVERS-TLS1.3"
	)
	version := func(v uint16) func(*Reach) { return func(r *Reach) { r.TLSVersion = v } }
	newest := func(v fakeserver.TLSVersion) func(*Cell) { return tlsDoor(fakeserver.TLSSettings{MaxVersion: v}) }
	oldest := func(v fakeserver.TLSVersion) func(*Cell) { return tlsDoor(fakeserver.TLSSettings{MinVersion: v}) }
	return []*Cell{
		row(id+"node-1-2", "a node of TLS 1.2 alone is spoken to in that", section, link(t), reach(testName, version(tls.VersionTLS12)), newest(tls.VersionTLS12)),
		row(id+"both-1-2", "a node and a client of TLS 1.2 alone agree", section, link(t, only12), reach(testName, version(tls.VersionTLS12)), newest(tls.VersionTLS12)),
		row(id+"node-1-2-client-1-3", "a node of TLS 1.2 alone refuses a client of TLS 1.3 alone", section, link(t, only13), refuse(Connection), newest(tls.VersionTLS12)),
		row(id+"node-1-3", "a node of TLS 1.3 alone is spoken to in that", section, link(t), reach(testName, version(tls.VersionTLS13)), oldest(tls.VersionTLS13)),
		row(id+"node-1-3-client-1-2", "a node of TLS 1.3 alone refuses a client of TLS 1.2", section, link(t, only12), refuse(Connection), oldest(tls.VersionTLS13)),
		row(id+"both-1-1", "a node that still has TLS 1.1 takes a client that has no other", section, link(t, only11), reach(testName), oldest(tls.VersionTLS10)),
		row(id+"client-1-1", "a node of TLS 1.2 and 1.3 refuses a client of TLS 1.1", section, link(t, only11), refuse(Connection), tlsDoor(fakeserver.TLSSettings{MinVersion: tls.VersionTLS12})),
	}
}

// confirmationRows are about the byte that ends the handshake: what a node does in its
// place.
func confirmationRows() []*Cell {
	const (
		t  = call.TLS
		id = "tls/confirmation/"
	)
	about := fault.Connections()
	faulty := func(r fault.Rule, newest fakeserver.TLSVersion) func(*Cell) {
		return setup(func(s *Setup) error {
			s.Node(fakeserver.WithFaults(r))
			s.TLS(fakeserver.TLSSettings{MaxVersion: newest})
			return nil
		})
	}
	const any, older = 0, tls.VersionTLS12
	one := func(what, title string, rule fault.Rule, newest fakeserver.TLSVersion, want Want) *Cell {
		return row(id+what, title, transportSection(t), link(t), want, faulty(rule, newest), quirk)
	}
	bad := refusedInTLS()
	return []*Cell{
		one("zero", "the byte 0 says that the node does not like the client", about.Confirm(fault.ConfirmByte), any, bad),
		one("two", "any byte but 1 is a refusal", about.Do(fault.Action{Confirmation: &fault.Confirmation{Send: fault.ConfirmByte, Byte: 2}}), any, bad),
		one("close", "the end of the connection, in place of the byte, is a refusal", about.Confirm(fault.ConfirmClose), any, bad),
		one("close-notify", "the end of TLS, in place of the byte, is a refusal", about.Confirm(fault.ConfirmCloseNotify), any, bad),
		one("alert", "an alert, in place of the byte, is a refusal", about.Confirm(fault.ConfirmAlert), any, bad),
		one("alert-1-2", "an alert ends the handshake of TLS 1.2", about.Confirm(fault.ConfirmAlert), older, bad),
		one("ticket", "libvirt's client takes a session ticket before the byte for the end", about.Confirm(fault.ConfirmTicket), any, bad),
		one("ticket-1-2", "with TLS 1.2 a session ticket is a part of the handshake", about.Confirm(fault.ConfirmTicket), older, reach(testName)),
		row(id+"late", "a client waits for the byte", transportSection(t), link(t), reach(testName), quirk,
			onceWaiting(func(_ context.Context, _ *Env, m *clock.Manual) error { m.Advance(byteDelay); return nil })),
		row(id+"none", "a client to which the byte never comes waits until the node ends", transportSection(t), link(t), bad, quirk,
			onceWaiting(func(ctx context.Context, e *Env, _ *clock.Manual) error {
				return e.Server.Restart(ctx, fakeserver.RestartOptions{})
			})),
	}
}

// byteDelay is how late the byte comes, by the node's clock.
const byteDelay = time.Hour

// onceWaiting has the byte not come, and does something once the client waits for it.
func onceWaiting(then func(context.Context, *Env, *clock.Manual) error) func(*Cell) {
	return setup(func(s *Setup) error {
		m := clock.NewManual(time.Now())
		s.Node(fakeserver.WithClock(m), fakeserver.WithKeepAlive(0, 0))
		s.Client(func(e *Env) error {
			if _, err := e.Server.Inject(fault.Connections().OnTransport(call.TLS).ConfirmAfter(byteDelay)); err != nil {
				return err
			}
			timers := m.Pending()
			e.meanwhile(func(ctx context.Context) error {
				if err := m.WaitPending(ctx, timers+1); err != nil {
					return err
				}
				return then(context.Background(), e, m)
			})
			return nil
		})
		return nil
	})
}

// meanwhile does something to the node while the client runs. The context ends with the
// client.
func (e *Env) meanwhile(do func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- do(ctx) }()
	e.settle = sync.OnceValue(func() error {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	})
	e.cleanups = append(e.cleanups, func() { _ = e.settle() })
}
