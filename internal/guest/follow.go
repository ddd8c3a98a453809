package guest

import (
	"cmp"
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Notice is what Follow tells about a config key.
type Notice struct {
	Value     string // the present value; "" if the key is not set
	Connected bool   // the connection is a new one: the server may have restarted, and then it has forgotten a Ready
	Err       error  // the server can't be asked for the time being; told once per outage, without the value
}

// Pauses are how long Follow waits before it asks again a server that does not answer. The zero value is half a second to half a
// minute.
type Pauses struct{ First, Longest time.Duration }

// steps are the pauses one after another.
func (p Pauses) steps() *backoff.ExponentialBackOff {
	steps := backoff.NewExponentialBackOff()
	steps.InitialInterval = cmp.Or(p.First, 500*time.Millisecond)
	steps.MaxInterval = cmp.Or(p.Longest, 30*time.Second)
	return steps
}

// Follow calls tell with the value of a config key: at first, after every event about it, and after every new
// connection, until the context ends, which is no error. The value is always the present one, read when tell is called: events
// that piled up while tell was busy show the same value several times, and never an older one. While the server does not
// answer, Follow tries again. At the beginning only, an obstacle that waiting does not remove is an error.
//
// The server counts a listener a moment after it has accepted the connection: a change in that very moment shows with the next one.
func (c *Client) Follow(ctx context.Context, key string, pauses Pauses, tell func(Notice)) error {
	steps := pauses.steps()
	for met, down := false, false; ; {
		connected, err := c.follow(ctx, key, tell)
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
func (c *Client) follow(ctx context.Context, key string, tell func(Notice)) (connected bool, err error) {
	s, err := c.listen(ctx, []string{"config"})
	if err != nil {
		return false, err
	}
	defer s.close()
	value, err := c.present(ctx, key)
	if err != nil {
		return false, err
	}
	tell(Notice{Value: value, Connected: true})
	for {
		event, err := s.next(ctx)
		if err != nil {
			return true, err
		}
		if event.Key != key {
			continue
		}
		// The event may be old, so it only says that it is time to look.
		if value, err = c.present(ctx, key); err != nil {
			return true, err
		}
		tell(Notice{Value: value})
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
