package retention

import (
	"fmt"
	"slices"
	"time"
)

// maxSimulated bounds the snapshots that Timeline judges, for policies such as "1s100y".
const maxSimulated = 20_000

// Explanation is what a policy leaves of snapshots that were made regularly for as long as
// the policy looks back, and pruned as they were made.
type Explanation struct {
	Policy Policy
	Now    time.Time
	Every  time.Duration // between two snapshots, whole seconds; the newest is made at Now
	Rows   []Row         // the count first if there is one, then a row per rule in order; none if the policy keeps all
	Total  Row           // the union of Rows
}

// Row is what the count or one rule keeps. A snapshot may be in several rows.
type Row struct {
	Label    string          // "always keep 6", "1h2d" or "total"
	Rule     Rule            // zero for the count and for the total
	Ages     []time.Duration // of the kept snapshots, the newest first
	Capped   bool            // there are more, older ones, which were not simulated
	Expected int64           // about how many remain in the long run; len(Ages) if the row is not Capped

	simulated time.Duration // of a Capped row: beyond this age not every snapshot was simulated
}

// Oldest returns the age of the oldest snapshot in the row, and 0 for an empty one.
func (r Row) Oldest() time.Duration {
	if len(r.Ages) == 0 {
		return 0
	}
	return r.Ages[len(r.Ages)-1]
}

// Timeline explains p at the moment now for a snapshot each every, cut to whole seconds but
// at least one. If every is 0 or less, the smallest period of the policy is taken, but at
// most a day. The work is bounded: what lies beyond the bound is marked Capped.
func Timeline(p Policy, now time.Time, every time.Duration) Explanation {
	if every <= 0 {
		every = defaultEvery(p)
	}
	every = max(every.Truncate(time.Second), time.Second)
	e := Explanation{Policy: p, Now: now, Every: every, Total: Row{Label: "total"}}
	if p.KeepsAll() {
		return e
	}

	most := maxSimulated / (len(p.rules) + 1)
	grid := grid{now: now.Unix(), every: int64(every / time.Second), most: most}
	var ages []int64
	if p.alwaysKeep > 0 {
		newest, capped := grid.newest(p.alwaysKeep)
		row := Row{Label: fmt.Sprintf("always keep %d", p.alwaysKeep), Capped: capped, Expected: int64(p.alwaysKeep)}
		e.Rows = append(e.Rows, row.simulatedTo(newest))
		ages = append(ages, newest...)
	}
	for _, rule := range p.rules {
		survivors, capped := grid.survivors(rule)
		row := Row{Label: rule.String(), Rule: rule, Capped: capped, Expected: grid.expected(rule)}
		e.Rows = append(e.Rows, row.simulatedTo(survivors))
		ages = append(ages, survivors...)
	}
	slices.Sort(ages)
	e.fill(slices.Compact(ages))
	return e
}

// fill judges the snapshots of these ages and puts the kept ones into the rows.
func (e *Explanation) fill(ages []int64) {
	points := make([]Point, len(ages))
	for i, age := range ages {
		points[i].At = time.Unix(e.Now.Unix()-age, 0)
	}
	for i, verdict := range e.Policy.Judge(time.Unix(e.Now.Unix(), 0), points) {
		if verdict.Expired {
			continue
		}
		age := time.Duration(ages[i]) * time.Second
		e.Total.Ages = append(e.Total.Ages, age)
		for n := range e.Rows {
			if age <= e.Rows[n].simulated && e.Rows[n].keeps(verdict) {
				e.Rows[n].Ages = append(e.Rows[n].Ages, age)
			}
		}
	}
	e.Total.Expected, e.Total.simulated = int64(len(e.Total.Ages)), maxSpan
	for n := range e.Rows {
		row := &e.Rows[n]
		if !row.Capped {
			row.Expected = int64(len(row.Ages))
		}
		e.Total.Capped = e.Total.Capped || row.Capped
		e.Total.Expected = max(e.Total.Expected, row.Expected)
		e.Total.simulated = min(e.Total.simulated, row.simulated)
	}
}

// simulatedTo remembers how far a row goes that has more than ages. Some ages of other rows
// lie beyond; counting them here would draw gaps where there are none.
func (r Row) simulatedTo(ages []int64) Row {
	r.simulated = maxSpan
	if r.Capped {
		r.simulated = time.Duration(ages[len(ages)-1]) * time.Second
	}
	return r
}

func (r Row) keeps(verdict Verdict) bool {
	return slices.ContainsFunc(verdict.Reasons, func(reason Reason) bool {
		if r.Rule == (Rule{}) {
			return reason.Code == CodeAlwaysKeep
		}
		return reason.Code == CodeRule && reason.Rule == r.Rule
	})
}

func defaultEvery(p Policy) time.Duration {
	every := Span{1, Day}.Duration()
	for _, rule := range p.rules {
		every = min(every, rule.Period.Duration())
	}
	return every
}

// grid is snapshots at now, now-every, now-2*every and so on. It yields the ages, in seconds,
// of those that can survive, and jumps over the others: Judge expires them whatever else
// there is, so leaving them out changes nothing.
type grid struct {
	now, every int64
	most       int
}

func (g grid) newest(count int) (ages []int64, capped bool) {
	for k := range int64(count) {
		if len(ages) == g.most || k > int64(maxSpan/time.Second)/g.every {
			return ages, true
		}
		ages = append(ages, k*g.every)
	}
	return ages, false
}

func (g grid) survivors(rule Rule) (ages []int64, capped bool) {
	period, ttl := rule.Period.seconds(), rule.TTL.seconds()
	for k := int64(0); k <= ttl/g.every; {
		if len(ages) == g.most {
			return ages, true
		}
		age := k * g.every
		ages = append(ages, age)
		intoBucket := g.now - age - floorDiv(g.now-age, period)*period
		k = (age+intoBucket)/g.every + 1
	}
	return ages, false
}

func (g grid) expected(rule Rule) int64 {
	return max(rule.TTL.seconds()/max(rule.Period.seconds(), g.every), 1)
}
