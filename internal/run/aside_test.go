package run_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"iab/internal/plan"
	"iab/internal/run"
)

// former returns the former replicas of an object, by name, with the content of each snapshot.
func (s *stage) former(ref plan.Ref) map[string]map[string]string {
	s.t.Helper()
	found := map[string]map[string]string{}
	for other, holding := range s.inventory().Target.Holdings {
		aside, of, ok := plan.AsideOf(other, holding, identity)
		if !ok || of != ref.String() || other == ref {
			continue
		}
		found[other.Name] = map[string]string{}
		for _, snapshot := range aside.Snapshots {
			found[other.Name][snapshot.Name], _ = s.w.Read(plan.Target, other, snapshot.Name)
		}
	}
	return found
}

func (s *stage) inventory() plan.Inventory {
	s.t.Helper()
	inv, err := s.w.Inventory(context.Background(), plan.Scope{Projects: []string{"default"}, Into: []string{"default", "mirror"}})
	if err != nil {
		s.t.Fatal(err)
	}
	return inv
}

// lostBase is a stage on which all snapshots of db on the source are gone: nothing is in common any more.
func lostBase(t *testing.T) (*stage, []string) {
	s := newStage(t)
	s.longer("3", "3")
	for range 3 {
		s.runClean()
	}
	taken := s.snapshotsOf(plan.Target, db)
	for _, name := range s.snapshotsOf(plan.Source, db) {
		s.w.Remove(plan.Source, db, name)
	}
	return s, taken
}

func TestInvariant7AReplicaWithoutACommonSnapshotIsAProblemUntilItIsSetAside(t *testing.T) {
	s, taken := lostBase(t)
	_, report := s.execute(context.Background(), s.w)
	if result := resultOf(report, db); result.Outcome != run.Problem || !strings.Contains(result.Hint, "--reseed "+db.String()) {
		t.Fatalf("%+v", result)
	}
	if held := s.snapshotsOf(plan.Target, db); !slices.Equal(held, taken) {
		t.Fatalf("the replica holds %v, it held %v", held, taken)
	}

	s.reseed = map[plan.Ref]bool{db: true}
	if p, report := s.execute(context.Background(), s.w); !report.OK {
		t.Fatal(report.Text())
	} else if first := actionsOf(p, db)[1]; first.Verb != plan.VerbArchive || !first.Whole || first.Archive == "" {
		t.Fatalf("%+v", first)
	}
	s.reseed = nil
	s.checkReplicas()
	s.checkFormer(db, taken)

	// The target's policy, of three, judges the former replica's snapshots with those of the new one; it goes as a whole.
	for left := 2; left >= 0; left-- {
		formers := s.former(db)
		if wanted := left > 0; (len(formers) == 1) != wanted {
			t.Errorf("with %d of its snapshots wanted there are the former replicas %v", left, formers)
		}
		s.write()
		s.runClean()
	}
}

// checkFormer checks that there is one former replica, which holds these snapshots with their content.
func (s *stage) checkFormer(ref plan.Ref, taken []string) {
	s.t.Helper()
	formers := s.former(ref)
	if len(formers) != 1 {
		s.t.Fatalf("there are the former replicas %v", formers)
	}
	for name, points := range formers {
		if held := slices.Sorted(maps.Keys(points)); !slices.Equal(held, taken) {
			s.t.Errorf("%s holds %v, want %v", name, held, taken)
		}
		for snapshot, content := range points {
			if content != s.written[snapshot] {
				s.t.Errorf("%s holds %q at %s, want %q", name, content, snapshot, s.written[snapshot])
			}
		}
	}
}

// Whatever call of a reseeding run fails, with its effect or without, no snapshot of the former replica is lost, and the next
// run ends what was begun without being asked again.
func TestInvariant7AReseedingThatIsInterruptedIsEndedByTheNextRun(t *testing.T) {
	s, _ := lostBase(t)
	s.reseed = map[plan.Ref]bool{db: true}
	calls := len(callsOfCleanRun(s))
	for n := range calls {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("call %d, lost %t", n+1, lost), func(t *testing.T) {
				s, taken := lostBase(t)
				s.reseed = map[plan.Ref]bool{db: true}
				s.w.FailAt(n+1, lost)
				s.execute(context.Background(), s.w)
				s.w.FailAt(0, false)
				begun := len(s.former(db)) > 0
				if begun {
					s.reseed = nil
				}
				s.write()
				_, report := s.execute(context.Background(), s.w)
				if !report.OK {
					t.Fatal(report.Text())
				}
				s.checkReplicas()
				s.checkFormer(db, taken)
			})
		}
	}
}

// A run that dies between the marks and the renaming leaves a replica that says of itself that it is a former one.
func TestInvariant7AReplicaThatIsHalfSetAsideIsSetAsideByTheNextRun(t *testing.T) {
	s, taken := lostBase(t)
	h, _ := s.w.Holding(plan.Target, db)
	maps.Copy(h.Config, plan.AsideMarks(db, identity))
	s.w.Put(plan.Target, db, h)
	if _, report := s.execute(context.Background(), s.w); !report.OK {
		t.Fatal(report.Text())
	}
	s.checkReplicas()
	s.checkFormer(db, taken)
}

// What was written into a replica that was started is in none of its snapshots: as a former replica it stays until a person
// removes it.
func TestAFormerReplicaThatWasStartedStays(t *testing.T) {
	s, _ := lostBase(t)
	s.w.Power(plan.Target, db, true)
	s.w.Write(plan.Target, db, "the work of the worst day")
	s.reseed = map[plan.Ref]bool{db: true}
	_, report := s.execute(context.Background(), s.w)
	if result := resultOf(report, db); result.Outcome != run.Problem {
		t.Fatalf("a running replica: %+v", result)
	}
	s.w.Power(plan.Target, db, false)
	s.write()
	for range 6 {
		_, report := s.execute(context.Background(), s.w)
		if !report.OK {
			t.Fatal(report.Text())
		}
		s.reseed = nil
		s.write()
	}
	for name := range s.former(db) {
		ref := db
		ref.Name = name
		if content, _ := s.w.Read(plan.Target, ref, ""); content != "the work of the worst day" {
			t.Errorf("%s holds %q", name, content)
		}
		if err := s.w.DeleteArchive(context.Background(), s.jobs[1], name); err == nil {
			t.Error("the servers let it be deleted")
		}
		p, _ := s.plan()
		if warnings := itemOf(p, db).Warnings; !slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, name) }) {
			t.Errorf("the warnings are %v", warnings)
		}
		return
	}
	t.Error("it is gone")
}

func itemOf(p plan.Plan, ref plan.Ref) plan.Item {
	return p.Items[slices.IndexFunc(p.Items, func(item plan.Item) bool { return item.Ref == ref })]
}

// A copy that no server can make on the snapshot in common is not tried for ever; with another one in common it is.
func TestABrokenChainIsAProblemUntilItIsReseeded(t *testing.T) {
	s := newStage(t)
	s.runClean()
	s.runClean()
	base := s.snapshotsOf(plan.Target, db)
	h, _ := s.w.Holding(plan.Target, db)
	h.Config[plan.MarkBroken] = base[len(base)-1]
	s.w.Put(plan.Target, db, h)
	_, report := s.execute(context.Background(), s.w)
	if result := resultOf(report, db); result.Outcome != run.Problem || !strings.Contains(result.Hint, "--reseed") {
		t.Fatalf("%+v", result)
	}
	s.write()
	s.reseed = map[plan.Ref]bool{db: true}
	if _, report := s.execute(context.Background(), s.w); !report.OK {
		t.Fatal(report.Text())
	}
	s.reseed = nil
	s.checkReplicas()
	s.write()
	s.runClean()

	h.Config[plan.MarkBroken] = "IAB_20260101-000000"
	h.Snapshots, _ = func() ([]plan.Snapshot, bool) { held, ok := s.w.Holding(plan.Target, db); return held.Snapshots, ok }()
	h.Config[plan.MarkComplete] = h.Snapshots[len(h.Snapshots)-1].Name
	s.w.Put(plan.Target, db, h)
	s.runClean()
}

// Where source and target are exchanged in the config, nothing flows back over what it came from.
func TestExchangedServersAreNoticed(t *testing.T) {
	s := newStage(t)
	s.runClean()
	inv := s.inventory()
	inv.Source, inv.Target = inv.Target, inv.Source
	for _, item := range plan.Build(s.jobs, inv, plan.Options{Now: s.w.Now().Add(time.Hour), Identity: identity}).Items {
		if item.Problem == "" || len(item.Actions) > 0 {
			t.Errorf("%s: %q, %v", item.Ref, item.Problem, item.Actions)
		}
	}
}

// A former volume goes after the former instance that uses it: a server deletes no volume that is in use.
func TestAFormerVolumeGoesAfterTheFormerInstanceThatUsesIt(t *testing.T) {
	s := newStage(t)
	s.runClean()
	instance, volume := app, data
	instance.Name, volume.Name = "app-IAB-old-20260301-120000", "data-IAB-old-20260301-120000"
	s.w.Put(plan.Target, volume, plan.Holding{Config: plan.AsideMarks(data, identity)})
	s.w.Put(plan.Target, instance, plan.Holding{Config: plan.AsideMarks(app, identity),
		Inherited: map[string]plan.Device{"data": {"type": "disk", "pool": volume.Pool, "source": volume.Name, "path": "/data"}}})
	for _, want := range []string{volume.String(), ""} {
		s.write()
		if _, report := s.execute(context.Background(), s.w); !report.OK {
			t.Fatal(report.Text())
		}
		left := ""
		for ref := range s.inventory().Target.Holdings {
			if strings.Contains(ref.Name, "-IAB-old-") {
				left += ref.String()
			}
		}
		if left != want {
			t.Errorf("%q is left, want %q", left, want)
		}
	}
}
