// Package retention decides which restore points a policy keeps, and says why.
//
// It is pure: nothing but values in and values out. It reads no clock, no file and no
// server, and imports the standard library only.
//
// # What a policy says
//
// A policy is text such as "6,1h2d,1d2w": an optional count first, then rules of a period
// and a TTL. Units are s, min, h, d, w, m (30 days) and y (365 days); upper case and blanks
// between numbers, units and commas do not matter. The empty policy keeps everything.
//
//   - The count keeps that many of the newest points, whatever their age.
//   - A rule looks at the points whose age is at most its TTL (a point of exactly that age
//     included), puts them into buckets of its period, and keeps the newest of each bucket.
//   - A point is kept if the count or any rule keeps it.
//
// Buckets are aligned to 1970-01-01 00:00 UTC, not to the age of a point and not to the
// local calendar: a bucket of 1d is a UTC day, one of 1w begins on a Thursday 00:00 UTC, one
// of 1m is a block of 30 days. Because a bucket never moves, a point that lost its bucket
// never wins it back: pruning after each run or once a year leaves the same points. Changes
// of local time do not matter.
//
// A TTL may be shorter than the period: "1d6h" keeps the newest point of a UTC day, and only
// for six hours.
//
// # Where safety goes first
//
// Three things are held whatever the policy says.
//
//   - The newest point is never expired. "1h2d" after a pause of three days still keeps one.
//   - A point dated after the moment of judging is kept and counts for nothing: it takes no
//     place of the count, fills no bucket and is not the newest. A clock that ran ahead can
//     not push good points out.
//   - A policy that could keep nothing ("0" alone) is not accepted.
//
// All three keep more than a plain reading of the rules above, never less.
//
// # The count and the rules see the same points
//
// The rules see all points, those that the count keeps included. So the always-kept points
// fill buckets too, and the result is the union of selections made independently. One could
// also take the always-kept points out first and give the rest to the rules. That reading
// keeps up to one point more per rule: the newest of the rest in the one bucket where the
// always-kept points end. The reading used here lets that point go sooner, although its
// bucket holds a newer one, which the rule keeps; the other reading lets it go too, as soon
// as newer points push the count out of that bucket. No bucket is ever left empty by the
// difference. What is gained: a larger count or one more rule never deletes anything that
// was kept before.
//
// # Limits
//
// A number has at most nine digits, a span is at most 290 years (so that it is exact as a
// time.Duration), and a policy has at most 64 rules.
package retention
