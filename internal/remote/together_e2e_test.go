//go:build e2e

package remote

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
	"iab/internal/run"
)

// TestProjectsReadTogetherAreToldAsOneByOne: of several projects a server is asked for some things together. Project "own" has profiles of its own, "lent"
// those of project default, and in each there is what a first copy has left that ended a moment ago.
func TestProjectsReadTogetherAreToldAsOneByOne(t *testing.T) {
	l := lab.New(t, lab.Options{})
	for _, d := range l.Daemons {
		must(t, d.CreatePool("local", "dir", ""))
	}
	target := l.Target()
	must(t, target.CreateProject("lent"))
	must(t, target.Client().CreateProject(api.ProjectsPost{Name: "own", ProjectPut: api.ProjectPut{Config: map[string]string{"features.profiles": "true", "features.storage.volumes": "false"}}}))
	for _, project := range []string{"default", "own"} {
		must(t, target.Project(project).CreateProfile(api.ProfilesPost{Name: "of-" + project}))
	}
	names := []string{"default", "lent", "own", "nowhere"}
	received := map[plan.Ref]bool{}
	receive := func() {
		for _, project := range names[:3] {
			ref := plan.Ref{Project: project, Kind: plan.Instance, Name: "c" + string(rune('0'+len(received)))}
			must(t, target.CreateInstance(t.Context(), lab.InstanceSpec{Project: project, Name: ref.Name, Pool: "local", Empty: true,
				Config: map[string]string{plan.MarkReplicaOf: "config-1", plan.MarkRole: plan.RoleReplica}}))
			received[ref] = true
		}
	}
	for _, rights := range [][]string{nil, {"lent", "own"}} {
		pair := onboarded(t, l, rights...)
		clear(received)
		receive() // servers tell of it for five seconds

		read := func(scope plan.Scope) plan.Server {
			scope.Pools.Target = []string{"local"}
			inv, err := pair.Inventory(t.Context(), scope)
			must(t, err)
			return inv.Target
		}
		all := read(plan.Scope{Projects: names})
		whole := read(plan.Scope{Projects: names[:1], Whole: plan.Sides[bool]{Target: true}})
		for _, project := range names {
			alone := read(plan.Scope{Projects: []string{project}})
			want, there := alone.Projects[project]
			if allowed := project != "nowhere" && (rights == nil || project != "default"); there != allowed || allowed && len(want.Profiles) < 1 {
				t.Fatalf("with rights for %v project %s is told as %+v, %t", rights, project, want, there)
			}
			for how, together := range map[string]plan.Server{"together": all, "as a whole": whole} {
				if got, ok := together.Projects[project]; ok != there || !reflect.DeepEqual(got, want) {
					t.Errorf("with rights for %v project %s is told %s as %+v, %t, alone as %+v, %t", rights, project, how, got, ok, want, there)
				}
				for ref, held := range alone.Holdings {
					if !reflect.DeepEqual(together.Holdings[ref], held) {
						t.Errorf("with rights for %v %s is told %s as %+v, alone as %+v", rights, ref, how, together.Holdings[ref], held)
					}
				}
				for ref := range received {
					if ref.Project == project && there && !together.Busy[ref] {
						t.Errorf("with rights for %v nothing is told %s of what has just made %s: %v", rights, how, ref, together.Busy)
					}
				}
			}
		}
		for ref := range received {
			must(t, target.DeleteInstance(t.Context(), ref.Project, ref.Name))
		}
	}
}

// TestTheListOfAllOperationsNamesTheProjectsOfVolumes: what has just come to the target in a project of its own is not taken for one of project default.
func TestTheListOfAllOperationsNamesTheProjectsOfVolumes(t *testing.T) {
	l := lab.New(t, lab.Options{})
	for _, d := range l.Daemons {
		must(t, d.CreatePool("local", "dir", ""))
		must(t, d.CreateProject("web"))
	}
	must(t, l.Source().CreateVolume(t.Context(), lab.VolumeSpec{Project: "web", Pool: "local", Name: "data"}))
	pair := onboarded(t, l)
	ref := plan.Ref{Project: "web", Kind: plan.Volume, Pool: "local", Name: "data"}
	for _, mode := range []plan.Mode{plan.Push, plan.Pull} {
		scope := plan.Scope{Projects: []string{"default", "web"}, Pools: plan.Sides[[]string]{Source: []string{"local"}, Target: []string{"local"}}}
		inv, err := pair.Inventory(t.Context(), scope)
		must(t, err)
		p := plan.Build([]plan.Job{{Ref: ref, Mode: mode, TargetPool: "local"}}, inv, plan.Options{Now: time.Now(), Identity: "config-1"})
		if report := run.Execute(t.Context(), pair, p, inv, run.Options{Parallel: 1, Clock: time.Now}); !report.OK {
			t.Fatal(report.Text())
		}
		list, err := pair.servers.Target.GetOperationsAllProjects() // it has ended a moment ago
		must(t, err)
		var named []subject
		for _, op := range list {
			named = append(named, subjects(op, api.ProjectDefaultName)...)
		}
		if of := func(s subject) bool { return s.ref == ref }; !slices.ContainsFunc(named, of) || slices.ContainsFunc(named, func(s subject) bool { return s.ref.Project != "web" }) {
			t.Errorf("%s: the operations are about %v", mode, named)
		}
		must(t, l.Target().Project("web").DeleteStoragePoolVolume("local", "custom", "data"))
	}
}
