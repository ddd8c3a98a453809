package plan

import (
	"encoding/json"
	"time"

	"iab/internal/retention"
)

// Verb is what an action does.
type Verb string

// The verbs of actions.
const (
	VerbSnapshot Verb = "snapshot"
	VerbCopy     Verb = "copy"
	VerbArchive  Verb = "archive"
	VerbDelete   Verb = "delete"
	VerbRename   Verb = "rename"
)

// Phase orders actions across all items: every item's actions of one phase are done before the next phase starts.
type Phase int

// The phases of a run. Rename lets replicas follow objects that were renamed, so that names are free for what comes. CatchUp sends what is pending before a new snapshot is taken, where the order of the
// names would otherwise make the pile unsendable.
const (
	Rename Phase = iota
	CatchUp
	Snap
	Replicate
	Prune
)

// Phases lists the phases in the order in which they run.
func Phases() []Phase { return []Phase{Rename, CatchUp, Snap, Replicate, Prune} }

// Action is one write to one side. It is flat, so it prints, compares and encodes as it is.
type Action struct {
	Verb     Verb   `json:"verb"`
	Side     Side   `json:"side"`
	Snapshot string `json:"snapshot"`
	Why      string `json:"why"`

	// Stops is set on a snapshot for which a running object is stopped and started again.
	Stops bool `json:"stops,omitempty"`
	// Freezes is set on a snapshot for which a running object is frozen and resumed.
	Freezes bool `json:"freezes,omitempty"`
	// Group names what the snapshot is taken together with, and in whose window: one of Plan.Groups.
	Group string `json:"group,omitempty"`

	// Archive names the object that an archive action makes, or that a deletion removes with all that is in it;
	// Created is the snapshot's date.
	Archive string    `json:"archive,omitempty"`
	Created time.Time `json:"created,omitzero"`

	// From is the name that a rename takes from a replica; Follows are its archives and former replicas, which are marked as those of
	// its new name before.
	From    string   `json:"from,omitempty"`
	Follows []string `json:"follows,omitempty"`

	// Whole is set on what concerns a whole replica: an archive action that sets it aside under the name in Archive, the deletion
	// of one that was set aside (named in Archive), or the deletion of what an interrupted first copy has left. On the source it is
	// the deletion of an object that a failback has replaced (named in Archive).
	Whole bool `json:"whole,omitempty"`

	// Of a copy: whether it makes the replica, the snapshot it builds on, the snapshots it sends (oldest first),
	// those of them that are older than what both sides have, older ones that it does not send since the target's policy
	// does not keep them, and the devices that the replica does not get.
	Creates   bool     `json:"creates,omitempty"`
	Member    string   `json:"member,omitempty"` // of the target's cluster, where the replica lies or comes to
	Base      string   `json:"base,omitempty"`
	Sends     []string `json:"sends,omitempty"`
	Backfills []string `json:"backfills,omitempty"`
	LeavesOut []string `json:"leavesOut,omitempty"`
	Drops     []Drop   `json:"drops,omitempty"`

	// Ahead are snapshots dated behind the one that a copy is about: complete all the same, once it has finished.
	Ahead []string `json:"ahead,omitempty"`

	// Loses are snapshots that go without an archive: those that the server deletes from the replica in a copy, or all of a former
	// replica or a replaced object that is removed.
	Loses []string `json:"loses,omitempty"`

	// Of a copy that could not be sent otherwise: the name that the oldest sent snapshot has on the way (see detour),
	// and the names that an interrupted copy of that sort has left and that are put right first.
	Detour  string   `json:"detour,omitempty"`
	Repairs []Repair `json:"repairs,omitempty"`

	// Of a snapshot or a copy: the other configs are told that it is on its way, and what this one has on record until then (see Base).
	Announces bool   `json:"-"`
	Recorded  string `json:"-"`

	// Of a copy: when it is done, its object tells what the next one builds on, and whether that is open (see Base).
	Notes bool `json:"-"`
	Open  bool `json:"-"`

	// Of a copy: other configs prune the source, too, and what is archived before it if the source has lost it meanwhile.
	Shared  bool     `json:"-"`
	Rescues []Rescue `json:"-"`

	Phase Phase `json:"-"`
}

// Drop is a device that a replica does not get, and why.
type Drop struct {
	Device string `json:"device"`
	Why    string `json:"why"`
}

// Repair gives a snapshot its name back.
type Repair struct {
	Side Side   `json:"side"`
	From string `json:"from"`
	To   string `json:"to"`
}

// Verdict is the decision on one snapshot of one side, foreign ones included. The zero value keeps.
type Verdict struct {
	Snapshot string
	Archive  string // the object that holds it, for a snapshot that lies in an archive
	Expired  bool
	Reasons  []retention.Reason
}

// MarshalJSON writes each reason as its code and as the text for people.
func (v Verdict) MarshalJSON() ([]byte, error) {
	type reason struct {
		Code retention.Code `json:"code"`
		Text string         `json:"text"`
	}
	reasons := []reason{}
	for _, r := range v.Reasons {
		reasons = append(reasons, reason{r.Code, r.String()})
	}
	return json.Marshal(struct {
		Snapshot string   `json:"snapshot"`
		Archive  string   `json:"archive,omitempty"`
		Expired  bool     `json:"expired"`
		Reasons  []reason `json:"reasons"`
	}{v.Snapshot, v.Archive, v.Expired, reasons})
}

// Codes of the reasons that the plan adds to those of the policy.
const (
	CodeForeign retention.Code = "foreign" // not made by IAB
	CodeBase    retention.Code = "base"    // the newest snapshot that both sides have
	CodeMirror  retention.Code = "mirror"  // the source keeps it, and a copy would send it again
	CodeLost    retention.Code = "lost"    // it goes with the next copy
	CodeDoubt   retention.Code = "doubt"   // its copy was never finished
	CodeAside   retention.Code = "aside"   // it stays as long as the former replica that holds it
	CodeSilent  retention.Code = "silent"  // a cluster member that holds the object or its replica does not answer
	CodeDouble  retention.Code = "double"  // a former replica or a kept object holds it, and so does something else that stays
	CodeKept    retention.Code = "kept"    // it stays with the object that a restore or a failback has replaced

	CodeElsewhere retention.Code = "elsewhere" // the copies of another config to another target build on it
)

// reasonOf is a list of one reason of the plan's own.
func reasonOf(code retention.Code, detail string) []retention.Reason {
	return []retention.Reason{{Code: code, Detail: detail}}
}

// Item is what the plan does for one job. A set Problem means that nothing is done to it.
type Item struct {
	Job      Job              `json:"-"`
	Ref      Ref              `json:"ref"`
	Rule     string           `json:"rule,omitempty"` // the entry of the config that takes it
	Problem  string           `json:"problem,omitempty"`
	Hint     string           `json:"hint,omitempty"`
	Warnings []string         `json:"warnings,omitempty"`
	Busy     bool             `json:"busy,omitempty"` // operations work on the replica: a run waits for them, and plans anew
	Actions  []Action         `json:"actions"`
	Verdicts Sides[[]Verdict] `json:"verdicts"`
	Stays    []Stay           `json:"stays,omitempty"` // what was replaced on the source and is not removed by this run

	// Wave orders the copies of one phase: an item of wave 1 needs a replica that this run makes in wave 0.
	Wave int `json:"-"`
}

// Totals counts what the plan does.
type Totals struct {
	Items    int `json:"items"`
	Problems int `json:"problems"`
	Snapshot int `json:"snapshot"`
	Copy     int `json:"copy"`
	Archive  int `json:"archive"`
	Delete   int `json:"delete"`
	Rename   int `json:"rename,omitempty"`
}

// Plan is everything that one run does, decided and explained. The same value is printed and carried out.
type Plan struct {
	At       time.Time `json:"at"`
	Snapshot string    `json:"snapshot"`           // the name that all snapshots of the run share
	Restarts []Ref     `json:"restarts"`           // what an interrupted run has stopped and never started again; done first
	Resumes  []Ref     `json:"resumes,omitempty"`  // what bears the mark of a freeze that was never ended; done first, too
	Warnings []string  `json:"warnings,omitempty"` // about the servers, not about one object
	// Leftovers are temporary clones that a killed command has left; they are removed first.
	Leftovers []Leftover `json:"leftovers,omitempty"`
	// Profiles are made or changed on the target before anything is done to the items; sorted by project and name.
	Profiles []ProfileChange `json:"profiles"`
	Groups   []Group         `json:"groups,omitempty"` // in the order of their first members
	Items    []Item          `json:"items"`            // sorted by ref
	// Excluded are objects that the config names in full and that no run takes.
	Excluded []Excluded `json:"excluded,omitempty"`
	// Order is the one in which what is copied is worked on, in every phase; nil: none comes before another one (see Sequence).
	Order  []Turn `json:"order,omitempty"`
	Totals Totals `json:"totals"`
}

// Options are what Build needs besides jobs and inventory.
type Options struct {
	Now      time.Time
	Location *time.Location // zone of the times in snapshot names; nil means UTC
	Local    *time.Location // zone of the machine, in which older names may have been written; nil: none
	Identity string         // uuid of the config, the owner's mark on replicas
	Address  string         // URL of the target; empty: it is not compared with what the objects say
	NoCopy   bool           // plan neither snapshots nor copies
	NoPrune  bool           // plan no deletions

	// FailingOver is set for the run within a failover: what was stopped for it is copied as it is, and not started again.
	FailingOver bool

	// Reseed names the source objects whose replica is set aside and made anew.
	Reseed map[Ref]bool

	// Waited holds the jobs whose replicas were busy and have been waited for, each with what went wrong with that, if
	// anything did. Nil: nothing has been waited for. What is busy after the waiting has a problem.
	Waited map[Ref]string

	// AllowLoss lets a copy remove more than half of a replica's snapshots without archives, and overwrite a replica that
	// has been started since its last copy.
	AllowLoss bool

	// Selection is what the config says besides the jobs. Its own jobs are not looked at.
	Selection Selection

	Self Self // the instance that IAB itself runs in; it is never stopped or frozen

	// Full lets a failback send everything, where it could build on what the source has.
	Full bool
}
