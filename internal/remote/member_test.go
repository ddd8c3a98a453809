package remote

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// clusterOf lets a fake server be a cluster, of which m3 is known to be down, m4 has died a moment ago, and m2 is evacuated.
func clusterOf(f *fakeServer, listed any) {
	web := api.InstanceFull{Instance: api.Instance{Name: "web", Type: "container", Location: "m1", StatusCode: api.Stopped,
		InstancePut: api.InstancePut{Config: map[string]string{"volatile.uuid": "1"}}}}
	broken := web
	broken.Name, broken.StatusCode, broken.Location = "broken", api.Error, "m2"
	dead := api.InstanceFull{Instance: api.Instance{Name: "dead", Type: "container", Location: "m5", Status: "Error", StatusCode: api.Error}}
	volume := func(name, location string) api.StorageVolume {
		return api.StorageVolume{Name: name, Type: "custom", ContentType: "filesystem", Project: "default", Location: location}
	}
	answers := map[string]any{
		"/1.0/projects/default":    api.Project{Name: "default"},
		"/1.0/networks":            []string{},
		"/1.0/profiles":            []string{},
		"/1.0/instances":           []api.InstanceFull{web, broken, dead},
		"/1.0/instances/broken":    broken,
		"/1.0/instances/dead":      http.StatusServiceUnavailable,
		"/1.0/cluster/members":     listed,
		"/1.0/storage-pools/local": api.StoragePool{Name: "local", Driver: "btrfs"},
		"/1.0/storage-pools/local/volumes": []api.StorageVolume{volume("data", "m1"), volume("twin", "m1"), volume("data/s1", "m1"), volume("twin", "m3"),
			volume("shared", "none")},
	}
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		answer, known := answers[r.URL.Path]
		switch code, refused := answer.(int); {
		case r.URL.Path == "/1.0" && r.URL.Query().Get("target") == "m4":
			refuse(w, http.StatusServiceUnavailable, "Missing event connection with target cluster member")
		case r.URL.Path == "/1.0":
			reply(w, api.Server{ServerUntrusted: api.ServerUntrusted{APIVersion: "1.0", Auth: trusted,
				APIExtensions: append(slices.Clone(extensions), "clustering", "instance_get_full")},
				Environment: api.ServerEnvironment{ServerName: "m1", ServerVersion: "6.0.4", ServerClustered: true}})
		case !known:
			f.incus(w, r)
		case refused:
			refuse(w, code, "no")
		default:
			reply(w, answer)
		}
	}
}

func listed() []api.ClusterMember {
	var list []api.ClusterMember
	for name, status := range map[string]string{"m1": "Online", "m2": "Evacuated", "m3": "Offline", "m4": "Online", "m5": "Online"} {
		member := api.ClusterMember{ServerName: name, Status: status, URL: "https://" + name + ":8443"}
		member.Groups = []string{"far", "default"}
		list = append(list, member)
	}
	return list
}

func TestMembersOfAClusterAreAskedAndObjectsAreFoundOnThem(t *testing.T) {
	_, target, pair, _ := reached(t)
	clusterOf(target, listed())
	scope := plan.Scope{Projects: []string{"default"}, Pools: plan.Sides[[]string]{Target: []string{"local"}}}
	pair.servers.Source = nil
	pair.told.Target = nil // it has become a cluster since
	inv, err := pair.Inventory(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	groups := []string{"default", "far"}
	want := map[string]plan.Member{
		"m1": {Answers: true, Groups: groups}, "m2": {Answers: true, Evacuated: true, Groups: groups}, "m3": {Groups: groups}, "m4": {Groups: groups},
		"m5": {Groups: groups}, // it says that it is there, and tells nothing of its instance
	}
	if diff := cmp.Diff(want, inv.Target.Members); diff != "" {
		t.Errorf("the members are (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		ref  plan.Ref
		want plan.Holding
	}{
		{plan.Ref{Kind: plan.Instance, Name: "web"}, plan.Holding{Member: "m1"}},
		{plan.Ref{Kind: plan.Instance, Name: "broken"}, plan.Holding{Member: "m2", Broken: true}},
		{plan.Ref{Kind: plan.Instance, Name: "dead"}, plan.Holding{Member: "m5"}},
		{plan.Ref{Kind: plan.Volume, Pool: "local", Name: "data"}, plan.Holding{Member: "m1", Snapshots: make([]plan.Snapshot, 1)}},
		{plan.Ref{Kind: plan.Volume, Pool: "local", Name: "shared"}, plan.Holding{}},
		{plan.Ref{Kind: plan.Volume, Pool: "local", Name: "twin"}, plan.Holding{Namesakes: []string{"m1", "m3"}}},
	} {
		c.ref.Project = "default"
		got, exists := inv.Target.Holdings[c.ref]
		if !exists || got.Member != c.want.Member || got.Broken != c.want.Broken || len(got.Snapshots) != len(c.want.Snapshots) || !cmp.Equal(got.Namesakes, c.want.Namesakes) {
			t.Errorf("%s is read as %+v", c.ref, got)
		}
	}
}

func TestMembersThatACertificateMayNotSeeAreNoneButThoseWhoseSilenceShows(t *testing.T) {
	_, target, pair, _ := reached(t)
	clusterOf(target, http.StatusForbidden)
	pair.servers.Source = nil
	inv, err := pair.Inventory(t.Context(), plan.Scope{Projects: []string{"default"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]plan.Member{"m5": {}}, inv.Target.Members); diff != "" {
		t.Errorf("the members are (-want +got):\n%s", diff)
	}
}

func TestAServerThatIsNoClusterIsNotAskedForMembers(t *testing.T) {
	_, target, pair, _ := reached(t)
	scripted(target, map[string]any{"/1.0/projects/default": http.StatusNotFound})
	inv, err := pair.Inventory(t.Context(), plan.Scope{Projects: []string{"default"}})
	if err != nil || inv.Target.Members != nil {
		t.Errorf("the members are %v: %v", inv.Target.Members, err)
	}
	for _, request := range target.seen() {
		if strings.Contains(request, "/1.0/cluster/members") {
			t.Error("it was asked")
		}
	}
}

// New objects are made on the member that is named; of one that exists the server finds the member.
func TestOnlyWhatIsNewIsAskedOfOneMember(t *testing.T) {
	_, _, pair, _ := reached(t)
	for _, c := range []struct{ member, want string }{{"", ""}, {"m2", "m2"}} {
		info, err := pair.at(plan.Target, "default", c.member).GetConnectionInfo()
		if err != nil || c.member != "" && info.Target != c.want {
			t.Errorf("member %q: requests go to %q: %v", c.member, info.Target, err)
		}
	}
	if pair.at(plan.Target, "default", "") != pair.in(plan.Target, "default") || pair.at(plan.Target, "default", "m2").feed != pair.in(plan.Target, "default").feed {
		t.Error("a member has a stream of events of its own")
	}
}
