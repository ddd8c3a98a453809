package plan_test

import (
	"testing"

	"iab/internal/plan"
)

// What is asked for decides how little has to be read: an instance is told for itself, a volume is not.
func TestWhatIsReadInBrief(t *testing.T) {
	jobs := []plan.Job{{Ref: instance("web")}, {Ref: instance("db")}, {Ref: volume("local", "web-data")}}
	held := func(refs ...plan.Ref) plan.Inventory {
		var inv plan.Inventory
		inv.Target.Holdings = map[plan.Ref]plan.Holding{instance("web"): {}}
		for _, ref := range refs {
			inv.Target.Holdings[ref] = plan.Holding{}
		}
		return inv
	}
	for _, c := range []struct {
		name             string
		brief, noVolumes bool
		only             string
		unread           bool // with a volume web-data, and one that IAB keeps of it, on the target
	}{
		{"web", true, false, "web", false},
		{"instance/web", true, true, "web", false},
		{"default/instance/db", true, true, "db", false},
		{"web-data", true, false, "", true},
		{"w*", true, false, "web", true},
		{"*", true, false, "", true},
		{"volume/local/web-data", false, false, "", true},
	} {
		pattern, err := plan.ParsePattern(c.name)
		if err != nil {
			t.Fatal(err)
		}
		little, ok := plan.Scope{Projects: []string{"default"}}.InBrief(pattern)
		if ok != c.brief || ok && (!little.Brief || little.Unattached != c.noVolumes || len(little.Projects) != 1) {
			t.Errorf("%s is read in %+v, %t", c.name, little, ok)
		}
		job, ok := pattern.Only(jobs)
		if job.Ref.Name != c.only || ok != (c.only != "") {
			t.Errorf("%s means only %q, %t", c.name, job.Ref.Name, ok)
		}
		for _, volumes := range [][]plan.Ref{{volume("local", "web-data")}, {volume("local", "web-data-IAB-old-20260310-120000")}} {
			if pattern.MeansUnread(held(volumes...)) != c.unread {
				t.Errorf("%s beside %v: not told for itself: %t", c.name, volumes, !c.unread)
			}
		}
		if pattern.MeansUnread(held()) {
			t.Errorf("%s means a volume where there is none", c.name)
		}
	}
}
