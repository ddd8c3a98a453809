package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"iab/internal/plan"
)

// TestTheMostSpecificPolicyThatIsSetCounts tries every subset of the four levels, for both kinds and both sides. A
// level that is not set is absent, empty or blank.
func TestTheMostSpecificPolicyThatIsSetCounts(t *testing.T) {
	levels := []string{"byName", "kind", "project", "host"}
	for _, unset := range []any{nil, "", " "} {
		for _, kind := range []plan.Kind{plan.Instance, plan.Volume} {
			for _, side := range plan.BothSides {
				for subset := range 1 << len(levels) {
					policies, want := [4]any{unset, unset, unset, unset}, ""
					for level := range slices.Backward(levels) {
						if subset&(1<<level) != 0 {
							policies[level], want = fmt.Sprint(level+1), fmt.Sprint(level+1)
						}
					}
					t.Run(fmt.Sprintf("%s/%s/%v/%04b", kind, side, unset, subset), func(t *testing.T) {
						job := jobWith(t, kind, side, policies)
						if got := job.Retention.On(side).String(); got != want {
							t.Errorf("the policy is %q, want %q", got, want)
						}
						other := plan.Source
						if side == plan.Source {
							other = plan.Target
						}
						if got := job.Retention.On(other).String(); got != "99" {
							t.Errorf("the policy of the %s is %q, want its own, 99", other, got)
						}
					})
				}
			}
		}
	}
}

// jobWith is the job of the object x, of the kind, with policies on one side from the most specific level to the host's;
// the other side has 99. Policies of other names, kinds and projects stand beside them.
func jobWith(t *testing.T, kind plan.Kind, side plan.Side, policies [4]any) plan.Job {
	t.Helper()
	type object = map[string]any
	distraction := object{"default": "77", "byName": object{"x": "77"}}
	kinds := object{
		"instances": distraction,
		"volumes":   distraction,
		"default":   policies[2],
	}
	kinds[string(kind)+"s"] = object{"default": policies[1], "byName": object{"x": policies[0], "y": "88"}}
	hosts := object{"source": object{"default": "99"}, "target": object{"default": "99"}}
	hosts[string(side)] = object{"default": policies[3], "projects": object{
		"p":     kinds,
		"other": object{"default": "66", "instances": distraction, "volumes": distraction},
	}}
	data, err := json.Marshal(object{
		"hosts": []object{
			{"role": "source", "url": "https://192.0.2.10"},
			{"role": "target", "url": "https://192.0.2.11"},
		},
		"projects": []object{{"name": "p", string(kind) + "s": []object{{"name": "x", "storage": "local"}}}},
		"retention": object{
			"hosts": hosts,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := Parse("config.json", data)
	if err != nil {
		t.Fatal(err)
	}
	return cfg.Jobs(plan.Inventory{}, true)[0]
}
