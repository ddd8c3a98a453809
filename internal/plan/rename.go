package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// rename is a replica that follows its renamed object.
type rename struct {
	from, to Ref
	follows  []string // its archives and former replicas, begun ones too, sorted
}

// identity is what stays the same of the object that a replica was made of. Replicas without the mark bear the source's key itself.
func (h Holding) identity() string { return cmp.Or(h.Config[MarkIdentity], h.Config[identityKey]) }

// renames finds the replicas of objects that have another name now, in the same project and pool, by what stays the same of them. Where
// two objects could have been meant, or two replicas, nothing is guessed: the jobs are unsure.
func renames(jobs []Job, inv Inventory, holders map[string][]Ref, opts Options) (found map[Ref]rename, unsure map[Ref]*problem) {
	found, unsure = map[Ref]rename{}, map[Ref]*problem{}
	if opts.NoCopy || opts.Identity == "" {
		return found, unsure
	}
	replicas := lostReplicas(inv, opts.Identity)
	for _, job := range jobs {
		id := inv.Source.Holdings[job.Ref].Config[identityKey]
		candidates := slices.DeleteFunc(slices.Clone(replicas[id]), func(ref Ref) bool { return !besides(ref, job.Replica()) })
		if _, exists := inv.Target.Holdings[job.Replica()]; id == "" || exists || len(candidates) == 0 {
			continue
		}
		switch from := candidates[0]; {
		case len(candidates) > 1:
			unsure[job.Ref] = &problem{fmt.Sprintf("it may have been renamed, and the target has several replicas of its identity: %s", list(candidates)),
				"remove those that nobody needs: iab forget REF"}
		case len(holders[id]) > 1:
			unsure[job.Ref] = &problem{fmt.Sprintf("the replica %s may be its own, but several objects on the source have that identity: %s", from, list(holders[id])),
				"only one of them may have it: make the others anew with incus copy"}
		case inv.Target.Busy[from]:
			unsure[job.Ref] = &problem{fmt.Sprintf("it was renamed, and an operation still works on its replica %s", from), "run again when that has ended"}
		default:
			found[job.Ref] = rename{from: from, to: job.Replica(), follows: following(inv.Target, from, opts.Identity)}
		}
	}
	return found, unsure
}

func list(refs []Ref) string {
	var names []string
	for _, ref := range refs {
		names = append(names, ref.String())
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// besides reports whether two refs differ in the name only.
func besides(a, b Ref) bool {
	return a.Project == b.Project && a.Kind == b.Kind && a.Pool == b.Pool && a.Name != b.Name
}

// lostReplicas lists this config's idle replicas whose object on the source is gone, or is another one of the same name, by the
// identity of what they were made of.
func lostReplicas(inv Inventory, identity string) map[string][]Ref {
	lost := map[string][]Ref{}
	for ref, h := range inv.Target.Holdings {
		id := h.identity()
		if id == "" || h.Config[MarkReplicaOf] != identity || h.Config[MarkRole] != RoleReplica || h.Running || h.Frozen {
			continue
		}
		if inv.Source.Holdings[Origin(ref, h)].Config[identityKey] != id {
			lost[id] = append(lost[id], ref)
		}
	}
	for _, refs := range lost {
		slices.SortFunc(refs, Ref.Compare)
	}
	return lost
}

// holders lists the objects of the source by their identity. What a restore has set aside has the one of what it was, and stands
// for nothing.
func holders(source Server) map[string][]Ref {
	found := map[string][]Ref{}
	for ref, h := range source.Holdings {
		if id := h.Config[identityKey]; id != "" && (h.Config[MarkKept] == "" || h.Config[MarkKept] == ref.String()) && h.Config[MarkRole] != RoleClone {
			found[id] = append(found[id], ref)
		}
	}
	return found
}

// following lists what belongs to a replica by its marks.
func following(target Server, replica Ref, identity string) []string {
	var names []string
	for ref, h := range target.Holdings {
		if h.Config[MarkReplicaOf] == identity && h.Config[MarkArchiveOf] == replica.String() && ref != replica && besides(ref, replica) {
			names = append(names, ref.Name)
		}
	}
	slices.Sort(names)
	return names
}

// renamed is the target as it is when the replicas have their new names.
func renamed(target Server, list map[Ref]rename) Server {
	if len(list) == 0 {
		return target
	}
	held := target.Holdings
	target.Holdings = maps.Clone(held)
	for _, r := range list {
		delete(target.Holdings, r.from)
	}
	for _, r := range list {
		target.Holdings[r.to] = held[r.from]
		for _, name := range r.follows {
			ref := r.from
			ref.Name = name
			h := held[ref]
			h.Config = maps.Clone(h.Config)
			h.Config[MarkArchiveOf] = r.to.String()
			target.Holdings[ref] = h
		}
	}
	return target
}

// renameFirst puts the renames before everything else of their items. Where nothing is done to such an item, the name of its replica is
// not free either.
func (b builder) renameFirst(items []Item) {
	taken := map[Ref]Ref{} // names that are not free, with the object whose replica keeps them
	for i := range items {
		r, ok := b.renames[items[i].Ref]
		switch {
		case !ok:
		case items[i].Problem != "":
			taken[r.from] = items[i].Ref
		default:
			action := Action{Verb: VerbRename, Side: Target, From: r.from.Name, Follows: r.follows, Phase: Rename,
				Why: fmt.Sprintf("its object on the source was renamed from %s: it has the same identity", r.from.Name)}
			items[i].Actions = slices.Concat([]Action{action}, items[i].Actions)
		}
	}
	for i, item := range items {
		if owner, ok := taken[item.Job.Replica()]; ok && item.Problem == "" {
			items[i] = refused(item.Job, &problem{fmt.Sprintf("the replica of %s still has its name on the target", owner), "see the problem of that one"})
		}
	}
}

// ofAnother returns the object of the source whose identity a job's replica has, if that is another object than the job's.
func (b builder) ofAnother(job Job, p pairing) Ref {
	id := p.replica.identity()
	if id == "" || p.source.Config[identityKey] == "" || p.source.Config[identityKey] == id {
		return Ref{}
	}
	for _, ref := range b.holders[id] {
		if ref.Project == job.Ref.Project && ref.Kind == job.Ref.Kind && ref != job.Ref {
			return ref
		}
	}
	return Ref{}
}

// renamedTo returns what an object is called now that the source does not have under the job's name.
func (b builder) renamedTo(job Job) Ref {
	for ref, r := range b.renames {
		if r.from == job.Replica() {
			return ref
		}
	}
	replica, _ := b.holding(job, Target)
	return b.ofAnother(job, pairing{source: Holding{Config: map[string]string{identityKey: "gone"}}, replica: replica})
}
