package plan

import (
	"fmt"
	"path"
	"strings"
)

// Pattern matches refs as a person names them: [PROJECT/]instance/NAME, [PROJECT/]volume/POOL/NAME, or NAME alone.
// Every part may be a glob with *, ? and [...].
type Pattern struct {
	project, kind, pool, name string // empty: any
}

// ParsePattern reads a pattern. A part that is no valid glob, or another number of parts, is an error.
func ParsePattern(text string) (Pattern, error) {
	parts := strings.Split(text, "/")
	for _, part := range parts {
		if _, err := path.Match(part, ""); err != nil || part == "" {
			return Pattern{}, fmt.Errorf("%q is no name of an object", text)
		}
	}
	if len(parts) == 1 {
		return Pattern{name: parts[0]}, nil
	}
	p := Pattern{}
	if parts[0] != string(Instance) && parts[0] != string(Volume) {
		p.project, parts = parts[0], parts[1:]
	}
	switch {
	case len(parts) == 2 && parts[0] == string(Instance):
		p.kind, p.name = parts[0], parts[1]
	case len(parts) == 3 && parts[0] == string(Volume):
		p.kind, p.pool, p.name = parts[0], parts[1], parts[2]
	default:
		return Pattern{}, fmt.Errorf("%q is no name of an object", text)
	}
	return p, nil
}

// Match reports whether the pattern names the ref.
func (p Pattern) Match(ref Ref) bool {
	return matches(p.project, ref.Project) && matches(p.kind, string(ref.Kind)) &&
		matches(p.pool, ref.Pool) && matches(p.name, ref.Name)
}

// Kind is the only kind of object that the pattern names, empty if it names both.
func (p Pattern) Kind() Kind { return Kind(p.kind) }

// MatchName reports whether the pattern could name an object of the kind and name, in whatever project and pool.
func (p Pattern) MatchName(kind Kind, name string) bool {
	return matches(p.kind, string(kind)) && matches(p.name, name)
}

func matches(pattern, value string) bool {
	if pattern == "" {
		return true
	}
	ok, err := path.Match(pattern, value)
	return err == nil && ok
}
