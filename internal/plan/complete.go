package plan

import (
	"encoding/json"
	"slices"
	"time"
)

// doubtful returns the snapshots of a replica whose copy is not known to have finished, oldest first: those newer than the mark
// of the last complete copy, and older ones that an unfinished copy was sending. A server that died in a copy lists them
// with their names and dates, but may have no data for them (seen on 6.0.4). A replica without marks was made by the first IAB,
// and is taken as it is.
func doubtful(replica Holding, identity string) []Snapshot {
	if identity == "" || replica.Config[MarkReplicaOf] != identity {
		return nil
	}
	sending, ahead := marked(replica.Config[MarkSending]), marked(replica.Config[MarkAhead])
	after := completedAt(replica)
	var list []Snapshot
	for _, s := range byCreation(replica.Snapshots) {
		if after(s) && !slices.Contains(ahead, s.Name) || slices.Contains(sending, s.Name) {
			list = append(list, s)
		}
	}
	return list
}

// completedAt returns what tells whether a snapshot of the replica is newer than the last complete copy. Where the snapshot that
// the mark names is gone, its name says when it was taken.
func completedAt(replica Holding) (after func(Snapshot) bool) {
	complete := replica.Config[MarkComplete]
	i := slices.IndexFunc(replica.Snapshots, func(s Snapshot) bool { return s.Name == complete })
	switch {
	case i >= 0:
		last := replica.Snapshots[i]
		return func(s Snapshot) bool {
			if s.CreatedAt.Equal(last.CreatedAt) { // dates may be cut to seconds: only IAB's names tell what came first
				return s.Name != last.Name && (!s.Own() || !last.Own() || s.Name > last.Name)
			}
			return s.CreatedAt.After(last.CreatedAt)
		}
	case complete == "":
		return func(Snapshot) bool { return true }
	case Snapshot{Name: complete}.Own():
		return func(s Snapshot) bool { return s.Own() && s.Name > complete }
	}
	return func(Snapshot) bool { return false }
}

// marked returns the snapshots that a mark names.
func marked(mark string) []string {
	var list []string
	if json.Unmarshal([]byte(mark), &list) != nil {
		return nil
	}
	return list
}

// AheadOf lists the snapshots of a replica that are not dated before one of them, by the second.
func AheadOf(replica []Snapshot, complete string) []string {
	i := slices.IndexFunc(replica, func(s Snapshot) bool { return s.Name == complete })
	if i < 0 {
		return nil
	}
	last := replica[i].CreatedAt.Truncate(time.Second)
	var list []string
	for _, s := range byCreation(replica) {
		if s.Name != complete && !s.CreatedAt.Before(last) {
			list = append(list, s.Name)
		}
	}
	return list
}

// NamesMark is the value of a mark that names snapshots; empty for none.
func NamesMark(snapshots []string) string {
	if len(snapshots) == 0 {
		return ""
	}
	text, _ := json.Marshal(snapshots) // strings always encode
	return string(text)
}

// pairing is a job's object on both sides as the plan works with it.
type pairing struct {
	source  Holding
	replica Holding // without what is in doubt
	exists  bool    // there is a replica

	// resend are snapshots of the replica that are in doubt and that the source has: they are deleted and sent again.
	resend []Snapshot
}

// pair finds the job's object on both sides. What is in doubt counts for nothing if the source has it; what only
// the replica has is never given up for a doubt.
func (b builder) pair(job Job) pairing {
	var p pairing
	p.source, _ = b.holding(job, Source)
	p.replica, p.exists = b.holding(job, Target)
	doubt := doubtful(p.replica, b.opts.Identity)
	if len(doubt) == 0 || p.replica.Unfinished(b.opts.Identity) {
		return p
	}
	p.resend = Refresh(p.source.Snapshots, doubt).Shared
	p.replica.Snapshots = slices.DeleteFunc(slices.Clone(p.replica.Snapshots), func(s Snapshot) bool {
		return slices.ContainsFunc(p.resend, func(t Snapshot) bool { return t.Name == s.Name })
	})
	return p
}

// resendFirst puts the deletion of what is in doubt before the item's first copy, which sends it again, or leaves it out.
func (item *Item) resendFirst(resend []Snapshot) {
	var deletions []Action
	for _, s := range resend {
		why := "its copy was never finished, so it counts for nothing; it is sent again"
		if slices.ContainsFunc(item.Actions, func(a Action) bool { return slices.Contains(a.LeavesOut, s.Name) }) {
			why = "its copy was never finished, so it counts for nothing; the target's policy does not want it again"
		}
		deletions = append(deletions, Action{Verb: VerbDelete, Side: Target, Snapshot: s.Name, Why: why})
	}
	item.beforeCopy(deletions...)
}
