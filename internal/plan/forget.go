package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Forget is what goes for good when a replica is forgotten, or something that IAB has set aside. A set Problem means that nothing is removed.
type Forget struct {
	Ref      Ref       `json:"ref"` // the source's name of the object, or the own name of what was set aside
	Problem  string    `json:"problem,omitempty"`
	Hint     string    `json:"hint,omitempty"`
	Warnings []string  `json:"warnings,omitempty"`
	Removes  []Removal `json:"removes"` // in this order: a replica goes last, so that what is left is found again
	Points   int       `json:"points"`  // restore points that are lost
	Newest   string    `json:"newest,omitempty"`
	NewestAt time.Time `json:"newestAt,omitzero"`
	OldestAt time.Time `json:"oldestAt,omitzero"`
	Bytes    int64     `json:"bytes,omitempty"` // of the snapshots, as far as the server tells
}

// Removal is one object that goes, with all that is in it.
type Removal struct {
	Side   Side   `json:"side"`
	Ref    Ref    `json:"ref"`
	Role   string `json:"role"`   // RoleReplica, RoleArchive, RoleAside or RoleKept
	Of     string `json:"of"`     // the ref of what it belongs to, as its mark says; a replica's own
	Points int    `json:"points"` // restore points in it
}

// RoleKept is what a restore has replaced and set aside (MarkKept).
const RoleKept = "kept"

// Removable reports whether an object with that config is what a removal says, and not at work.
func (r Removal) Removable(config map[string]string, identity string) bool {
	if r.Role == RoleKept {
		return config[MarkKept] == r.Of && r.Of != r.Ref.String()
	}
	of := cmp.Or(config[MarkArchiveOf], r.Ref.String())
	return r.Side == Target && identity != "" && config[MarkReplicaOf] == identity && config[MarkRole] == r.Role && of == r.Of
}

// ForgetOf decides what goes for each name: a replica of this config with its archives and former ones, whose source is gone, or by its
// own name what IAB has set aside. open tells that the source shows IAB everything, so that what it does not show is gone. The inventory
// is that of everything. A name that means nothing is a *ChoiceError. Pure, as Build is.
func ForgetOf(names []string, selection Selection, open bool, inv Inventory, opts Options) ([]Forget, error) {
	f := forgetter{inv: inv, opts: opts, open: open, selection: selection, holders: holders(inv.Source)}
	histories := f.histories()
	var list []Forget
	done := map[string]bool{}
	for _, name := range names {
		pattern, err := ParsePattern(name)
		if err != nil {
			return nil, &ChoiceError{err.Error(), "write [PROJECT/]instance/NAME, [PROJECT/]volume/POOL/NAME or NAME"}
		}
		hit := false
		for _, h := range histories {
			if !h.named(pattern, name) {
				continue
			}
			hit = true
			if key := fmt.Sprint(h.side, h.replica, h.alone); !done[key] {
				done[key] = true
				list = append(list, f.forget(h))
			}
		}
		if !hit {
			return nil, f.unknown(pattern, name)
		}
	}
	// What uses volumes goes before them.
	slices.SortStableFunc(list, func(a, b Forget) int { return cmp.Compare(a.Ref.Kind, b.Ref.Kind) })
	return list, nil
}

// forgetter holds what is the same for all that is forgotten.
type forgetter struct {
	inv       Inventory
	opts      Options
	open      bool
	selection Selection
	holders   map[string][]Ref
}

// past is what belongs to one replica, or one object that was set aside.
type past struct {
	ref     Ref  // how it is called: the source's ref of a replica, or the own one of what was set aside
	replica Ref  // on its side
	side    Side // where it lies
	alone   bool // set aside, and known by its own name
	removes []Removal
}

// named reports whether a name means it. What was set aside must be named in full, so that no glob takes it along.
func (p past) named(pattern Pattern, name string) bool {
	if p.alone {
		return !globbed(name) && pattern.Match(p.ref)
	}
	return pattern.Match(p.ref) || pattern.Match(p.replica)
}

// histories finds everything of this config that could be forgotten, sorted.
func (f forgetter) histories() []past {
	whole := map[Ref]*past{}
	of := func(replica Ref) *past {
		if whole[replica] == nil {
			whole[replica] = &past{ref: Origin(replica, f.inv.Target.Holdings[replica]), replica: replica, side: Target}
		}
		return whole[replica]
	}
	var all []past
	for _, side := range BothSides {
		for ref, h := range f.inv.On(side).Holdings {
			if kept := h.Config[MarkKept]; kept != "" && kept != ref.String() {
				all = append(all, f.alone(side, ref, RoleKept, kept))
			}
			if side == Source || f.opts.Identity == "" || h.Config[MarkReplicaOf] != f.opts.Identity {
				continue
			}
			replica, marked := ParseRef(h.Config[MarkArchiveOf])
			switch role := h.Config[MarkRole]; {
			case role == RoleReplica || role == RoleActive:
				p := of(ref)
				p.removes = append(p.removes, f.removal(Target, ref, RoleReplica, ref.String()))
			case marked && (role == RoleArchive || role == RoleAside):
				p := of(replica)
				p.removes = append(p.removes, f.removal(Target, ref, role, replica.String()))
				if role == RoleAside && ref != replica {
					all = append(all, f.alone(Target, ref, role, replica.String()))
				}
			}
		}
	}
	for _, p := range whole {
		slices.SortFunc(p.removes, func(a, b Removal) int {
			return cmp.Or(compareBool(a.Role == RoleReplica, b.Role == RoleReplica), a.Ref.Compare(b.Ref))
		})
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b past) int { return cmp.Or(a.ref.Compare(b.ref), cmp.Compare(a.side, b.side)) })
	return all
}

func (f forgetter) alone(side Side, ref Ref, role, of string) past {
	return past{ref: ref, replica: ref, side: side, alone: true, removes: []Removal{f.removal(side, ref, role, of)}}
}

func (f forgetter) removal(side Side, ref Ref, role, of string) Removal {
	r := Removal{Side: side, Ref: ref, Role: role, Of: of}
	h := f.inv.On(side).Holdings[ref]
	switch {
	case role == RoleArchive && h.Config[MarkCreated] != "":
		r.Points = 1
	case role == RoleKept:
		r.Points = len(h.Snapshots) + 1 // what it holds itself is in no snapshot
	case role != RoleArchive:
		r.Points = len(h.Snapshots)
	}
	return r
}

// forget decides about one of them.
func (f forgetter) forget(p past) Forget {
	result := Forget{Ref: p.ref, Removes: []Removal{}}
	if problem := f.obstacle(p); problem != nil {
		result.Problem, result.Hint = problem.text, problem.hint
		return result
	}
	result.Removes = p.removes
	for _, r := range p.removes {
		result.Points += r.Points
		h := f.inv.On(r.Side).Holdings[r.Ref]
		f.count(&result, r, h)
		if h.Config[powerState] != "" && r.Role != RoleKept {
			result.Warnings = append(result.Warnings, fmt.Sprintf("%s was started on the target: what was written there is lost, too", r.Ref.Name))
		}
	}
	for _, job := range f.selection.Jobs {
		if !p.alone && !job.Glob && (job.Ref == p.ref || job.Replica() == p.replica) {
			result.Warnings = append(result.Warnings, job.Rule+" names it: take that out of the config, or every run has a problem with it")
		}
	}
	return result
}

// count adds the restore points of an object that goes.
func (f forgetter) count(result *Forget, r Removal, h Holding) {
	snapshots := h.Snapshots
	if archive, _, ok := ArchiveOf(r.Ref, h, f.opts.Identity); ok {
		snapshots = []Snapshot{archive.Snapshot}
	}
	for _, s := range snapshots {
		at := s.CreatedAt
		if s.Own() {
			at = s.At(zone(f.opts.Location), zone(f.opts.Local))
		}
		if result.NewestAt.IsZero() || at.After(result.NewestAt) {
			result.Newest, result.NewestAt = s.Name, at
		}
		if result.OldestAt.IsZero() || at.Before(result.OldestAt) {
			result.OldestAt = at
		}
		result.Bytes += s.Size
	}
}
