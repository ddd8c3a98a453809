package plan_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iab/internal/plan"
	"iab/internal/retention"
)

// into lets the jobs of a scene lead to another project of the target, which holds what the one of the same name held.
func (s *scene) into(project string) *scene {
	moved := &scene{t: s.t, opts: s.opts, inv: s.inv}
	for _, job := range s.jobs {
		job.TargetProject = project
		moved.jobs = append(moved.jobs, job)
	}
	target := s.inv.Target
	target.Projects = map[string]plan.Project{project: target.Projects["default"]}
	target.Holdings = map[plan.Ref]plan.Holding{}
	for ref, h := range s.inv.Target.Holdings {
		ref.Project = project
		h.Config = maps.Clone(h.Config)
		for key, value := range h.Config {
			h.Config[key] = strings.Replace(value, "default/", project+"/", 1)
		}
		target.Holdings[ref] = h
	}
	moved.inv.Target = target
	return moved
}

// Where the replicas lie in another project nothing is decided in another way: not by a run, and not by a restore, a failover or a failback.
func TestAnotherProjectOnTheTargetChangesNothingElse(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, p plan.Plan) {
		if rapid.Bool().Draw(r, "over") {
			for ref, h := range s.inv.Target.Holdings {
				if h.Config[plan.MarkRole] == plan.RoleReplica {
					h.Config = maps.Clone(h.Config)
					h.Config[plan.MarkRole] = plan.RoleActive
					s.inv.Target.Holdings[ref] = h
				}
			}
			p = s.plan()
		}
		if diff := cmp.Diff(s.everything(p), s.into("mirror").everything(s.into("mirror").plan())); diff != "" {
			r.Fatalf("(-same project +another):\n%s", diff)
		}
	})
}

// everything is what a plan, a failover, a failback and restores say, with the names of projects made alike.
func (s *scene) everything(p plan.Plan) []string {
	survey := plan.SurveyOf(s.jobs, s.inv, s.opts)
	texts := []string{string(encode(s.t, p)), string(encode(s.t, plan.FailoverOf(survey.Objects, true, s.inv, s.opts))),
		string(encode(s.t, plan.FailoverOf(survey.Objects, false, s.inv, s.opts))), string(encode(s.t, plan.FailbackOf(survey.Objects, s.inv, s.opts)))}
	for _, object := range survey.Objects {
		for _, point := range object.Points {
			for _, request := range []plan.RestoreRequest{
				{Object: object, Point: point, To: plan.Source}, {Object: object, Point: point, To: plan.Source, InPlace: true},
				{Object: object, Point: point, To: plan.Target, As: "other"},
			} {
				texts = append(texts, string(encode(s.t, plan.RestoreOf(request, s.inv, s.opts))))
				for _, volumes := range plan.VolumeRestores(request, survey, s.inv) {
					texts = append(texts, volumes.Object.Ref.String())
				}
			}
		}
	}
	for i, text := range texts {
		texts[i] = strings.NewReplacer("      \"from\": \"default\",\n", "", " --target-project mirror", "", "mirror", "default").Replace(text)
	}
	return texts
}

// Two projects of the source may lead to one of the target: a profile that is the same in both is made once, and two that differ are a
// problem of the second.
func TestTwoProjectsThatLeadToOneShareItsProfiles(t *testing.T) {
	for _, differ := range []bool{false, true} {
		s := newScene(t)
		other := s.inv.Source.Projects["default"]
		other.Profiles = map[string]plan.Profile{"default": {}, "web": {Description: "a web server"}}
		s.inv.Source.Projects["default"].Profiles["web"] = plan.Profile{Description: "a web server"}
		if differ {
			other.Profiles["web"] = plan.Profile{Description: "another"}
		}
		s.inv.Source.Projects["other"] = other
		for _, ref := range []plan.Ref{instance("web1"), {Project: "other", Kind: plan.Instance, Name: "web2"}} {
			s.job(ref, func(j *plan.Job) { j.TargetProject = "default" })
			s.source(ref, nil, s.uses("default", "web"))
		}
		p := s.plan()
		if len(p.Profiles) != 1 || !p.Profiles[0].Creates || p.Profiles[0].From != "" || len(p.Profiles[0].Refs) != map[bool]int{false: 2, true: 1}[differ] {
			t.Errorf("differ: %t: %+v", differ, p.Profiles)
		}
		if problem := p.Items[1].Problem; strings.Contains(problem, "profile web differs from that of project default") != differ {
			t.Errorf("differ: %t: %q", differ, problem)
		}
	}
}

// Two jobs whose replicas would be one and the same are an error, whatever projects they come from.
func TestTwoProjectsMustNotLeadToOneReplica(t *testing.T) {
	job := plan.Job{Ref: instance("web1"), TargetPool: "local", Retention: plan.Sides[retention.Policy]{}}
	other := job
	other.Ref.Project, other.TargetProject = "other", "default"
	if err := plan.Duplicate([]plan.Job{job, other}); err == nil {
		t.Error("they are taken")
	}
	other.TargetProject = "elsewhere"
	if err := plan.Duplicate([]plan.Job{job, other}); err != nil {
		t.Error(err)
	}
}

// A replica that no job makes any more has the name that its source had, as it tells.
func TestAReplicaWithoutAJobIsNamedAfterItsSource(t *testing.T) {
	s := newScene(t)
	s.inv.Target.Projects["mirror"] = s.inv.Target.Projects["default"]
	s.job(instance("web1"), func(j *plan.Job) { j.TargetProject = "mirror" })
	s.source(instance("web1"), s.own("09 12:00"))
	mirrored := func(name string) plan.Ref { return plan.Ref{Project: "mirror", Kind: plan.Instance, Name: name} }
	s.replica(mirrored("web1"), s.own("09 12:00"))
	s.replica(mirrored("gone"), s.own("09 12:00"), mark(plan.MarkOrigin, "default/instance/gone"))
	objects := plan.SurveyOf(s.jobs, s.inv, s.opts).Objects
	i := slices.IndexFunc(objects, func(o plan.Object) bool { return o.Jobless })
	if len(objects) != 2 || i < 0 || objects[i].Ref != instance("gone") || objects[i].Job.Replica() != mirrored("gone") || len(objects[i].Points) != 1 {
		t.Errorf("%+v", objects)
	}
}
