package remote

import (
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// scripted answers some paths in its own way and everything else as the fake does. An int is the code of a refusal.
func scripted(f *fakeServer, answers map[string]any) {
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		switch answer := answers[r.URL.Path].(type) {
		case nil:
			f.incus(w, r)
		case int:
			refuse(w, answer, "no")
		default:
			reply(w, answer)
		}
	}
}

// reached connects to two fake servers that trust the same certificate.
func reached(t *testing.T) (source, target *fakeServer, pair *Pair, creds Credentials) {
	t.Helper()
	source, target = newFakeServer(t), newFakeServer(t)
	creds = source.pinned(t, march)
	target.known[creds.Fingerprint()] = true
	pinTo(t, creds.Dir, target.URL, target.certPEM)
	pair, failed := Reach(t.Context(), creds, source.URL, target.URL, Owner{}, Patience{}, time.Now)
	if err := errors.Join(failed.Source, failed.Target); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Close)
	return source, target, pair, creds
}

func TestASideThatCanNotBeReachedLeavesTheOtherReadable(t *testing.T) {
	for _, lost := range plan.BothSides {
		source, target, _, creds := reached(t)
		for _, server := range []*fakeServer{source, target} {
			scripted(server, map[string]any{"/1.0/projects": []api.Project{}})
		}
		urls := plan.Sides[string]{Source: source.URL, Target: target.URL}
		gone := map[plan.Side]*fakeServer{plan.Source: source, plan.Target: target}[lost]
		gone.mu.Lock()
		gone.known = map[string]bool{}
		gone.mu.Unlock()
		pair, failed := Reach(t.Context(), creds, urls.Source, urls.Target, Owner{}, Patience{}, time.Now)
		defer pair.Close()
		wantError(t, failed.On(lost), Untrusted, "the "+string(lost))
		inv, err := pair.Inventory(t.Context(), plan.Scope{Projects: []string{"default"}, Whole: plan.Sides[bool]{Source: true}})
		if err != nil {
			t.Fatal(err)
		}
		for _, side := range plan.BothSides {
			if got, want := inv.On(side).Name, map[bool]string{true: "", false: "fake"}[side == lost]; got != want {
				t.Errorf("without the %s, the %s is called %q, want %q", lost, side, got, want)
			}
		}
		if _, err := Dial(t.Context(), creds, urls.Source, urls.Target, Owner{}, Patience{}, time.Now); err == nil {
			t.Errorf("both servers are needed, and without the %s nothing is wrong", lost)
		}
	}
}

func TestRightsAreThoseOfOurOwnCertificate(t *testing.T) {
	source, target, pair, creds := reached(t)
	own := "/1.0/certificates/" + creds.Fingerprint()
	for name, c := range map[string]struct {
		answer any
		want   Rights
		fails  bool
	}{
		"every project":       {api.Certificate{}, Rights{}, false},
		"some":                {api.Certificate{CertificatePut: api.CertificatePut{Restricted: true, Projects: []string{"web", "default"}}}, Rights{true, []string{"default", "web"}}, false},
		"entry is not shown":  {http.StatusForbidden, Rights{true, []string{"default", "web"}}, false},
		"entry is not there":  {http.StatusNotFound, Rights{true, []string{"default", "web"}}, false},
		"the server is upset": {http.StatusInternalServerError, Rights{}, true},
	} {
		scripted(target, map[string]any{own: c.answer})
		got, err := pair.Rights(t.Context(), plan.Target, creds.Fingerprint())
		if diff := cmp.Diff(c.want, got); diff != "" || (err != nil) != c.fails {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	if slices.ContainsFunc(source.seen(), func(request string) bool { return strings.Contains(request, own) }) {
		t.Error("the other side was asked")
	}
}

func TestRoomAndSizesAreWhatTheServersTell(t *testing.T) {
	source, target, pair, _ := reached(t)
	scripted(target, map[string]any{"/1.0/storage-pools/local/resources": api.ResourcesStoragePool{Space: api.ResourcesStoragePoolSpace{Used: 3, Total: 9}}})
	if got, err := pair.Space(t.Context(), plan.Target, "local", ""); err != nil || got != (Space{3, 9}) {
		t.Errorf("the pool has %+v: %v", got, err)
	}
	if _, err := pair.Space(t.Context(), plan.Target, "gone", ""); err == nil || !strings.Contains(err.Error(), "read how full pool gone on the target is") {
		t.Errorf("a missing pool: %v", err)
	}

	state := "/1.0/storage-pools/local/volumes/custom/data/state"
	web := api.InstanceFull{Instance: api.Instance{Name: "web", ExpandedDevices: map[string]map[string]string{
		"root": {"type": "disk", "path": "/", "pool": "local"}, "data": {"type": "disk", "path": "/data", "pool": "local", "source": "data"},
	}}, State: &api.InstanceState{Disk: map[string]api.InstanceStateDisk{"root": {Usage: 70}, "data": {Usage: 5}}}}
	silent := web
	silent.Name, silent.State = "silent", nil
	scripted(source, map[string]any{
		"/1.0/networks":                    []string{},
		"/1.0/profiles":                    []string{},
		"/1.0/instances":                   []api.InstanceFull{web, silent},
		"/1.0/storage-pools/local":         api.StoragePool{Name: "local", Driver: "btrfs"},
		"/1.0/storage-pools/local/volumes": []api.StorageVolume{{Name: "data", Type: "custom", Project: "default"}},
		"/1.0/storage-pools":               http.StatusInternalServerError, // as to restricted certificates
		state:                              api.StorageVolumeState{Usage: &api.StorageVolumeStateUsage{Used: 42}},
	})
	scripted(target, map[string]any{"/1.0/storage-pools/local/volumes": []api.StorageVolume{}})
	read := func() plan.Inventory {
		inv, err := pair.Inventory(t.Context(), plan.Scope{Projects: []string{"default"}, Whole: plan.Sides[bool]{Source: true}})
		if err != nil {
			t.Fatal(err)
		}
		return inv
	}
	data := plan.Ref{Project: "default", Kind: plan.Volume, Pool: "local", Name: "data"}
	if _, ok := read().Source.Holdings[data]; !ok {
		t.Error("the volume in the instances' pool was not read, which no job names")
	}
	for name, want := range map[string]int64{"web": 70, "silent": 0, "unknown": 0} {
		if got, err := pair.Used(t.Context(), plan.Source, plan.Ref{Project: "default", Kind: plan.Instance, Name: name}); err != nil || got != want {
			t.Errorf("%s takes %d bytes: %v", name, got, err)
		}
	}
	if got, err := pair.Used(t.Context(), plan.Source, data); err != nil || got != 42 {
		t.Errorf("the volume takes %d bytes: %v", got, err)
	}
	scripted(target, map[string]any{"/1.0/instances/web": web.Instance, "/1.0/instances/web/state": web.State, state: api.StorageVolumeState{Usage: &api.StorageVolumeStateUsage{Used: 43}}})
	replica := plan.Ref{Project: "default", Kind: plan.Instance, Name: "web"}
	for ref, want := range map[plan.Ref]int64{replica: 70, data: 43} {
		if got, err := pair.Used(t.Context(), plan.Target, ref); err != nil || got != want {
			t.Errorf("%s takes %d bytes on the target: %v", ref, got, err)
		}
	}
	replica.Name = "gone"
	if _, err := pair.Used(t.Context(), plan.Target, replica); err == nil || !strings.Contains(err.Error(), "read how large default/instance/gone is") {
		t.Errorf("a missing instance: %v", err)
	}
	for name, answer := range map[string]any{"no usage": api.StorageVolumeState{}, "a driver that can't tell": http.StatusInternalServerError} {
		scripted(source, map[string]any{state: answer})
		if got, err := pair.Used(t.Context(), plan.Source, data); err != nil || got != 0 {
			t.Errorf("%s: %d bytes, %v", name, got, err)
		}
	}
}

func TestTheExpiryOfAPinnedCertificateIsReadFromItsFile(t *testing.T) {
	f := newFakeServer(t)
	creds := f.pinned(t, march)
	until, err := PinnedUntil(creds.Dir, f.URL)
	if want := time.Date(2011, 1, 1, 0, 0, 0, 0, time.UTC); err != nil || !until.Equal(want) {
		t.Errorf("it is good until %s: %v, want %s", until, err, want)
	}
	if _, err := PinnedUntil(creds.Dir, "https://elsewhere:8443"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a server that is not pinned: %v", err)
	}
}

func TestWhatNoJobNamesIsReadAsFarAsTheServerTells(t *testing.T) {
	for _, side := range plan.BothSides {
		t.Run(string(side), func(t *testing.T) { readsTheRest(t, side) })
	}
}

func readsTheRest(t *testing.T, side plan.Side) {
	source, target, pair, _ := reached(t)
	server := map[plan.Side]*fakeServer{plan.Source: source, plan.Target: target}[side]
	web := func(project string) []api.InstanceFull {
		return []api.InstanceFull{{Instance: api.Instance{Name: "web", Project: project}}}
	}
	server.answer = func(w http.ResponseWriter, r *http.Request) {
		project := r.URL.Query().Get("project")
		switch { //nolint:staticcheck // the others look at more than the path
		case r.URL.Path == "/1.0/projects":
			reply(w, []api.Project{{Name: "default"}, {Name: "web", ProjectPut: api.ProjectPut{Config: map[string]string{plan.MarkExclude: "true"}}}})
		case r.URL.Path == "/1.0/projects/default":
			reply(w, api.Project{Name: "default"})
		case r.URL.Path == "/1.0/networks", r.URL.Path == "/1.0/profiles":
			reply(w, []string{})
		case r.URL.Path == "/1.0/instances":
			reply(w, web(project))
		case r.URL.Path == "/1.0/storage-pools":
			reply(w, []string{"/1.0/storage-pools/far", "/1.0/storage-pools/upset"})
		case r.URL.Path == "/1.0/storage-pools/far":
			reply(w, api.StoragePool{Name: "far", Driver: "dir"})
		case r.URL.Path == "/1.0/storage-pools/upset":
			refuse(w, http.StatusInternalServerError, "no")
		case r.URL.Path == "/1.0/storage-pools/far/volumes":
			reply(w, []api.StorageVolume{{Name: "data", Type: "custom", Project: "default"}}) // in web those of default are shown
		default:
			server.incus(w, r)
		}
	}
	inv, err := pair.Inventory(t.Context(), plan.Scope{Projects: []string{"default"}, Whole: plan.Sides[bool]{Source: side == plan.Source, Target: side == plan.Target}})
	if err != nil {
		t.Fatal(err)
	}
	borrowed := map[string]bool{}
	for ref, held := range inv.On(side).Holdings {
		borrowed[ref.String()] = held.Borrowed
	}
	want := map[string]bool{"default/instance/web": false, "web/instance/web": false, "default/volume/far/data": false, "web/volume/far/data": true}
	if diff := cmp.Diff(want, borrowed); diff != "" || inv.On(side).Projects["default"].Excluded || !inv.On(side).Projects["web"].Excluded {
		t.Errorf("the projects are %+v, and what they hold is borrowed or not (-want +got):\n%s", inv.On(side).Projects, diff)
	}
	inv, err = pair.Inventory(t.Context(), plan.Scope{Projects: []string{"default"}})
	if err != nil || len(inv.On(side).Holdings) != 1 || len(inv.On(side).Projects) != 1 {
		t.Errorf("a run reads %v: %v", inv.On(side).Holdings, err)
	}
}

// Where the config names everything that there is, looking for more costs a server two requests.
func TestLookingForWhatNoJobNamesCostsTwoRequestsPerServer(t *testing.T) {
	source, target, pair, _ := reached(t)
	servers := plan.Sides[*fakeServer]{Source: source, Target: target}
	for _, side := range plan.BothSides {
		scripted(servers.On(side), map[string]any{
			"/1.0/projects":                    []api.Project{{Name: "default"}},
			"/1.0/projects/default":            api.Project{Name: "default"},
			"/1.0/networks":                    []string{},
			"/1.0/profiles":                    []api.Profile{},
			"/1.0/instances":                   []api.InstanceFull{},
			"/1.0/storage-pools":               []string{"/1.0/storage-pools/local"},
			"/1.0/storage-pools/local":         api.StoragePool{Name: "local", Driver: "btrfs"},
			"/1.0/storage-pools/local/volumes": []api.StorageVolume{},
		})
	}
	read := func(whole bool) (requests plan.Sides[int]) {
		scope := plan.Scope{Projects: []string{"default"}, Pools: plan.Sides[[]string]{Source: []string{"local"}, Target: []string{"local"}},
			Whole: plan.Sides[bool]{Source: whole, Target: whole}}
		before := plan.Sides[int]{Source: len(source.seen()), Target: len(target.seen())}
		inv, err := pair.Inventory(t.Context(), scope)
		if err != nil || len(inv.Source.Pools) != 1 || len(inv.Target.Pools) != 1 {
			t.Fatalf("%v: %+v", err, inv)
		}
		return plan.Sides[int]{Source: len(source.seen()) - before.Source, Target: len(target.seen()) - before.Target}
	}
	read(false) // the first one asks the servers what they can do
	few, more := read(false), read(true)
	for _, side := range plan.BothSides {
		if n := more.On(side) - few.On(side); n > 2 || few.On(side) == 0 {
			t.Errorf("the %s is asked %d times for a plan, and %d times more for everything", side, few.On(side), n)
		}
	}
}
