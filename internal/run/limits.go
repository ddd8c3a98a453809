package run

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"iab/internal/plan"
)

// Limits say how many items are worked on side by side on one server. 0, or a pool that is not named, is no limit of its own.
type Limits struct {
	Parallel int            // on the whole server
	Pools    map[string]int // on what lies in a pool
}

// place is what has a limit: a server, or a pool of it.
type place struct {
	side plan.Side
	pool string // "" for the server
}

// limits are those of all places, and what is taken of them.
type limits struct {
	most, taken map[place]int
}

func newLimits(given plan.Sides[Limits]) limits {
	l := limits{most: map[place]int{}, taken: map[place]int{}}
	for _, side := range plan.BothSides {
		if most := given.On(side).Parallel; most > 0 {
			l.most[place{side, ""}] = most
		}
		for pool, most := range given.On(side).Pools {
			l.most[place{side, pool}] = most
		}
	}
	return l
}

// room reports whether all places have a share left.
func (l limits) room(places []place) bool {
	return !slices.ContainsFunc(places, func(p place) bool {
		most, limited := l.most[p]
		return limited && l.taken[p] >= most
	})
}

func (l limits) take(places []place) {
	for _, p := range places {
		l.taken[p]++
	}
}

func (l limits) give(places []place) {
	for _, p := range places {
		l.taken[p]--
	}
}

// places are where the actions of an item work: a copy on both sides, everything else on its own.
func places(item plan.Item, actions []plan.Action, inv plan.Inventory) []place {
	var list []place
	for _, side := range plan.BothSides {
		if !slices.ContainsFunc(actions, func(a plan.Action) bool { return a.Side == side || a.Verb == plan.VerbCopy }) {
			continue
		}
		list = append(list, place{side, ""})
		if pool := poolOn(item.Job, side, inv); pool != "" {
			list = append(list, place{side, pool})
		}
	}
	return list
}

// poolOn is the pool that holds a job's object on a side, or will hold it.
func poolOn(job plan.Job, side plan.Side, inv plan.Inventory) string {
	pool := inv.On(side).Holdings[job.RefOn(side)].Pool
	if side == plan.Target {
		return cmp.Or(pool, job.TargetPool)
	}
	return pool
}

// UnusedLimits tells of pools that have a limit and no object of the plan: they may be misspelt.
func UnusedLimits(given plan.Sides[Limits], p plan.Plan, inv plan.Inventory) []string {
	used := map[place]bool{}
	for _, item := range p.Items {
		for _, side := range plan.BothSides {
			used[place{side, poolOn(item.Job, side, inv)}] = true
		}
	}
	var list []string
	for _, side := range plan.BothSides {
		for _, pool := range slices.Sorted(maps.Keys(given.On(side).Pools)) {
			if !used[place{side, pool}] {
				list = append(list, fmt.Sprintf("the limit of pool %s on the %s is of no use: no object of the config lies there", pool, side))
			}
		}
	}
	return list
}

// queue is what waits for the same places, in its turns.
type queue struct {
	places []place
	items  []int
}

// queues sorts items by the places that they need. There are few different ones, however many items there are.
func queues(items int, where func(i int) []place) []*queue {
	var list []*queue
	known := map[string]*queue{}
	for i := range items {
		needed := where(i)
		key := fmt.Sprint(needed)
		q, ok := known[key]
		if !ok {
			q = &queue{places: needed}
			known[key], list = q, append(list, q)
		}
		q.items = append(q.items, i)
	}
	return list
}

// sideBySide does the work on items, each in its turn as soon as all its places have room. One that has to wait for a
// busy pool holds up none behind it. No more are worked on at once than the run itself allows. Work that says to be light from then on, which it may
// do once, makes room for the next; with it, no more than twice as many go on.
func (e *execution) sideBySide(items int, where func(i int) []place, work func(i int, light func())) {
	type news struct {
		item  int
		light bool // else it has ended
	}
	waiting, most := queues(items, where), max(e.opts.Parallel, 1)
	told := make(chan news)
	light := map[int]bool{}
	begun, busy := 0, 0
	for begun < items || busy > 0 || len(light) > 0 {
		var next *queue
		for _, q := range waiting {
			if busy < most && busy+len(light) < 2*most && len(q.items) > 0 && (next == nil || q.items[0] < next.items[0]) && e.limits.room(q.places) {
				next = q
			}
		}
		if next == nil {
			switch n := <-told; {
			case light[n.item]:
				delete(light, n.item)
			case n.light:
				light[n.item] = true
				fallthrough
			default:
				e.limits.give(where(n.item))
				busy--
			}
			continue
		}
		i := next.items[0]
		next.items = next.items[1:]
		e.limits.take(next.places)
		begun++
		busy++
		go func() {
			defer func() { told <- news{item: i} }()
			work(i, func() {
				if most > 1 { // one at a time is one after the other
					told <- news{item: i, light: true}
				}
			})
		}()
	}
}
