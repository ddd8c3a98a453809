package plan

import (
	"path"
	"strings"
)

// Glob is a name in the config that may stand for many: * is any number of characters, ? is one. Every other character is itself.
type Glob string

// Wild reports whether the glob can match more than one name.
func (g Glob) Wild() bool { return strings.ContainsAny(string(g), "*?") }

// Match reports whether the whole name fits the glob. The names of Incus have no slashes.
func (g Glob) Match(name string) bool {
	if !g.Wild() {
		return string(g) == name
	}
	// A pattern without brackets and backslashes can't be malformed.
	ok, err := path.Match(strings.NewReplacer(`\`, `\\`, "[", `\[`).Replace(string(g)), name)
	return err == nil && ok
}
