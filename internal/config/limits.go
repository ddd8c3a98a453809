package config

import (
	"maps"
	"slices"
)

// noLimit is what to do about a limit of a server or a pool.
const noLimit = "leave it out for as many as iab.parallel says"

// parallel checks a number of objects that are worked on side by side; 0 if it is not set.
func (r *reading) parallel(path, hint string, given *int) int {
	if given == nil {
		return 0
	}
	if *given < 1 || *given > MaxParallel {
		r.problems.add(path, hint, "must be from 1 to %d, not %d", MaxParallel, *given)
	}
	return *given
}

// poolLimits reads the limits of a server's pools. One that limits nothing says less than it seems to, and is refused.
func (r *reading) poolLimits(path string, pools map[string]filePool) map[string]int {
	var limits map[string]int
	for _, name := range slices.Sorted(maps.Keys(pools)) {
		at := member(path, name)
		r.name(at, name, "name a pool of the server", poolName)
		if pools[name].Parallel == nil {
			r.problems.add(member(at, "parallel"), `write it as {"parallel": 2}, or leave the pool out`, "missing")
			continue
		}
		if limits == nil {
			limits = map[string]int{}
		}
		limits[name] = r.parallel(member(at, "parallel"), noLimit, pools[name].Parallel)
	}
	return limits
}
