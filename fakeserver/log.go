package fakeserver

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// logCalls logs each call, decoded, with its result or error, when the logger
// wants to know.
func (s *Server) logCalls(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
	if !s.log.Enabled(ctx, slog.LevelDebug) {
		return next(ctx, c)
	}
	begin := time.Now()
	ret, err := next(ctx, c)
	attrs := []slog.Attr{
		slog.Uint64("conn", c.Peer.Connection),
		slog.String("procedure", c.Procedure.Name),
		slog.Uint64("serial", uint64(c.Serial)),
		slog.String("args", show(c.Procedure, c.Args)),
		slog.Duration("took", time.Since(begin)),
	}
	if err != nil {
		wire := wireError(err)
		attrs = append(attrs, slog.String("error", wire.Message), slog.Int("code", int(wire.Code)), slog.Int("domain", int(wire.Domain)))
	} else {
		attrs = append(attrs, slog.String("result", show(c.Procedure, ret)))
	}
	s.log.LogAttrs(ctx, slog.LevelDebug, "call", attrs...)
	return ret, err
}

// show prints arguments or a result, long ones cut: a domain's XML in a log
// hides the rest. Of what carries a secret it prints nothing.
func show(p *rpc.Info, v any) string {
	switch p {
	case rpc.AuthSaslStart.Info, rpc.AuthSaslStep.Info, rpc.SecretSetValue.Info, rpc.SecretGetValue.Info,
		rpc.DomainSetUserPassword.Info:
		return "(not shown: it holds a secret)"
	}
	const most = 400
	text := fmt.Sprintf("%+v", v)
	if len(text) > most {
		text = text[:most] + fmt.Sprintf("… (%d bytes)", len(text))
	}
	return strings.TrimPrefix(text, "&")
}
