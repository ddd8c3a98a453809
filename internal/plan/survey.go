package plan

import (
	"cmp"
	"slices"
	"time"

	"iab/internal/retention"
)

// Survey is what there is to restore: every object of the jobs, and every replica of this config that no job makes any more.
type Survey struct {
	At      time.Time
	Objects []Object // sorted by ref
}

// Object is one object with its restore points on both sides.
type Object struct {
	Ref     Ref  // the source's name; for a replica without a job, the target's, in the project of the source that leads there
	Job     Job  // the zero Job but for its Ref if no job makes the replica
	Jobless bool // no job of the config names it

	Exists  Sides[bool]    // whether the object, or its replica, is there
	Holding Sides[Holding] // as it is, nothing left out

	// Apart reports that no copy can continue the replica: the chain is broken or lost, the replica was started, or the object has
	// become another type.
	Apart bool

	// Problem is why a run would do nothing to it, and Hint what to do about that; both empty where a run would.
	Problem, Hint string

	Points []Point // newest first
}

// Point is one restore point: a snapshot of the object or of its replica, or one that an archive, a former replica or a replaced object holds.
type Point struct {
	Side     Side
	Holder   Ref       // the object that holds it, on its side
	Archived bool      // the holder is an archive or a former replica, or on the source an object that was replaced and kept
	Within   bool      // it is a snapshot of the holder; else the holder's own data is what it keeps
	Snapshot string    // its name
	Created  time.Time // the server's date
	At       time.Time // the moment that it stands for: an own snapshot's name, a foreign one's date
	Own      bool      // IAB made the snapshot
	Size     int64     // bytes that the snapshot takes, 0: not known
	Complete bool      // all of it is there: always on the source; on the target its copy has finished
	Verdict  Verdict   // what retention says of it now
}

// SurveyOf lists what there is to restore. Like Build it is pure, and the same input in any order gives the same answer. Verdicts are
// those of a run that only prunes.
func SurveyOf(jobs []Job, inv Inventory, opts Options) Survey {
	opts.NoCopy, opts.NoPrune, opts.Reseed = true, true, nil
	b := newBuilder(jobs, inv, opts)
	survey := Survey{At: opts.Now, Objects: []Object{}}
	known := map[Ref]bool{}
	for _, job := range jobs {
		known[job.Replica()] = true
		survey.Objects = append(survey.Objects, b.object(job, false))
	}
	for ref, holding := range inv.Target.Holdings {
		if opts.Identity != "" && holding.Config[MarkReplicaOf] == opts.Identity && holding.Config[MarkRole] == RoleReplica && !known[ref] {
			survey.Objects = append(survey.Objects, b.object(jobless(ref, holding, jobs), true))
		}
	}
	slices.SortFunc(survey.Objects, func(a, b Object) int {
		return cmp.Or(a.Ref.Compare(b.Ref), compareBool(a.Jobless, b.Jobless))
	})
	return survey
}

// jobless is the job of a replica that none makes any more. It is named after the source's project, as far as it tells and no other
// object has the name.
func jobless(replica Ref, holding Holding, jobs []Job) Job {
	job := Job{Ref: replica, TargetPool: replica.Pool}
	if origin := Origin(replica, holding); origin.Project != replica.Project {
		job.Ref.Project, job.TargetProject = origin.Project, replica.Project
	}
	if slices.ContainsFunc(jobs, func(other Job) bool { return other.Ref == job.Ref }) {
		return Job{Ref: replica, TargetPool: replica.Pool}
	}
	return job
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// object surveys one object, whatever stands in the way of its job.
func (b builder) object(job Job, jobless bool) Object {
	object := Object{Ref: job.Ref, Job: job, Jobless: jobless}
	for _, side := range BothSides {
		if jobless && side == Source {
			continue
		}
		holding, ok := b.holding(job, side)
		object.Exists.Set(side, ok)
		object.Holding.Set(side, holding)
	}
	if obstacle := b.obstacle(job); obstacle != nil && !jobless {
		object.Problem, object.Hint = obstacle.text, obstacle.hint
	}
	silent := b.unanswered(job) != nil
	item := blank(job)
	h := history{archives: b.archives[job.Replica().String()], asides: b.asides[job.Replica().String()]}
	if b.lent(job) {
		h = history{}
	}
	held := Sides[[]Snapshot]{Source: object.Holding.Source.Snapshots}
	h.held.Source = held.Source
	var doubt []Snapshot
	if b.ours(job) {
		p := b.pair(job)
		h.held.Target, h.doubt = p.replica.Snapshots, p.resend
		held.Target = object.Holding.Target.Snapshots
		doubt = doubtful(object.Holding.Target, b.opts.Identity)
		object.Apart = object.Exists.Source && !silent && b.apart(p)
	}
	b.judge(&item, h, object.Exists.Target)
	if silent {
		item.keepAll()
	}
	for _, side := range BothSides {
		object.Points = append(object.Points, b.points(job, side, item.Verdicts.On(side), held.On(side), h, doubt)...)
	}
	slices.SortStableFunc(object.Points, func(a, b Point) int { return b.At.Compare(a.At) })
	return object
}

// lent reports whether the replica under a job's name is that of another object, which was renamed: the next run gives it the other's
// name, or has a problem with it.
func (b builder) lent(job Job) bool {
	source, _ := b.holding(job, Source)
	replica, _ := b.holding(job, Target)
	return b.ofAnother(job, pairing{source: source, replica: replica}) != Ref{}
}

// ours reports whether the object under a job's name on the target is a replica of this config, or one that the first IAB made. The
// snapshots of anything else are no restore points of the job.
func (b builder) ours(job Job) bool {
	replica, exists := b.holding(job, Target)
	if !exists {
		return false
	}
	if owner := replica.Config[MarkReplicaOf]; owner != "" {
		if b.lent(job) {
			return false
		}
		return owner == b.opts.Identity && replica.Config[MarkRole] != RoleArchive && replica.Config[MarkRole] != RoleClone
	}
	source, _ := b.holding(job, Source)
	return newestOwn(Refresh(source.Snapshots, replica.Snapshots).Shared) != ""
}

// apart reports whether no copy can continue the replica as it is.
func (b builder) apart(p pairing) bool {
	effect := Refresh(p.source.Snapshots, p.replica.Snapshots)
	lost := newestOwn(effect.Shared) == "" && len(effect.Loses) > 0
	return lost || p.replica.Type != p.source.Type || p.replica.Started() || b.chainBroken(p.replica, effect)
}

// points makes restore points of one side's verdicts.
func (b builder) points(job Job, side Side, verdicts []Verdict, held []Snapshot, h history, doubt []Snapshot) []Point {
	var list []Point
	for _, v := range verdicts {
		point := Point{Side: side, Holder: job.RefOn(side), Within: true, Snapshot: v.Snapshot, Verdict: v, Complete: true}
		snapshots, unsure := held, doubt
		if v.Archive != "" {
			point.Holder.Name, point.Archived = v.Archive, true
			snapshots, unsure = nil, nil
			for _, archive := range h.archives {
				if archive.Ref.Name == v.Archive {
					snapshots, point.Within = []Snapshot{archive.Snapshot}, false
				}
			}
			for _, aside := range h.asides {
				if aside.Ref.Name == v.Archive {
					snapshots, unsure = aside.Snapshots, aside.Doubtful
				}
			}
			for _, kept := range b.kept[job.Ref.String()] {
				if side == Source && kept.ref.Name == v.Archive {
					snapshots = kept.holding.Snapshots
				}
			}
		}
		i := slices.IndexFunc(snapshots, func(s Snapshot) bool { return s.Name == v.Snapshot })
		if i < 0 {
			continue
		}
		point.Created, point.Own, point.Size = snapshots[i].CreatedAt, snapshots[i].Own(), snapshots[i].Size
		point.At = point.Created
		if point.Own {
			point.At = snapshots[i].At(b.opts.Location, b.opts.Local)
		}
		if side == Target {
			point.Complete = !slices.ContainsFunc(unsure, func(s Snapshot) bool { return s.Name == v.Snapshot })
		}
		list = append(list, point)
	}
	return list
}

// Holders lists the objects on each side whose snapshots are restore points of the object, as the marks in the inventory tell.
func (o Object) Holders(inv Inventory) Sides[[]Ref] {
	var list Sides[[]Ref]
	replica := o.Job.Replica()
	for ref, h := range inv.Source.Holdings {
		if !o.Jobless && ref == o.Ref || h.Config[MarkKept] == o.Ref.String() {
			list.Source = append(list.Source, ref)
		}
	}
	for ref, h := range inv.Target.Holdings {
		if ref == replica || h.Config[MarkArchiveOf] == replica.String() && h.Config[MarkRole] != RoleArchive {
			list.Target = append(list.Target, ref)
		}
	}
	return list
}

// Near returns the restore point that holds the same snapshot on a side, so that nothing has to be sent there; the point itself where
// that side has no complete one.
func (o Object) Near(point Point, side Side) Point {
	for _, p := range o.Points {
		if p.Side == side && p.Complete && same(Snapshot{Name: p.Snapshot, CreatedAt: p.Created}, Snapshot{Name: point.Snapshot, CreatedAt: point.Created}) {
			return p
		}
	}
	return point
}

// KeptBy are the reasons that keep the point, none for one that the next run deletes.
func (p Point) KeptBy() []retention.Reason {
	if p.Verdict.Expired {
		return nil
	}
	return p.Verdict.Reasons
}

// ahead reports whether the point is dated after the present. A name may say so though the snapshot has been taken: runs that come faster
// than one in a second move theirs on, and so do configs that wait for their turn. Then the server's date tells.
func (p Point) ahead(now time.Time) bool {
	return p.At.After(now) && (p.Created.After(now) || p.At.Sub(p.Created) > zoneTolerance)
}

// Newest returns the object's newest complete restore point on a side that is not dated in the future. ok is false if there is none.
func (o Object) Newest(side Side, now time.Time) (point Point, ok bool) {
	for _, p := range o.Points {
		if p.Side == side && p.Complete && !p.ahead(now) {
			return p, true
		}
	}
	return Point{}, false
}
