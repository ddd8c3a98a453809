package remote

import (
	"maps"
	"slices"

	"iab/internal/plan"
)

// seen lists the projects that have been read.
func (r *reader) seen() []string { return slices.Sorted(maps.Keys(r.server.Projects)) }

// matching returns the names that one of the globs matches.
func matching(globs []plan.Glob, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return !slices.ContainsFunc(globs, func(glob plan.Glob) bool { return glob.Match(name) })
	})
}

// matchingProjects lists the server's projects that one of the globs matches. A restricted certificate sees those that it may use.
func (r *reader) matchingProjects(globs []plan.Glob) ([]string, error) {
	if len(globs) == 0 {
		return nil, nil
	}
	names, err := r.listedNames()
	if err != nil {
		return nil, err
	}
	return matching(globs, names), nil
}

// matchingPools lists the server's pools that one of the globs matches. Where the certificate may not list pools, that is noted.
func (r *reader) matchingPools(globs []plan.Glob) ([]string, error) {
	if len(globs) == 0 {
		return nil, nil
	}
	names, err := r.pair.servers.On(r.side).GetStoragePoolNames()
	if err != nil && !answered(err) {
		return nil, r.failed("list the pools", err)
	}
	r.server.Unlisted = err != nil || len(names) == 0
	return matching(globs, names), nil
}
