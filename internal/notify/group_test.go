package notify

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// caller is a Notifier that calls a function.
type caller struct {
	name string
	tell func(context.Context) error
}

func (c caller) Name() string                                { return c.name }
func (c caller) Start(ctx context.Context) error             { return c.tell(ctx) }
func (c caller) Finish(ctx context.Context, _ Message) error { return c.tell(ctx) }
func (c caller) Test(ctx context.Context) error              { return c.tell(ctx) }

func ways(g Group) map[string]func(context.Context) []Failure {
	return map[string]func(context.Context) []Failure{
		"start":  g.Start,
		"finish": func(ctx context.Context) []Failure { return g.Finish(ctx, failed()) },
		"test":   g.Test,
	}
}

func summary(failures []Failure) []string {
	var lines []string
	for _, f := range failures {
		lines = append(lines, f.Name+": "+f.Err.Error())
	}
	return lines
}

func TestNobodyToTellIsNoFailure(t *testing.T) {
	for name, tell := range ways(Group{}) {
		if got := tell(t.Context()); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestNotifiersAreToldSideBySideAndFailuresKeepTheirOrder(t *testing.T) {
	for _, name := range []string{"start", "finish", "test"} {
		t.Run(name, func(t *testing.T) {
			first, second := make(chan struct{}), make(chan struct{})
			// Each waits for the other, so one after the other would never end well.
			meet := func(mine, theirs chan struct{}, err error) func(context.Context) error {
				return func(ctx context.Context) error {
					close(mine)
					select {
					case <-theirs:
						return err
					case <-ctx.Done():
						return errors.New("left alone")
					}
				}
			}
			g := Group{Notifiers: []Notifier{
				caller{"a", meet(first, second, errors.New("refused"))},
				caller{"b", meet(second, first, nil)},
				caller{"c", func(context.Context) error { return errors.New("unknown") }},
			}}
			want := []string{"a: refused", "c: unknown"}
			if diff := cmp.Diff(want, summary(ways(g)[name](t.Context()))); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEachNotifierHasTenSeconds(t *testing.T) {
	var left time.Duration
	g := Group{Notifiers: []Notifier{caller{"a", func(ctx context.Context) error {
		deadline, _ := ctx.Deadline()
		left = time.Until(deadline)
		return nil
	}}}}
	for name, tell := range ways(g) {
		tell(t.Context())
		if left <= 5*time.Second || left > 10*time.Second {
			t.Errorf("%s: %s left, want ten seconds", name, left)
		}
	}
}

func TestACancelledRunIsStillReported(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	hc, gotify := record(t, nil), record(t, nil)
	g := Group{Notifiers: []Notifier{
		newHealthchecks(t, hc.URL+"/ping/"+checkID, nil),
		newGotify(t, gotify.URL+"/message?token="+appToken, nil),
	}}
	if failures := append(g.Start(ctx), g.Finish(ctx, failed())...); failures != nil {
		t.Errorf("failures %v", summary(failures))
	}
	if n, m := len(hc.requests()), len(gotify.requests()); n != 2 || m != 1 {
		t.Errorf("%d pings and %d messages, want 2 and 1", n, m)
	}
}

func TestOneThatHangsDoesNotKeepTheOthersFromBeingTold(t *testing.T) {
	stuck, fine := record(t, hang(t)), record(t, nil)
	g := Group{
		Notifiers: []Notifier{
			newGotify(t, stuck.URL+"/message?token="+appToken, nil),
			newHealthchecks(t, fine.URL+"/ping/"+checkID, nil),
		},
		Timeout: 500 * time.Millisecond,
	}
	failures := g.Finish(t.Context(), failed())
	if len(failures) != 1 || failures[0].Name != "gotify" || !strings.Contains(failures[0].Err.Error(), "no answer in time") {
		t.Errorf("failures %v", summary(failures))
	}
	if n := len(fine.requests()); n != 1 {
		t.Errorf("%d pings, want 1", n)
	}
}

func TestANotifierThatIgnoresItsContextIsGivenUp(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	g := Group{
		Notifiers: []Notifier{caller{"deaf", func(context.Context) error { <-release; return nil }}},
		Timeout:   10 * time.Millisecond,
	}
	for name, tell := range ways(g) {
		if diff := cmp.Diff([]string{"deaf: notify deaf: no answer in time"}, summary(tell(t.Context()))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
