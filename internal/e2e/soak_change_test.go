//go:build e2e

package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
)

// oddNames are names that people give to snapshots. Some sort before those of IAB, some after, and some look like them.
var oddNames = []string{"before-upgrade", "0", "IAB_notes", "zz", "Größe", "#1", "a.b", "-dash", "IAB_99999999-999999"}

// changes are what people do between two runs, each as often as its weight says. Those that are not for any time need to know
// what the target holds, and a run that died has left that open.
var changes = []struct {
	weight  int
	anytime bool
	happens func(*soak, plan.Ref, held)
}{
	{6, true, func(s *soak, ref plan.Ref, _ held) { s.write(ref, strings.Repeat("x", 1+s.random.IntN(4000))) }},
	{3, true, (*soak).takesOnSource},
	{1, false, (*soak).takesAgain},
	{1, false, (*soak).takesOnTarget},
	{3, false, func(s *soak, ref plan.Ref, h held) { s.drops(s.source, ref, h.source, h) }},
	{2, false, func(s *soak, ref plan.Ref, h held) { s.drops(s.target, ref, h.target, h) }},
	{1, false, (*soak).dropsAnArchive},
	{2, true, (*soak).configures},
	{1, true, func(s *soak, _ plan.Ref, _ held) {
		s.keeps([]string{"1", "2", "3", "4", "2,1min3min"}[s.random.IntN(5)], s.policies.Target.String())
	}},
	{1, false, (*soak).toggles},
}

// change lets people do up to five things.
func (s *soak) change() {
	s.Helper()
	total := 0
	for _, c := range changes {
		total += c.weight
	}
	for range s.random.IntN(6) {
		ref := s.refs[s.random.IntN(len(s.refs))]
		pick := s.random.IntN(total)
		for _, c := range changes {
			if pick -= c.weight; pick >= 0 {
				continue
			}
			if c.anytime || s.whole && s.runs > 0 {
				c.happens(s, ref, s.note()[ref])
			}
			break
		}
	}
}

// takesOnSource takes a snapshot under an odd name that is free.
func (s *soak) takesOnSource(ref plan.Ref, h held) {
	name := oddNames[s.random.IntN(len(oddNames))]
	if !named(h.source, name) {
		s.takes(s.source, ref, name, s.live[ref])
	}
}

// takesAgain replaces a person's snapshot by another one of the same name.
func (s *soak) takesAgain(ref plan.Ref, h held) {
	if p, ok := s.any(h.source, func(p point) bool { return !p.own() }); ok {
		drop(s.T, s.source, ref, p.name)
		s.dropped++
		s.until("the second has passed in which "+p.name+" was taken", func() bool { return s.clock().Truncate(time.Second).After(p.at) })
		s.takes(s.source, ref, p.name, s.live[ref])
	}
}

// takesOnTarget takes a snapshot of the replica, which the next copy will take away.
func (s *soak) takesOnTarget(ref plan.Ref, h held) {
	if name := fmt.Sprintf("by-hand-%d", s.runs); !named(h.target, name) {
		s.takes(s.target, ref, name, s.replica[ref])
	}
}

// takes takes a snapshot as a person, and notes it.
func (s *soak) takes(d *lab.Daemon, ref plan.Ref, name, content string) {
	s.Helper()
	take(s.T, d, ref, name)
	s.taken++
	h := s.world()[ref]
	for _, points := range []map[point]bool{h.source, h.target} {
		for p := range points {
			if _, known := s.content[ref][p]; p.name == name && !known {
				s.content[ref][p] = content
			}
		}
	}
	if d == s.target {
		for p := range h.target {
			s.owed[ref][p] = true
		}
	}
}

// drops deletes a snapshot as a person, but never the last one that both sides have and that IAB made.
func (s *soak) drops(d *lab.Daemon, ref plan.Ref, points map[point]bool, h held) {
	shared := 0
	for p := range h.source {
		if p.own() && h.target[p] {
			shared++
		}
	}
	p, ok := s.any(points, func(p point) bool { return !p.own() || shared > 1 || !h.source[p] || !h.target[p] })
	if !ok {
		return
	}
	drop(s.T, d, ref, p.name)
	s.dropped++
	if d == s.target {
		delete(s.owed[ref], p)
	}
}

// dropsAnArchive deletes an archive as a person.
func (s *soak) dropsAnArchive(ref plan.Ref, h held) {
	p, ok := s.any(keys(h.archives), func(point) bool { return true })
	if !ok {
		return
	}
	archive := h.archives[p]
	server := s.target.Project(archive.Project)
	if archive.Kind == plan.Volume {
		s.must(server.DeleteStoragePoolVolume(archive.Pool, "custom", archive.Name))
	} else {
		op, err := server.DeleteInstance(archive.Name)
		s.must(err)
		s.must(op.WaitContext(s.Context()))
	}
	s.dropped++
	delete(s.owed[ref], p)
}

// configures changes the config of an object on the source.
func (s *soak) configures(ref plan.Ref, _ held) {
	color := fmt.Sprintf("color-%d", s.runs)
	if ref.Kind == plan.Instance {
		s.fixture.change(ref, func(put *api.InstancePut) {
			put.Config["user.color"], put.Description = color, color
		})
		return
	}
	server := s.source.Project(s.project)
	volume, etag, err := server.GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
	s.must(err)
	put := volume.Writable()
	put.Config["user.color"], put.Description = color, color
	s.must(server.UpdateStoragePoolVolume(ref.Pool, "custom", ref.Name, put, etag))
}

// toggles starts or stops the first instance for good.
func (s *soak) toggles(plan.Ref, held) {
	if s.up {
		s.must(s.source.StopInstance(s.Context(), s.project, s.refs[0].Name))
	} else {
		s.must(s.source.StartInstance(s.Context(), s.project, s.refs[0].Name))
	}
	s.up = !s.up
}

// any picks one of the points that fit; the same one whenever chance is the same.
func (s *soak) any(points map[point]bool, fits func(point) bool) (point, bool) {
	list := slices.DeleteFunc(slices.SortedFunc(maps.Keys(points), func(a, b point) int {
		return cmp.Or(a.at.Compare(b.at), strings.Compare(a.name, b.name))
	}), func(p point) bool { return !fits(p) })
	if len(list) == 0 {
		return point{}, false
	}
	return list[s.random.IntN(len(list))], true
}

func named(points map[point]bool, name string) bool {
	for p := range points {
		if p.name == name {
			return true
		}
	}
	return false
}

func keys[V any](points map[point]V) map[point]bool {
	set := map[point]bool{}
	for p := range points {
		set[p] = true
	}
	return set
}
