package incusos

import (
	"slices"
	"strings"
)

// Part is what one archive holds of a server: System, State, or else an application by its name.
type Part string

// The parts that every server has. The system is that of IncusOS; the state is what Incus itself knows: projects,
// profiles, networks and pools.
const (
	System Part = "system"
	State  Part = "state"
)

// Application reports whether the part is an application.
func (p Part) Application() bool { return p != System && p != State }

// String names the part in sentences.
func (p Part) String() string {
	switch p {
	case System:
		return "the system"
	case State:
		return "the definitions"
	}
	return "application " + string(p)
}

// ValidApplication reports whether a name can be an application's. What a server lists is checked by it too, since names
// become paths.
func ValidApplication(name string) bool {
	strange := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_'
	}
	return name != "" && len(name) <= 100 && !strings.HasPrefix(name, ".") && !strings.ContainsFunc(name, strange) && Part(name).Application()
}

// stateless are the applications that have nothing to archive: IncusOS answers "not supported" (seen for gpu-support).
var stateless = []string{"debug", "gpu-support", "incus-ceph", "incus-linstor"}

// Archivable reports whether an application can be archived, and if not, why.
func Archivable(name string) (ok bool, why string) {
	switch {
	case !ValidApplication(name):
		return false, "its name can't be that of a directory"
	case slices.Contains(stateless, name):
		return false, "it has no state of its own"
	}
	return true, ""
}

// servesIncus reports whether an application is Incus itself, so that its restart ends our connection.
func servesIncus(p Part) bool {
	name := string(p)
	return name == "incus" || strings.HasPrefix(name, "incus-lts")
}
