package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// thin reports whether the target can hold fewer snapshots of a job than the source: a refresh can leave older ones out
// (RefreshExcludeOlder), but not every server does it right. On btrfs it leaves subvolumes without records, and the replica can no
// longer be deleted; between pools of driver dir it is right (both seen on 6.0.4). On zfs a target that lacks the source's oldest
// snapshot breaks the refresh before 7.0.1 and 7.1 (read). Where it can't, why says so.
func (b builder) thin(job Job) (ok bool, why string) {
	source, _ := b.holding(job, Source)
	from, to := b.inv.Source.Pools[source.Pool].Driver, b.inv.Target.Pools[b.replicaPool(job)].Driver
	switch {
	case slices.ContainsFunc(source.Snapshots, func(s Snapshot) bool { return s.CreatedAt.After(b.taken().CreatedAt) }):
		return false, "a copy that leaves out older snapshots would leave out the new one, too, as there is one dated in the future"
	case from == "dir" && to == "dir":
		return true, ""
	case from != "zfs" || to != "zfs":
		return false, fmt.Sprintf("a copy from a pool of driver %s to one of driver %s can't leave out older snapshots", from, to)
	case !leavesOutOnZFS(b.inv.Source.Version) || !leavesOutOnZFS(b.inv.Target.Version):
		return false, fmt.Sprintf("on zfs Incus can leave out older snapshots from 7.0.1 on, and these servers are %s and %s",
			b.inv.Source.Version, b.inv.Target.Version)
	}
	return true, ""
}

// leavesOutOnZFS reports whether a server of that version is 7.0.1 or newer. What is no version is not.
func leavesOutOnZFS(version string) bool {
	var numbers [3]int
	for i, part := range strings.SplitN(version, ".", len(numbers)) {
		n, err := strconv.Atoi(part)
		if err != nil {
			return false
		}
		numbers[i] = n
	}
	return slices.Compare(numbers[:], []int{7, 0, 1}) >= 0
}

// leaveOut lets the item's last copy leave out the snapshots that are older than what both sides have, where the target's policy
// keeps none of them and the servers can do it, and returns what the replica holds then. One that the policy keeps has
// all of them sent again. So has a pending snapshot of the same second as the newest common one: servers compare whole
// seconds, and would leave it out (seen on 6.0.4).
func (b builder) leaveOut(item *Item, h history, effect Effect) []Snapshot {
	thin, _ := b.thin(item.Job)
	if !thin || len(effect.Shared) == 0 {
		return effect.After
	}
	base := effect.Shared[len(effect.Shared)-1]
	var out []Snapshot
	for _, s := range effect.Sends {
		switch s.CreatedAt.Truncate(time.Second).Compare(base.CreatedAt.Truncate(time.Second)) {
		case 0:
			return effect.After
		case -1:
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return effect.After
	}
	left := func(s Snapshot) bool {
		return slices.ContainsFunc(out, func(t Snapshot) bool { return t.Name == s.Name })
	}
	points := slices.Concat(pointsOf(effect.After, false), h.archivePoints(), h.asidePoints())
	for i, v := range b.verdicts(item.Job.Retention.Target, points) {
		if points[i].archive == "" && left(points[i].Snapshot) && !v.Expired {
			return effect.After
		}
	}
	last := &item.Actions[len(item.Actions)-1]
	last.LeavesOut, last.Backfills = names(out), nil
	last.Sends = slices.DeleteFunc(slices.Clone(last.Sends), func(name string) bool { return slices.Contains(last.LeavesOut, name) })
	return slices.DeleteFunc(slices.Clone(effect.After), left)
}
