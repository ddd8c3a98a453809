package check_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iab/internal/check"
	"iab/internal/plan"
	"iab/internal/retention"
)

// own returns snapshots that IAB took at noon, that many days ago.
func own(days ...int) []plan.Snapshot {
	var list []plan.Snapshot
	for _, n := range days {
		at := noon.AddDate(0, 0, -n)
		list = append(list, plan.Snapshot{Name: plan.SnapshotName(at, time.UTC), CreatedAt: at})
	}
	return list
}

// history gives a job's object snapshots on both sides, and its policies.
func (s *scene) history(ref plan.Ref, source, target []plan.Snapshot, policies ...string) {
	for i := range s.facts.Jobs {
		if s.facts.Jobs[i].Ref == ref {
			s.facts.Jobs[i].Retention = plan.Sides[retention.Policy]{Source: retention.MustParse(policies[0]), Target: retention.MustParse(policies[1])}
			s.hold(plan.Target, s.facts.Jobs[i].Replica(), func(h *plan.Holding) {
				*h = plan.Holding{Pool: s.facts.Jobs[i].TargetPool, Type: "container", Snapshots: target,
					Config: map[string]string{plan.MarkReplicaOf: identity, plan.MarkComplete: target[len(target)-1].Name}}
			})
		}
	}
	s.hold(plan.Source, ref, func(h *plan.Holding) { h.Snapshots = source })
}

// of keeps the lines of some names.
func of(lines []string, names ...string) string {
	return strings.Join(slices.DeleteFunc(lines, func(line string) bool { return !slices.Contains(names, strings.Fields(line)[1]) }), "\n")
}

func TestATargetThatCanNotKeepLessSaysSo(t *testing.T) {
	s := newScene(t)
	s.history(instance("web1"), own(3, 2, 1), own(3, 2, 1), "4", "2")
	s.history(volume("plain", "data"), own(3, 2, 1), own(3, 2, 1), "4", "4")
	want := "warn retention [target] 2 snapshots of 1 object stay although the target's policies let them go: the source keeps it, and the next copy would send it again:" +
		" a copy from a pool of driver btrfs to one of driver btrfs can't leave out older snapshots (give the target room for them, or let the source keep less)"
	if diff := cmp.Diff(want, of(s.changed(), "retention")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestArchivesByFullCopyAreWarnedOfWhenTheNextRunMakesThem(t *testing.T) {
	s := newScene(t)
	for _, ref := range []plan.Ref{instance("web1"), volume("plain", "data")} {
		s.history(ref, own(2, 1), own(2, 1), "1", "9")
	}
	want := "warn archive [plain on the target] the next run archives 2 snapshots by full copies, as pools of driver dir can't clone" +
		" (use a pool that can clone (btrfs, zfs, ceph, lvm), or let the target keep no more than the source)"
	if diff := cmp.Diff(want, of(s.changed(), "archive", "name")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNamesThatArchivesNeedAndOthersHaveAreFound(t *testing.T) {
	name := "web1-IAB-20260308-120000"
	archive := func(*scene) map[string]string {
		return plan.ArchiveMarks(instance("web1"), own(2)[0], identity)
	}
	for says, c := range map[string]struct {
		change func(*scene)
		want   string
	}{
		"free": {func(*scene) {}, ""},
		"something of a person": {func(s *scene) { s.hold(plan.Target, instance(name), func(*plan.Holding) {}) },
			"fail name [default/instance/web1] snapshot IAB_20260308-120000 can't be archived as " + name + ": something that is not this archive has the name on the target (rename what has the name now)"},
		"the archive of another config": {func(s *scene) {
			s.hold(plan.Target, instance(name), func(h *plan.Holding) {
				h.Config = plan.ArchiveMarks(instance("web1"), own(2)[0], "another")
			})
		}, "fail name [default/instance/web1] snapshot IAB_20260308-120000 can't be archived as " + name + ": something that is not this archive has the name on the target (rename what has the name now)"},
		"the archive itself": {func(s *scene) {
			s.hold(plan.Target, instance(name), func(h *plan.Holding) { h.Config = archive(s) })
		}, ""},
		"a replica of the same run": {func(s *scene) { s.job(instance(name), "local") },
			"fail name [default/instance/web1] snapshot IAB_20260308-120000 can't be archived as " + name + ": the replica of default/instance/" + name + " has the same name (rename what has the name now)"},
	} {
		t.Run(says, func(t *testing.T) {
			s := newScene(t)
			s.history(instance("web1"), own(2, 1), own(2, 1), "1", "9")
			c.change(s)
			if diff := cmp.Diff(c.want, of(s.changed(), "name")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWarningsOfThePlanAboutBothServersAreSaidOnce(t *testing.T) {
	s := newScene(t)
	s.facts.Servers.Target.Held.Skew = time.Hour
	s.lines()
	s.facts.Next.Plan.Warnings = append(s.facts.Next.Plan.Warnings, "something about both; do something")
	var got []string
	for _, line := range check.Judge(s.facts) {
		got = append(got, written(line))
	}
	if diff := cmp.Diff("warn plan [plan] something about both (do something)", of(got, "plan")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
