package remote

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/lxc/incus/v6/shared/api"
)

// lookLimit is how long a server may take to tell of an operation that seems to stand still.
const lookLimit = 10 * time.Second

// stalled is that a copy has not moved for too long.
type stalled struct {
	limit time.Duration
	over  bool // nothing of it is left running
}

func (s *stalled) Error() string { return "nothing has moved for " + tell(s.limit) }

// GoesOn says that the servers have not ended what failed for IAB.
func (s *stalled) GoesOn() bool { return !s.over }

// pulse tells whether operations still move: whether they say anything that they have not said before.
type pulse struct {
	limit time.Duration // 0: they may stand still for ever
	moved chan struct{}

	mu   sync.Mutex
	last map[string]string // what each operation has said last, by its id
}

func newPulse(limit time.Duration) *pulse {
	return &pulse{limit: limit, moved: make(chan struct{}, 1), last: map[string]string{}}
}

// see takes what an operation says.
func (p *pulse) see(op api.Operation) {
	said := said(op)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last[op.ID] == said {
		return
	}
	p.last[op.ID] = said
	select {
	case p.moved <- struct{}{}:
	default:
	}
}

// said is what is new about an operation when it moves: its state, and how far it is.
func said(op api.Operation) string {
	var b strings.Builder
	fmt.Fprint(&b, op.StatusCode, op.UpdatedAt.UnixNano())
	for _, key := range progressKeys(op.Metadata) {
		fmt.Fprint(&b, " ", op.Metadata[key])
	}
	return b.String()
}

// stops returns a channel that is closed when nothing has moved for the limit. Before that it lets look ask once more, since an
// event may have got lost.
func (p *pulse) stops(ctx context.Context, look func()) <-chan struct{} {
	stopped := make(chan struct{})
	if p.limit <= 0 {
		return stopped
	}
	go func() {
		timer := time.NewTimer(p.limit)
		defer timer.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-p.moved:
			case <-timer.C:
				if !p.moves(look) {
					close(stopped)
					return
				}
			}
			timer.Reset(p.limit)
		}
	}()
	return stopped
}

// moves looks whether there is something new after all.
func (p *pulse) moves(look func()) bool {
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		look()
	}()
	select {
	case <-looked:
	case <-time.After(lookLimit):
	}
	select {
	case <-p.moved:
		return true
	default:
		return false
	}
}
