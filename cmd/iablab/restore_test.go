package main

import (
	"strings"
	"testing"
	"time"
)

func TestRestoresAreComparedByTheirMedians(t *testing.T) {
	var out strings.Builder
	b := &bench{out: &out}
	times := restoring{requests: 20, iab: []time.Duration{300, 9000, 100}, bare: []time.Duration{200, 1, 300}, alike: []time.Duration{600, 600, 1}}
	stopped, running := times, times
	stopped.state, running.state = "stopped", "running"
	b.printRestores([]restoring{stopped, running})
	for _, want := range []string{"stopped, iab / incus restore:            1.50\n", "stopped, iab / incus create and restore: 0.50  (at most 1.20)", "in 20 requests",
		"running, iab / incus restore:            1.50  (at most 1.20)", "running, iab / incus create and restore: 0.50  (iab, too"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &out)
		}
	}
}
