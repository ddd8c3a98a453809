//go:build e2e

package e2e

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"iab/internal/plan"
	"iab/internal/retention"
	"iab/internal/run"
)

// calmSeconds is how long no rule may come to its end from the plan on, so that the run decides as the plan did.
const calmSeconds = 6

func (s *soak) clock() time.Time { return time.Now().UTC() }

// calm waits until the passing of time changes no verdict for some seconds, and returns the end of these.
func (s *soak) calm(world map[plan.Ref]held) time.Time {
	s.Helper()
	var until time.Time
	s.until("a while in which no rule of a policy comes to its end", func() bool {
		now := s.clock().Truncate(time.Second)
		until = now.Add(calmSeconds * time.Second)
		for _, ref := range s.refs {
			for _, side := range plan.BothSides {
				points := world[ref].points()
				maps.Copy(points, world[ref].source)
				if !steady(s.policies.On(side), points, now) {
					return false
				}
			}
		}
		return true
	})
	return until
}

// steady reports whether a policy judges the points and the next one alike at each of the next seconds.
func steady(policy retention.Policy, points map[point]bool, now time.Time) bool {
	first := ""
	for after := -1; after <= calmSeconds; after++ {
		at := now.Add(time.Duration(after) * time.Second)
		verdicts := ""
		for _, own := range []bool{true, false} {
			asked := []retention.Point{}
			for _, p := range slices.SortedFunc(maps.Keys(points), func(a, b point) int { return strings.Compare(a.name+a.at.String(), b.name+b.at.String()) }) {
				if p.own() == own {
					asked = append(asked, p.asked())
				}
			}
			if own {
				asked = append(asked, retention.Point{ID: "next", At: at})
			}
			for _, v := range policy.Judge(at, asked) {
				verdicts += map[bool]string{true: "-", false: "+"}[v.Expired]
			}
		}
		if first == "" {
			first = verdicts
		}
		if verdicts != first {
			return false
		}
	}
	return true
}

// asked is the point as a policy judges it: by its name if IAB made it, else by its date.
func (p point) asked() retention.Point {
	at := p.at
	if p.own() {
		at = plan.Snapshot{Name: p.name}.At(time.UTC)
	}
	return retention.Point{ID: p.name, At: at}
}

// foretold is the plan of the next run, in which no object has a problem.
func (s *soak) foretold() (p shownPlan) {
	s.Helper()
	shown := s.iab("plan", "--json").ok()
	s.must(json.Unmarshal([]byte(shown.stdout), &p))
	if len(p.Items) != len(s.refs) {
		s.Fatalf("the plan has %d objects:\n%s", len(p.Items), shown.stdout)
	}
	return p
}

// word is what a plan says of one object, in names.
type word struct {
	Taken, Sent, Archived, Lost, PrunedOnSource, PrunedOnTarget []string
	OnSource, OnTarget, InArchives                              []string
}

// keptItsWord compares what the plan said, what the report says and what both sides hold.
func (s *soak) keptItsWord(p shownPlan, report run.Report, before, after map[plan.Ref]held) {
	s.Helper()
	for i, item := range p.Items {
		ref, result := item.Ref, report.Results[i]
		rename := func(name string) string {
			if name == p.Snapshot {
				return result.Snapshot
			}
			return name
		}
		said, told := word{}, word{Archived: result.Archived, PrunedOnSource: result.Deleted.Source, PrunedOnTarget: result.Deleted.Target}
		var leftOut []string
		aside := false // the replica, for a new one
		for _, a := range item.Actions {
			switch {
			case a.Verb == plan.VerbSnapshot:
				said.Taken = append(said.Taken, rename(a.Snapshot))
			case a.Verb == plan.VerbCopy:
				for _, name := range a.Sends {
					said.Sent = append(said.Sent, rename(name))
				}
				said.Lost = append(said.Lost, a.Loses...)
				leftOut = append(leftOut, a.LeavesOut...)
			case a.Verb == plan.VerbArchive && a.Whole:
				aside = true
			case a.Verb == plan.VerbArchive:
				said.Archived = append(said.Archived, a.Snapshot)
			case a.Side == plan.Source:
				said.PrunedOnSource = append(said.PrunedOnSource, rename(a.Snapshot))
			case a.Whole:
				said.PrunedOnTarget = append(said.PrunedOnTarget, a.Loses...)
			default:
				said.PrunedOnTarget = append(said.PrunedOnTarget, rename(a.Snapshot))
			}
		}
		for side, verdicts := range item.Verdicts {
			for _, v := range verdicts {
				switch {
				case v.Expired:
				case side == plan.Source:
					said.OnSource = append(said.OnSource, rename(v.Snapshot))
				case v.Archive != "":
					said.InArchives = append(said.InArchives, v.Snapshot+" in "+v.Archive)
				default:
					said.OnTarget = append(said.OnTarget, rename(v.Snapshot))
				}
			}
		}
		told.observe(result.Snapshot, before[ref], after[ref], func(p point) bool {
			again := slices.Contains(said.Sent, p.name) && (slices.Contains(s.doubted[ref], p.name) || before[ref].tied(p))
			return !slices.Contains(leftOut, p.name) && (aside || again || !before[ref].target[p])
		})
		if diff := cmp.Diff(said.sorted(), told.sorted()); diff != "" {
			s.Errorf("%s: the plan said (-), the run did (+):\n%s", ref, diff)
		}
		s.archived += len(told.Archived)
		s.lost += len(told.Lost)
		s.pruned += len(told.PrunedOnSource) + len(told.PrunedOnTarget)
	}
}

// tied reports whether a snapshot that IAB did not make is of the second of one that it made: dates on a replica do not tell which
// came first, so a copy of the one is no proof that the other was copied, too.
func (h held) tied(p point) bool {
	for own := range h.target {
		if own.own() && !p.own() && own.at.Equal(p.at) {
			return true
		}
	}
	return false
}

// observe fills in what is seen of a run by looking at both sides before and after it, and by what a refresh is: the replica
// becomes the mirror of the source, but for what may be left out, and what is in doubt is sent again.
func (w *word) observe(taken string, before, after held, sent func(point) bool) {
	w.Taken = []string{taken}
	w.Sent = []string{taken}
	for p := range before.source {
		if sent(p) {
			w.Sent = append(w.Sent, p.name)
		}
	}
	left := after.points()
	for p := range before.target {
		if !before.source[p] && !left[p] && !slices.Contains(w.PrunedOnTarget, p.name) {
			w.Lost = append(w.Lost, p.name)
		}
	}
	for p := range after.source {
		w.OnSource = append(w.OnSource, p.name)
	}
	for p := range after.target {
		w.OnTarget = append(w.OnTarget, p.name)
	}
	for _, holders := range []map[point]plan.Ref{after.archives, after.former} {
		for p, holder := range holders {
			w.InArchives = append(w.InArchives, p.name+" in "+holder.Name)
		}
	}
}

// sorted is the word with every list in one order, and without empty ones. What lies in an archive is named once: a run that died
// between archive and deletion has left the snapshot, too.
func (w word) sorted() word {
	for _, list := range []*[]string{&w.Taken, &w.Sent, &w.Archived, &w.Lost, &w.PrunedOnSource, &w.PrunedOnTarget, &w.OnSource, &w.OnTarget, &w.InArchives} {
		slices.Sort(*list)
		if len(*list) == 0 {
			*list = nil
		}
	}
	w.InArchives = slices.Compact(w.InArchives)
	return w
}

// survived checks after a run that died that nothing is gone but what its plan took away.
func (s *soak) survived(p shownPlan, before, after map[plan.Ref]held) {
	s.Helper()
	for _, item := range p.Items {
		ref := item.Ref
		goes := plan.Sides[[]string]{}
		for _, a := range item.Actions {
			switch a.Verb {
			case plan.VerbCopy:
				goes.Target = append(goes.Target, a.Loses...)
			case plan.VerbDelete:
				goes.Set(a.Side, append(append(goes.On(a.Side), a.Snapshot), a.Loses...))
			}
		}
		for p := range before[ref].source {
			if !after[ref].source[p] && !slices.Contains(goes.Source, p.name) {
				s.Errorf("%s: %s is gone from the source, and the plan has not said so", ref, p.name)
			}
		}
		left := after[ref].points()
		for p := range before[ref].points() {
			if !left[p] && !slices.Contains(goes.Target, p.name) {
				s.Errorf("%s: %s is gone from the target, and the plan has not said so", ref, p.name)
			}
		}
	}
}

// wants checks that the target holds every restore point that its policy wants, of all that it was ever known to hold: what it
// owes, and what the source had when it was copied.
func (s *soak) wants(now time.Time, before, after map[plan.Ref]held) {
	s.Helper()
	for _, ref := range s.refs {
		known := maps.Clone(s.owed[ref])
		if known == nil {
			known = map[point]bool{}
		}
		maps.Copy(known, before[ref].source)
		maps.Copy(known, after[ref].points())
		left := after[ref].points()
		for _, own := range []bool{true, false} {
			var points []point
			var asked []retention.Point
			for p := range known {
				if p.own() == own && (own || !after[ref].source[p]) {
					points, asked = append(points, p), append(asked, p.asked())
				}
			}
			for i, v := range s.policies.Target.Judge(now, asked) {
				if p := points[i]; !v.Expired && !left[p] && v.Reasons[0].Code != retention.CodeNewest {
					s.Errorf("%s: %s of %s is not on the target, which wants it: %s", ref, p.name, p.at, v.Reasons[0])
				}
			}
		}
	}
}
