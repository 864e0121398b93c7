// Package call is one call as everyone on a fake node sees it: who asks
// ([Peer]), what is asked ([Call]), and the chain of [Interceptor]s that it
// passes on its way to the handler.
//
// An interceptor is an ordinary function. It may look at the call, change the
// result, answer in the handler's place, or wait; before it waits it says so
// with (*Call).Blocking, so that the connection's other calls go on:
//
//	func slow(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
//		c.Blocking()
//		if err := wait(ctx); err != nil {
//			return nil, err
//		}
//		return next(ctx, c)
//	}
//
// A [Journal] remembers the calls of a node's clients, and beside them their
// connections, SSH logins and what they had the SSH server do, within bounds and
// without the secrets that they carried ([Redact], [MaskText]); [Show] and [ShowLines] make text of
// what a call carried.
package call
