package guest_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iab/internal/guest"
	"iab/internal/guesttest"
)

// quick are pauses that no test has to wait for.
var quick = guest.Pauses{First: time.Millisecond, Longest: 2 * time.Millisecond}

var errEnough = errors.New("enough")

// listen collects n events of the types; change is called when the server knows the listener.
func listen(t *testing.T, n int, types []string, change func(*guesttest.Server)) []guest.Event {
	t.Helper()
	server, client := inside(t)
	got := make(chan []guest.Event, 1)
	go func() {
		var events []guest.Event
		err := client.Events(t.Context(), types, func(e guest.Event) error {
			if events = append(events, e); len(events) == n {
				return errEnough
			}
			return nil
		})
		if !errors.Is(err, errEnough) {
			t.Errorf("the events end with %v", err)
		}
		got <- events
	}()
	await(t, "somebody listens", func() bool { return server.Listeners() == 1 })
	change(server)
	return <-got
}

// await waits for a condition.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline, tick := time.After(time.Minute), time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

func TestEventsTellChangesOfConfigAndDevices(t *testing.T) {
	got := listen(t, 2, nil, func(s *guesttest.Server) {
		s.Set("user.a", "1")
		s.Plug("kvm", map[string]string{"type": "unix-char", "path": "/dev/kvm"})
	})
	want := []guest.Event{
		{At: guesttest.At, Type: "config", Key: "user.a", Value: "1"},
		{At: guesttest.At, Type: "device", Device: "kvm", Action: "added", Config: map[string]string{"type": "unix-char", "path": "/dev/kvm"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestOnlyTheTypesThatAreAskedForCome(t *testing.T) {
	for _, types := range [][]string{{"device"}, {"config", "device"}} {
		got := listen(t, len(types), types, func(s *guesttest.Server) {
			s.Set("user.a", "1")
			s.Plug("kvm", nil)
		})
		for i := range types {
			if got[i].Type != types[i] {
				t.Errorf("the events of %v are %+v", types, got)
			}
		}
	}
}

func TestTheEndOfTheEventsIsAnErrorUnlessItWasWanted(t *testing.T) {
	server, client := inside(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- client.Events(ctx, nil, nil) }()
	await(t, "somebody listens", func() bool { return server.Listeners() == 1 })
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the interruption is the error %v", err)
	}
	await(t, "nobody listens", func() bool { return server.Listeners() == 0 })
	go func() { ended <- client.Events(t.Context(), nil, nil) }()
	await(t, "somebody listens again", func() bool { return server.Listeners() == 1 })
	server.Stop()
	if err := <-ended; !guest.Is(err, guest.Unreachable) {
		t.Errorf("the end of the server is the error %v", err)
	}
}

// calm are pauses that are longer than any test: nobody looks without an event.
var calm = guest.Pauses{First: time.Hour, Longest: time.Hour}

func TestFollowTellsThePresentValueOnly(t *testing.T) {
	server, client := inside(t)
	server.Set("user.run", "1")
	ctx, cancel := context.WithCancel(t.Context())
	values, busy, ended := make(chan string), make(chan bool), make(chan error, 1)
	go func() {
		ended <- client.Follow(ctx, "user.run", calm, func(n guest.Notice) {
			if n.Anew || n.Err != nil {
				t.Errorf("told %+v on the first connection", n)
			}
			values <- n.Value
			<-busy
		})
	}()
	// want takes the next value; what happens then happens while tell is busy, until the value after it is wanted.
	want := func(value string) {
		t.Helper()
		if got := <-values; got != value {
			t.Errorf("told %q, want %q", got, value)
		}
	}
	want("1")
	server.Set("user.other", "x") // another key's event is not told
	server.Set("user.run", "2")
	busy <- false
	want("2")
	server.Set("user.run", "3")
	server.Set("user.run", "4")
	server.Set("user.run", "")
	busy <- false
	want("")
	// The three events may have come one by one, and then the last of them is told once more.
	server.Set("user.run", "5")
	busy <- false
	want("5")
	cancel()
	for {
		select {
		case busy <- false:
		case value := <-values:
			if value != "5" {
				t.Errorf("told %q, want 5", value)
			}
		case err := <-ended:
			if err != nil {
				t.Errorf("the interruption is the error %v", err)
			}
			return
		}
	}
}

func TestFollowLooksAgainWithoutAnEvent(t *testing.T) {
	server, client := inside(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	looks := 0
	err := client.Follow(ctx, "user.run", quick, func(guest.Notice) {
		if looks++; looks == 5 {
			cancel()
		}
	})
	if err != nil || server.Listeners() > 1 {
		t.Errorf("%d looks on %d connections, %v", looks, server.Listeners(), err)
	}
}

func TestFollowMarksTheFirstLooksAfterARestartAndTellsAnOutageOnce(t *testing.T) {
	server, client := inside(t)
	ctx, cancel := context.WithCancel(t.Context())
	var outages, anew, settled atomic.Int32
	ended := make(chan error, 1)
	go func() {
		ended <- client.Follow(ctx, "user.run", quick, func(n guest.Notice) {
			switch {
			case n.Err != nil:
				outages.Add(1)
			case n.Anew:
				anew.Add(1)
			default:
				settled.Add(1)
			}
		})
	}()
	await(t, "it looks", func() bool { return settled.Load() > 0 })
	server.Stop()
	await(t, "the outage is told", func() bool { return outages.Load() == 1 })
	before := settled.Load()
	server.Start()
	await(t, "it looks as before", func() bool { return settled.Load() > before })
	if outages.Load() != 1 || anew.Load() != 12 {
		t.Errorf("%d outages and %d looks on a young connection were told, want 1 and 12", outages.Load(), anew.Load())
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the interruption is the error %v", err)
	}
}

func TestFollowWaitsForNoneOfWhatWaitingDoesNotRemove(t *testing.T) {
	server, client := inside(t)
	server.NotRoot = true
	if err := client.Follow(t.Context(), "user.run", quick, nil); !guest.Is(err, guest.NotRoot) {
		t.Errorf("the error is %v", err)
	}
	server.Stop()
	if err := client.Follow(t.Context(), "user.run", quick, nil); !guest.Is(err, guest.Outside) {
		t.Errorf("the error is %v", err)
	}
}
