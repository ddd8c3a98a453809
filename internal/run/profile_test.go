package run_test

import (
	"context"
	"slices"
	"testing"

	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/runtest"
)

// newStageWithProfiles is a stage on which app and db use profile big, and db uses profile lan, too; the target has none of
// them.
func newStageWithProfiles(t *testing.T) *stage {
	s := newStage(t)
	s.w.PutProfile(plan.Source, "default", "big", plan.Profile{Config: map[string]string{"limits.cpu": "4"}})
	s.w.PutProfile(plan.Source, "default", "lan", plan.Profile{Devices: map[string]plan.Device{"eth0": {"type": "nic", "network": "lan"}}})
	for ref, names := range map[plan.Ref][]string{app: {"default", "big"}, db: {"default", "big", "lan"}} {
		h, _ := s.w.Holding(plan.Source, ref)
		h.Profiles = names
		s.w.Put(plan.Source, ref, h)
	}
	return s
}

func (s *stage) profile(name string) plan.Profile {
	s.t.Helper()
	profile, ok := s.w.ProfileOn(plan.Target, "default", name)
	if !ok {
		s.t.Fatalf("the target has no profile %s", name)
	}
	return profile
}

func TestProfilesAreMadeBeforeAnythingIsDoneAndFollowTheirSource(t *testing.T) {
	s := newStageWithProfiles(t)
	s.w.FailAt(0, false)
	p, report := s.execute(context.Background(), s.w)
	if !report.OK || len(p.Profiles) != 2 {
		t.Fatalf("%+v\n%s", p.Profiles, report.Text())
	}
	calls := s.w.Calls()
	for i, name := range []string{"big", "lan"} {
		if calls[i].Verb != "profile" || calls[i].Ref.Name != name {
			t.Errorf("call %d is %+v", i, calls[i])
		}
	}
	if slices.ContainsFunc(calls[2:], func(c runtest.Call) bool { return c.Verb == "profile" }) {
		t.Errorf("more calls than planned: %v", calls)
	}
	if got := resultOf(report, db).Warnings; !slices.Equal(got, []string(nil)) {
		t.Errorf("it inherits nothing that was dropped, but is warned: %q", got)
	}
	lan := s.profile("lan")
	if s.profile("big").Config["limits.cpu"] != "4" || len(lan.Devices) > 0 || lan.Config[plan.MarkDropped] == "" {
		t.Errorf("the target has %+v and %+v", s.profile("big"), lan)
	}

	s.w.PutProfile(plan.Source, "default", "big", plan.Profile{Config: map[string]string{"limits.cpu": "8"}, Description: "bigger"})
	s.write()
	s.runClean()
	if big := s.profile("big"); big.Config["limits.cpu"] != "8" || big.Description != "bigger" {
		t.Errorf("the target's profile is %+v", big)
	}
	if p, _ := s.plan(); len(p.Profiles) > 0 {
		t.Errorf("planned once more: %+v", p.Profiles)
	}
}

func TestNothingIsDoneToAnObjectWhoseProfileFails(t *testing.T) {
	s := newStageWithProfiles(t)
	s.w.FailAt(0, false)
	failing := &faulty{World: s.w, fails: func(c runtest.Call) bool { return c.Verb == "profile" && c.Ref.Name == "lan" }}
	_, report := s.execute(context.Background(), failing)
	if r := resultOf(report, db); r.Outcome != run.Failure || r.Error != errFault.Error() || r.Hint != "mend it" {
		t.Errorf("%+v", r)
	}
	if calls := callsFor(s.w.Calls(), db); len(calls) > 0 {
		t.Errorf("calls for it: %v", calls)
	}
	if report.Totals != (run.Totals{OK: len(refs) - 1, Failed: 1}) {
		t.Errorf("totals are %+v: %s", report.Totals, report.Text())
	}
	s.write()
	s.runClean()
}

func TestAProfileWhoseAnswerIsLostIsThereForTheNextRun(t *testing.T) {
	for _, lost := range []bool{false, true} {
		s := newStageWithProfiles(t)
		s.w.FailAt(1, lost)
		_, report := s.execute(context.Background(), s.w)
		if report.Totals != (run.Totals{OK: len(refs) - 2, Failed: 2}) { // app and db use it
			t.Errorf("lost %t: totals are %+v: %s", lost, report.Totals, report.Text())
		}
		if p, _ := s.plan(); len(p.Profiles) != map[bool]int{false: 1, true: 0}[lost] {
			t.Errorf("lost %t: planned %+v", lost, p.Profiles)
		}
		s.write()
		s.runClean()
	}
}

func TestAnInterruptionMakesNoFurtherProfile(t *testing.T) {
	s := newStageWithProfiles(t)
	ctx, cancel := context.WithCancel(context.Background())
	s.w.FailAt(0, false)
	s.w.OnCall(func(runtest.Call) { cancel() })
	_, report := s.execute(ctx, s.w)
	if calls := s.w.Calls(); len(calls) != 1 || report.Totals != (run.Totals{Skipped: len(refs)}) || !report.Interrupted {
		t.Errorf("calls %v, totals %+v", calls, report.Totals)
	}
	s.w.OnCall(nil)
	s.write()
	s.runClean()
}
