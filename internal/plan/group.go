package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// MaxPause is how long the window of a group may last in which something is frozen, unless a job says otherwise.
const MaxPause = 30 * time.Second

// HookTimeout is how long one command inside an instance may take, unless a job says otherwise.
const HookTimeout = time.Minute

// Hooks are the commands that are run inside an instance, each by /bin/sh -c: before its group is paused, and after it has been
// resumed.
type Hooks struct {
	Pre, Post []string
	Timeout   time.Duration // of each command; 0: HookTimeout
}

// Group is what belongs together: the snapshots of its members are taken side by side in one window, in which all that is to be frozen
// is frozen and all that is to be stopped is down. The order is: commands before, stops, freezes, snapshots, resumes, starts,
// commands after.
type Group struct {
	Name    string     `json:"name"`              // that of the config, as PROJECT/NAME, or the first member
	Members []Ref      `json:"members"`           // sorted
	Freezes []Ref      `json:"freezes,omitempty"` // running members that are frozen and resumed
	Stops   []Ref      `json:"stops,omitempty"`   // running members that are shut down and started again
	Hooks   []HooksFor `json:"hooks,omitempty"`   // of running members

	// Limit is how many seconds the window may last before everything is resumed and the group fails; 0: no limit. Neither shutdowns
	// nor starts count, nor do commands.
	Limit float64 `json:"limitSeconds,omitempty"`
}

// HooksFor are the commands of one member.
type HooksFor struct {
	Ref     Ref      `json:"ref"`
	Pre     []string `json:"pre,omitempty"`
	Post    []string `json:"post,omitempty"`
	Timeout float64  `json:"timeoutSeconds"` // of each command
}

// Command is one that is run inside an instance.
type Command struct {
	Name string            // what reports and logs call it: they do not show the command itself, which may hold a secret
	Text string            // for /bin/sh -c
	Env  map[string]string // added to its environment
}

// pause decides what is done to a running object for its snapshot, and says so. During a failover nothing is stopped or frozen that
// the failover does not stop itself.
func (b builder) pause(snapshot *Action, job Job, source Holding) {
	if b.opts.FailingOver {
		return
	}
	switch {
	case job.Consistency == Stop && b.runs(source):
		snapshot.Stops = true
		snapshot.Why = "taken by every run; stopped for it and started again"
	case job.Consistency == Freeze && b.runs(source):
		snapshot.Freezes = true
		snapshot.Why = "taken by every run; frozen for it and resumed"
	}
}

// runs reports whether an object runs when its snapshot is due: what an interrupted run has stopped or frozen is put right before.
func (b builder) runs(source Holding) bool {
	return source.Running || source.owesStart(b.opts.Identity) || source.Frozen && b.opts.Identity != "" && source.Config[MarkFrozen] == b.opts.Identity
}

// Resumes lists the objects of the source that bear the mark of a freeze (invariant 11). One that does not run any more, or that
// somebody has resumed, only loses the mark. What the target has taken over meanwhile stays frozen: never do both work.
func Resumes(jobs []Job, inv Inventory, identity string) []Ref {
	return bearers(jobs, inv, identity, func(_ Ref, h Holding) bool { return h.Config[MarkFrozen] == identity })
}

// groups finds out which items belong together, and tells it to their snapshots. An object belongs to what it can write to, and
// to what the config names together with it. What is neither paused nor named, and runs no commands, needs no group.
func (b builder) groups(items []Item) []Group {
	var list []Group
	for _, members := range b.together(items) {
		g := b.group(items, members)
		if g.Name == "" {
			continue
		}
		for _, i := range members {
			snapshot := snapshotOf(&items[i])
			snapshot.Group = g.Name
			if !snapshot.Freezes && !snapshot.Stops {
				snapshot.Why += while(g)
			}
		}
		list = append(list, g)
	}
	b.warnOfWriters(items)
	return list
}

// while says what is paused during the snapshot of a member that is not paused itself.
func while(g Group) string {
	var parts []string
	for _, part := range []struct {
		refs []Ref
		word string
	}{{g.Freezes, "frozen"}, {g.Stops, "stopped"}} {
		switch n := len(part.refs); {
		case n == 1:
			parts = append(parts, fmt.Sprintf("%s is %s", part.refs[0], part.word))
		case n > 1:
			parts = append(parts, fmt.Sprintf("%s and %d more are %s", part.refs[0], n-1, part.word))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "; while " + strings.Join(parts, " and ")
}

// together returns the indexes of the items that belong together, each list in the order of the items.
func (b builder) together(items []Item) [][]int {
	root := make([]int, len(items))
	at, named := map[Ref]int{}, map[string]int{}
	find := func(i int) int {
		for root[i] != i {
			i = root[i]
		}
		return i
	}
	join := func(i, j int) {
		i, j = find(i), find(j)
		root[max(i, j)] = min(i, j)
	}
	for i, item := range items {
		root[i] = i
		if snapshotOf(&items[i]) != nil {
			at[item.Ref] = i
		}
	}
	for i, item := range items {
		if at[item.Ref] != i || snapshotOf(&items[i]) == nil {
			continue
		}
		if group := item.Job.Group; group != "" {
			if first, ok := named[group]; ok {
				join(first, i)
			}
			named[group] = i
		}
		for _, ref := range b.writes(item.Ref.Project, b.inv.Source.Holdings[item.Ref]) {
			if j, ok := at[ref]; ok && !items[j].Job.Apart {
				join(i, j)
			}
		}
	}
	lists := map[int][]int{}
	for i := range items {
		if snapshotOf(&items[i]) != nil {
			lists[find(i)] = append(lists[find(i)], i)
		}
	}
	var all [][]int
	for _, first := range slices.Sorted(maps.Keys(lists)) {
		all = append(all, lists[first])
	}
	return all
}

// writes lists the volumes that an object has attached and may write to. One that its project only borrows is that of project
// default.
func (b builder) writes(project string, holding Holding) []Ref {
	attached := maps.Clone(holding.Inherited)
	if attached == nil {
		attached = map[string]Device{}
	}
	maps.Copy(attached, holding.Devices)
	var list []Ref
	for _, name := range slices.Sorted(maps.Keys(attached)) {
		device := attached[name]
		ref := volumeOf(project, device)
		if ref == (Ref{}) || device["readonly"] == "true" {
			continue
		}
		list = append(list, ref)
		if b.inv.Source.Holdings[ref].Borrowed {
			ref.Project = "default"
			list = append(list, ref)
		}
	}
	return list
}

// group describes the items that belong together; without a name if there is nothing to do for them but their snapshots.
func (b builder) group(items []Item, members []int) Group {
	var g Group
	var names []string
	limit := time.Duration(0)
	for _, i := range members {
		job, snapshot := items[i].Job, snapshotOf(&items[i])
		g.Members = append(g.Members, job.Ref)
		if job.Group != "" && !slices.Contains(names, job.Group) {
			names = append(names, job.Group)
		}
		if snapshot.Freezes {
			g.Freezes = append(g.Freezes, job.Ref)
		}
		if snapshot.Stops {
			g.Stops = append(g.Stops, job.Ref)
		}
		limit = max(limit, job.MaxPause)
		if hooks, ok := b.hooks(&items[i]); ok {
			g.Hooks = append(g.Hooks, hooks)
		}
	}
	slices.Sort(names)
	paused := len(g.Freezes)+len(g.Stops) > 0
	if len(g.Freezes) > 0 {
		limit = cmp.Or(limit, MaxPause)
	}
	if paused {
		g.Limit = limit.Seconds()
	}
	if paused || len(g.Hooks) > 0 || len(names) > 0 && len(members) > 1 {
		g.Name = cmp.Or(strings.Join(names, "+"), g.Members[0].String())
	}
	return g
}

// hooks are the commands of an item. What does not run, or is paused by somebody else, can run none, and a warning says so.
func (b builder) hooks(item *Item) (HooksFor, bool) {
	hooks := item.Job.Hooks
	if len(hooks.Pre)+len(hooks.Post) == 0 || b.opts.FailingOver {
		return HooksFor{}, false
	}
	if holding := b.inv.Source.Holdings[item.Ref]; !b.runs(holding) {
		why := "it does not run"
		if holding.Frozen {
			why = "it is paused"
		}
		item.Warnings = append(item.Warnings, why+": its commands before and after the snapshot are skipped")
		return HooksFor{}, false
	}
	return HooksFor{Ref: item.Ref, Pre: hooks.Pre, Post: hooks.Post, Timeout: cmp.Or(hooks.Timeout, HookTimeout).Seconds()}, true
}

// warnOfWriters tells of what is to be consistent and goes on being written to, since what writes there is not part of the plan.
func (b builder) warnOfWriters(items []Item) {
	if b.opts.FailingOver {
		return
	}
	wanted, planned := map[Ref]int{}, map[Ref]bool{}
	for i, item := range items {
		if snapshotOf(&items[i]) == nil {
			continue
		}
		planned[item.Ref] = true
		if item.Job.Consistency != Crash && item.Job.Consistency != "" && !item.Job.Apart {
			wanted[item.Ref] = i
		}
	}
	for _, user := range slices.SortedFunc(maps.Keys(b.inv.Source.Holdings), Ref.Compare) {
		if holding := b.inv.Source.Holdings[user]; holding.Running && !planned[user] {
			for _, ref := range b.writes(user.Project, holding) {
				if i, ok := wanted[ref]; ok {
					items[i].Warnings = append(items[i].Warnings,
						fmt.Sprintf("%s may write to it and is not in this plan: it goes on during the snapshot", user))
				}
			}
		}
	}
}

// snapshotOf returns the action that takes the run's snapshot of an item, or nil.
func snapshotOf(item *Item) *Action {
	for i := range item.Actions {
		if item.Actions[i].Verb == VerbSnapshot {
			return &item.Actions[i]
		}
	}
	return nil
}
