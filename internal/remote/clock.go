package remote

import (
	"net/http"
	"sync"
	"time"

	incus "github.com/lxc/incus/v6/client"
)

// stopwatch compares a server's clock with ours by the dates of the answers to requests that are made anyway. Of all answers
// the one that came back fastest counts. Dates of HTTP are cut to seconds, and an answer may have been dated at any
// moment of its trip, so only that much of a difference is told as the answer proves.
type stopwatch struct {
	now func() time.Time // our clock

	mu    sync.Mutex
	timed bool          // there was an answer with a date
	trip  time.Duration // of the fastest one
	ahead time.Duration // how far it proves the server's clock to be ahead, negative: behind
}

// note takes the date of one answer into account. One without a date says nothing.
func (w *stopwatch) note(sent, received time.Time, date string) {
	at, err := http.ParseTime(date)
	if err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	trip := received.Sub(sent)
	if w.timed && trip >= w.trip {
		return
	}
	w.timed, w.trip, w.ahead = true, trip, lead(at, sent, received)
}

// lead is the least difference of the clocks with which an answer of that date fits between sending and receiving. The date
// stands for any moment of its second.
func lead(date, sent, received time.Time) time.Duration {
	if least := date.Sub(received); least > 0 {
		return least
	}
	return min(date.Add(time.Second).Sub(sent), 0)
}

// skew is how far the clock of a client's server is ahead of ours, as far as it is known; negative: behind.
func skew(client incus.InstanceServer) time.Duration {
	base, err := client.GetHTTPClient()
	if err != nil {
		return 0
	}
	s, ok := base.Transport.(sharing)
	if !ok || s.watch == nil {
		return 0
	}
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	return s.watch.ahead
}
