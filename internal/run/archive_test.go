package run_test

import (
	"context"
	"fmt"
	"testing"

	"iab/internal/plan"
	"iab/internal/retention"
	"iab/internal/run"
)

// longer gives all jobs of the stage policies of their own per side.
func (s *stage) longer(source, target string) {
	for i := range s.jobs {
		s.jobs[i].Retention = plan.Sides[retention.Policy]{Source: retention.MustParse(source), Target: retention.MustParse(target)}
	}
}

// points returns the content of every own restore point of a replica, by the snapshot's name, of snapshots and of archives,
// and the number of objects that hold them: a failure may leave a point in both.
func (s *stage) points(ref plan.Ref) (found map[string]string, objects int) {
	s.t.Helper()
	found = map[string]string{}
	inv, err := s.w.Inventory(context.Background(), plan.Scope{Projects: []string{"default"}})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, snapshot := range inv.Target.Holdings[ref].Snapshots {
		found[snapshot.Name], _ = s.w.Read(plan.Target, ref, snapshot.Name)
		objects++
	}
	for other, holding := range inv.Target.Holdings {
		archive, of, ok := plan.ArchiveOf(other, holding, identity)
		if !ok || of != ref.String() {
			continue
		}
		found[archive.Snapshot.Name], _ = s.w.Read(plan.Target, other, "")
		objects++
	}
	return found, objects
}

// checkPoints checks that every replica has exactly its newest n restore points, each with the content of its time.
func (s *stage) checkPoints(n int, taken []string) {
	s.t.Helper()
	for _, ref := range refs {
		points, objects := s.points(ref)
		want := taken[max(0, len(taken)-n):]
		if len(points) != len(want) || objects != len(want) {
			s.t.Errorf("%s has %d restore points in %d objects, want %d: %v", ref, len(points), objects, len(want), points)
		}
		for _, name := range want {
			if points[name] != s.written[name] {
				s.t.Errorf("%s at %s holds %q, want %q", ref, name, points[name], s.written[name])
			}
		}
	}
}

func TestInvariant5TheTargetKeepsItsOwnLongerHistory(t *testing.T) {
	s := newStage(t)
	s.longer("2", "5")
	var taken []string
	for range 9 {
		p, report := s.execute(context.Background(), s.w)
		if !report.OK {
			t.Fatal(report.Text())
		}
		s.written[p.Snapshot] = s.content
		taken = append(taken, p.Snapshot)
		s.checkPoints(5, taken)
		for _, ref := range refs {
			if h, _ := s.w.Holding(plan.Source, ref); len(h.Snapshots) > 2 {
				t.Errorf("the source of %s has %d snapshots", ref, len(h.Snapshots))
			}
		}
		s.write()
	}
}

// A source that loses its snapshots, by a person or by ransomware, does not take the target's with it, whichever policy counts.
func TestInvariant5ASourceThatLosesItsSnapshotsDoesNotTakeTheTargets(t *testing.T) {
	for _, policies := range [][2]string{{"4", "4"}, {"2", "6"}, {"", ""}} {
		s := newStage(t)
		s.longer(policies[0], policies[1])
		var taken []string
		for range 4 {
			p, _ := s.execute(context.Background(), s.w)
			s.written[p.Snapshot] = s.content
			taken = append(taken, p.Snapshot)
			s.write()
		}
		for _, ref := range refs { // all but the base of the next copy
			for _, name := range taken[:len(taken)-1] {
				s.w.Remove(plan.Source, ref, name)
			}
		}
		p, report := s.execute(context.Background(), s.w)
		if !report.OK {
			t.Fatal(report.Text())
		}
		s.written[p.Snapshot] = s.content
		taken = append(taken, p.Snapshot)
		s.checkPoints(map[string]int{"4": 4, "6": 5, "": 5}[policies[1]], taken)
	}
}

// With archives to make and to delete, no failing call loses a restore point that a policy wants.
func TestInvariant5HoldsWhicheverCallFails(t *testing.T) {
	calls := 0
	for n := 1; calls == 0 || n <= calls; n++ {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("call %d, lost %v", n, lost), func(t *testing.T) {
				s := newStage(t)
				s.longer("2", "4")
				var taken []string
				clean := func() {
					p, report := s.execute(context.Background(), s.w)
					if !report.OK {
						t.Fatal(report.Text())
					}
					s.written[p.Snapshot] = s.content
					taken = append(taken, p.Snapshot)
					s.write()
				}
				for range 6 {
					clean()
				}
				s.w.FailAt(n, lost)
				p, report := s.execute(context.Background(), s.w)
				calls = max(calls, len(s.w.Calls()))
				s.w.FailAt(0, false)
				s.written[p.Snapshot] = s.content
				if report.Totals.Failed > 1 {
					t.Errorf("one failed call failed %d objects", report.Totals.Failed)
				}
				for _, ref := range refs {
					points, _ := s.points(ref)
					for _, name := range taken[len(taken)-3:] { // wanted before and after
						if points[name] != s.written[name] {
							t.Errorf("%s lost %s", ref, name)
						}
					}
				}
				// A failed snapshot leaves a gap for its object; what is there must be whole again after two runs.
				s.write()
				clean()
				clean()
				for _, ref := range refs {
					points, objects := s.points(ref)
					for name, content := range points {
						if content != s.written[name] {
							t.Errorf("%s at %s holds %q, want %q", ref, name, content, s.written[name])
						}
					}
					if len(points) != 4 || objects != 4 {
						t.Errorf("%s has %d restore points in %d objects, want 4", ref, len(points), objects)
					}
				}
			})
		}
	}
}

func TestAMassDeletionOnTheSourceStopsTheCopyUntilItIsAllowed(t *testing.T) {
	s := newStage(t)
	s.longer("6", "6")
	for range 6 {
		s.runClean()
		s.write()
	}
	s.longer("1", "1") // a policy that wants nothing of what is lost
	for _, snapshot := range s.snapshotsOf(plan.Source, logs)[:5] {
		s.w.Remove(plan.Source, logs, snapshot)
	}
	_, report := s.execute(context.Background(), s.w)
	if result := resultOf(report, logs); result.Outcome != run.Problem {
		t.Fatalf("%+v", result)
	}
	if got := len(s.snapshotsOf(plan.Target, logs)); got != 6 {
		t.Errorf("the replica has %d snapshots left of 6", got)
	}
	s.allowLoss = true
	_, report = s.execute(context.Background(), s.w)
	if result := resultOf(report, logs); result.Outcome != run.OK {
		t.Fatalf("%+v", result)
	}
}

// Another tool that takes and deletes snapshots of its own all day stops no copy: what of them the target's policy would keep is
// archived, and the rest goes as it went on the source.
func TestTheSnapshotsOfAnotherToolComeAndGo(t *testing.T) {
	s := newStage(t)
	s.longer("2", "3")
	for night := range 4 {
		for hour := range 10 {
			if err := s.w.Take(plan.Source, data, fmt.Sprintf("auto-%d-%d", night, hour)); err != nil {
				t.Fatal(err)
			}
		}
		_, report := s.execute(context.Background(), s.w)
		if !report.OK {
			t.Fatal(report.Text())
		}
		for hour := range 10 {
			s.w.Remove(plan.Source, data, fmt.Sprintf("auto-%d-%d", night, hour))
		}
		s.write()
	}
	inv, err := s.w.Inventory(context.Background(), plan.Scope{Projects: []string{"default"}})
	if err != nil {
		t.Fatal(err)
	}
	foreign := 0
	for ref, holding := range inv.Target.Holdings {
		if archive, of, ok := plan.ArchiveOf(ref, holding, identity); ok && of == data.String() && !archive.Snapshot.Own() {
			foreign++
		}
	}
	if foreign != 3 {
		t.Errorf("%d foreign snapshots are archived, want the newest 3", foreign)
	}
}

func (s *stage) snapshotsOf(side plan.Side, ref plan.Ref) []string {
	h, _ := s.w.Holding(side, ref)
	var list []string
	for _, snapshot := range h.Snapshots {
		list = append(list, snapshot.Name)
	}
	return list
}
