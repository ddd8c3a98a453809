package plan

import (
	"cmp"
	"slices"
	"strings"
)

// Kind tells what a Ref names. It is data: nothing above the remote package behaves differently by it.
type Kind string

// The kinds of objects that can be replicated.
const (
	Instance Kind = "instance"
	Volume   Kind = "volume"
)

// Ref names one instance or one custom volume on one server. It is comparable, so it is used as a map key.
// Pool is empty for instances: an instance is found by its name alone, wherever its root disk lies.
type Ref struct {
	Project string `json:"project"`
	Kind    Kind   `json:"kind"`
	Pool    string `json:"pool,omitempty"`
	Name    string `json:"name"`
}

// String prints the ref as it is written on the command line: default/instance/web1, default/volume/local/data.
func (r Ref) String() string {
	parts := []string{r.Project, string(r.Kind), r.Pool, r.Name}
	if r.Pool == "" {
		parts = []string{r.Project, string(r.Kind), r.Name}
	}
	return strings.Join(parts, "/")
}

// ParseRef reads a ref as String prints it. ok is false for anything else.
func ParseRef(text string) (ref Ref, ok bool) {
	parts := strings.Split(text, "/")
	switch {
	case slices.Contains(parts, ""):
		return Ref{}, false
	case len(parts) == 3 && parts[1] == string(Instance):
		return Ref{Project: parts[0], Kind: Instance, Name: parts[2]}, true
	case len(parts) == 4 && parts[1] == string(Volume):
		return Ref{Project: parts[0], Kind: Volume, Pool: parts[2], Name: parts[3]}, true
	}
	return Ref{}, false
}

// Compare orders refs by project, kind, pool and name.
func (r Ref) Compare(other Ref) int {
	return cmp.Or(
		cmp.Compare(r.Project, other.Project),
		cmp.Compare(r.Kind, other.Kind),
		cmp.Compare(r.Pool, other.Pool),
		cmp.Compare(r.Name, other.Name),
	)
}
