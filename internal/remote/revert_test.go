package remote

import (
	"errors"
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

// The archive of a snapshot that was taken while something was being made of the object is an archive like any other.
func TestAnArchiveIsNotHalfMade(t *testing.T) {
	got := archiveConfig(map[string]string{"user.color": "blue", plan.MarkFetched: "c0ffee x", plan.MarkExclude: "true"}, map[string]string{plan.MarkRole: plan.RoleArchive}, nil)
	if got[plan.MarkFetched] != "" || got[plan.MarkExclude] != "" || got[plan.MarkRole] != plan.RoleArchive {
		t.Errorf("its config is changed by %v", got)
	}
	if got := archiveConfig(map[string]string{plan.MarkExclude: "true"}, nil, nil); got[plan.MarkExclude] == "" {
		if _, changed := got[plan.MarkExclude]; changed {
			t.Error("what a person has excluded is not excluded any more")
		}
	}
}

// What still goes on at the servers says so, however often it was wrapped.
func TestWhatGoesOnSaysSo(t *testing.T) {
	for err, want := range map[error]bool{&stalled{}: true, &stalled{over: true}: false, errBusy: true} {
		var left interface{ GoesOn() bool }
		if !errors.As(failure("copy", &tried{err, 2}), &left) || left.GoesOn() != want {
			t.Errorf("%v: %t", err, !want)
		}
	}
}

// A server that can't go back behind newer snapshots says so in its own words; what can be done instead is IAB's to say.
func TestARefusalForNewerSnapshotsHasAWayOut(t *testing.T) {
	web := plan.Ref{Project: "default", Kind: plan.Instance, Name: "web"}
	refused := errors.New(`put web back: Snapshot "IAB_1" cannot be restored due to subsequent snapshot(s). Set zfs.remove_snapshots to override`)
	var said *Error
	if err := newerInTheWay(refused, plan.Target, web, "IAB_1"); !errors.As(err, &said) || !errors.Is(err, refused) || said.Text != refused.Error() ||
		said.Hint != "make another one of that restore point, and use that: iab restore web --to target --at IAB_1 --as NAME" {
		t.Errorf("%#v", err)
	}
	for _, other := range []error{nil, errors.New("no space left")} {
		if err := newerInTheWay(other, plan.Target, web, "IAB_1"); err != other {
			t.Errorf("%v becomes %v", other, err)
		}
	}
}
