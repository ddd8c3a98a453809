package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ChoiceError says why no restore point of an object can be chosen.
type ChoiceError struct{ Text, Hint string }

func (e *ChoiceError) Error() string { return e.Text }

// Advice returns the hint.
func (e *ChoiceError) Advice() string { return e.Hint }

// momentLayouts are the ways to write a moment, besides RFC 3339. They are read in the zone of the snapshots' names.
var momentLayouts = []string{"2006-01-02 15:04:05", "2006-01-02 15:04"}

// Choose returns the restore point that a person asks for: the newest complete one of that snapshot's name, or else the newest
// complete one that is not newer than a moment, written as "2006-01-02 15:04[:05]" in the location (nil: UTC) or in RFC 3339.
// Nothing asks for the newest complete one by now: one that is dated in the future is only chosen by its name. The source's
// comes before the target's of the same moment. Dates are compared in whole seconds, as they are shown. The error is a *ChoiceError.
func (o Object) Choose(at string, loc *time.Location, now time.Time) (Point, error) {
	if slices.ContainsFunc(o.Points, func(p Point) bool { return p.Snapshot == at }) {
		return o.named(at)
	}
	moment, err := o.moment(at, loc, now)
	if err != nil {
		return Point{}, err
	}
	var oldest Point // of those that are complete
	for _, p := range o.Points {
		if !p.Complete {
			continue
		}
		if !p.At.Truncate(time.Second).After(moment) || at == "" && !p.ahead(now) {
			return p, nil
		}
		oldest = p
	}
	if oldest.Snapshot == "" {
		return Point{}, &ChoiceError{fmt.Sprintf("choose a restore point of %s: it has no complete one", o.Ref),
			"a run of `iab run` that ends well makes one"}
	}
	return Point{}, &ChoiceError{fmt.Sprintf("choose a restore point of %s: it has none that is not newer than %s", o.Ref, moment.In(zone(loc)).Format(time.RFC3339)),
		fmt.Sprintf("the oldest complete one is %s", oldest.Snapshot)}
}

// named returns the newest complete point of the name.
func (o Object) named(snapshot string) (Point, error) {
	for _, p := range o.Points {
		if p.Snapshot == snapshot && p.Complete {
			return p, nil
		}
	}
	return Point{}, &ChoiceError{fmt.Sprintf("choose restore point %s of %s: its copy has never finished, so it may have no data", snapshot, o.Ref),
		"choose an older one; the next `iab run` sends it again if the source still has it"}
}

// moment reads what is asked for as a moment, the present for nothing.
func (o Object) moment(at string, loc *time.Location, now time.Time) (time.Time, error) {
	if at == "" {
		return now, nil
	}
	if moment, err := time.Parse(time.RFC3339, at); err == nil {
		return moment, nil
	}
	for _, layout := range momentLayouts {
		if moment, err := time.ParseInLocation(layout, at, zone(loc)); err == nil {
			return moment, nil
		}
	}
	hint := "write a snapshot's name or a time such as \"2026-11-20 03:00\""
	if near := o.snapshotsLike(at); near != "" {
		hint = "it has " + near
	}
	return time.Time{}, &ChoiceError{fmt.Sprintf("choose a restore point of %s: %q is neither a snapshot of it nor a time", o.Ref, at), hint}
}

// snapshotsLike lists snapshots that have the text in their name.
func (o Object) snapshotsLike(text string) string {
	var list []string
	for _, p := range o.Points {
		if strings.Contains(strings.ToLower(p.Snapshot), strings.ToLower(text)) && !slices.Contains(list, p.Snapshot) {
			list = append(list, p.Snapshot)
		}
	}
	return strings.Join(list[:min(len(list), 5)], ", ")
}

func zone(loc *time.Location) *time.Location {
	if loc == nil {
		return time.UTC
	}
	return loc
}
