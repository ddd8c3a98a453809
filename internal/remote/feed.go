package remote

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"
)

// keptEnds is how many ended operations a feed remembers: an end can be told before the answer that names the operation.
const keptEnds = 1024

// longestQuiet is the longest that an operation is waited for without asking the server, while no event tells of it.
const longestQuiet = 30 * time.Second

// refusedPause is how long no stream is asked for after a server did not give one.
const refusedPause = 30 * time.Second

// feed hears what becomes of all operations of one server and project, by one stream of events. The client's own waiting asks the
// server for every operation once more, and does not survive a broken stream.
type feed struct {
	connect func() incus.InstanceServer // a client for one stream: one that has lost its stream must not open another

	opening sync.Mutex
	stream  *incus.EventListener // guarded by opening, as is refused
	refused bool                 // a moment ago there was none to be had

	mu       sync.Mutex
	gone     chan struct{} // closed when there is no stream
	watchers map[string]*watcher
	ends     map[string]api.Operation // by the operation's id
	order    []string                 // of ends, oldest first
}

// watcher waits for the end of one operation.
type watcher struct {
	see func(api.Operation) // may be nil
	end chan api.Operation  // holds one
}

func newFeed(connect func() incus.InstanceServer) *feed {
	gone := make(chan struct{})
	close(gone)
	return &feed{connect: connect, gone: gone, watchers: map[string]*watcher{}, ends: map[string]api.Operation{}}
}

// open makes sure that there is a stream, ahead of an operation. Where there can't be one, operations are asked for.
func (f *feed) open() {
	f.opening.Lock()
	defer f.opening.Unlock()
	if f.refused || f.stream != nil && f.stream.IsActive() {
		return
	}
	stream, err := f.connect().GetEventsByType([]string{api.EventTypeOperation})
	if err != nil {
		f.refused = true
		time.AfterFunc(refusedPause, f.allow)
		return
	}
	gone := make(chan struct{})
	f.mu.Lock()
	f.stream, f.gone = stream, gone
	f.mu.Unlock()
	_, _ = stream.AddHandler([]string{api.EventTypeOperation}, f.hear) // it fails without a function only
	go func() {
		_ = stream.Wait() // why it broke makes no difference
		close(gone)
	}()
}

func (f *feed) allow() {
	f.opening.Lock()
	defer f.opening.Unlock()
	f.refused = false
}

func (f *feed) close() {
	f.opening.Lock()
	defer f.opening.Unlock()
	if f.stream != nil {
		f.stream.Disconnect()
	}
}

// hear takes one event. The client calls it on a goroutine for each, so what an operation says may come in any order; its end
// counts whenever it comes.
func (f *feed) hear(event api.Event) {
	var op api.Operation
	if json.Unmarshal(event.Metadata, &op) != nil {
		return
	}
	f.mu.Lock()
	w := f.watchers[op.ID]
	f.mu.Unlock()
	if w != nil && w.see != nil {
		w.see(op) // before its end is told: it may say how much was sent
	}
	if op.StatusCode.IsFinal() {
		f.over(op)
	}
}

func (f *feed) over(op api.Operation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keep(op)
	if w := f.watchers[op.ID]; w != nil {
		delete(f.watchers, op.ID)
		w.end <- op
	}
}

func (f *feed) keep(op api.Operation) {
	if _, known := f.ends[op.ID]; known {
		return
	}
	if len(f.order) == keptEnds {
		delete(f.ends, f.order[0])
		f.order = f.order[1:]
	}
	f.ends[op.ID], f.order = op, append(f.order, op.ID)
}

// watch returns where the end of an operation is told, what is closed when there is no stream that could tell it, and how to stop watching.
func (f *feed) watch(id string, see func(api.Operation)) (end <-chan api.Operation, gone <-chan struct{}, leave func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := &watcher{see: see, end: make(chan api.Operation, 1)}
	if op, ended := f.ends[id]; ended {
		w.end <- op
		return w.end, f.gone, func() {}
	}
	f.watchers[id] = w
	return w.end, f.gone, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.watchers[id] == w {
			delete(f.watchers, id)
		}
	}
}

// ended waits until an operation has ended, and returns its failure. see gets what is learnt on the way, and may be nil.
func (c *projectClient) ended(ctx context.Context, op incus.Operation, see func(api.Operation)) error {
	_, err := c.end(ctx, op.Get(), see)
	return err
}

// end waits until an operation has ended, and returns it. Events tell of it; of one that they are silent about, the server is asked, after ever
// longer pauses, and all the time where there are none, as long as the server answers. The end of the context ends it at once.
func (c *projectClient) end(ctx context.Context, op api.Operation, see func(api.Operation)) (api.Operation, error) {
	if op.StatusCode.IsFinal() {
		return op, outcome(op)
	}
	told, gone, leave := c.feed.watch(op.ID, see)
	defer leave()
	answers := make(chan looked, 2) // of one question that may be on its way when the stream breaks, and of those after it
	quiet := c.pair.pace.quiet
	timer := time.NewTimer(quiet)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return op, ctx.Err()
		case last := <-told:
			return last, outcome(last)
		case <-gone:
			gone = nil
			timer.Stop()
			go func() { answers <- c.asked(ctx, op.ID, see) }()
		case <-timer.C:
			go func() { answers <- c.look(op.ID) }()
		case seen := <-answers:
			switch {
			case seen.over:
				return seen.op, seen.err
			case see != nil && seen.err == nil:
				see(seen.op)
			}
			if gone != nil {
				quiet = min(2*quiet, longestQuiet)
				timer.Reset(quiet)
			}
		}
	}
}

// looked is what an operation was seen to do. over: there is nothing more to be learnt, and err is how it ended.
type looked struct {
	op   api.Operation
	over bool
	err  error
}

// look asks the server for an operation once. A server that does not answer may still tell of it.
func (c *projectClient) look(id string) looked {
	now, _, err := c.GetOperation(id)
	switch {
	case api.StatusErrorCheck(err, http.StatusNotFound):
		return looked{over: true, err: &lost{errForgotten}} // it has ended, nobody knows how
	case err != nil:
		return looked{err: err}
	case now.StatusCode.IsFinal():
		return looked{op: *now, over: true, err: outcome(*now)}
	}
	return looked{op: *now}
}

// asked asks the server for an operation until it has ended, or the server does not answer any more.
func (c *projectClient) asked(ctx context.Context, id string, see func(api.Operation)) looked {
	for {
		var now looked
		err := c.pair.again(ctx, nil, func(bool) error {
			if now = c.look(id); now.over {
				return nil
			}
			return now.err
		})
		switch {
		case now.over:
			return now
		case err != nil:
			return looked{over: true, err: &lost{err}}
		case see != nil:
			see(now.op)
		}
		select {
		case <-ctx.Done():
			return looked{over: true, err: ctx.Err()}
		case <-time.After(c.pair.pace.ask):
		}
	}
}
