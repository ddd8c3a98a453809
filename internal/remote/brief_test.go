package remote

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"iab/internal/fleettest"
	"iab/internal/plan"
)

// TestAnInventoryInBriefAsksForLittle: it stands between a person and the restore of an instance, so neither pools are asked for, which servers answer late, nor
// networks, nor more of the target than its instances and what it works on.
func TestAnInventoryInBriefAsksForLittle(t *testing.T) {
	for _, c := range []struct {
		side    plan.Side
		volumes bool
		refuses int // the status with which the list of instances is refused; 0: it is told
		want    []string
		fails   bool
	}{
		{plan.Source, false, 0, []string{"/instances", "/profiles", "/projects/default"}, false},
		{plan.Source, true, 0, []string{"/instances", "/profiles", "/projects/default", "/storage-pools/local/volumes/custom"}, false},
		{plan.Target, false, 0, []string{"/instances", "/operations"}, false},
		{plan.Target, true, 0, []string{"/instances", "/operations", "/storage-pools/local/volumes/custom"}, false},
		{plan.Target, false, http.StatusNotFound, []string{"/instances", "/operations"}, false},
		{plan.Target, false, http.StatusForbidden, []string{"/instances", "/operations"}, false},
		{plan.Target, false, http.StatusBadRequest, []string{"/instances", "/operations"}, true},
	} {
		fleet := &fleettest.Fleet{Objects: 2, Snapshots: 1, Now: march}
		var mu sync.Mutex
		var asked []string
		p := pairOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			path := strings.TrimPrefix(r.URL.Path, "/1.0")
			mu.Lock()
			asked = append(asked, path)
			mu.Unlock()
			switch {
			case path == "/instances" && c.refuses != 0:
				w.WriteHeader(c.refuses)
				_, _ = w.Write([]byte(`{"type":"error","error":"no"}`))
			case path == "/storage-pools/local/volumes/custom":
				reply(w, []string{"/1.0/storage-pools/local/volumes/custom/" + fleettest.Volume(1)})
			default:
				fleet.ServeHTTP(w, r)
			}
		}))
		if c.side == plan.Target {
			p.servers.Source = nil
		} else {
			p.servers.Target = nil
		}
		p.mu.Lock()
		p.told.Source, p.told.Target = nil, nil
		p.mu.Unlock()
		mu.Lock()
		asked = nil
		mu.Unlock()
		scope := fleetScope
		scope.Brief, scope.Unattached = true, !c.volumes
		inv, err := p.Inventory(t.Context(), scope)
		asked = slices.DeleteFunc(asked, func(path string) bool { return path == "" }) // the server itself
		slices.Sort(asked)
		if !slices.Equal(slices.Compact(asked), c.want) || (err != nil) != c.fails {
			t.Errorf("%+v: asked for %q, %v", c, asked, err)
		}
		held := inv.On(c.side).Holdings
		if told := 0; c.refuses == 0 {
			if told = 1; c.volumes {
				told = 2
			}
			if _, there := inv.On(c.side).Projects["default"]; len(held) != told || !there {
				t.Errorf("%+v: it tells of %d objects, of the project: %t", c, len(held), there)
			}
		} else if len(held) > 0 || len(inv.On(c.side).Projects) > 0 {
			t.Errorf("%+v: it tells of %v", c, held)
		}
	}
}
