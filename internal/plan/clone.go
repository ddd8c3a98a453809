package plan

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// RoleClone is the role of a temporary clone of one restore point. It is removed by whoever made it, or else by the next
// command that takes the lock.
const RoleClone = "clone"

// MarkPurpose says on a clone what it is for: one of the purposes.
const MarkPurpose = "user.iab.purpose"

// The purposes of clones; they are part of their names.
const (
	PurposeContent = "content" // its files are compared
	PurposeDrill   = "drill"   // it is started
	PurposeFiles   = "files"   // files are taken out of it
	PurposeEdit    = "edit"    // a container of no data, through which files are put into a volume
)

// Clone is a temporary copy of one restore point in an object of its own, on the side of the point.
type Clone struct {
	Ref     Ref
	Of      Point
	Purpose string
}

// CloneMarks are the config keys that make an object a temporary clone of this config.
func CloneMarks(purpose, identity string) map[string]string {
	return map[string]string{MarkReplicaOf: identity, MarkRole: RoleClone, MarkPurpose: purpose}
}

// IsClone reports whether the object is a temporary clone of this config.
func (h Holding) IsClone(identity string) bool {
	return identity != "" && h.Config[MarkReplicaOf] == identity && h.Config[MarkRole] == RoleClone
}

// CloneOf names a clone of the point: NAME-IAB-PURPOSE-YYYYMMDD-HHMMSS in UTC, moved on while the name is taken on that
// side. Every result is a legal name of the holder's kind.
func (o Object) CloneOf(point Point, purpose string, now time.Time, held Server) Clone {
	base := point.Holder
	base.Name = o.Ref.Name
	return Clone{Ref: cloneRef(base, purpose, now, held), Of: point, Purpose: purpose}
}

// EditorRef names the container through which files are put into the object on the source.
func (o Object) EditorRef(now time.Time, held Server) Ref {
	base := Ref{Project: o.Ref.Project, Kind: Instance, Name: "IAB"}
	return cloneRef(base, PurposeEdit, now, held)
}

func cloneRef(base Ref, purpose string, now time.Time, held Server) Ref {
	for at := now.UTC(); ; at = at.Add(time.Second) {
		suffix := "-IAB-" + purpose + "-" + strings.TrimPrefix(SnapshotName(at, time.UTC), SnapshotPrefix)
		ref := suffixed(base, suffix)
		if _, taken := held.Holdings[ref]; !taken {
			return ref
		}
	}
}

// Leftover is a temporary clone whose process has died.
type Leftover struct {
	Side Side `json:"side"`
	Ref  Ref  `json:"ref"`
}

// Leftovers lists the temporary clones of this config on both sides. Who holds the lock has made none of them.
func Leftovers(inv Inventory, identity string) []Leftover {
	var list []Leftover
	for _, side := range BothSides {
		var refs []Ref
		for ref, holding := range inv.On(side).Holdings {
			if holding.IsClone(identity) && !inv.On(side).Silent(holding) {
				refs = append(refs, ref)
			}
		}
		slices.SortFunc(refs, Ref.Compare)
		for _, ref := range refs {
			list = append(list, Leftover{side, ref})
		}
	}
	return list
}

// Drill is the last restore drill of a replica, as the mark MarkDrill keeps it.
type Drill struct {
	At       time.Time `json:"at"`       // when it began
	Snapshot string    `json:"snapshot"` // what was started
	OK       bool      `json:"ok"`
	Seconds  float64   `json:"seconds"` // from the start to the proof that it works, or to the failure
}

// MarkDrill is, on a replica, its last restore drill; JSON. A copy keeps it.
const MarkDrill = "user.iab.drill"

// Mark is the value of MarkDrill.
func (d Drill) Mark() string {
	d.At = d.At.UTC().Truncate(time.Second)
	text, _ := json.Marshal(d) // a time and plain values always encode
	return string(text)
}

// LastDrill returns the last drill of a replica; ok is false if there was none.
func (h Holding) LastDrill() (drill Drill, ok bool) {
	err := json.Unmarshal([]byte(h.Config[MarkDrill]), &drill)
	return drill, err == nil && !drill.At.IsZero()
}
