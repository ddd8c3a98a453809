package plan

import (
	"slices"
	"strings"
	"time"
)

// SnapshotPrefix starts the name of every snapshot that IAB makes.
const SnapshotPrefix = "IAB_"

const (
	snapshotLayout = SnapshotPrefix + "20060102-150405"

	// zoneTolerance is how far the creation date may be from the time in the name when it decides in which
	// zone the name was written: runner and server may disagree, and a stop before the snapshot takes minutes.
	zoneTolerance = 10 * time.Minute
)

// Snapshot is one snapshot of an object on one side.
type Snapshot struct {
	Name      string
	CreatedAt time.Time // the server's date; it survives copies (seen on 6.0.4)
	Size      int64     // bytes that it takes, 0 where the server does not tell: btrfs does not before a volume had a size (seen on 6.0.4)
}

// Equal reports whether a refresh takes both for the same snapshot: equal names and creation dates.
// Instance snapshots travel with their date cut to seconds, volume snapshots with all of it.
func (s Snapshot) Equal(source Snapshot) bool {
	return s.Name == source.Name &&
		(s.CreatedAt.Equal(source.CreatedAt) || s.CreatedAt.Equal(source.CreatedAt.Truncate(time.Second)))
}

// same reports whether both are the same snapshot, whichever of them has travelled.
func same(a, b Snapshot) bool { return a.Equal(b) || b.Equal(a) }

// Own reports whether the name is one that IAB gives. Everything else is foreign and never deleted,
// "IAB_" names without a time in them too.
func (s Snapshot) Own() bool {
	_, err := time.Parse(snapshotLayout, s.Name)
	return err == nil
}

// SnapshotName returns the name of a snapshot taken at that moment, in the location's local time, to the second.
func SnapshotName(at time.Time, loc *time.Location) string {
	return at.In(loc).Format(snapshotLayout)
}

// At returns the moment that an own snapshot stands for: its name, read in the location. A name does not say
// its zone, so where the creation date shows that the name was written in one of the other zones, in UTC, or in the
// other of the two hours that share their names when summer time ends, that reading is taken. The zero time if s is
// not own.
func (s Snapshot) At(loc *time.Location, others ...*time.Location) time.Time {
	read, err := time.ParseInLocation(snapshotLayout, s.Name, loc)
	if err != nil {
		return time.Time{}
	}
	for _, zone := range slices.Concat([]*time.Location{loc}, others, []*time.Location{time.UTC}) {
		named, _ := time.ParseInLocation(snapshotLayout, s.Name, zone)
		for _, reading := range []time.Time{named, named.Add(-time.Hour), named.Add(time.Hour)} {
			if SnapshotName(reading, zone) == s.Name && s.CreatedAt.Sub(reading).Abs() <= zoneTolerance {
				return reading
			}
		}
	}
	return read
}

// own returns the snapshots that IAB made.
func own(snapshots []Snapshot) []Snapshot {
	var list []Snapshot
	for _, s := range snapshots {
		if s.Own() {
			list = append(list, s)
		}
	}
	return list
}

// newestOwn returns the name of the last snapshot that IAB made, or nothing.
func newestOwn(oldestFirst []Snapshot) string {
	for _, s := range slices.Backward(oldestFirst) {
		if s.Own() {
			return s.Name
		}
	}
	return ""
}

// byCreation returns snapshots as they were made; equal dates by name. The answer may share memory with the
// argument: neither is to be written to.
func byCreation(snapshots []Snapshot) []Snapshot {
	return sorted(snapshots, compareCreation)
}

func compareCreation(a, b Snapshot) int {
	if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
		return c
	}
	return strings.Compare(a.Name, b.Name)
}

// sorted copies only what is not in order: servers answer in order, and there are many snapshots.
func sorted(snapshots []Snapshot, compare func(a, b Snapshot) int) []Snapshot {
	if slices.IsSortedFunc(snapshots, compare) {
		return slices.Clip(snapshots)
	}
	list := slices.Clone(snapshots)
	slices.SortFunc(list, compare)
	return list
}

// names returns the names of the snapshots, in their order.
func names(snapshots []Snapshot) []string {
	var list []string
	for _, s := range snapshots {
		list = append(list, s.Name)
	}
	return list
}
