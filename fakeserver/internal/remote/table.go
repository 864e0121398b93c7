package remote

import (
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// Handler answers one call: args is the procedure's *Args, the result its *Ret.
type Handler func(s *Session, args any) (any, error)

// Table holds the handler of each procedure that this fake supports.
type Table struct {
	handlers map[*rpc.Info]Handler
}

// NewTable returns the table of everything supported.
func NewTable() *Table {
	t := &Table{handlers: make(map[*rpc.Info]Handler, 512)}
	return t
}

// Lookup returns the procedure's handler, or nil.
func (t *Table) Lookup(p *rpc.Info) Handler { return t.handlers[p] }

// handle registers the typed function that answers a procedure.
func handle[A, R any](t *Table, p *rpc.Procedure[A, R], h func(s *Session, args *A) (*R, error)) {
	t.handlers[p.Info] = func(s *Session, args any) (any, error) {
		ret, err := h(s, args.(*A))
		if err != nil {
			return nil, err
		}
		return ret, nil
	}
}
