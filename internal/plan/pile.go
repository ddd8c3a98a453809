package plan

import (
	"slices"
	"strings"
)

// sendable reports whether btrfs can send the pending snapshots in one refresh. Incus sends them as they were made
// but takes for the first one's parent the snapshot that precedes it by NAME; when that one is itself
// pending, the receiver has never seen it ("cannot find parent subvolume"; seen on 6.0.4).
func sendable(source, pending []Snapshot) bool {
	if len(pending) == 0 {
		return true
	}
	first := byCreation(pending)[0]
	parent := ""
	for _, s := range source {
		if s.Name < first.Name && s.Name > parent {
			parent = s.Name
		}
	}
	return parent == "" || !slices.Contains(names(pending), parent)
}

// detourMark stands between the base and the real name in the name that a snapshot has during a detour.
const detourMark = "--iab-moved--"

// detour returns the name under which the oldest pending snapshot can be sent: one that sorts right behind the base, so
// that the base becomes its parent. It has that name only while the copy runs, on both sides, and keeps its date.
func detour(base, oldest string) string { return base + detourMark + oldest }

// detoured returns the real name of a snapshot that an interrupted copy has left on a detour.
func detoured(name string) (real string, ok bool) {
	_, real, ok = strings.Cut(name, detourMark)
	return real, ok && real != ""
}

// repair returns the snapshots under their real names, and what has to be renamed for it. A name that is taken in the
// meantime is left as it is.
func repair(side Side, snapshots []Snapshot) ([]Snapshot, []Repair) {
	var repairs []Repair
	for i, s := range snapshots {
		real, ok := detoured(s.Name)
		if !ok || slices.Contains(names(snapshots), real) {
			continue
		}
		if repairs == nil {
			snapshots = slices.Clone(snapshots)
		}
		snapshots[i].Name = real
		repairs = append(repairs, Repair{Side: side, From: s.Name, To: real})
	}
	return snapshots, repairs
}
