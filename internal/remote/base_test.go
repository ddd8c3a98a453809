package remote

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// sending begins the copy of web by another config, which its server takes no change of web during.
func sending(source *stock) {
	source.ops["op-9"] = &api.Operation{ID: "op-9", Class: "websocket", Description: "Migrating instance", Status: "Running", StatusCode: api.Running,
		Resources: map[string][]string{"instances": {"/1.0/instances/web?project=default"}}}
}

var busy = fault{times: 3, answer: func(w http.ResponseWriter) {
	refuse(w, http.StatusBadRequest, `Failed to update instance: Instance is busy running a "migrate" operation`)
}}

func TestWhatCopiesBuildOnIsNotedWhenTheCopyOfAnotherConfigHasEnded(t *testing.T) {
	p, source, _ := newStocks(t, Patience{Retries: 2, StallTimeout: time.Hour})
	p.owner.Target, p.owner.Address = "backup", "https://192.0.2.11:8443"
	source.set(func() { sending(source) })
	source.fail("PATCH /1.0/instances/web", busy)
	noted := make(chan error, 1)
	go func() { noted <- p.MarkBase(t.Context(), web, plan.Base{Snapshot: own, At: march, Used: march}) }()
	source.until(func() bool { return source.faults["PATCH /1.0/instances/web"].times == 0 })
	select {
	case err := <-noted:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	source.finish("op-9", api.Success, "")
	if err := <-noted; err != nil {
		t.Fatal(err)
	}
	base, ok := plan.Holding{Config: source.instances["web"].Config}.BaseOf("config-1")
	if want := (plan.Base{Config: "config-1", Target: "backup", Address: "https://192.0.2.11:8443", Snapshot: own, At: march, Used: march}); !ok || base != want {
		t.Errorf("noted is %+v, want %+v", base, want)
	}
}

func TestACopyOfAnotherConfigThatStandsStillIsNotWaitedForForEver(t *testing.T) {
	p, source, _ := newStocks(t, Patience{StallTimeout: 50 * time.Millisecond})
	source.set(func() { sending(source) })
	source.fail("PATCH /1.0/instances/web", busy)
	if err := p.MarkBase(t.Context(), web, plan.Base{Snapshot: own}); err == nil || !strings.Contains(err.Error(), "note on default/instance/web what its copies build on") ||
		!strings.Contains(err.Error(), "busy running") {
		t.Errorf("it ended with %v", err)
	}
}

// What was written at the same moment by another config may have undone what this one has written: it is read again.
func TestAnUndoneNoteIsWrittenAgain(t *testing.T) {
	p, source, _ := newStocks(t, Patience{})
	source.set(func() {
		source.snapshots = []string{"web/" + own}
		source.put("web", map[string]string{plan.BaseKey("config-2"): plan.Base{Config: "config-2", Used: march}.Mark()})
	})
	if _, err := p.Inventory(t.Context(), webScope()); err != nil {
		t.Fatal(err)
	}
	source.fail("PATCH /1.0/instances/web", fault{times: 1, answer: func(w http.ResponseWriter) { reply(w, nil) }})
	if err := p.MarkBase(t.Context(), web, plan.Base{Snapshot: own, Used: march}); err != nil {
		t.Fatal(err)
	}
	if _, ok := (plan.Holding{Config: source.instances["web"].Config}).BaseOf("config-1"); !ok {
		t.Error("it is not noted")
	}
	err := p.MarkBase(t.Context(), web, plan.Base{Snapshot: own, Pending: "IAB_20260310-130000", Used: march})
	if err == nil || !strings.Contains(err.Error(), "it has no snapshot IAB_20260310-130000 any more") {
		t.Errorf("a snapshot that is gone: %v", err)
	}
}

func TestTheStopOfAnotherConfigIsWaitedFor(t *testing.T) {
	p, source, _ := newStocks(t, Patience{})
	source.set(func() {
		source.put("web", map[string]string{plan.MarkStopped: "config-2"})
		source.instances["web"].StatusCode = api.Running
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := p.Stop(ctx, web); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it ended with %v", err)
	}
	if whose := source.instances["web"].Config[plan.MarkStopped]; whose != "config-2" || source.instances["web"].StatusCode != api.Running {
		t.Errorf("it is %s, and marked by %q", source.instances["web"].StatusCode, whose)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- p.Stop(t.Context(), web) }()
	source.set(func() { source.put("web", nil); source.instances["web"].StatusCode = api.Running })
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	if whose := source.instances["web"].Config[plan.MarkStopped]; whose != "config-1" {
		t.Errorf("it is marked by %q", whose)
	}
}

// A mark that its run could not take away any more, of an object that runs all the time, is in nobody's way for ever.
func TestAMarkThatWasLeftOnWhatRunsIsTakenOver(t *testing.T) {
	p, source, _ := newStocks(t, Patience{})
	p.pace.ask = time.Microsecond
	source.set(func() {
		source.put("web", map[string]string{plan.MarkFrozen: "config-2"})
		source.instances["web"].StatusCode = api.Running
	})
	if err := p.Stop(t.Context(), web); err != nil {
		t.Error(err)
	}
	source.set(func() {
		source.put("web", map[string]string{plan.MarkStopped: "config-2"})
		source.instances["web"].StatusCode = api.Stopped
	})
	if err := p.Stop(t.Context(), web); err == nil || !strings.Contains(err.Error(), "another config has stopped or frozen it") {
		t.Errorf("one that does not run: %v", err)
	}
}

// Servers clear a description that is not written with a change of a key (seen on 6.0.4).
func TestAMarkLeavesTheDescriptionAlone(t *testing.T) {
	p, source, _ := newStocks(t, Patience{})
	source.set(func() { source.instances["web"].Description = "the shop" })
	if err := p.MarkBase(t.Context(), web, plan.Base{Snapshot: own, At: march, Used: march}); err != nil {
		t.Fatal(err)
	}
	if err := p.in(plan.Source, "default").mark(t.Context(), web, map[string]string{plan.MarkStopped: "config-1"}); err != nil {
		t.Fatal(err)
	}
	source.set(func() {
		held := source.instances["web"]
		if held.Description != "the shop" || held.Config[plan.MarkStopped] != "config-1" || held.Config[plan.BaseKey("config-1")] == "" {
			t.Errorf("it is now %+v", held)
		}
	})
}
