package fakeserver

import (
	"context"
	"log/slog"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// logCalls logs each call, decoded and without secrets, with its result or error,
// when the logger wants to know.
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
		slog.String("args", call.Show(c.Procedure, c.Args)),
		slog.Duration("took", time.Since(begin)),
	}
	if err != nil {
		wire := wireErrorOf(err, c.Procedure.ErrorDomain)
		attrs = append(attrs, slog.String("error", call.MaskText(wire.Message)), slog.Int("code", int(wire.Code)), slog.Int("domain", int(wire.Domain)))
	} else {
		attrs = append(attrs, slog.String("result", call.Show(c.Procedure, ret)))
	}
	s.log.LogAttrs(ctx, slog.LevelDebug, "call", attrs...)
	return ret, err
}
