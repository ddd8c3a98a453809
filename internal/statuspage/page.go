// Package statuspage draws a status as one HTML page that needs nothing but itself: no script, no network.
package statuspage

import (
	"bytes"
	_ "embed" // the page's template
	"fmt"
	"html/template"
	"math"
	"strconv"
	"time"

	"iab/internal/plan"
	"iab/internal/status"
)

//go:embed page.html
var source string

var page = template.Must(template.New("page").Parse(source))

// Names are what the two servers are called.
type Names = plan.Sides[string]

// Render draws the page. It is well-formed XML too.
func Render(report status.Report, names Names) ([]byte, error) {
	v := view{Report: report, Names: names, Summary: report.Summary(), At: clock(report.At, report.At), MaxAge: status.Age(time.Duration(report.MaxAge) * time.Second)}
	scale := newScale(report)
	v.Ticks = scale.ticks()
	for _, item := range report.Items {
		v.Rows = append(v.Rows, rowOf(item, report, scale))
	}
	var b bytes.Buffer
	if err := page.Execute(&b, v); err != nil {
		return nil, fmt.Errorf("draw the status page: %w", err)
	}
	return b.Bytes(), nil
}

// view is what the template shows.
type view struct {
	status.Report
	Names               Names
	Summary, At, MaxAge string
	Ticks               []tick
	Rows                []row
}

// row is one object.
type row struct {
	status.Item
	Newest string // when the newest complete copy was taken
	Prunes int
	Lanes  []lane

	SourceCount, TargetCount string // how many points there are, "?" where that is not known
}

// lane is the timeline of one side.
type lane struct {
	Side  plan.Side
	Y     int
	Marks []mark
}

// mark is one restore point.
type mark struct {
	X      string // percent of the width
	Shape  string // snapshot, archive
	Class  string
	Legend string
}

func rowOf(item status.Item, report status.Report, scale scale) row {
	r := row{Item: item, Prunes: len(item.Source.Prunes) + len(item.Target.Prunes)}
	r.SourceCount, r.TargetCount = strconv.Itoa(item.Source.Snapshots), strconv.Itoa(item.Target.Snapshots)
	if item.Source.Kept > 0 {
		r.SourceCount += fmt.Sprintf(" + %d kept", item.Source.Kept)
	}
	if item.Target.Archives > 0 {
		r.TargetCount += fmt.Sprintf(" + %d archived", item.Target.Archives)
	}
	if !report.Reached(plan.Source) {
		r.SourceCount = "?"
	}
	if !report.Reached(plan.Target) {
		r.TargetCount = "?"
	}
	if !item.Target.NewestAt.IsZero() {
		r.Newest = clock(item.Target.NewestAt, report.At)
	}
	for i, side := range plan.BothSides {
		l := lane{Side: side, Y: 14 + 24*i}
		for _, p := range item.Points {
			if p.Side == side {
				l.Marks = append(l.Marks, markOf(p, report, scale))
			}
		}
		r.Lanes = append(r.Lanes, l)
	}
	return r
}

func markOf(p plan.Point, report status.Report, scale scale) mark {
	m := mark{X: scale.at(report.At.Sub(p.At)), Shape: "snapshot", Class: string(p.Side),
		Legend: fmt.Sprintf("%s, %s, %s old", p.Snapshot, clock(p.At, report.At), status.Age(report.At.Sub(p.At)))}
	if p.Archived {
		m.Shape = "archive"
		m.Legend += ", in " + p.Holder.Name
	}
	if !p.Own {
		m.Class += " foreign"
		m.Legend += ", not made by IAB"
	}
	switch {
	case !p.Complete:
		m.Class += " incomplete"
		m.Legend += ", incomplete"
	case p.Verdict.Expired:
		m.Class += " expired"
		m.Legend += ", to be pruned"
	}
	return m
}

// clock writes a moment in the zone of the report.
func clock(t, zone time.Time) string { return t.In(zone.Location()).Format("2006-01-02 15:04 MST") }

// scale maps ages to places. It is logarithmic, as histories are: hours matter today, and months a year ago.
type scale struct{ longest time.Duration }

// newScale has room for the oldest point of the report, and for a day at least.
func newScale(report status.Report) scale {
	s := scale{24 * time.Hour}
	for _, item := range report.Items {
		for _, p := range item.Points {
			s.longest = max(s.longest, report.At.Sub(p.At))
		}
	}
	return s
}

// at is the place of an age, in percent of the width; now is on the right.
func (s scale) at(age time.Duration) string {
	const margin = 2.0
	part := math.Log1p(max(age, 0).Hours()) / math.Log1p(s.longest.Hours())
	return fmt.Sprintf("%.2f%%", margin+(100-2*margin)*(1-part))
}

// tick is a line of the scale.
type tick struct{ X, Label string }

func (s scale) ticks() []tick {
	list := []tick{{s.at(0), "now"}}
	for _, t := range []struct {
		age   time.Duration
		label string
	}{{3 * time.Hour, "3h"}, {24 * time.Hour, "1d"}, {7 * 24 * time.Hour, "1w"}, {30 * 24 * time.Hour, "1m"}, {182 * 24 * time.Hour, "6m"}, {730 * 24 * time.Hour, "2y"}, {3650 * 24 * time.Hour, "10y"}} {
		if t.age <= s.longest {
			list = append(list, tick{s.at(t.age), t.label})
		}
	}
	return list
}
