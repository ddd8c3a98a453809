package plan

import (
	"cmp"
	"slices"
	"time"
)

// Turn is an object in the order in which a run works on the objects.
type Turn struct {
	Ref    Ref    `json:"ref"`
	Newest string `json:"newest,omitempty"` // the newest snapshot whose copy has finished; empty: there is none

	at time.Time // of Newest
}

// whole is the newest snapshot of a replica whose copy has finished, and when it was taken. Of IAB's own the name tells when, so that what one run has
// copied is equally old.
func (b builder) whole(replica Holding) (name string, at time.Time) {
	doubt := doubtful(replica, b.opts.Identity)
	for _, s := range replica.Snapshots {
		if slices.ContainsFunc(doubt, func(d Snapshot) bool { return d.Name == s.Name }) {
			continue
		}
		taken := s.CreatedAt.Truncate(time.Second)
		if s.Own() {
			taken = s.At(b.opts.Location, b.opts.Local)
		}
		if name == "" || cmp.Or(taken.Compare(at), cmp.Compare(s.Name, name)) > 0 {
			name, at = s.Name, taken
		}
	}
	return name, at
}

// turns orders what is copied: the longest unprotected first, so that a run that is cut short leaves out what can wait best. What
// needs a replica that this run makes comes behind all that don't. Nothing if none comes before another one.
func (b builder) turns(items []Item) []Turn {
	var list []Turn
	waves := map[Ref]int{}
	for _, item := range items {
		if !slices.ContainsFunc(item.Actions, func(a Action) bool { return a.Verb == VerbCopy }) {
			continue
		}
		waves[item.Ref] = item.Wave
		turn := Turn{Ref: item.Ref}
		if replica, exists := b.holding(item.Job, Target); exists && !creates(item) {
			turn.Newest, turn.at = b.whole(replica)
		}
		list = append(list, turn)
	}
	order := func(a, b Turn) int { return cmp.Or(cmp.Compare(waves[a.Ref], waves[b.Ref]), a.at.Compare(b.at)) }
	if !slices.ContainsFunc(list, func(t Turn) bool { return order(t, list[0]) != 0 }) {
		return nil
	}
	slices.SortStableFunc(list, order) // the items are sorted by ref
	return list
}

// creates reports whether an item makes its replica.
func creates(item Item) bool {
	return slices.ContainsFunc(item.Actions, func(a Action) bool { return a.Verb == VerbCopy && a.Creates })
}

// waves puts the items behind the others that need a replica which this run makes. Of one that exists it makes no difference when it
// is brought up to date: an object that has to wait for others in every run might never have its turn.
func (b builder) waves(items []Item) {
	made := map[Ref]bool{}
	for _, item := range items {
		made[item.Job.Replica()] = creates(item)
	}
	for i, item := range items {
		if slices.ContainsFunc(b.needs[item.Ref], func(ref Ref) bool { return made[ref] }) {
			items[i].Wave = 1
		}
	}
}

// Sequence lists the places of all items in the order in which they are worked on. Where none comes before another one, the kinds
// take turns: servers have less to wait for with both at work than with several of one kind (measured on 6.0.4).
func (p Plan) Sequence() []int {
	if len(p.Order) == 0 {
		return p.alternating()
	}
	turn := make(map[Ref]int, len(p.Order))
	for i, t := range p.Order {
		turn[t.Ref] = i
	}
	list := make([]int, len(p.Items))
	for i := range list {
		list[i] = i
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(turn[p.Items[a].Ref], turn[p.Items[b].Ref]) })
	return list
}

// alternating lists the places of the items, the kinds by turns and each in its order, until one of them has no more.
func (p Plan) alternating() []int {
	earlier := map[Kind]int{} // items of the kind that come before
	turn := make([]int, len(p.Items))
	list := make([]int, len(p.Items))
	for i, item := range p.Items {
		turn[i], list[i] = earlier[item.Ref.Kind], i
		earlier[item.Ref.Kind]++
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(turn[a], turn[b]) })
	return list
}
