package notify

import (
	"context"
	"sync"
	"time"
)

// Timeout is the longest that a Group waits for one notifier.
const Timeout = 10 * time.Second

// Group tells several notifiers side by side. The zero value tells nobody.
type Group struct {
	Notifiers []Notifier
	Timeout   time.Duration // the longest wait for each notifier; zero means the constant Timeout
}

// Failure is one notifier that could not be told.
type Failure struct {
	Name string // the notifier's name
	Err  error
}

// Start tells all notifiers that a run begins. It returns after Timeout at the
// latest, whether or not ctx is cancelled, with those that could not be told,
// in the order of Notifiers.
func (g Group) Start(ctx context.Context) []Failure {
	return g.all(ctx, func(ctx context.Context, n Notifier) error { return n.Start(ctx) })
}

// Finish tells all notifiers how the run ended, also when ctx is cancelled
// already: an interrupted run must be heard of too. It returns after Timeout
// at the latest with those that could not be told, in the order of Notifiers.
func (g Group) Finish(ctx context.Context, m Message) []Failure {
	return g.all(ctx, func(ctx context.Context, n Notifier) error { return n.Finish(ctx, m) })
}

// Test sends each notifier a test message. It returns after Timeout at the latest, with those that did not take it.
func (g Group) Test(ctx context.Context) []Failure {
	return g.all(ctx, func(ctx context.Context, n Notifier) error { return n.Test(ctx) })
}

func (g Group) all(ctx context.Context, tell func(context.Context, Notifier) error) []Failure {
	errs := make([]error, len(g.Notifiers))
	var wg sync.WaitGroup
	for i, n := range g.Notifiers {
		wg.Go(func() { errs[i] = g.one(ctx, n, tell) })
	}
	wg.Wait()
	var failures []Failure
	for i, err := range errs {
		if err != nil {
			failures = append(failures, Failure{Name: g.Notifiers[i].Name(), Err: err})
		}
	}
	return failures
}

func (g Group) one(ctx context.Context, n Notifier, tell func(context.Context, Notifier) error) error {
	limit := g.Timeout
	if limit <= 0 {
		limit = Timeout
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	done := make(chan error, 1) // buffered, so that a notifier given up on can still end
	go func() { done <- tell(ctx, n) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	default:
		return &Error{Text: "notify " + n.Name() + ": no answer in time"}
	}
}
