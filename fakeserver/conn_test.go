package fakeserver_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// gate holds calls of one procedure until it is opened.
type gate struct {
	procedure *rpc.Info
	entered   chan *call.Call
	open      chan struct{}
	once      sync.Once
}

func newGate(procedure *rpc.Info) *gate {
	return &gate{procedure: procedure, entered: make(chan *call.Call, 100), open: make(chan struct{})}
}

func (g *gate) intercept(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
	if c.Procedure != g.procedure {
		return next(ctx, c)
	}
	c.Blocking()
	g.entered <- c
	select {
	case <-g.open:
	case <-ctx.Done():
	}
	return next(ctx, c)
}

func (g *gate) release() { g.once.Do(func() { close(g.open) }) }

func memoryClient(t testing.TB, s *fakeserver.Server) *client {
	t.Helper()
	nc, err := s.Dial()
	if err != nil {
		t.Fatal(err)
	}
	return newClient(t, nc)
}

func TestSlowCallDoesNotDelayOthers(t *testing.T) {
	g := newGate(rpc.ConnectGetType.Info)
	c := memoryClient(t, start(t, fakeserver.WithInterceptor(g.intercept)))
	c.send(openTest(1))
	c.ok(1)
	c.send(request(3, 2), request(66, 3), request(66, 4))
	c.ok(3)
	c.ok(4)
	g.release()
	c.ok(2)
}

func TestReadingPausesAtMaxClientRequests(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit int
		opts  []fakeserver.Option
	}{
		{"default", 5, nil},
		{"three", 3, []fakeserver.Option{fakeserver.WithMaxClientRequests(3)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGate(rpc.ConnectGetType.Info)
			bubble(t, func(t *testing.T, cl *client) {
				g.open = make(chan struct{}) // of the bubble
				g.entered = make(chan *call.Call, 100)
				cl.send(openTest(1))
				cl.ok(1)
				for i := range uint32(c.limit) {
					cl.send(request(3, 10+i))
				}
				cl.send(request(66, 99))
				// Everybody waits now: were the last call read, it would be answered.
				if err := cl.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
					t.Fatal(err)
				}
				if h, _, err := cl.r.Next(); err == nil {
					t.Errorf("%+v came while %d calls were in flight", h, c.limit)
				}
				if err := cl.SetReadDeadline(time.Now().Add(bubbleLimit)); err != nil {
					t.Fatal(err)
				}
				close(g.open)
				var serials []uint32
				for range c.limit + 1 {
					h, _, ok := cl.receive()
					if !ok {
						t.Fatal("the connection ended")
					}
					serials = append(serials, h.Serial)
				}
				if !slices.Contains(serials, 99) {
					t.Errorf("replies to %v, none to the call that had to wait", serials)
				}
			}, append(c.opts, fakeserver.WithInterceptor(g.intercept))...)
		})
	}
}

func TestManyPipelinedCallsAreAllAnswered(t *testing.T) {
	for _, blocking := range []bool{false, true} {
		t.Run(map[bool]string{false: "inline", true: "blocking"}[blocking], func(t *testing.T) {
			s := start(t, fakeserver.WithInterceptor(func(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
				if blocking {
					c.Blocking()
				}
				return next(ctx, c)
			}))
			c := memoryClient(t, s)
			const n = 500
			seen := make(map[uint32]bool)
			go func() {
				for i := range uint32(n) {
					if _, err := c.Write(request(66, i)); err != nil {
						return // the test below misses its replies
					}
				}
			}()
			for range n {
				h, _, ok := c.receive()
				if !ok {
					t.Fatal("the connection ended")
				}
				seen[h.Serial] = true
			}
			if len(seen) != n {
				t.Errorf("%d different serials were answered, want %d", len(seen), n)
			}
		})
	}
}

func TestCloseCallEndsTheConnection(t *testing.T) {
	c := memoryClient(t, start(t))
	c.send(request(2, 1), request(66, 2))
	c.ok(1)
	c.ended()
}

func TestPanickingHandlerCostsOnlyItsCall(t *testing.T) {
	s := start(t, fakeserver.WithInterceptor(func(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
		if c.Procedure == rpc.ConnectGetType.Info {
			panic("for the test")
		}
		return next(ctx, c)
	}))
	c := memoryClient(t, s)
	c.send(request(3, 1), request(66, 2))
	h, payload := c.reply(1)
	if h.Status != rpc.StatusError {
		t.Fatalf("got %v %x, want an error", h, payload)
	}
	c.ok(2)
}

// An interceptor that answers with nothing, or with another procedure's result,
// costs its call too.
func TestWrongResultCostsOnlyItsCall(t *testing.T) {
	for name, result := range map[string]any{"nothing": nil, "another type": &libvirt.DomainLookupByNameRet{}} {
		t.Run(name, func(t *testing.T) {
			s := start(t, fakeserver.WithInterceptor(func(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
				if c.Procedure == rpc.ConnectGetType.Info {
					return result, nil
				}
				return next(ctx, c)
			}))
			c := memoryClient(t, s)
			c.send(request(3, 1), request(66, 2))
			if h, payload := c.reply(1); h.Status != rpc.StatusError {
				t.Fatalf("got %v %x, want an error", h, payload)
			}
			c.ok(2)
		})
	}
}

// A client that has the reply to its close finds the test driver as new.
func TestStateIsGivenBackBeforeTheReplyToClose(t *testing.T) {
	s := start(t)
	for range 300 {
		c := memoryClient(t, s)
		c.send(openTest(1))
		c.ok(1)
		c.send(request(11, 2, text("<domain type='test'><name>d</name><memory>1024</memory><os><type>hvm</type></os></domain>")))
		c.ok(2)
		c.send(request(2, 3))
		c.ok(3)
	}
}

// Half-closed connections get the replies to what was sent before.
func TestHalfCloseIsAnswered(t *testing.T) {
	c := memoryClient(t, start(t))
	c.send(request(66, 1))
	if err := c.Conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	c.ok(1)
	c.ended()
}

func TestCloseReleasesHungCalls(t *testing.T) {
	g := newGate(rpc.AuthList.Info)
	s := start(t, fakeserver.WithInterceptor(g.intercept))
	c := memoryClient(t, s)
	c.send(request(66, 1))
	<-g.entered
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestContextOfACallEndsWithItsConnection(t *testing.T) {
	g := newGate(rpc.AuthList.Info)
	ended := make(chan struct{})
	s := start(t, fakeserver.WithInterceptor(func(ctx context.Context, c *call.Call, next call.Handler) (any, error) {
		defer close(ended)
		return g.intercept(ctx, c, next)
	}))
	c := memoryClient(t, s)
	c.send(request(66, 1))
	<-g.entered
	c.Close()
	<-ended
}
