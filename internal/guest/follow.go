package guest

import (
	"cmp"
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// settling is how many looks after a new connection, about two minutes, a server that has restarted may still be starting: it
// answers its instances before it forgets their states (seen on 6.0.4).
const settling = 12

// Notice is what Follow tells about a config key.
type Notice struct {
	Value string // the present value; "" if the key is not set
	Anew  bool   // the connection is not the first one, and young: the server may have restarted and have forgotten a Ready
	Err   error  // the server can't be asked for the time being; told once per outage, without the value
}

// Pauses are how long Follow waits before it asks again a server that does not answer, and before it looks again at one that
// does. The zero value is half a second to half a minute.
type Pauses struct{ First, Longest time.Duration }

// steps are the pauses one after another.
func (p Pauses) steps() *backoff.ExponentialBackOff {
	steps := backoff.NewExponentialBackOff()
	steps.InitialInterval = cmp.Or(p.First, 500*time.Millisecond)
	steps.MaxInterval = cmp.Or(p.Longest, 30*time.Second)
	return steps
}

// Follow calls tell with the present value of a config key again and again: at first, after an event about it, after every new
// connection, and from time to time, as the server counts a listener only a moment after it has accepted it. So events that
// piled up while tell was busy never show an older value. It ends with the context, which is no error. While the server does not
// answer, Follow tries again. At the beginning only, an obstacle that waiting does not remove is an error.
func (c *Client) Follow(ctx context.Context, key string, pauses Pauses, tell func(Notice)) error {
	steps := pauses.steps()
	for met, down := false, false; ; {
		looks := settling
		if met {
			looks = 0
		}
		connected, err := c.follow(ctx, key, pauses.steps(), func(value string) {
			tell(Notice{Value: value, Anew: looks < settling})
			looks++
		})
		switch {
		case ctx.Err() != nil:
			return nil
		case connected: // whether it was the last one shows when the next is made
			met, down = true, false
			steps.Reset()
		case !met && !Is(err, Unreachable):
			return err
		case !down:
			down = true
			tell(Notice{Err: err})
		}
		select {
		case <-time.After(steps.NextBackOff()):
		case <-ctx.Done():
			return nil
		}
	}
}

// follow is Follow on one connection. It returns whether there was one, and why it has ended.
func (c *Client) follow(ctx context.Context, key string, pauses *backoff.ExponentialBackOff, tell func(value string)) (connected bool, err error) {
	s, err := c.listen(ctx, []string{"config"})
	if err != nil {
		return false, err
	}
	changed, ended := make(chan bool, 1), make(chan error, 1)
	go func() { ended <- s.changes(ctx, key, changed) }()
	defer s.close()
	for {
		value, err := c.present(ctx, key)
		if err != nil {
			return connected, err
		}
		connected = true
		select {
		case err := <-ended: // what was read may be the word of a server that has restarted since
			return true, err
		default:
		}
		tell(value)
		select {
		case <-changed:
		case <-time.After(pauses.NextBackOff()):
		case err := <-ended:
			return true, err
		}
	}
}

// changes tells that there were events about a key, until the connection ends.
func (s *stream) changes(ctx context.Context, key string, changed chan<- bool) error {
	for {
		event, err := s.next(ctx)
		if err != nil {
			return err
		}
		if event.Key != key {
			continue
		}
		select {
		case changed <- true:
		default: // it is told already, and nobody has looked since
		}
	}
}

// present is the value of a key now, "" if it is not set.
func (c *Client) present(ctx context.Context, key string) (string, error) {
	value, err := c.Value(ctx, key)
	if Is(err, Missing) {
		return "", nil
	}
	return value, err
}
