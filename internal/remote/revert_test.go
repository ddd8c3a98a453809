package remote

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"iab/internal/plan"
)

// What goes back in time has the marks of now; what a snapshot says of then goes, and what people have set comes with it.
func TestMarksOfNow(t *testing.T) {
	base := plan.BaseKey("c0ffee")
	for _, c := range []struct {
		says          string
		before, after map[string]string
		want          map[string]string
	}{
		{"nothing", nil, map[string]string{"user.color": "blue", plan.MarkExclude: "true"}, map[string]string{}},
		{"marks of then", map[string]string{base: "now"}, map[string]string{base: "then", plan.MarkRole: plan.RoleActive, plan.MarkSaved + "boot.autostart": "true"},
			map[string]string{base: "now", plan.MarkRole: "", plan.MarkSaved + "boot.autostart": ""}},
		{"the exclusion of what is being made", map[string]string{plan.MarkExclude: "true"}, map[string]string{plan.MarkFetched: "c0ffee x", plan.MarkExclude: "true"},
			map[string]string{plan.MarkFetched: "", plan.MarkExclude: "true"}},
		{"the same, of what nobody has excluded", nil, map[string]string{plan.MarkKept: "x", plan.MarkExclude: "true"}, map[string]string{plan.MarkKept: "", plan.MarkExclude: ""}},
	} {
		if diff := cmp.Diff(c.want, marksOfNow(c.before, c.after)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.says, diff)
		}
	}
}
