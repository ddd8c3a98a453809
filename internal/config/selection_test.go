package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iab/internal/plan"
)

// fleet is a source with instances and volumes in three projects, and a target with replicas of some that the source had.
func fleet(cfg Config) plan.Inventory {
	var inv plan.Inventory
	for _, side := range plan.BothSides {
		inv.Set(side, plan.Server{Version: "6.0.4", Holdings: map[plan.Ref]plan.Holding{}, Projects: map[string]plan.Project{
			"default": {Profiles: map[string]plan.Profile{
				"nightly": {Config: map[string]string{"user.iab": "daily"}}, "scratch": {Config: map[string]string{plan.MarkExclude: "true"}}}},
			"shop": {}, "attic": {Excluded: true},
		}})
	}
	put := func(text string, h plan.Holding) {
		h.Pool = "local"
		inv.Source.Holdings[refOf(text)] = h
	}
	config := func(pairs ...string) map[string]string {
		c := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			c[pairs[i]] = pairs[i+1]
		}
		return c
	}
	put("default/instance/web-1", plan.Holding{})
	put("default/instance/web-2", plan.Holding{Config: config(plan.MarkExclude, "true")})
	put("default/instance/db", plan.Holding{Profiles: []string{"nightly"}})
	put("default/instance/own", plan.Holding{Config: config("user.iab", "daily")})
	put("default/instance/not", plan.Holding{Profiles: []string{"nightly"}, Config: config("user.iab", "weekly")})
	put("default/instance/scratch-1", plan.Holding{Profiles: []string{"nightly", "scratch"}})
	put("default/instance/scratch-2", plan.Holding{Profiles: []string{"scratch"}, Config: config(plan.MarkExclude, "false")})
	// What IAB itself has left or keeps there.
	put("default/instance/web-1-IAB-before-20260310-120000", plan.Holding{Config: config(plan.MarkKept, "default/instance/web-1")})
	put("default/instance/web-1-IAB-new-20260310-120000", plan.Holding{Config: config(plan.MarkFetched, "x default/instance/web-1")})
	put("default/instance/web-1-IAB-drill-20260310-120000", plan.Holding{Config: config(plan.MarkRole, plan.RoleClone)})
	put("default/instance/foreign", plan.Holding{Config: config(plan.MarkRole, plan.RoleReplica)})
	put("default/instance/standby", plan.Holding{Config: config(plan.MarkRole, plan.RoleStandby)})
	// A restore that was killed after its last rename.
	put("default/instance/back", plan.Holding{Config: config(plan.MarkFetched, "x default/instance/back", plan.MarkExclude, "true")})
	put("default/volume/local/photos", plan.Holding{Config: config("user.iab", "daily")})
	put("default/volume/fast/photos", plan.Holding{})
	put("default/volume/fast/cd", plan.Holding{Type: "iso"})
	put("shop/volume/fast/theirs", plan.Holding{Borrowed: true})
	put("shop/instance/web-1", plan.Holding{})
	put("attic/instance/web-1", plan.Holding{})
	replica := func(text, role string, h plan.Holding) {
		h.Pool, h.Config = "local", config(plan.MarkReplicaOf, cfg.Identity(), plan.MarkRole, role, plan.MarkOrigin, h.Type)
		inv.Target.Holdings[refOf(text)] = h
	}
	replica("default/instance/web-1", plan.RoleReplica, plan.Holding{})
	replica("default/instance/web-7", plan.RoleReplica, plan.Holding{})
	replica("default/instance/web-8", plan.RoleActive, plan.Holding{})
	replica("default/instance/web-9", plan.RoleAside, plan.Holding{})
	replica("default/volume/rest/old", plan.RoleReplica, plan.Holding{Type: "default/volume/fast/old"})
	return inv
}

// refOf reads a ref as it prints.
func refOf(text string) plan.Ref {
	parts := strings.Split(text, "/")
	ref := plan.Ref{Project: parts[0], Kind: plan.Kind(parts[1]), Name: parts[len(parts)-1]}
	if len(parts) == 4 {
		ref.Pool = parts[2]
	}
	return ref
}

func TestWhatEntriesTake(t *testing.T) {
	const all = `{ "name": "default", "instances": [ { "name": "*" } ] }`
	for _, c := range []struct{ says, projects, want string }{
		{"a glob takes what could be meant, and nothing of IAB's own", all,
			"back db not own scratch-2 standby web-1; orphans web-7 web-8"},
		{"a project glob takes from every project that is not excluded", `{ "name": "*", "instances": [ { "name": "web-?" } ] }`,
			"default:web-1 shop:web-1; orphans web-7 web-8"},
		{"the condition holds for what is set on the instance or by a profile", `{ "name": "default", "instances": [ { "name": "*", "match": "user.iab=daily" } ] }`,
			"db own; orphans web-7 web-8"},
		{"a volume glob over all pools", `{ "name": "default", "volumes": [ { "name": "*", "storage": "*", "targetStorage": "rest" } ] }`,
			"fast/photos local/photos; orphans fast/old"},
		{"a condition on a volume", `{ "name": "*", "volumes": [ { "name": "p*", "storage": "local", "match": "user.iab=daily" } ] }`,
			"default:local/photos"},
		{"a name goes before every glob, an earlier glob before a later one",
			`{ "name": "*", "instances": [ { "name": "w*" } ] }, { "name": "default", "instances": [ { "name": "*" }, { "name": "db" }, { "name": "web-1" } ] }`,
			"shop:web-1<0.0 back<1.0 not<1.0 own<1.0 scratch-2<1.0 standby<1.0 db<1.1 web-1<1.2; orphans web-7 web-8"},
		{"what is excluded is never taken, and told where it is named", `{ "name": "default", "exclude": [ "d?", "instance/web-*" ],
			"instances": [ { "name": "*" }, { "name": "web-2" }, { "name": "db" }, { "name": "scratch-1" }, { "name": "gone" } ] }`,
			"back not own scratch-2 standby gone; orphans web-8; leaves out db web-1 web-1-IAB-before-20260310-120000 web-1-IAB-drill-20260310-120000 web-1-IAB-new-20260310-120000 web-2; excluded web-2 (projects[0].exclude[1] \"instance/web-*\" takes it out); " +
				"excluded db (projects[0].exclude[0] \"d?\" takes it out); excluded scratch-1 (user.iab.exclude=true is set on it or on a profile of it)"},
		{"an exclusion of volumes", `{ "name": "default", "exclude": [ "volume/f*/photos" ], "volumes": [ { "name": "*", "storage": "*" } ] }`,
			"local/photos; orphans fast/old; leaves out fast/photos"},
		{"an entry that takes nothing is warned about", `{ "name": "default", "instances": [ { "name": "no-*" }, { "name": "web-*" }, { "name": "web-1*" } ] }`,
			"web-1; orphans web-7 web-8; projects[0].instances[0] \"no-*\" takes nothing: nothing on the source fits; " +
				"projects[0].instances[2] \"web-1*\" takes nothing: what fits is excluded or taken by another entry"},
		{"what has taken over and is excluded now is known, so that it comes home", `{ "name": "default", "exclude": [ "web-8" ], "instances": [ { "name": "web-8" }, { "name": "db" } ] }`,
			"db; orphans web-8; excluded web-8 (projects[0].exclude[0] \"web-8\" takes it out)"},
		{"objects whose names are in full are taken though they don't exist", `{ "name": "default", "instances": [ { "name": "gone" }, { "name": "web-7" } ] }`,
			"gone web-7"},
	} {
		t.Run(c.says, func(t *testing.T) {
			cfg := parsed(t, c.projects)
			if diff := cmp.Diff(c.want, told(cfg, cfg.Select(fleet(cfg), true), strings.Contains(c.want, "<"))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Of an instance on a cluster member that does not answer nothing is told but its name.
func TestWhatLiesOnASilentClusterMemberIsTakenIfItHasAReplica(t *testing.T) {
	cfg := parsed(t, `{ "name": "default", "exclude": [ "web-8" ], "instances": [ { "name": "*", "match": "user.iab=daily" } ] }`)
	inv := fleet(cfg)
	inv.Source.Members = map[string]plan.Member{"m1": {Answers: true}, "m2": {}}
	for _, name := range []string{"web-7", "web-8", "new"} {
		inv.Source.Holdings[refOf("default/instance/"+name)] = plan.Holding{Status: "Error", Member: "m2"}
	}
	if diff := cmp.Diff("db own web-7; orphans web-8; leaves out web-8", told(cfg, cfg.Select(inv, true), false)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestASourceThatCantBeReadIsKnownByTheReplicas(t *testing.T) {
	for _, c := range []struct{ says, projects, want string }{
		{"all replicas that globs have taken", `{ "name": "default", "instances": [ { "name": "*", "match": "user.iab=daily" } ],
			"volumes": [ { "name": "*", "storage": "*", "targetStorage": "rest" } ] }`, "; orphans web-1 web-7 web-8 fast/old"},
		{"what is named comes first", `{ "name": "*", "instances": [ { "name": "*" } ] }, { "name": "default", "instances": [ { "name": "web-7" } ] }`,
			"default:web-7; orphans web-1 web-8"},
		{"what is excluded is no job, unless it has taken over", `{ "name": "default", "exclude": [ "web-7", "web-8" ], "instances": [ { "name": "*" } ] }`, "; orphans web-1 web-8"},
	} {
		t.Run(c.says, func(t *testing.T) {
			cfg := parsed(t, c.projects)
			inv := fleet(cfg)
			inv.Source = plan.Server{}
			found := cfg.Select(inv, true)
			if diff := cmp.Diff(c.want, told(cfg, found, false)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, job := range found.Orphans {
				if _, there := inv.Target.Holdings[job.Replica()]; !there {
					t.Errorf("the replica of %s would be %s", job.Ref, job.Replica())
				}
			}
		})
	}
}

func TestTheReplicaOfAVolumeTellsItsPool(t *testing.T) {
	cfg := parsed(t, `{ "name": "default", "volumes": [ { "name": "old*", "storage": "slow", "targetStorage": "rest" }, { "name": "*", "storage": "f*", "targetStorage": "rest" } ] }`)
	inv := fleet(cfg)
	if got := told(cfg, cfg.Select(inv, true), false); !strings.HasSuffix(got, "orphans fast/old; projects[0].volumes[0] \"old*\" takes nothing: nothing on the source fits") {
		t.Errorf("by its mark: %s", got)
	}
	delete(inv.Target.Holdings[refOf("default/volume/rest/old")].Config, plan.MarkOrigin)
	if got := told(cfg, cfg.Select(inv, true), false); !strings.Contains(got, "orphans slow/old") {
		t.Errorf("by the config, for want of a mark: %s", got)
	}
}

func TestPoolsThatMayNotBeListedAreWarnedAbout(t *testing.T) {
	cfg := parsed(t, `{ "name": "default", "volumes": [ { "name": "*", "storage": "local" }, { "name": "*", "storage": "*" } ] }`)
	inv := fleet(cfg)
	inv.Source.Unlisted = true
	warnings := cfg.Select(inv, true).Warnings
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0], `projects[0].volumes[1] "*/*" may miss volumes`) {
		t.Errorf("%q", warnings)
	}
}

func parsed(t *testing.T, projects string) Config {
	t.Helper()
	cfg, err := Parse("config.json", []byte(`{ "hosts": [ { "role": "source", "url": "https://a" }, { "role": "target", "url": "https://b" } ], "projects": [ `+projects+` ] }`))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// told is a selection in one line: the project before a name where it is a glob, and by which entry where that is asked for.
func told(cfg Config, s plan.Selection, by bool) string {
	several := plan.Glob(cfg.Projects[0].Name).Wild()
	short := func(ref plan.Ref) string {
		name := strings.TrimPrefix(ref.Pool+"/"+ref.Name, "/")
		if several && (!by || ref.Project != "default") {
			name = ref.Project + ":" + name
		}
		return strings.ReplaceAll(name, " ", "")
	}
	var jobs, orphans []string
	for _, job := range s.Jobs {
		text := short(job.Ref)
		if by {
			var i, j int
			_, _ = fmt.Sscanf(job.Rule, "projects[%d].instances[%d]", &i, &j)
			text += fmt.Sprintf("<%d.%d", i, j)
		}
		jobs = append(jobs, text)
	}
	parts := []string{strings.Join(jobs, " ")}
	for _, job := range s.Orphans {
		orphans = append(orphans, strings.TrimPrefix(short(job.Ref), "default:"))
	}
	if len(orphans) > 0 {
		parts = append(parts, "orphans "+strings.Join(orphans, " "))
	}
	if len(s.Left) > 0 {
		var left []string
		for _, ref := range s.Left {
			left = append(left, short(ref))
		}
		parts = append(parts, "leaves out "+strings.Join(left, " "))
	}
	for _, e := range s.Excluded {
		parts = append(parts, fmt.Sprintf("excluded %s (%s)", short(e.Ref), e.Why))
	}
	for _, warning := range s.Warnings {
		text, _, _ := strings.Cut(warning, ";")
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}
