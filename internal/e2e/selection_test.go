//go:build e2e

package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
)

// taken lists what a plan takes, as PROJECT/.../NAME with the rule behind it, and its warnings.
func (f *fixture) taken(code int) (taken []string, p plan.Plan) {
	f.Helper()
	f.must(json.Unmarshal([]byte(f.iab("plan", "--json").exits(code).stdout), &p))
	for _, item := range p.Items {
		place, _, _ := strings.Cut(item.Rule, " ")
		taken = append(taken, item.Ref.String()+" "+place)
	}
	return taken, p
}

func (f *fixture) wantTaken(want ...string) plan.Plan {
	f.Helper()
	got, p := f.taken(0)
	if !slices.Equal(got, want) {
		f.Errorf("the plan takes\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return p
}

func TestGlobsTakeWhatIsThereAndConditionsHoldForProfiles(t *testing.T) {
	f := scenario(t)
	other := *f
	other.project += "x"
	f.makeProject(other.project)
	f.putProfile(f.source, "nightly-"+f.project, api.ProfilePut{Config: map[string]string{"user.iab": "daily"}})
	f.putProfile(f.source, "scratch-"+f.project, api.ProfilePut{Config: map[string]string{plan.MarkExclude: "true"}})
	profiles := func(name string, names ...string) plan.Ref {
		return f.containerOf(lab.InstanceSpec{Name: name, Pool: "local", Profiles: append([]string{"default"}, names...)}, name)
	}
	db := profiles("db", "nightly-"+f.project)
	profiles("tmp", "nightly-"+f.project, "scratch-"+f.project)
	profiles("plain")
	named := profiles("named", "scratch-"+f.project)
	web := other.containerOf(lab.InstanceSpec{Name: "web", Pool: "plain", Config: map[string]string{"user.iab": "daily"}}, "web")
	photos, rows := f.disk("plain", "photos", "first"), other.disk("local", "rows", "first")
	f.configure(object{"projects": []object{
		{"name": f.project + "?", "instances": []object{{"name": "*", "match": "user.iab=daily"}}, "volumes": []object{{"name": "*", "storage": "local"}}},
		{"name": f.project, "instances": []object{{"name": "d*"}, {"name": "named"}, {"name": "*", "match": "user.iab=daily"}}, "volumes": []object{{"name": "ph*", "storage": "*"}}},
	}})

	p := f.wantTaken(db.String()+" projects[1].instances[0]", photos.String()+" projects[1].volumes[0]",
		web.String()+" projects[0].instances[0]", rows.String()+" projects[0].volumes[0]")
	if len(p.Excluded) != 1 || p.Excluded[0].Ref != named || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "projects[1].instances[2]") {
		t.Errorf("excluded %v, warnings %q", p.Excluded, p.Warnings)
	}
	done := f.run().ok().report()
	if len(done.Excluded) != 1 || len(done.Results) != 4 {
		t.Errorf("the report: %+v", done)
	}
	for _, ref := range []plan.Ref{db, web} {
		f.holds(f.target, ref, "", ref.Name)
	}
	// What comes next is protected, too, and what has gone fails nothing.
	next := other.containerOf(lab.InstanceSpec{Name: "next", Pool: "plain", Config: map[string]string{"user.iab": "daily"}}, "next")
	f.remove(f.source, web)
	done = f.run().ok().report()
	f.holds(f.target, next, "", "next")
	f.holds(f.target, web, "", "web")
	if len(done.Warnings) != 2 || !strings.Contains(done.Warnings[1], web.String()+" is gone from the source: its replica is kept") {
		t.Errorf("warnings: %q", done.Warnings)
	}
	// It comes back from its replica, by the glob that has taken it, and goes on.
	f.iab("restore", web.String(), "--yes").ok()
	f.holds(f.source, web, "", "web")
	f.run().ok().of(web)
}

func TestGlobsKnowTheReplicasOfASourceThatIsGone(t *testing.T) {
	f := visit(t)
	t.Parallel()
	g := f.gated(f.source)
	f.onboard(f.project)
	web, files, rows := f.container("web", "local", "first"), f.disk("plain", "files", "first"), f.disk("local", "rows", "first")
	f.configure(object{"projects": []object{{"name": f.project, "instances": []object{{"name": "w*", "match": plan.MarkExclude + "="}},
		"volumes": []object{{"name": "*", "storage": "lo*", "targetStorage": "plain"}, {"name": "*", "storage": "plain", "targetStorage": "local"}}}}})
	f.run().ok()
	// A certificate that is restricted to a project may not list pools: those of instances are known, and the plan tells of the others.
	p := f.wantTaken(web.String()+" projects[0].instances[0]", rows.String()+" projects[0].volumes[0]", files.String()+" projects[0].volumes[1]")
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "projects[0].volumes[0] \"lo*/*\" may miss volumes") {
		t.Errorf("warnings: %q", p.Warnings)
	}
	f.must(g.listener.Close())
	f.iab("failover", web.String(), files.String(), rows.String(), "--yes").ok()
	f.holds(f.target, f.volume("local", "files"), "", "first")
	f.holds(f.target, f.volume("plain", "rows"), "", "first")
	config := f.activeConfig(web)
	if config[plan.MarkRole] != plan.RoleActive || config[plan.MarkOrigin] != web.String() || config[plan.MarkIdentity] == "" {
		t.Errorf("the replica's marks: %v", config)
	}
}

// activeConfig is the config of an instance on the target, whether it runs or not.
func (f *fixture) activeConfig(ref plan.Ref) map[string]string {
	f.Helper()
	instance, _, err := f.target.Project(ref.Project).GetInstance(ref.Name)
	f.must(err)
	return instance.Config
}
