package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/fleettest"
	"iab/internal/plan"
)

// fleetPair is a pair of fakes, the target with the replicas of what is on the source.
func fleetPair(t testing.TB, objects, snapshots int, told func(side plan.Side, list string, sent int)) *Pair {
	t.Helper()
	var pair plan.Sides[*Pair]
	for _, side := range plan.BothSides {
		fleet := &fleettest.Fleet{Objects: objects, Snapshots: snapshots, Now: march}
		if side == plan.Target {
			fleet.Identity = "config-1"
		}
		if told != nil {
			fleet.Told = func(list string, sent int) { told(side, list, sent) }
		}
		pair.Set(side, pairOf(t, fleet))
	}
	return NewPair(pair.Source.servers.Source, pair.Target.servers.Source, Owner{Identity: "config-1", Source: "source"}, Patience{})
}

// pairOf connects to a server of this kind. It answers several requests at once, as the lists of a real one come side by side.
func pairOf(t testing.TB, handler http.Handler) *Pair {
	t.Helper()
	f := newFakeServer(t)
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		f.mu.Unlock()
		defer f.mu.Lock()
		handler.ServeHTTP(w, r)
	}
	client, err := Connect(t.Context(), plan.Source, f.URL, f.pinned(t, march), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return NewPair(client, client, Owner{Identity: "config-1", Source: "source"}, Patience{})
}

var fleetScope = plan.Scope{Projects: []string{"default"}, Pools: plan.Sides[[]string]{Source: []string{"local"}, Target: []string{"local"}}}

// liveHeap is what is in use, in bytes.
func liveHeap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// TestALargeFleetIsReadPieceByPiece: while the last of 400 instances with 30 snapshots each is on its way, of which each side tells
// 20 MB, no more is held than what an inventory is made of.
func TestALargeFleetIsReadPieceByPiece(t *testing.T) {
	var most atomic.Int64
	before := liveHeap()
	p := fleetPair(t, 800, 30, func(_ plan.Side, list string, sent int) {
		if list == "instances" && sent == 395 {
			most.Store(max(most.Load(), liveHeap()-before))
		}
	})
	inv, err := p.Inventory(t.Context(), fleetScope)
	if err != nil {
		t.Fatal(err)
	}
	for _, side := range plan.BothSides {
		if n := len(inv.On(side).Holdings); n != 800 {
			t.Fatalf("the %s has %d objects", side, n)
		}
	}
	for _, ref := range []plan.Ref{{Project: "default", Kind: plan.Instance, Name: fleettest.Instance(7)}, {Project: "default", Kind: plan.Volume, Pool: "local", Name: fleettest.Volume(7)}} {
		source, replica := inv.Source.Holdings[ref], inv.Target.Holdings[ref]
		if len(source.Snapshots) != 30 || source.Pool != "local" || replica.Config[plan.MarkReplicaOf] != "config-1" ||
			source.Snapshots[29].Name != plan.SnapshotName(march.Add(-time.Hour), time.UTC) || source.Snapshots[29].CreatedAt.IsZero() {
			t.Errorf("%s is read as %+v", ref, source)
		}
	}
	if known := p.recall(plan.Ref{Project: "default", Kind: plan.Instance, Name: fleettest.Instance(7)}); known.instance == nil || known.used != 1<<30 {
		t.Errorf("what a copy needs to know of an instance is %+v", known)
	}
	if held := most.Load(); held == 0 || held > 30<<20 {
		t.Errorf("%d MB are held at the end of the lists", held>>20)
	}
}

// TestAProjectIsReadInTwoRequests: of each more project a server is asked for its instances and for its volumes in one pool, and for nothing else. What a
// run needs, which asks for networks, too, is one more.
func TestAProjectIsReadInTwoRequests(t *testing.T) {
	for _, c := range []struct {
		scope  plan.Scope
		silent bool // the list of all profiles does not tell of those that the projects share
		each   int
	}{
		{plan.Scope{Unconnected: true}, false, 2},
		{plan.Scope{Unconnected: true, Whole: plan.Sides[bool]{Source: true, Target: true}}, false, 2},
		{plan.Scope{}, false, 3},
		{plan.Scope{Unconnected: true}, true, 3},
	} {
		var mu sync.Mutex
		asked := map[plan.Side]map[int]int{plan.Source: {}, plan.Target: {}}
		for _, side := range plan.BothSides {
			for _, more := range []int{1, 4} {
				fleet := &fleettest.Fleet{Objects: 2, Snapshots: 1, Now: march}
				scope := c.scope
				scope.Projects, scope.Pools = []string{"default"}, fleetScope.Pools
				for i := range more {
					fleet.Projects = append(fleet.Projects, fmt.Sprintf("p%d", i))
				}
				if !scope.Whole.Source {
					scope.Projects = append(scope.Projects, fleet.Projects...)
				}
				p := pairOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					mu.Lock()
					asked[side][more]++
					mu.Unlock()
					if c.silent && r.URL.Path == "/1.0/profiles" && r.URL.Query().Has("all-projects") {
						reply(w, []string{})
						return
					}
					fleet.ServeHTTP(w, r)
				}))
				if side == plan.Target {
					p.servers.Source = nil
				} else {
					p.servers.Target = nil
				}
				asked[side][more] = 0
				inv, err := p.Inventory(t.Context(), scope)
				if err != nil {
					t.Fatal(err)
				}
				server := inv.On(side)
				if len(server.Projects) != more+1 || len(server.Holdings) != 2*(more+1) {
					t.Errorf("%+v: on the %s there are %d projects with %d objects", c.scope, side, len(server.Projects), len(server.Holdings))
				}
				for name, project := range server.Projects {
					if _, there := project.Profiles["default"]; !there || project.Networks["lan"] == c.scope.Unconnected {
						t.Errorf("%+v: project %s is told as %+v", c.scope, name, project)
					}
				}
			}
			if each := asked[side][4] - asked[side][1]; each != 3*c.each {
				t.Errorf("%+v: three more projects are read in %d requests more on the %s: %v", c.scope, each, side, asked)
			}
		}
	}
}

// TestVolumesAreToldByName: as 6.0.4 lists them, one of a blank, one that two cluster members have, and the snapshots of one.
func TestVolumesAreToldByName(t *testing.T) {
	const custom = "/1.0/storage-pools/local/volumes/custom/"
	for _, c := range []struct {
		addresses, names []string
		wrong            bool
	}{
		{[]string{custom + "data", custom + "data/snapshots/IAB_20260310-120000", custom + "a%20b?project=web", custom + "own?target=m1", custom + "own?target=m2"},
			[]string{"data", "a b", "own", "own"}, false},
		{[]string{}, nil, false},
		{[]string{custom + "data", "/1.0/storage-pools/local"}, []string{"data"}, true},
		{[]string{custom, custom + "data"}, []string{"data"}, true},
		{[]string{"%zz"}, nil, true},
	} {
		whole, err := json.Marshal(api.ResponseRaw{Type: api.SyncResponse, Metadata: c.addresses})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		err = pairOf(t, listAnswer(http.StatusOK, string(whole))).in(plan.Source, "default").eachVolumeName(t.Context(), "local", func(name string) { names = append(names, name) })
		if !slices.Equal(names, c.names) || (err != nil) != c.wrong {
			t.Errorf("%q are read as %q: %v", c.addresses, names, err)
		}
	}
}

// TestAListThatIsNotToldToItsEndIsAnError: half a fleet must not look like a whole one.
func TestAListThatIsNotToldToItsEndIsAnError(t *testing.T) {
	const whole = `{"type":"sync","status":"Success","status_code":200,"operation":"","error_code":0,"error":"","metadata":[{"name":"a"},{"name":"b"}]}`
	for i := range len(whole) {
		p := pairOf(t, listAnswer(http.StatusOK, whole[:i]))
		err := each(t.Context(), p.in(plan.Source, "default"), "/instances", url.Values{}, func(*listedInstance) {})
		if err == nil {
			t.Errorf("the answer %q is taken for a list", whole[:i])
		} else if !errors.Is(err, io.ErrUnexpectedEOF) || !passing(err) {
			t.Errorf("the answer %q ends with %v, which is not tried again", whole[:i], err)
		}
	}
}

func TestAnswersThatAreListsAndThoseThatAreNot(t *testing.T) {
	for _, c := range []struct {
		code int
		body string
		want string // names
		err  error
	}{
		{http.StatusOK, `{"metadata":[{"name":"a"},{"name":"b"}],"type":"sync"}`, "a b", nil},
		{http.StatusOK, `{"type":"sync","metadata":[]}`, "", nil},
		{http.StatusOK, `{"type":"sync","metadata":null}`, "", nil},
		{http.StatusOK, `{"type":"sync"}`, "", errNotIncus},
		{http.StatusOK, `{"type":"sync","metadata":{"name":"a"}}`, "", errNotIncus},
		{http.StatusOK, `[{"name":"a"}]`, "", errNotIncus},
		{http.StatusForbidden, `{"type":"error","error":"not for you","error_code":403}`, "", api.StatusErrorf(http.StatusForbidden, "not for you")},
		{http.StatusBadGateway, "<html>Bad Gateway</html>", "", api.StatusErrorf(http.StatusBadGateway, "502 Bad Gateway")},
	} {
		p := pairOf(t, listAnswer(c.code, c.body))
		var names []string
		err := each(t.Context(), p.in(plan.Source, "default"), "/instances", url.Values{}, func(i *listedInstance) { names = append(names, i.Name) })
		if got := strings.Join(names, " "); got != c.want || fmt.Sprint(err) != fmt.Sprint(c.err) {
			t.Errorf("%s is read as %q with %v, want %q with %v", c.body, got, err, c.want, c.err)
		}
	}
}

// listAnswer lets the instances be answered by this.
func listAnswer(code int, body string) http.Handler {
	fleet := &fleettest.Fleet{Now: march}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/1.0/instances" && !strings.HasSuffix(r.URL.Path, "/volumes/custom") {
			fleet.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	})
}

// BenchmarkInventory reads both sides of fleets of several sizes with 30 snapshots per object. The time per object is to be the same.
func BenchmarkInventory(b *testing.B) {
	for _, objects := range []int{100, 500, 2000} {
		b.Run(fmt.Sprintf("%d objects", objects), func(b *testing.B) {
			p := fleetPair(b, objects, 30, nil)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Inventory(b.Context(), fleetScope); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/float64(objects)*1e6, "µs/object")
		})
	}
}
