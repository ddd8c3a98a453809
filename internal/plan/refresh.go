package plan

import (
	"slices"
	"strings"
)

// Effect is what a refresh does to a replica's snapshots.
type Effect struct {
	Sends  []Snapshot // oldest first
	Loses  []Snapshot // on the replica only, or under a date that the source does not have
	After  []Snapshot // what the replica holds afterwards, oldest first
	Shared []Snapshot // what both sides have already, oldest first
}

// Refresh predicts what an Incus refresh does: the replica becomes the mirror of the source. Snapshots
// without an equal on the source are deleted, those without an equal on the replica are sent. The lists of the
// effect may share memory with the arguments.
func Refresh(source, replica []Snapshot) Effect {
	have := sorted(replica, func(a, b Snapshot) int { return strings.Compare(a.Name, b.Name) })
	mirrored := make([]bool, len(have))

	effect := Effect{After: byCreation(source)}
	for n, s := range effect.After {
		i, ok := slices.BinarySearchFunc(have, s.Name, func(t Snapshot, name string) int { return strings.Compare(t.Name, name) })
		if ok && have[i].Equal(s) {
			mirrored[i] = true
			if n == len(effect.Shared) {
				effect.Shared = effect.After[: n+1 : n+1] // mostly only the newest are missing: no copy is needed
			} else {
				effect.Shared = append(effect.Shared, s)
			}
			continue
		}
		effect.Sends = append(effect.Sends, s)
	}
	for i, s := range have {
		if !mirrored[i] {
			effect.Loses = append(effect.Loses, s)
		}
	}
	effect.Loses = byCreation(effect.Loses)
	return effect
}
