package cli

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"iab/internal/runtest"
)

// tape is what a command prints while it goes on.
type tape struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (p *tape) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all.Write(data)
}

func (p *tape) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all.String()
}

// live is a command that goes on.
type live struct {
	*stage
	out, err  tape
	interrupt context.CancelFunc
	code      chan int
}

// start lets a command go on in an instance, with a config of both web servers.
func start(t *testing.T, args ...string) *live {
	t.Helper()
	c := &live{stage: newStage(t), code: make(chan int, 1)}
	scenes["inside"](c.stage)
	c.write("config.json", `{"iab": {"iabCredDir": "creds", "uuid": "`+identity+`"}, "hosts": [
		{"role": "source", "url": "https://source"}, {"role": "target", "url": "https://target"}],
		"projects": [{"name": "default", "instances": [{"name": "web1", "storage": "local"}]}]}`)
	c.guest.Set("user.iab.run", "before")
	ctx, cancel := context.WithCancel(t.Context())
	c.interrupt = cancel
	c.world.OnCall(func(call runtest.Call) {
		if call.Verb == c.cancel {
			cancel()
		}
	})
	a := c.app(&c.out, &c.err)
	go func() { c.code <- a.main(ctx, args) }()
	return c
}

// await waits for a condition.
func (c *live) await(what string, holds func() bool) {
	c.t.Helper()
	deadline, tick := time.After(time.Minute), time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			c.t.Fatalf("not within a minute: %s\nstdout:\n%s\nstderr:\n%s", what, &c.out, &c.err)
		}
	}
}

// reports waits until so many states were reported, and checks them and the number of runs.
func (c *live) reports(runs int, states ...string) {
	c.t.Helper()
	c.await(fmt.Sprintf("%d states are reported", len(states)), func() bool {
		told, _ := c.guest.States()
		return len(told) >= len(states)
	})
	if told, _ := c.guest.States(); fmt.Sprint(told) != fmt.Sprint(states) {
		c.t.Errorf("the states %v were reported, want %v", told, states)
	}
	if got := strings.Count(c.err.String(), "a run is asked for"); got != runs {
		c.t.Errorf("there were %d runs, want %d\n%s", got, runs, &c.err)
	}
}

func TestWatchRunsOncePerNewValueAndReportsTheState(t *testing.T) {
	c := start(t, "guest", "watch", "--report-state")
	c.await("it waits", func() bool { return strings.Contains(c.err.String(), "waiting for changes of user.iab.run") })
	c.guest.Set("user.other", "x")
	c.guest.Set("user.iab.run", "before") // what was there at the beginning is no news
	c.guest.Set("user.iab.run", "")
	c.guest.Set("user.iab.run", "one")
	c.reports(1, "Ready")

	// A restart of the server forgets the state; the value is the same as before, and is not run again.
	c.guest.Stop()
	c.guest.Start()
	c.reports(1, "Ready", "Ready", "Ready") // the first report comes while the server still starts, and is forgotten
	c.await("the instance is ready", func() bool { _, ready := c.guest.States(); return ready })

	c.world.FailAt(1, false)
	c.guest.Set("user.iab.run", "two")
	c.reports(2, "Ready", "Ready", "Ready", "Started")

	// A change while the server was away is seen when it is back.
	c.guest.Stop()
	c.guest.Set("user.iab.run", "three")
	c.guest.Start()
	c.reports(3, "Ready", "Ready", "Ready", "Started", "Ready", "Ready")

	c.interrupt()
	if code := <-c.code; code != exitOK {
		t.Errorf("the watch ends with %d", code)
	}
	if got := strings.Count(c.out.String(), "backup finished: 1 ok"); got != 2 {
		t.Errorf("%d good runs are told:\n%s", got, &c.out)
	}
}

func TestWatchEndsWithTheRunThatIsInterrupted(t *testing.T) {
	c := start(t, "guest", "watch")
	c.cancel = "copy"
	c.await("it waits", func() bool { return strings.Contains(c.err.String(), "waiting for changes") })
	c.guest.Set("user.iab.run", "now")
	if code := <-c.code; code != exitInterrupted {
		t.Errorf("the watch ends with %d:\n%s", code, &c.err)
	}
	if states, _ := c.guest.States(); len(states) > 0 {
		t.Errorf("the states %v were reported, and nobody asked for that", states)
	}
}

func TestEventsArePrintedAsTheyCome(t *testing.T) {
	for name, want := range map[string][]string{
		"": {`2026-03-10T12:00:00Z  config  user.a "1", was ""`, "2026-03-10T12:00:00Z  device  kvm added: path=/dev/kvm type=unix-char"},
		"--json": {`{"at":"2026-03-10T12:00:00Z","type":"config","key":"user.a","value":"1"}`,
			`{"at":"2026-03-10T12:00:00Z","type":"device","device":"kvm","action":"added","config":{"path":"/dev/kvm","type":"unix-char"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"guest", "events"}
			if name != "" {
				args = append(args, name)
			}
			c := start(t, args...)
			c.await("it listens", func() bool { return c.guest.Listeners() == 1 })
			c.guest.Set("user.a", "1")
			c.guest.Plug("kvm", map[string]string{"type": "unix-char", "path": "/dev/kvm"})
			all := strings.Join(want, "\n") + "\n"
			c.await("both events are printed", func() bool { return strings.Count(c.out.String(), "\n") == 2 })
			if got := c.out.String(); got != all {
				t.Errorf("printed:\n%swant:\n%s", got, all)
			}
			c.interrupt()
			if code := <-c.code; code != exitOK {
				t.Errorf("it ends with %d: %s", code, &c.err)
			}
		})
	}
}
