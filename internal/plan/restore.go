package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// RestoreRequest is what a person asks for: one restore point of one object, and where it shall be.
type RestoreRequest struct {
	Object  Object
	Point   Point
	To      Side   // Source unless the object shall come up on the target
	As      string // another name; empty: the object's own
	InPlace bool   // the object that is there goes back in time
	Start   bool   // it shall run afterwards, even if it did not before
	NICs    bool   // a second object keeps its network interfaces

	// With are volumes that are restored before it, as they will be named.
	With map[Ref]bool

	For Ref // of a volume: the instance that uses it and is restored after it; zero: it is restored by itself

	// Unread are the sides that can't be asked: restore points there are not among those of the object.
	Unread Sides[bool]
}

// StepVerb is what a step of a restore does.
type StepVerb string

// The verbs of the steps of a restore.
const (
	StepStop   StepVerb = "stop"   // shuts the object down cleanly
	StepKeep   StepVerb = "keep"   // takes a snapshot of what is there
	StepRevert StepVerb = "revert" // puts the object back to a snapshot of its own
	StepRemove StepVerb = "remove" // removes what an interrupted restore has left
	StepFetch  StepVerb = "fetch"  // makes a new object of a restore point, under a name of its own
	StepRename StepVerb = "rename" // gives an object another name
	StepAdopt  StepVerb = "adopt"  // gives the new object the name that it is to have
	StepStart  StepVerb = "start"
)

// Step is one write of a restore. Steps run in order and stop at the first failure.
type Step struct {
	Verb     StepVerb `json:"verb"`
	Side     Side     `json:"side"`
	Object   Ref      `json:"object"`             // what it is done to
	Name     string   `json:"name,omitempty"`     // keep, revert: the snapshot; fetch, rename, adopt: the new name
	Drops    []Drop   `json:"drops,omitempty"`    // fetch: devices that the new object does not get
	Running  bool     `json:"running,omitempty"`  // revert, adopt: the object has to run afterwards
	Followed bool     `json:"followed,omitempty"` // adopt: the next run makes a new replica of it by itself
	Why      string   `json:"why"`

	Phase  int      `json:"-"` // of a takeover
	Doubt  []string `json:"-"` // activate: snapshots whose copy is not known to have finished
	From   Point    `json:"-"` // fetch, update
	Second bool     `json:"-"` // fetch: it gets an identity of its own
	Pool   string   `json:"-"` // fetch: pool of the new object
	Member string   `json:"-"` // fetch: cluster member that it comes to; update: that it lies on

	Replaced string `json:"-"` // rename: the MarkReplaced that it gets
}

// Restore is everything that one restore does, decided and explained. The same value is printed and carried out.
type Restore struct {
	At      time.Time `json:"at"`
	Ref     Ref       `json:"ref"`
	Problem string    `json:"problem,omitempty"` // set: nothing is done
	Hint    string    `json:"hint,omitempty"`
	From    RestoreAt `json:"from"`
	To      RestoreTo `json:"to"`
	Sending
	Warnings []string    `json:"warnings,omitempty"`
	Run      []RunAction `json:"run,omitempty"` // of a failover: what the run that it begins with does, before the steps
	Steps    []Step      `json:"steps"`
	NextRun  string      `json:"nextRun"` // what the next run does with the object

	Job   Job   `json:"-"`
	First Item  `json:"-"` // what Run is taken from
	Needs []Ref `json:"-"` // of a takeover: volumes that it uses
	Blind bool  `json:"-"` // of a failover: its source can't be asked
}

// RestoreAt is the restore point of a Restore.
type RestoreAt struct {
	Side     Side      `json:"side"`
	Object   Ref       `json:"object"` // what holds it
	Snapshot string    `json:"snapshot"`
	At       time.Time `json:"at"`
}

// RestoreTo is where a Restore leads.
type RestoreTo struct {
	Side   Side `json:"side"`
	Object Ref  `json:"object"`
}

// Destroys reports whether something that is there is changed or replaced: then a person is asked first.
func (r Restore) Destroys() bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Verb == StepRevert || s.Verb == StepRename })
}

// Within reports whether everything is done by snapshots of the object itself: nothing is made, renamed or removed.
func (r Restore) Within() bool {
	return !slices.ContainsFunc(r.Steps, func(s Step) bool {
		return !slices.Contains([]StepVerb{StepStop, StepKeep, StepRevert, StepStart}, s.Verb)
	})
}

// MarkRestored is on a source object that was brought back without its history: the config's uuid. Where it has no snapshot in
// common with its replica, the next run sets that aside and makes a new one by itself.
const MarkRestored = "user.iab.restored"

// MarkFetched is on an object that a restore makes, until it has its name: see FetchedMark. What still bears it was interrupted. On an
// object that has that name already it means nothing: IAB has died before it took the mark away.
const MarkFetched = "user.iab.fetched"

// FetchedMark is the value of MarkFetched: whose object it is, and what it is to become.
func FetchedMark(identity string, ref Ref) string { return identity + " " + ref.String() }

// fetched reports whether the object is what a restore has made and not given its name yet.
func (h Holding) fetched(ref Ref) bool {
	mark := h.Config[MarkFetched]
	return mark != "" && !strings.HasSuffix(mark, " "+ref.String())
}

// beside reports whether the object is what a restore has made and not given its name yet, or what it has replaced.
func (h Holding) beside(ref Ref) bool {
	kept := h.Config[MarkKept]
	return h.fetched(ref) || kept != "" && kept != ref.String()
}

// MarkKept is on an object of the source that a restore has replaced and keeps under another name: the ref that it had. MarkRunning
// says whether it ran.
const MarkKept = "user.iab.kept"

// What a restore calls the snapshot and the object that keep what it replaces, and the object that it makes, each with a time behind it.
// The snapshot's name is none of IAB's own, so no policy removes it.
const (
	keptName   = "before-restore-"
	ranSuffix  = "-ran" // behind the time of that snapshot: the instance ran, and was stopped to go back
	beforeName = "-IAB-before-"
	newName    = "-IAB-new-"
)

// IsKeptName reports whether the name is one that an object gets which a restore replaces.
func IsKeptName(name string) bool { return strings.Contains(name, beforeName) }

// RestoreOf decides how a restore point comes to where it is asked for. Pure, as Build is.
func RestoreOf(request RestoreRequest, inv Inventory, opts Options) Restore {
	if opts.Location == nil {
		opts.Location = time.UTC
	}
	point, object := request.Point, request.Object
	r := Restore{At: opts.Now, Ref: object.Ref, Job: object.Job, Steps: []Step{},
		From: RestoreAt{Side: point.Side, Object: point.Holder, Snapshot: point.Snapshot, At: point.At},
		To:   RestoreTo{Side: request.To, Object: destination(request)}}
	for _, side := range BothSides {
		if request.Unread.On(side) {
			r.Warnings = append(r.Warnings, UnreadWarning(side))
		}
	}
	p := planner{request: request, inv: inv, opts: opts}
	p.stamp = p.free(r.To.Object)
	if problem := p.plan(&r); problem != nil {
		r.Problem, r.Hint, r.Steps = problem.text, problem.hint, []Step{}
	}
	return r
}

// UnreadWarning says what a restore does without while a side can't be asked.
func UnreadWarning(side Side) string {
	return fmt.Sprintf("the %s can't be reached, so its restore points are left out", side)
}

// destination names the object that there will be. On the target a volume lies where its replica does.
func destination(request RestoreRequest) Ref {
	ref := request.Object.Ref
	if request.To == Target {
		ref = request.Object.Job.Replica()
	}
	if request.As != "" {
		ref.Name = request.As
	}
	return ref
}

// planner holds what the decisions about one restore have in common.
type planner struct {
	request RestoreRequest
	inv     Inventory
	opts    Options
	stamp   string // the time of the restore, in names
}

// free is the time of the restore as it stands in names, moved on while a name of it is taken.
func (p planner) free(to Ref) string {
	for at := p.opts.Now; ; at = at.Add(time.Second) {
		stamp := strings.TrimPrefix(SnapshotName(at, p.opts.Location), SnapshotPrefix)
		taken := false
		for _, name := range []string{newName, beforeName} {
			_, exists := p.inv.On(p.request.To).Holdings[suffixed(to, name+stamp)]
			taken = taken || exists
		}
		held := p.inv.On(p.request.To).Holdings[to].Snapshots
		if !taken && !slices.Contains(names(held), keptName+stamp) && !slices.Contains(names(held), keptName+stamp+ranSuffix) {
			return stamp
		}
	}
}

func (p planner) plan(r *Restore) *problem {
	side := p.request.To
	server := p.inv.On(side)
	present, exists := server.Holdings[r.To.Object]
	if _, ok := server.Projects[r.To.Object.Project]; !ok {
		return missingProject(r.To.Object.Project, side)
	}
	if problem := p.unanswered(r.To.Object, side); exists && problem != nil {
		return problem
	}
	for _, ref := range p.leftovers(r.To.Object) {
		r.step(Step{Verb: StepRemove, Side: side, Object: ref, Why: "an interrupted restore has left it"})
	}
	switch {
	case p.request.InPlace && (side != Source || p.request.As != ""):
		return &problem{"going back in place is for the object on the source, under its own name", "leave --to and --as out"}
	case p.request.InPlace && !exists:
		if _, _, ok := p.replaced(r.To.Object); ok {
			return p.anew(r)
		}
		return &problem{"it does not exist on the source", "leave --in-place out: it comes back under its name"}
	case p.request.InPlace:
		return p.inPlace(r, present)
	case exists && p.request.As != "":
		return &problem{fmt.Sprintf("%s exists on the %s", r.To.Object, side), "choose another name for --as"}
	case exists && side == Target:
		return &problem{fmt.Sprintf("%s is on the target already, as the replica", r.To.Object), "restore it under another name: --as NAME"}
	case exists:
		return &problem{fmt.Sprintf("%s exists on the source", r.To.Object), "restore it beside it, --as NAME, or let it go back in time: --in-place"}
	}
	return p.anew(r)
}

// inPlace lets the object on the source go back: by a snapshot of its own where it still has it and the pool can, else by a new
// object, made of that snapshot or sent from elsewhere, that takes its name.
func (p planner) inPlace(r *Restore, present Holding) *problem {
	if users := p.users(r.To.Object); len(users) > 0 {
		hint := "stop it first, or restore the volume under another name: --as NAME"
		if slices.Equal(users, []string{p.request.For.Name}) {
			hint = "stop it first; with --start it runs again when it and its volumes are back"
		}
		return &problem{fmt.Sprintf("it is attached to %s, which runs", strings.Join(users, ", ")), hint}
	}
	running := p.runs(present)
	if p.opts.Self.runsIn(r.To.Object, present) {
		return &problem{"IAB itself runs in it, and would be stopped", "restore it from another machine, or make a second one: --as NAME"}
	}
	if snapshot, ok := p.local(present); ok {
		kept := keptName + p.stamp
		if running {
			r.step(Step{Verb: StepStop, Side: Source, Object: r.To.Object, Why: "it runs, and can't go back while it does"})
			kept += ranSuffix
		}
		r.step(Step{Verb: StepKeep, Side: Source, Object: r.To.Object, Name: kept, Why: "keeps what is there now; no policy removes it"})
		r.step(Step{Verb: StepRevert, Side: Source, Object: r.To.Object, Name: snapshot, Running: running || p.request.Start,
			Why: "the source itself has the snapshot"})
		p.start(r, present, running)
		r.Sending = sendsNothing("the source has the snapshot itself")
		r.NextRun = "incremental: the chain of snapshots goes on"
		return nil
	}
	temporary := r.To.Object
	temporary.Name = suffixed(r.To.Object, newName+p.stamp).Name
	kept := suffixed(r.To.Object, beforeName+p.stamp).Name
	if problem := p.fetch(r, temporary, false); problem != nil {
		return problem
	}
	if p.request.Point.Holder == r.To.Object && p.request.Point.Side == Source {
		r.Steps[len(r.Steps)-1].Why += fmt.Sprintf("; its pool (%s) can't go back while there are newer snapshots", p.inv.Source.Pools[present.Pool].Driver)
	}
	if running {
		r.step(Step{Verb: StepStop, Side: Source, Object: r.To.Object, Why: "it runs, and is about to be replaced"})
	}
	r.step(Step{Verb: StepRename, Side: Source, Object: r.To.Object, Name: kept, Why: "keeps what is there now, with its snapshots; delete it when nothing of it is needed"})
	r.step(Step{Verb: StepAdopt, Side: Source, Object: temporary, Name: r.To.Object.Name, Followed: !p.request.Object.Jobless,
		Running: present.Status != "" && (running || p.request.Start), Why: "it is whole, and takes the name"})
	p.start(r, present, running)
	r.NextRun = p.afresh(r)
	return nil
}

// anew makes an object where there is none of that name.
func (p planner) anew(r *Restore) *problem {
	second := p.request.As != "" && p.request.As != p.request.Object.Ref.Name
	temporary := r.To.Object
	temporary.Name = suffixed(r.To.Object, newName+p.stamp).Name
	if problem := p.fetch(r, temporary, second || p.request.To == Target); problem != nil {
		return problem
	}
	home := p.request.To == Source && !second
	like := p.inv.On(p.request.Point.Side).Holdings[p.request.Point.Holder]
	running := false
	if ref, kept, ok := p.replaced(r.To.Object); home && ok {
		running = kept.Config[MarkRunning] == "true"
		r.step(Step{Verb: StepRename, Side: Source, Object: r.To.Object, Name: ref.Name, Why: "an interrupted restore has done so; it stays kept, with its snapshots"})
	}
	r.step(Step{Verb: StepAdopt, Side: p.request.To, Object: temporary, Name: r.To.Object.Name, Followed: home && !p.request.Object.Jobless,
		Running: p.request.To == Source && like.Status != "" && (running || p.request.Start), Why: "it is whole, and gets its name"})
	p.start(r, like, running)
	r.NextRun = "leaves it alone unless the config names it, too"
	if p.request.To == Target {
		r.NextRun = "leaves it alone: it is no replica"
	}
	if home && !p.request.Object.Jobless {
		r.NextRun = p.afresh(r)
	}
	return nil
}

// afresh says what follows when an object came back without its history.
func (p planner) afresh(r *Restore) string {
	everything := "everything is sent"
	if r.Bytes != nil && *r.Bytes > 0 {
		everything += " once more, about " + Size(*r.Bytes)
	}
	if !p.request.Object.Exists.Target {
		return "first copy: " + everything
	}
	return "the replica is set aside with its history, which stays to be restored, and a new one is made: " + everything
}

func (r *Restore) step(s Step) { r.Steps = append(r.Steps, s) }

// start starts the object if it ran, or if that is asked for. What has no status is nothing that could run.
func (p planner) start(r *Restore, like Holding, running bool) {
	if like.Status == "" {
		if p.request.Start {
			r.Warnings = append(r.Warnings, "it is nothing that can be started: --start is left out of account")
		}
		return
	}
	why := "it ran before"
	if p.request.Start {
		why = "asked for (--start)"
	}
	if running || p.request.Start {
		r.step(Step{Verb: StepStart, Side: p.request.To, Object: r.To.Object, Why: why})
	}
}

// runs reports whether an object runs, or was stopped by an interrupted command and has to run again.
func (p planner) runs(h Holding) bool {
	return h.Running || h.Frozen || h.owesStart(p.opts.Identity)
}

// owesStart reports whether IAB has stopped an object that has to run again. It bears the mark of that; or a restore was killed when it had let an
// instance go back by its own snapshot, whose config knows nothing of it. Then the restore's snapshot of what was there says that it ran, and
// nobody has started it since.
func (h Holding) owesStart(identity string) bool {
	if identity == "" || h.Config[MarkStopped] != "" {
		return identity != "" && h.Config[MarkStopped] == identity
	}
	return !h.Running && !h.Frozen && h.LastStart.Unix() > 0 && slices.ContainsFunc(h.Snapshots, func(s Snapshot) bool {
		return strings.HasPrefix(s.Name, keptName) && strings.HasSuffix(s.Name, ranSuffix) && s.CreatedAt.After(h.LastStart)
	})
}

// replaced is what an interrupted restore has kept of an object before it gave the name to what it had made. ok is false if there was none.
func (p planner) replaced(to Ref) (ref Ref, kept Holding, ok bool) {
	for _, left := range p.leftovers(to) {
		_, stamp, _ := strings.Cut(left.Name, newName) // the same in both names
		ref := suffixed(to, beforeName+stamp)
		if kept, ok := p.inv.On(p.request.To).Holdings[ref]; ok && kept.Config[MarkKept] == to.String() {
			return ref, kept, true
		}
	}
	return Ref{}, Holding{}, false
}

// leftovers lists what interrupted restores of the same object have left on that side.
func (p planner) leftovers(to Ref) []Ref {
	var list []Ref
	for ref, holding := range p.inv.On(p.request.To).Holdings {
		if p.opts.Identity != "" && holding.Config[MarkFetched] == FetchedMark(p.opts.Identity, to) && holding.fetched(ref) && strings.Contains(ref.Name, newName) {
			list = append(list, ref)
		}
	}
	slices.SortFunc(list, Ref.Compare)
	return list
}

// local returns the source's own snapshot that is the restore point, where its pool can go back to it.
func (p planner) local(present Holding) (name string, ok bool) {
	can, _ := p.inv.Source.Reverts(present.Pool)
	i := slices.IndexFunc(present.Snapshots, func(s Snapshot) bool {
		return same(s, Snapshot{Name: p.request.Point.Snapshot, CreatedAt: p.request.Point.Created})
	})
	if i < 0 || !can {
		return "", false
	}
	return present.Snapshots[i].Name, true
}

// users lists the running instances that a volume is attached to.
func (p planner) users(ref Ref) []string {
	if ref.Pool == "" {
		return nil
	}
	var list []string
	for other, holding := range p.inv.Source.Holdings {
		if !holding.Running && !holding.Frozen {
			continue
		}
		for _, device := range holding.Inherited {
			if volumeOf(other.Project, device) == ref {
				list = append(list, other.Name)
			}
		}
	}
	slices.Sort(list)
	return list
}
