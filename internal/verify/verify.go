package verify

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"iab/internal/files"
	"iab/internal/plan"
	"iab/internal/run"
)

// removeGrace is how long the removal of a clone may take after an interruption.
const removeGrace = time.Minute

// mostDifferences is how many files of a restore point are named one by one.
const mostDifferences = 20

// Task is what is to be done for one object.
type Task struct {
	Object   plan.Object
	Findings []plan.Finding // what the servers' records have told already
	Reads    []Reading      // restore points whose content is read
	Drill    *plan.Clone    // what is started on trial, nil: nothing
	Notes    []string
}

// Reading is one restore point of the target whose content is read, with the clone of the source's that it is compared with.
type Reading struct {
	Target plan.Clone
	Source *plan.Clone // nil: the source does not have it
}

// Options are what Execute needs besides the tasks.
type Options struct {
	Parallel int              // objects worked on side by side, at least 1
	Clock    func() time.Time // the present
	Sample   files.Sample
	Wait     plan.Wait
	Observe  func(Event) // called from many goroutines, one call at a time; nil: nobody watches
}

// Event tells an observer how far the work on an object is.
type Event struct {
	At    time.Time
	Ref   plan.Ref
	Doing string // what is being done, in words
	Files int    // read so far, on both sides
	Bytes int64
	Done  bool // the object is through
	OK    bool
}

// Execute does the tasks, several objects side by side. Every clone that it makes is removed again, whatever happens.
func Execute(ctx context.Context, servers Servers, tasks []Task, opts Options) Report {
	e := &execution{servers: servers, opts: opts}
	report := Report{StartedAt: opts.Clock(), Results: make([]Result, len(tasks))}
	if opts.Sample.Percent < 100 {
		report.Seed = opts.Sample.Seed
	}
	var group errgroup.Group
	group.SetLimit(max(opts.Parallel, 1))
	for i, task := range tasks {
		group.Go(func() error {
			report.Results[i] = e.task(ctx, task)
			return nil
		})
	}
	_ = group.Wait() // the functions report by the results
	report.Interrupted, report.FinishedAt = ctx.Err() != nil, opts.Clock()
	report.OK = !report.Interrupted && !slices.ContainsFunc(report.Results, func(r Result) bool { return !r.OK })
	return report
}

type execution struct {
	servers Servers
	opts    Options
	mu      sync.Mutex
}

func (e *execution) task(ctx context.Context, task Task) Result {
	result := Result{Ref: task.Object.Ref, Findings: slices.Clip(task.Findings), Notes: task.Notes}
	if result.Findings == nil {
		result.Findings = []plan.Finding{}
	}
	if twins := task.Object.Twins(); len(twins) > 0 {
		result.Snapshot = twins[0].Target.Snapshot
	}
	for _, reading := range task.Reads {
		if ctx.Err() == nil {
			e.content(ctx, &result, reading)
		}
	}
	if task.Drill != nil && ctx.Err() == nil {
		e.drill(ctx, &result, task)
	}
	if ctx.Err() != nil && len(task.Reads)+boolToInt(task.Drill != nil) > 0 {
		result.Findings = append(result.Findings, plan.Finding{Side: plan.Target, Text: "interrupted before everything was verified"})
	}
	result.OK = len(result.Findings) == 0
	e.tell(Event{Ref: result.Ref, Done: true, OK: result.OK})
	return result
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (r *Result) find(side plan.Side, snapshot, text, hint string) {
	r.Findings = append(r.Findings, plan.Finding{Side: side, Snapshot: snapshot, Text: text, Hint: hint})
}

// failed reports an error as a finding, but for what an interruption has caused.
func (r *Result) failed(ctx context.Context, side plan.Side, snapshot string, err error) {
	if ctx.Err() == nil {
		r.find(side, snapshot, err.Error(), run.Advice(err))
	}
}

// content reads one restore point, on both sides where both have it.
func (e *execution) content(ctx context.Context, result *Result, reading Reading) {
	began := e.opts.Clock()
	snapshot := reading.Target.Of.Snapshot
	event := &Event{Ref: result.Ref, Doing: "reads " + snapshot}
	e.tell(*event)
	progress := func(read int, bytes int64) {
		e.mu.Lock()
		event.Files, event.Bytes = event.Files+read, event.Bytes+bytes
		now := *event
		e.mu.Unlock()
		e.tell(now)
	}
	var held plan.Sides[files.Manifest]
	var failed plan.Sides[error]
	var group sync.WaitGroup
	group.Go(func() { held.Target, failed.Target = e.read(ctx, reading.Target, progress) })
	if reading.Source != nil {
		group.Go(func() { held.Source, failed.Source = e.read(ctx, *reading.Source, progress) })
	}
	group.Wait()
	before := len(result.Findings)
	for _, side := range plan.BothSides {
		if err := failed.On(side); err != nil {
			result.failed(ctx, side, snapshot, err)
		}
	}
	if reading.Source != nil && failed.Source == nil && failed.Target == nil {
		result.compare(snapshot, files.Compare(held.Source, held.Target))
	}
	hashed, bytes := held.Target.Hashed()
	if ctx.Err() != nil {
		return
	}
	result.Content = append(result.Content, Content{Snapshot: snapshot, OK: len(result.Findings) == before, Compared: reading.Source != nil,
		Files: len(held.Target), Read: hashed, Bytes: bytes, Seconds: e.opts.Clock().Sub(began).Seconds()})
}

// compare makes findings of differences, and of many of them one that counts the rest.
func (r *Result) compare(snapshot string, differences []files.Difference) {
	const hint = "this restore point of the target is not what the source has: restore from another one, and see the target's storage; " +
		"`iab run --reseed` makes a new replica"
	for i, d := range differences {
		if i == mostDifferences {
			r.find(plan.Target, snapshot, fmt.Sprintf("%d more files are not the same", len(differences)-i), "")
			return
		}
		advice := ""
		if i == 0 {
			advice = hint
		}
		r.find(plan.Target, snapshot, fmt.Sprintf("/%s %s", d.Path, d.Text), advice)
	}
}

// read makes a clone, reads it, and removes it.
func (e *execution) read(ctx context.Context, clone plan.Clone, progress func(int, int64)) (held files.Manifest, err error) {
	err = e.cloned(ctx, clone, func() error {
		held, err = files.Read(func(visit files.Visit) error {
			return e.servers.Walk(ctx, clone.Of.Side, clone.Ref, nil, visit)
		}, e.opts.Sample, progress)
		return err
	})
	return held, err
}

// cloned does something with a clone. The clone is removed whatever becomes of it, also when it was only half made.
func (e *execution) cloned(ctx context.Context, clone plan.Clone, use func() error) error {
	err := e.servers.Clone(ctx, clone)
	if err == nil {
		err = use()
	}
	return Remove(ctx, e.servers, clone, err)
}

// Remove removes a clone after its use, also when ctx has ended, and joins what goes wrong with the error of the use.
func Remove(ctx context.Context, servers Servers, clone plan.Clone, used error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeGrace)
	defer cancel()
	removed := servers.DeleteClone(ctx, clone.Of.Side, clone.Ref)
	switch {
	case removed == nil:
		return used
	case used == nil:
		return removed
	}
	return fmt.Errorf("%w; then %w", used, removed)
}

// drill starts a clone on trial, and notes on the replica how that went.
func (e *execution) drill(ctx context.Context, result *Result, task Task) {
	clone := *task.Drill
	e.tell(Event{Ref: result.Ref, Doing: "starts " + clone.Of.Snapshot + " on trial"})
	wait := e.opts.Wait
	wait.Ready = task.Object.Holding.Source.Status == "Ready"
	drill := &Drill{Snapshot: clone.Of.Snapshot}
	began := e.opts.Clock()
	err := e.cloned(ctx, clone, func() error {
		began = e.opts.Clock()
		trial, err := e.servers.Try(ctx, clone.Ref, wait)
		drill.Seconds = e.opts.Clock().Sub(began).Seconds()
		drill.Proof, drill.Console, drill.OK = trial.Proof, trial.Console, err == nil
		return err
	})
	if ctx.Err() != nil {
		return
	}
	result.Drill = drill
	if err != nil {
		result.failed(ctx, plan.Target, clone.Of.Snapshot, err)
	}
	if !task.Object.Exists.Target {
		return // only archives are left
	}
	noted := plan.Drill{At: began, Snapshot: clone.Of.Snapshot, OK: drill.OK, Seconds: drill.Seconds}
	if err := e.servers.NoteDrill(ctx, task.Object.Job.Replica(), noted); err != nil {
		result.failed(ctx, plan.Target, "", err)
	}
}

func (e *execution) tell(event Event) {
	if e.opts.Observe == nil {
		return
	}
	event.At = e.opts.Clock()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.opts.Observe(event)
}
