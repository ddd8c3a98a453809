package guest_test

import (
	"context"
	"errors"
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

func TestFollowTellsThePresentValueOverRestartsOfTheServer(t *testing.T) {
	server, client := inside(t)
	server.Set("user.run", "1")
	ctx, cancel := context.WithCancel(t.Context())
	notices, busy, ended := make(chan guest.Notice), make(chan bool), make(chan error, 1)
	go func() {
		ended <- client.Follow(ctx, "user.run", quick, func(n guest.Notice) {
			notices <- n
			<-busy
		})
	}()
	// want takes the next notice; what happens then happens while tell is busy, until the one after it is wanted.
	want := func(value string, connected bool) {
		t.Helper()
		n := <-notices
		if n.Value != value || n.Connected != connected || n.Err != nil {
			t.Errorf("told %+v, want the value %q, on a new connection: %t", n, value, connected)
		}
	}
	want("1", true)
	server.Set("user.other", "x") // another key's event is not told
	server.Set("user.run", "2")
	busy <- false
	want("2", false)
	server.Set("user.run", "3")
	server.Set("user.run", "4")
	server.Set("user.run", "")
	for range 3 {
		busy <- false
		want("", false)
	}
	server.Set("user.run", "4")
	busy <- false
	want("4", false)
	busy <- false

	server.Stop()
	if n := <-notices; n.Err == nil || n.Connected {
		t.Errorf("told %+v of the outage", n)
	}
	busy <- false
	server.Start()
	want("4", true) // the outage is told once, so this comes next
	cancel()
	busy <- false
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
