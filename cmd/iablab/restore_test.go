package main

import (
	"strings"
	"testing"
	"time"
)

func TestRestoresAreComparedByTheirMedians(t *testing.T) {
	var out strings.Builder
	b := &bench{out: &out}
	b.printRestores([]restoring{{state: "stopped", requests: 20,
		iab: []time.Duration{300, 9000, 100}, bare: []time.Duration{200, 1, 300}, alike: []time.Duration{600, 600, 1}}})
	for _, want := range []string{"stopped, iab / incus restore:           1.50", "create and restore: 0.50", "in 20 requests"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &out)
		}
	}
}
