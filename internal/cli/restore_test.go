package cli

import (
	"strings"
	"testing"

	"iab/internal/plan"
)

// A second object under the name of another one of the config would be taken for that by the next run, on either side.
func TestASecondObjectHasNoNameOfAnotherOne(t *testing.T) {
	object := func(name, pool, targetPool string) plan.Object {
		ref := plan.Ref{Project: "default", Kind: plan.Volume, Pool: pool, Name: name}
		return plan.Object{Ref: ref, Job: plan.Job{Ref: ref, TargetPool: targetPool}}
	}
	rows := object("rows", "local", "backup")
	orphan := object("orphan", "backup", "backup")
	orphan.Jobless = true
	survey := plan.Survey{Objects: []plan.Object{rows, object("lost", "local", "backup"), object("moved", "fast", "backup"), orphan}}
	for _, c := range []struct {
		as, to  string
		refused bool
	}{
		{"lost", "source", true}, {"lost", "target", true}, {"rows", "source", false}, {"rows2", "target", false},
		{"moved", "target", true}, {"moved", "source", false}, // on the source it lies in another pool
		{"orphan", "target", false}, // the servers tell whether it is there
	} {
		err := freeToName(survey, rows, restoreOptions{as: c.as, to: c.to})
		if (err != nil) != c.refused || err != nil && !strings.Contains(err.Error(), "another object of the config") {
			t.Errorf("--as %s --to %s: %v", c.as, c.to, err)
		}
	}
}
