package remote

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

func webScope() plan.Scope {
	return plan.Scope{Projects: []string{"default"}, Pools: plan.Sides[[]string]{Source: []string{"local"}, Target: []string{"local"}}}
}

// received begins what a copy that nobody waits for looks like on the target.
func receiving(target *stock, code api.StatusCode) {
	replica(target)
	target.snapshots = []string{"web/" + own, "web/IAB_20260310-130000"}
	target.ops["op-1"] = &api.Operation{ID: "op-1", Class: "websocket", Description: "Creating instance", Status: code.String(), StatusCode: code,
		CreatedAt: march, Resources: map[string][]string{"instances": {"/1.0/instances/web?project=default"}}}
}

func TestAReplicaThatIsWaitedForIsCompleteIfItReceivedEverything(t *testing.T) {
	for name, c := range map[string]struct {
		ends    api.StatusCode
		arrange func(target *stock)
		want    string
	}{
		"ends well":  {api.Success, nil, "IAB_20260310-130000"},
		"ends badly": {api.Failure, nil, ""},
		"another copy of it went well before": {api.Failure, func(target *stock) {
			before := *target.ops["op-1"]
			before.ID, before.StatusCode, before.CreatedAt = "op-0", api.Success, march.Add(-time.Minute)
			target.ops["op-0"] = &before
		}, ""},
		"is not of this config": {api.Success, func(target *stock) { target.instances["web"].Config[plan.MarkReplicaOf] = "another" }, ""},
		"is an archive":         {api.Success, func(target *stock) { target.instances["web"].Config[plan.MarkRole] = plan.RoleArchive }, ""},
		"has no snapshot":       {api.Success, func(target *stock) { target.snapshots = nil }, ""},
		"was only started meanwhile": {api.Success, func(target *stock) {
			target.ops["op-1"].Description = "Starting instance"
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _, target := newStocks(t, Patience{Retries: 1, StallTimeout: time.Hour})
			receiving(target, api.Running)
			target.instances["web"].Config[plan.MarkSending] = `["older"]`
			if c.arrange != nil {
				c.arrange(target)
			}
			target.fail("GET /1.0/operations", fault{times: 1, answer: passingFaults["proxy says 502"]})
			waited := make(chan error, 1)
			go func() { waited <- p.Settle(t.Context(), webJob()) }()
			target.until(func() bool { return len(target.asked) > 3 })
			target.finish("op-1", c.ends, map[api.StatusCode]string{api.Failure: "it broke"}[c.ends])
			if err := <-waited; err != nil {
				t.Fatal(err)
			}
			config := target.instances["web"].Config
			if got := config[plan.MarkComplete]; got != c.want {
				t.Errorf("it is complete up to %q, want %q", got, c.want)
			}
			if sending := config[plan.MarkSending]; (sending == "") != (c.want != "") {
				t.Errorf("the mark of what is sent is %q", sending)
			}
		})
	}
}

func TestWhatMakesNoProgressIsNotWaitedForForEver(t *testing.T) {
	p, _, target := newStocks(t, Patience{StallTimeout: 50 * time.Millisecond})
	receiving(target, api.Running)
	if err := p.Settle(t.Context(), webJob()); err != nil {
		t.Fatal(err)
	}
	if target.instances["web"].Config[plan.MarkComplete] != "" {
		t.Error("it is called complete")
	}
	inv, err := p.Inventory(t.Context(), webScope())
	if err != nil || !inv.Target.Busy[web] {
		t.Errorf("busy are %v: %v", inv.Target.Busy, err)
	}
}

func TestTheSendersProgressCountsForWhatIsWaitedFor(t *testing.T) {
	p, source, target := newStocks(t, Patience{StallTimeout: time.Hour})
	receiving(target, api.Running)
	sending := &api.Operation{ID: "op-2", StatusCode: api.Running, Description: "Migrating instance", Resources: map[string][]string{"instances": {"/1.0/instances/web"}},
		Metadata: map[string]any{"fs_progress": "web: 1MB (1MB/s)"}}
	source.ops["op-2"] = sending
	source.ops["op-3"] = &api.Operation{ID: "op-3", StatusCode: api.Running, Description: "Backing up instance", Resources: sending.Resources}
	pulse := newPulse(time.Hour)
	list, err := p.operations(plan.Target, "default")
	if err != nil {
		t.Fatal(err)
	}
	p.watch(pulse, webJob(), list)
	before := maps.Clone(pulse.last)
	sending.Metadata["fs_progress"] = "web: 2MB (1MB/s)"
	p.watch(pulse, webJob(), list)
	if len(before) != 2 || before["op-1"] != pulse.last["op-1"] || before["op-2"] == pulse.last["op-2"] {
		t.Errorf("the ends have said %v, then %v", before, pulse.last)
	}
}

func TestWaitingForWhatWasLeftTellsWhyItCouldNot(t *testing.T) {
	p, _, target := newStocks(t, Patience{Retries: 1, StallTimeout: time.Hour})
	receiving(target, api.Running)
	target.fail("GET /1.0/operations", fault{times: 100, answer: passingFaults["server says 503"]})
	if err := p.Settle(t.Context(), webJob()); err == nil || !strings.Contains(err.Error(), "that an earlier run began: Daemon is starting up; tried 2 times") {
		t.Errorf("it ended with %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	target.fail("GET /1.0/operations", fault{})
	if err := p.Settle(ctx, webJob()); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted it ended with %v", err)
	}
}

func TestAnInventoryAsksTheTargetOnceForWhatItWorksOn(t *testing.T) {
	for name, c := range map[string]struct {
		arrange func(target *stock)
		busy    bool
	}{
		"nothing goes on":                  {func(*stock) {}, false},
		"a copy goes on":                   {func(target *stock) { receiving(target, api.Running) }, true},
		"a first copy has just ended well": {func(target *stock) { receiving(target, api.Success) }, true},
		"a first copy has just failed":     {func(target *stock) { receiving(target, api.Failure) }, false},
		"a refresh has just ended well": {func(target *stock) {
			receiving(target, api.Success)
			target.instances["web"].Config[plan.MarkComplete] = own
		}, false},
		"a person has a shell open": {func(target *stock) {
			receiving(target, api.Running)
			target.ops["op-1"].Metadata = map[string]any{"fds": map[string]any{"0": "secret"}}
		}, false},
		"the certificate may not see it": {func(target *stock) {
			receiving(target, api.Running)
			target.fail("GET /1.0/operations", fault{times: 9, answer: func(w http.ResponseWriter) { refuse(w, http.StatusForbidden, "not authorized") }})
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, source, target := newStocks(t, Patience{})
			c.arrange(target)
			inv, err := p.Inventory(t.Context(), webScope())
			if err != nil || inv.Target.Busy[web] != c.busy || len(inv.Source.Busy) > 0 {
				t.Errorf("busy are %v on the source and %v on the target: %v", inv.Source.Busy, inv.Target.Busy, err)
			}
			const request = "GET /1.0/operations"
			if asked, _ := target.count(request); asked != 1 || slices.Contains(source.requests(), request) {
				t.Errorf("the target was asked %d times; the source was asked %q", asked, source.requests())
			}
			if first := slices.Index(target.asked, request); first > slices.Index(target.asked, "GET /1.0/instances") {
				t.Error("it was asked after the instances: a copy that ends in between looks interrupted")
			}
		})
	}
}

func TestAnInventoryIsReadAgainWhenOneRequestOfItFails(t *testing.T) {
	p, source, target := newStocks(t, Patience{Retries: 1})
	receiving(target, api.Running)
	want, err := p.Inventory(t.Context(), webScope())
	if err != nil || len(want.Source.Holdings) != 1 || len(want.Target.Holdings) != 1 {
		t.Fatalf("the inventory is %+v: %v", want, err)
	}
	requests := plan.Sides[[]string]{Source: source.requests(), Target: target.requests()}
	for _, side := range plan.BothSides {
		for _, request := range requests.On(side) {
			empty(p, source, target)
			receiving(target, api.Running)
			source.on(side).fail(request, fault{times: 1, answer: passingFaults["database is locked"]})
			got, err := p.Inventory(t.Context(), webScope())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s on the %s (-want +got):\n%s", request, side, diff)
			}
		}
	}
}

func TestAnInventoryOfAServerThatHangsEndsWithItsContext(t *testing.T) {
	p, source, _ := newStocks(t, Patience{Retries: 1})
	ctx, cancel := context.WithCancel(t.Context())
	source.fail("GET /1.0/networks", fault{times: 1, answer: func(w http.ResponseWriter) {
		hijacked(w) // and never an answer
		cancel()
	}})
	if _, err := p.Inventory(ctx, webScope()); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

func TestWhatAnOperationWorksOnIsReadFromItsResources(t *testing.T) {
	data := plan.Ref{Project: "shop", Kind: plan.Volume, Pool: "local", Name: "data"}
	shop := plan.Ref{Project: "shop", Kind: plan.Instance, Name: "web"}
	for address, want := range map[string]*subject{
		"/1.0/instances/web":                                                        {ref: web},
		"/1.0/instances/web?project=shop":                                           {ref: shop},
		"/1.0/instances/web/snapshots/s1?project=shop":                              {ref: shop, snapshot: "s1"},
		"/1.0/instances/web%2Fs1?project=shop":                                      {ref: shop, snapshot: "s1"},
		"/1.0/storage-pools/local/volumes/custom/data?project=shop":                 {ref: data},
		"/1.0/storage-pools/local/volumes/custom/data/snapshots/s%201?project=shop": {ref: data, snapshot: "s 1"},
		"/1.0/storage-pools/local/volumes/container/web":                            nil,
		"/1.0/images/abc":                                                           nil,
		"/1.0":                                                                      nil,
		"%zz":                                                                       nil,
		"":                                                                          nil,
	} {
		got, ok := parseSubject(address, "default")
		if ok != (want != nil) || ok && got != *want {
			t.Errorf("%s is read as %+v, %t", address, got, ok)
		}
	}
}

func TestOnlyAMigrationReceivesAReplica(t *testing.T) {
	data := plan.Ref{Project: "default", Kind: plan.Volume, Pool: "local", Name: "data"}
	for _, c := range []struct {
		op   api.Operation
		ref  plan.Ref
		want bool
	}{
		{api.Operation{Description: "Creating instance", Resources: map[string][]string{"instances": {"/1.0/instances/web"}}}, web, true},
		{api.Operation{Description: "Creating instance", Resources: map[string][]string{"instances": {"/1.0/instances/web-archive", "/1.0/instances/web%2Fs1"}}}, web, false},
		{api.Operation{Description: "Creating instance", Resources: map[string][]string{"instances": {"/1.0/instances/other"}}}, web, false},
		{api.Operation{Description: "Creating storage volume", Resources: map[string][]string{"storage_volumes": {"/1.0/storage-pools/local/volumes/custom/data"}}}, data, true},
		{api.Operation{Description: "Copying storage volume", Resources: map[string][]string{"storage_volumes": {"/1.0/storage-pools/local/volumes/custom/data"}}}, data, true},
		{api.Operation{Description: "Copying storage volume"}, data, false},
		{api.Operation{Description: "Starting instance", Resources: map[string][]string{"instances": {"/1.0/instances/web"}}}, web, false},
		{api.Operation{Description: "Creating storage volume snapshot", Resources: map[string][]string{
			"storage_volume_snapshots": {"/1.0/storage-pools/local/volumes/custom/data/snapshots/s1"}, "storage_volumes": {"/1.0/storage-pools/local/volumes/custom/data"}}}, data, false},
	} {
		if got := receives(c.op, c.ref); got != c.want {
			t.Errorf("%s of %v receives it: %t", c.op.Description, c.op.Resources, got)
		}
	}
}

func TestTheMarksOfAWholeReplicaNameEveryNewestSnapshot(t *testing.T) {
	second := march.Truncate(time.Second)
	got := wholeMarks([]plan.Snapshot{{Name: own, CreatedAt: second.Add(-time.Hour)}, {Name: "IAB_20260310-130000", CreatedAt: second}, {Name: "by-hand", CreatedAt: second}})
	want := map[string]string{plan.MarkComplete: "by-hand", plan.MarkAhead: `["IAB_20260310-130000"]`, plan.MarkSending: ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAReplicaThatIsBeingReceivedIsNotRemoved(t *testing.T) {
	p, _, target := newStocks(t, Patience{})
	receiving(target, api.Running)
	err := p.DeleteUnfinished(t.Context(), webJob())
	if err == nil || !strings.Contains(err.Error(), "still works on it") || target.instances["web"] == nil {
		t.Errorf("it ended with %v", err)
	}
	target.finish("op-1", api.Failure, "it broke")
	if err := p.DeleteUnfinished(t.Context(), webJob()); err != nil || target.instances["web"] != nil {
		t.Errorf("after the end: %v", err)
	}
}

// TestWhatTheServerRemovesItselfIsLeftToIt: where the connection broke, the operation of a copy ends before the server has taken away what it has
// made, and what has the name by then goes, too (seen on 6.0.4).
func TestWhatTheServerRemovesItselfIsLeftToIt(t *testing.T) {
	deletion := "DELETE /1.0/instances/web"
	for name, c := range map[string]struct {
		code    api.StatusCode
		removes bool // the server, a moment later
		asked   int
	}{
		"failed, and is being taken away": {api.Failure, true, 0},
		"failed, and stays":               {api.Failure, false, 1},
		"nothing failed a moment ago":     {api.Success, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			for _, remove := range []struct {
				side plan.Side
				call func(*Pair) error
			}{
				{plan.Target, func(p *Pair) error { return p.DeleteUnfinished(t.Context(), webJob()) }},
				{plan.Source, func(p *Pair) error {
					return p.DeleteFetched(t.Context(), plan.Source, web, plan.Ref{Project: "default", Kind: plan.Instance, Name: "lost"})
				}},
			} {
				p, source, _ := newStocks(t, Patience{})
				p.pace.revert = time.Minute
				if !c.removes {
					p.pace.revert = 10 * time.Millisecond
				}
				s := source.on(remove.side)
				s.set(func() {
					s.put("web", map[string]string{plan.MarkReplicaOf: "config-1", plan.MarkRole: plan.RoleReplica, plan.MarkFetched: plan.FetchedMark("config-1", plan.Ref{Project: "default", Kind: plan.Instance, Name: "lost"})})
					s.ops["op-0"] = &api.Operation{ID: "op-0", Description: "Creating instance", Status: c.code.String(), StatusCode: c.code,
						Resources: map[string][]string{"instances": {"/1.0/instances/web"}}}
				})
				if c.removes {
					go func() {
						s.until(func() bool { return slices.Contains(s.asked, "GET /1.0/operations") })
						s.set(func() { delete(s.instances, "web") })
					}()
				}
				if err := remove.call(p); err != nil {
					t.Fatal(err)
				}
				if asked, _ := s.count(deletion); asked != c.asked || s.instances["web"] != nil {
					t.Errorf("on the %s: asked %d times to delete it, which is gone: %t", remove.side, asked, s.instances["web"] == nil)
				}
			}
		})
	}
}
