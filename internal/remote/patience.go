package remote

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Patience is how long IAB bears with servers. The zero value tries everything once, and waits for a copy for as long as it
// takes.
type Patience struct {
	Retries      int           // how often a call whose failure may pass is tried again
	StallTimeout time.Duration // how long a copy may stand still before it is given up; 0: for ever
}

// pace is how long IAB waits between two looks at something. Tests are in a hurry.
type pace struct {
	pause  time.Duration // before the second try of a call, in the mean; each later pause is twice as long
	ask    time.Duration // between two questions after operations that can't be followed by their events
	quiet  time.Duration // before the first question after an operation that no event has told of; each later pause is twice as long
	leave  time.Duration // how long a copy that is given up is still waited for
	revert time.Duration // how long a server may take to remove what a failed copy has made
	files  time.Duration // before files are asked for again whose helper can't be reached; one that nobody uses ends after 15 s (6.0.4)
	agent  time.Duration // how long the agent of a virtual machine that goes on is asked to thaw its file systems
}

// usual is the pace on real servers. They do not let a migration be cancelled (seen on 6.0.4), so a copy that takes longer
// to leave is left to them.
var usual = pace{pause: time.Second, ask: time.Second, quiet: 2 * time.Second, leave: 10 * time.Second, revert: 10 * time.Second, files: 20 * time.Second, agent: 10 * time.Second}

// again makes a call until it works, until it fails in a way that does not pass, or until it has been tried as often as the
// patience says; the answer then says how often. Before every further try it calls prepare, which may be nil; where that
// fails, the call's own failure is the answer. repeated tells the call that an earlier try may have had its effect.
func (p *Pair) again(ctx context.Context, prepare func() error, call func(repeated bool) error) error {
	var failed error
	tries := 0
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.Multiplier = p.pace.pause, 2
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		if failed != nil && prepare != nil {
			if err := prepare(); err != nil {
				return struct{}{}, backoff.Permanent(failed)
			}
		}
		tries++
		if failed = call(tries > 1); failed != nil && !passing(failed) {
			return struct{}{}, backoff.Permanent(failed)
		}
		return struct{}{}, failed
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(uint(p.patience.Retries)+1), backoff.WithMaxElapsedTime(0))
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && !errors.Is(failed, ctx.Err()):
		return fmt.Errorf("%w; then %w", failed, ctx.Err()) // the pause was interrupted
	case tries > 1:
		return &tried{failed, tries}
	}
	return failed
}

// tried is the failure of the last of several tries.
type tried struct {
	err   error
	tries int
}

func (t *tried) Error() string { return fmt.Sprintf("%s; tried %d times", t.err, t.tries) }
func (t *tried) Unwrap() error { return t.err }

// tell returns a length of time without its zeros at the end: 30m, not 30m0s.
func tell(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if len(text) > len(zero) && text[len(text)-len(zero):] == zero {
			text = text[:len(text)-len(zero)+1]
		}
	}
	return text
}
