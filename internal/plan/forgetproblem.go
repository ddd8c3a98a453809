package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// obstacle returns why something can't be forgotten, or nil.
func (f forgetter) obstacle(p past) *problem {
	for _, r := range p.removes {
		h := f.inv.On(r.Side).Holdings[r.Ref]
		if problem := f.inv.On(r.Side).asks(r.Side, r.Ref, h); problem != nil {
			return problem
		}
		switch {
		case h.Config[MarkRole] == RoleActive:
			return &problem{"the target has taken over its work", "bring it home first: iab failback " + p.ref.String()}
		case h.Running || h.Frozen:
			return &problem{fmt.Sprintf("%s runs on the %s", r.Ref.Name, r.Side), "stop it first, if nobody needs it"}
		case r.Side == Target && f.inv.Target.Busy[r.Ref]:
			return &problem{fmt.Sprintf("an operation works on %s on the target", r.Ref.Name), "see `incus operation list` there, and try again when it has ended"}
		}
	}
	switch {
	case p.alone && p.removes[0].Role == RoleKept:
		return f.lastOf(p.removes[0])
	case p.alone:
		return nil
	}
	return cmp.Or(f.alive(p), f.unseen(p), f.elsewhere(p), f.silenced(p))
}

// silenced is the problem of a replica whose object may have another name on a cluster member of the source that does not answer, or
// whose archives may lie on one of the target.
func (f forgetter) silenced(p past) *problem {
	for _, ref := range sortedRefs(f.inv.Source.Holdings) {
		if h := f.inv.Source.Holdings[ref]; f.inv.Source.Silent(h) && len(h.Config) == 0 && ref.Project == p.ref.Project && ref.Kind == p.ref.Kind {
			return &problem{fmt.Sprintf("the cluster member %s of the source does not answer, and nobody knows whether %s on it is the object under another name", h.Member, ref.Name),
				"see `incus cluster list` there, and try again when the member is back"}
		}
	}
	if keeper, member, ok := silentKeeper(f.inv.Target, p.replica); ok {
		return &problem{fmt.Sprintf("%s, which may belong to it, lies on the cluster member %s of the target, which does not answer", keeper.Name, member),
			"see `incus cluster list` there, and try again when the member is back"}
	}
	return nil
}

// alive is the problem of a replica whose object is there. Where the replica does not tell the pool of its volume, one of that name in
// any pool counts.
func (f forgetter) alive(p past) *problem {
	marked := f.inv.Target.Holdings[p.replica].Config[MarkOrigin] != ""
	for ref := range f.inv.Source.Holdings {
		if ref == p.ref || !marked && ref.Name == p.ref.Name && ref.Project == p.ref.Project && ref.Kind == p.ref.Kind {
			return &problem{fmt.Sprintf("the source still has it, as %s", ref), "only the replica of what is gone from the source is forgotten"}
		}
	}
	return nil
}

// unseen is the problem of a replica whose object may be where IAB can't look.
func (f forgetter) unseen(p past) *problem {
	_, project := f.inv.Source.Projects[p.ref.Project]
	_, pool := f.inv.Source.Pools[p.ref.Pool]
	if f.open || project && (p.ref.Kind != Volume || pool) {
		return nil
	}
	where := "project " + p.ref.Project
	if project {
		where = "pool " + p.ref.Pool
	}
	return &problem{fmt.Sprintf("IAB's certificate does not see %s on the source, so nobody knows whether the object is gone", where),
		"let it see that, or delete the replica on the target by hand"}
}

// elsewhere is the problem of a replica whose object may have another name or place now, unless that has a complete replica of its own.
func (f forgetter) elsewhere(p past) *problem {
	for _, now := range f.successors(p) {
		replicated := false
		for ref, h := range f.inv.Target.Holdings {
			replicated = replicated || ref != p.replica && h.Config[MarkReplicaOf] == f.opts.Identity && h.Config[MarkRole] == RoleReplica &&
				h.Config[MarkComplete] != "" && Origin(ref, h) == now
		}
		if !replicated {
			return &problem{fmt.Sprintf("the source has %s, which may be the same in another place, and that has no complete replica yet", now), "let a run copy it first"}
		}
	}
	return nil
}

// successors lists what an object may be now that the source does not have under its name: what has its identity, and volumes of that name
// in other pools.
func (f forgetter) successors(p past) []Ref {
	var list []Ref
	if id := f.inv.Target.Holdings[p.replica].identity(); id != "" {
		list = slices.Clone(f.holders[id])
	}
	for ref := range f.inv.Source.Holdings {
		if ref.Kind == p.ref.Kind && ref.Project == p.ref.Project && ref.Name == p.ref.Name && ref != p.ref {
			list = append(list, ref)
		}
	}
	slices.SortFunc(list, Ref.Compare)
	return list
}

// lastOf is the problem of what a restore has set aside, if the object that replaced it is not there.
func (f forgetter) lastOf(r Removal) *problem {
	of, ok := ParseRef(r.Of)
	if _, there := f.inv.On(r.Side).Holdings[of]; !ok || !there {
		return &problem{fmt.Sprintf("%s, which it was, does not exist on the %s: this may be all that is left of it", r.Of, r.Side),
			"restore that first, or rename this one back"}
	}
	if !slices.ContainsFunc(f.selection.Known(), func(j Job) bool { return j.RefOn(r.Side) == of }) &&
		!slices.ContainsFunc(f.selection.Excluded, func(e Excluded) bool { return e.Ref == of }) {
		return &problem{fmt.Sprintf("it was %s, which this config does not take", r.Of), "forget it with the config that does"}
	}
	return nil
}

// globbed reports whether a name may mean several objects.
func globbed(name string) bool { return strings.ContainsAny(name, "*?[") }

// unknown says why a name means nothing that could be forgotten.
func (f forgetter) unknown(pattern Pattern, name string) error {
	for _, ref := range sortedRefs(f.inv.Target.Holdings) {
		if pattern.Match(ref) {
			return &ChoiceError{fmt.Sprintf("forget %q: %s on the target is no replica that this config has made", name, ref),
				"delete it there by hand, if nobody needs it; an archive goes with its replica, or by the policy"}
		}
	}
	return &ChoiceError{fmt.Sprintf("forget %q: this config has no replica of that name, and has set nothing aside under it", name),
		"`iab status` shows replicas whose source is gone as orphans"}
}

func sortedRefs(holdings map[Ref]Holding) []Ref {
	var refs []Ref
	for ref := range holdings {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, Ref.Compare)
	return refs
}
