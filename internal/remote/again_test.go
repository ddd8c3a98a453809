package remote

import (
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// passingFaults are the ways in which servers and what lies between fail for a while.
var passingFaults = map[string]func(w http.ResponseWriter){
	"connection reset": func(w http.ResponseWriter) {
		conn := hijacked(w)
		_ = conn.(*tls.Conn).NetConn().(*net.TCPConn).SetLinger(0)
		_ = conn.(*tls.Conn).NetConn().Close()
	},
	"connection closed":  func(w http.ResponseWriter) { _ = hijacked(w).Close() },
	"proxy says 502":     func(w http.ResponseWriter) { http.Error(w, "<html>Bad Gateway</html>", http.StatusBadGateway) },
	"proxy says 504":     func(w http.ResponseWriter) { http.Error(w, "<html>slow</html>", http.StatusGatewayTimeout) },
	"server says 503":    func(w http.ResponseWriter) { refuse(w, http.StatusServiceUnavailable, "Daemon is starting up") },
	"database is locked": func(w http.ResponseWriter) { refuse(w, http.StatusInternalServerError, "database is locked") },
	"object is busy": func(w http.ResponseWriter) {
		refuse(w, http.StatusBadRequest, `Instance is busy running a "migrate" operation`)
	},
}

// change is a call that changes something, the request that does it, and what is true afterwards.
type change struct {
	call    func(p *Pair) error
	arrange func(source, target *stock)
	side    plan.Side
	request string
	done    func(s *stock) bool

	repeatable bool // doing it twice is as good as once
}

const own = "IAB_20260310-120000"

func webJob() plan.Job { return plan.Job{Ref: web, Mode: plan.Push, TargetPool: "local"} }

func replica(s *stock) {
	s.put("web", map[string]string{plan.MarkReplicaOf: "config-1", plan.MarkRole: plan.RoleReplica})
}

var everyChange = map[string]change{
	"snapshot": {
		call:    func(p *Pair) error { return p.Snapshot(context.Background(), web, own) },
		request: "POST /1.0/instances/web/snapshots",
		side:    plan.Source,
		done:    func(s *stock) bool { return slices.Equal(s.snapshots, []string{"web/" + own}) },
	},
	"deletion": {
		call:    func(p *Pair) error { return p.Delete(context.Background(), plan.Source, web, own) },
		arrange: func(source, _ *stock) { source.snapshots = []string{"web/" + own, "web/other"} },
		request: "DELETE /1.0/instances/web/snapshots/" + own,
		side:    plan.Source,
		done:    func(s *stock) bool { return slices.Equal(s.snapshots, []string{"web/other"}) },
	},
	"rename": {
		call:    func(p *Pair) error { return p.rename(context.Background(), plan.Source, web, own, "moved") },
		arrange: func(source, _ *stock) { source.snapshots = []string{"web/" + own} },
		request: "POST /1.0/instances/web/snapshots/" + own,
		side:    plan.Source,
		done:    func(s *stock) bool { return slices.Equal(s.snapshots, []string{"web/moved"}) },
	},
	"stop": {
		call:    func(p *Pair) error { return p.Stop(context.Background(), web) },
		arrange: func(source, _ *stock) { source.instances["web"].StatusCode = 103 },
		request: "PUT /1.0/instances/web/state",
		side:    plan.Source,
		done: func(s *stock) bool {
			return s.instances["web"].StatusCode == 102 && s.instances["web"].Config[plan.MarkStopped] == "config-1"
		},
	},
	"start": {
		call: func(p *Pair) error { return p.Start(context.Background(), web) },
		arrange: func(source, _ *stock) {
			source.instances["web"].Config = map[string]string{plan.MarkStopped: "config-1"}
		},
		request: "PUT /1.0/instances/web/state",
		side:    plan.Source,
		done: func(s *stock) bool {
			return s.instances["web"].StatusCode == 103 && s.instances["web"].Config[plan.MarkStopped] == ""
		},
	},
	"freeze": {
		call:    func(p *Pair) error { _, err := p.Freeze(context.Background(), web); return err },
		arrange: func(source, _ *stock) { source.instances["web"].StatusCode = api.Running },
		request: "PUT /1.0/instances/web/state",
		side:    plan.Source,
		done: func(s *stock) bool {
			return s.instances["web"].StatusCode == api.Frozen && s.instances["web"].Config[plan.MarkFrozen] == "config-1"
		},
	},
	"unfreeze": {
		call: func(p *Pair) error { return p.Unfreeze(context.Background(), web) },
		arrange: func(source, _ *stock) {
			source.put("web", map[string]string{plan.MarkFrozen: "config-1"})
			source.instances["web"].StatusCode = api.Frozen
		},
		request: "PUT /1.0/instances/web/state",
		side:    plan.Source,
		done: func(s *stock) bool {
			return s.instances["web"].StatusCode == api.Running && s.instances["web"].Config[plan.MarkFrozen] == ""
		},
	},
	"mark": {
		call: func(p *Pair) error { return p.Start(context.Background(), web) },
		arrange: func(source, _ *stock) {
			source.put("web", map[string]string{plan.MarkStopped: "config-1"})
			source.instances["web"].StatusCode = 103
		},
		request: "PATCH /1.0/instances/web",
		side:    plan.Source,
		done:    func(s *stock) bool { return s.instances["web"].Config[plan.MarkStopped] == "" },
	},
	"archive": {
		call: func(p *Pair) error {
			return p.Archive(context.Background(), webJob(), plan.Action{Snapshot: own, Archive: "web-archive"})
		},
		arrange: func(_, target *stock) { replica(target); target.snapshots = []string{"web/" + own} },
		request: "POST /1.0/instances",
		side:    plan.Target,
		done:    func(s *stock) bool { return s.instances["web-archive"].Config[plan.MarkSnapshot] == own },

		repeatable: true, // one that was begun is made again
	},
	"deletion of an archive": {
		call: func(p *Pair) error { return p.DeleteArchive(context.Background(), webJob(), "web-archive") },
		arrange: func(_, target *stock) {
			target.put("web-archive", map[string]string{plan.MarkReplicaOf: "config-1", plan.MarkArchiveOf: web.String()})
		},
		request: "DELETE /1.0/instances/web-archive",
		side:    plan.Target,
		done:    func(s *stock) bool { return s.instances["web-archive"] == nil },
	},
	"deletion of a clone": {
		call: func(p *Pair) error {
			clone := web
			clone.Name = "web-clone"
			return p.DeleteClone(context.Background(), plan.Target, clone)
		},
		arrange: func(_, target *stock) { target.put("web-clone", plan.CloneMarks(plan.PurposeEdit, "config-1")) },
		request: "DELETE /1.0/instances/web-clone",
		side:    plan.Target,
		done:    func(s *stock) bool { return s.instances["web-clone"] == nil },
	},
	"deletion of an unfinished copy": {
		call:    func(p *Pair) error { return p.DeleteUnfinished(context.Background(), webJob()) },
		arrange: func(_, target *stock) { replica(target) },
		request: "DELETE /1.0/instances/web",
		side:    plan.Target,
		done:    func(s *stock) bool { return s.instances["web"] == nil },
	},
	"profile": {
		call: func(p *Pair) error {
			return p.Profile(context.Background(), plan.ProfileChange{Project: "default", Profile: "big", Creates: true})
		},
		arrange: func(source, _ *stock) {
			source.profiles["big"] = api.ProfilePut{Config: map[string]string{"limits.cpu": "4"}}
		},
		request: "POST /1.0/profiles",
		side:    plan.Target,
		done:    func(s *stock) bool { return s.profiles["big"].Config["limits.cpu"] == "4" },
	},
	"setting aside": {
		call:    func(p *Pair) error { return p.SetAside(context.Background(), webJob(), "web-aside") },
		arrange: func(_, target *stock) { replica(target) },
		request: "POST /1.0/instances/web",
		side:    plan.Target,
		done: func(s *stock) bool {
			return s.instances["web"] == nil && s.instances["web-aside"].Config[plan.MarkRole] == plan.RoleAside
		},
	},
	"first copy": {
		call:       copyWeb(true),
		request:    "POST /1.0/instances",
		side:       plan.Target,
		done:       func(s *stock) bool { return s.instances["web"].Config[plan.MarkComplete] == own },
		repeatable: true,
	},
	"refresh": {
		call:       copyWeb(false),
		arrange:    func(_, target *stock) { replica(target) },
		request:    "POST /1.0/instances",
		side:       plan.Target,
		done:       func(s *stock) bool { return s.instances["web"].Config[plan.MarkComplete] == own },
		repeatable: true,
	},
	"config after a copy": {
		call:       copyWeb(false),
		arrange:    func(_, target *stock) { replica(target) },
		request:    "PUT /1.0/instances/web",
		side:       plan.Target,
		done:       func(s *stock) bool { return s.instances["web"].Config[plan.MarkComplete] == own },
		repeatable: true,
	},
}

// everyStep are the steps of a restore and of what brings it back.
var everyStep = map[string]change{
	"keep": {
		call:    func(p *Pair) error { return p.Keep(context.Background(), plan.Target, web, keptSnapshot) },
		arrange: func(_, target *stock) { replica(target) },
		request: "POST /1.0/instances/web/snapshots",
		side:    plan.Target,
		done:    func(s *stock) bool { return slices.Equal(s.snapshots, []string{"web/" + keptSnapshot}) },
	},
	"revert": {
		call: func(p *Pair) error { return p.Revert(context.Background(), plan.Source, web, own, true) },
		arrange: func(source, _ *stock) {
			source.put("web", map[string]string{plan.MarkIdentity: "kept"})
			source.instances["web"].Description = "the shop"
		},
		request: "PUT /1.0/instances/web",
		side:    plan.Source,
		done: func(s *stock) bool {
			config := s.instances["web"].Config
			return config[plan.MarkStopped] == "config-1" && config[plan.MarkIdentity] == "kept" && s.instances["web"].Description == "the shop"
		},
		repeatable: true,
	},
	"fetch": {
		call: func(p *Pair) error { return fetch(p, plan.Target) },
		arrange: func(source, target *stock) {
			delete(source.instances, "web")
			replica(target)
			target.snapshots = []string{"web/" + own}
		},
		request:    "POST /1.0/instances",
		side:       plan.Source,
		done:       fetched,
		repeatable: true,
	},
	"fetch from the same side": {
		call:       func(p *Pair) error { return fetch(p, plan.Source) },
		arrange:    func(source, _ *stock) { source.snapshots = []string{"web/" + own} },
		request:    "POST /1.0/instances",
		side:       plan.Source,
		done:       fetched,
		repeatable: true,
	},
	"adoption": {
		call: func(p *Pair) error { return p.Adopt(context.Background(), plan.Source, webNew, "web", true, true) },
		arrange: func(source, _ *stock) {
			delete(source.instances, "web")
			source.put(webNew.Name, map[string]string{plan.MarkFetched: plan.FetchedMark("config-1", web), plan.MarkExclude: "true", plan.MarkSaved + autostartKey: "true", autostartKey: "false"})
		},
		request: "POST /1.0/instances/" + webNew.Name,
		side:    plan.Source,
		done: func(s *stock) bool {
			return s.instances[webNew.Name] == nil && maps.Equal(s.instances["web"].Config, map[string]string{
				plan.MarkRestored: "config-1", plan.MarkStopped: "config-1", autostartKey: "true"})
		},
	},
	"adoption undone": {
		call: func(p *Pair) error { return p.Unadopt(context.Background(), plan.Source, web, webNew.Name) },
		arrange: func(source, _ *stock) {
			source.put("web", map[string]string{plan.MarkRestored: "config-1"})
		},
		request: "POST /1.0/instances/web",
		side:    plan.Source,
		done: func(s *stock) bool {
			return s.instances["web"] == nil && s.instances[webNew.Name].Config[plan.MarkFetched] == plan.FetchedMark("config-1", web)
		},
	},
	"renaming of what is replaced": {
		call:    func(p *Pair) error { return p.Rename(context.Background(), plan.Source, web, webBefore, "") },
		arrange: func(source, _ *stock) { source.put("web", map[string]string{plan.MarkStopped: "config-1"}) },
		request: "POST /1.0/instances/web",
		side:    plan.Source,
		done: func(s *stock) bool {
			return s.instances["web"] == nil && maps.Equal(s.instances[webBefore].Config, map[string]string{
				plan.MarkKept: web.String(), plan.MarkRunning: "true", plan.MarkExclude: "true", autostartKey: "false"})
		},
	},
	"name given back": {
		call: func(p *Pair) error { return p.Unkeep(context.Background(), plan.Source, web, webBefore) },
		arrange: func(source, _ *stock) {
			delete(source.instances, "web")
			source.put(webBefore, map[string]string{plan.MarkKept: web.String(), plan.MarkRunning: "true", plan.MarkExclude: "true", autostartKey: "false"})
		},
		request: "POST /1.0/instances/" + webBefore,
		side:    plan.Source,
		done: func(s *stock) bool {
			return s.instances[webBefore] == nil && maps.Equal(s.instances["web"].Config, map[string]string{plan.MarkStopped: "config-1"})
		},
	},
	"removal of what was fetched": {
		call: func(p *Pair) error { return p.DeleteFetched(context.Background(), plan.Source, webNew, web) },
		arrange: func(source, _ *stock) {
			source.put(webNew.Name, map[string]string{plan.MarkFetched: plan.FetchedMark("config-1", web)})
		},
		request: "DELETE /1.0/instances/" + webNew.Name,
		side:    plan.Source,
		done:    func(s *stock) bool { return s.instances[webNew.Name] == nil && s.instances["web"] != nil },
	},
	"halt": {
		call: func(p *Pair) error { return p.Halt(context.Background(), plan.Target, web) },
		arrange: func(_, target *stock) {
			replica(target)
			target.instances["web"].StatusCode = api.Running
		},
		request: "PUT /1.0/instances/web/state",
		side:    plan.Target,
		done: func(s *stock) bool {
			return s.instances["web"].StatusCode == api.Stopped && s.instances["web"].Config[plan.MarkStopped] == "config-1"
		},
	},
	"boot": {
		call: func(p *Pair) error { return p.Boot(context.Background(), plan.Target, web) },
		arrange: func(_, target *stock) {
			target.put("web", map[string]string{plan.MarkRole: plan.RoleActive, plan.MarkStopped: "config-1", plan.MarkSaved + autostartKey: "true"})
		},
		request: "PUT /1.0/instances/web/state",
		side:    plan.Target,
		done: func(s *stock) bool {
			return s.instances["web"].StatusCode == api.Running && maps.Equal(s.instances["web"].Config, map[string]string{plan.MarkRole: plan.RoleActive, autostartKey: "true"})
		},
	},
	"standby": {
		call: func(p *Pair) error { return p.Standby(context.Background(), web, true, true) },
		arrange: func(source, _ *stock) {
			source.put("web", map[string]string{autostartKey: "true", plan.MarkStopped: "config-1"})
		},
		request: "PATCH /1.0/instances/web",
		side:    plan.Source,
		done: func(s *stock) bool {
			return maps.Equal(s.instances["web"].Config, map[string]string{plan.MarkRole: plan.RoleStandby, plan.MarkRunning: "true",
				plan.MarkSaved + autostartKey: "true", autostartKey: "false", plan.MarkHandedOver: "config-1"})
		},
	},
	"standby ended": {
		call: func(p *Pair) error { return p.Resume(context.Background(), web) },
		arrange: func(source, _ *stock) {
			source.put("web", map[string]string{plan.MarkRole: plan.RoleStandby, plan.MarkRunning: "true", plan.MarkSaved + autostartKey: "true", autostartKey: "false"})
		},
		request: "PATCH /1.0/instances/web",
		side:    plan.Source,
		done: func(s *stock) bool {
			return maps.Equal(s.instances["web"].Config, map[string]string{autostartKey: "true"})
		},
	},
	"activation": {
		call: func(p *Pair) error { return p.Activate(context.Background(), web, nil, []string{own}) },
		arrange: func(_, target *stock) {
			target.put("web", map[string]string{plan.MarkReplicaOf: "config-1", plan.MarkRole: plan.RoleReplica, plan.MarkSaved + autostartKey: "true", autostartKey: "false"})
		},
		request: "PUT /1.0/instances/web",
		side:    plan.Target,
		done: func(s *stock) bool {
			return maps.Equal(s.instances["web"].Config, map[string]string{plan.MarkReplicaOf: "config-1", plan.MarkRole: plan.RoleActive, autostartKey: "true", plan.MarkSending: plan.NamesMark([]string{own})})
		},
	},
	"activation undone": {
		call: func(p *Pair) error { return p.Retire(context.Background(), web, own) },
		arrange: func(_, target *stock) {
			target.put("web", map[string]string{plan.MarkReplicaOf: "config-1", plan.MarkRole: plan.RoleActive, autostartKey: "true"})
		},
		request: "PUT /1.0/instances/web",
		side:    plan.Target,
		done: func(s *stock) bool {
			config := s.instances["web"].Config
			return config[plan.MarkRole] == plan.RoleReplica && config[plan.MarkComplete] == own && config[plan.MarkSaved+autostartKey] == "true" && config[autostartKey] == "false"
		},
	},
}

const (
	keptSnapshot = "before-restore-20260310-120000"
	webBefore    = "web-IAB-before-20260310-120000"
)

var webNew = plan.Ref{Project: "default", Kind: plan.Instance, Name: "web-IAB-new-20260310-120000"}

// fetch makes an instance on the source of a snapshot that a side has.
func fetch(p *Pair, from plan.Side) error {
	_, err := p.Fetch(context.Background(), webJob(), plan.Step{Verb: plan.StepFetch, Side: plan.Source, Object: web, Name: webNew.Name, Pool: "local",
		From: plan.Point{Side: from, Holder: web, Within: true, Snapshot: own}}, web, func(int64) {})
	return err
}

// fetched reports whether there is one such instance, which nobody takes for anything else.
func fetched(s *stock) bool {
	made := s.instances[webNew.Name]
	return made != nil && made.Config[plan.MarkFetched] == plan.FetchedMark("config-1", web) && made.Config[plan.MarkExclude] == "true"
}

// everyCall is all of them.
func everyCall() map[string]change {
	all := maps.Clone(everyChange)
	maps.Copy(all, everyStep)
	return all
}

func copyWeb(creates bool) func(p *Pair) error {
	return func(p *Pair) error {
		_, err := p.Copy(context.Background(), webJob(), plan.Action{Verb: plan.VerbCopy, Phase: plan.Replicate, Snapshot: own, Creates: creates}, func(int64) {})
		return err
	}
}

// rig is IAB on servers on which a change is made, again and again.
type rig struct {
	change
	p              *Pair
	source, target *stock
}

func (c change) rig(t *testing.T, retries int) *rig {
	t.Helper()
	r := &rig{change: c}
	r.p, r.source, r.target = newStocks(t, Patience{Retries: retries})
	return r
}

// begin arranges everything anew and returns the server that is changed.
func (r *rig) begin() *stock {
	empty(r.p, r.source, r.target)
	if r.arrange != nil {
		r.arrange(r.source, r.target)
	}
	return r.source.on(r.side)
}

func TestACallIsTriedAgainWhenItsFailurePasses(t *testing.T) {
	for name, c := range everyCall() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := c.rig(t, 1)
			for kind, answer := range passingFaults {
				s := r.begin()
				s.fail(c.request, fault{times: 1, answer: answer})
				if err := c.call(r.p); err != nil {
					t.Fatalf("when %s: %v", kind, err)
				}
				if asked, effects := s.count(c.request); asked != 2 || effects != 1 || !c.done(s) {
					t.Errorf("when %s: asked %d times with %d effects, done: %t", kind, asked, effects, c.done(s))
				}
			}
		})
	}
}

// slow lets the first request of a sort run into a time limit of the network's.
type slow struct {
	sharing
	request string
	times   *atomic.Int32
}

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method+" "+r.URL.Path == s.request && s.times.Add(1) == 1 {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}
	}
	return s.sharing.RoundTrip(r)
}

func TestACallThatTimesOutIsTriedAgain(t *testing.T) {
	for name, c := range everyCall() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := c.rig(t, 1)
			s := r.begin()
			client, err := r.p.servers.On(c.side).GetHTTPClient()
			if err != nil {
				t.Fatal(err)
			}
			times := new(atomic.Int32)
			client.Transport = slow{client.Transport.(sharing), c.request, times}
			if err := c.call(r.p); err != nil {
				t.Fatal(err)
			}
			if times.Load() != 2 || !c.done(s) {
				t.Errorf("asked %d times, done: %t", times.Load(), c.done(s))
			}
		})
	}
}

// TestEverySingleRequestMayFailOnce breaks each request of each call once, before and after its effect.
func TestEverySingleRequestMayFailOnce(t *testing.T) {
	for name, c := range everyCall() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := c.rig(t, 1)
			r.begin()
			if err := c.call(r.p); err != nil {
				t.Fatal(err)
			}
			requests := plan.Sides[[]string]{Source: r.source.requests(), Target: r.target.requests()}
			for _, side := range plan.BothSides {
				for _, request := range requests.On(side) {
					for _, late := range []bool{false, true} {
						if request == eventsRequest {
							r = c.rig(t, 1) // it comes once only
						}
						r.mayFail(t, side, request, late)
					}
				}
			}
		})
	}
}

const eventsRequest = "GET /1.0/events"

// mayFail breaks one request of the change.
func (r *rig) mayFail(t *testing.T, side plan.Side, request string, late bool) {
	t.Helper()
	s := r.begin()
	answer := passingFaults["proxy says 502"] // a request that reads is repeated by Go itself where the connection was closed
	s.on(side).fail(request, fault{times: 1, answer: answer, late: late})
	where := fmt.Sprintf("%s on the %s, late: %t", request, side, late)
	if err := r.call(r.p); err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	if asked, _ := s.on(side).count(request); asked == 0 {
		t.Errorf("%s: it was not asked", where)
	}
	if !r.done(s) {
		t.Errorf("%s: it is not done", where)
	}
	if _, effects := s.count(r.request); effects != 1 && !r.repeatable {
		t.Errorf("%s: it was done %d times", where, effects)
	}
}

func TestAFailureThatStaysIsToldWithTheNumberOfTries(t *testing.T) {
	for name, c := range everyCall() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := c.rig(t, 0)
			for retries, words := range []string{"", "; tried 2 times", "; tried 3 times"} {
				r.p.patience.Retries = retries
				s := r.begin()
				s.fail(c.request, fault{times: 100, answer: passingFaults["proxy says 502"]})
				err := c.call(r.p)
				if err == nil || strings.Contains(err.Error(), "tried") != (words != "") || !strings.HasSuffix(err.Error(), words) {
					t.Errorf("with %d retries: %v", retries, err)
				}
				if asked, _ := s.count(c.request); asked != retries+1 {
					t.Errorf("with %d retries it was asked %d times", retries, asked)
				}
			}
		})
	}
}

func TestAFailureThatLastsIsToldAtOnce(t *testing.T) {
	for name, c := range everyCall() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := c.rig(t, 5)
			s := r.begin()
			s.fail(c.request, fault{times: 100, answer: func(w http.ResponseWriter) { refuse(w, http.StatusBadRequest, "No space left on device") }})
			err := c.call(r.p)
			if err == nil || strings.Contains(err.Error(), "tried") {
				t.Errorf("it ended with %v", err)
			}
			if asked, _ := s.count(c.request); asked != 1 {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}
