package run

import (
	"fmt"
	"strings"
	"time"

	"iab/internal/plan"
)

// Outcome is how a job ended.
type Outcome string

// The outcomes. Skipped: an interruption or the end of the time for new work came before the job was finished, and nothing of it
// failed.
const (
	OK      Outcome = "ok"
	Failure Outcome = "failed"
	Problem Outcome = "problem"
	Skipped Outcome = "skipped"
)

// Copied is what a job's copies moved.
type Copied struct {
	Bytes       int64   `json:"bytes"`
	Seconds     float64 `json:"seconds"`
	Incremental bool    `json:"incremental"`
}

// Result is what became of one job.
type Result struct {
	Ref      plan.Ref             `json:"ref"`
	Outcome  Outcome              `json:"outcome"`
	Error    string               `json:"error,omitempty"`
	Hint     string               `json:"hint,omitempty"`
	Snapshot string               `json:"snapshot,omitempty"` // the one taken by this run
	Window   float64              `json:"window,omitempty"`   // seconds for which something was frozen or stopped for it
	Copied   *Copied              `json:"copied,omitempty"`
	Archived []string             `json:"archived,omitempty"` // snapshots that got an archive on the target
	Deleted  plan.Sides[[]string] `json:"deleted"`
	Warnings []string             `json:"warnings,omitempty"`
}

// Host names one server of a run.
type Host struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Totals counts the outcomes.
type Totals struct {
	OK      int `json:"ok"`
	Failed  int `json:"failed"`
	Problem int `json:"problem"`
	Skipped int `json:"skipped"`
}

// Report is everything that is said about a run afterwards: on the terminal, as JSON and in notifications.
type Report struct {
	OK          bool             `json:"ok"`
	Interrupted bool             `json:"interrupted,omitempty"`
	TimeOver    bool             `json:"timeOver,omitempty"` // something was not begun, because the time for new work was over
	StartedAt   time.Time        `json:"startedAt"`
	FinishedAt  time.Time        `json:"finishedAt"`
	Host        plan.Sides[Host] `json:"host"`
	Error       string           `json:"error,omitempty"` // why the run could not be carried out at all
	Hint        string           `json:"hint,omitempty"`
	Warnings    []string         `json:"warnings,omitempty"` // about the servers, not about one object
	Results     []Result         `json:"results"`            // sorted by ref
	Totals      Totals           `json:"totals"`

	// Excluded are objects that the config names in full, and that were not worked on since they are excluded.
	Excluded []plan.Excluded `json:"excluded,omitempty"`

	// HostArchives are those of the servers themselves, where the config asks for them.
	HostArchives []HostArchive `json:"hostArchives,omitempty"`
}

// close counts the outcomes and sets OK.
func (r *Report) close(at time.Time) {
	r.FinishedAt = at
	for _, result := range r.Results {
		switch result.Outcome {
		case OK:
			r.Totals.OK++
		case Failure:
			r.Totals.Failed++
		case Problem:
			r.Totals.Problem++
		case Skipped:
			r.Totals.Skipped++
		}
	}
	r.OK = r.Error == "" && !r.Interrupted && !r.TimeOver && r.Totals.OK == len(r.Results)
}

// Aborted is the report of a run that could not be carried out.
func Aborted(started, finished time.Time, err error) Report {
	report := Report{StartedAt: started, Error: err.Error(), Hint: Advice(err), Results: []Result{}}
	report.close(finished)
	return report
}

// Summary is one line about the whole run.
func (r Report) Summary() string {
	if r.Error != "" {
		return "backup not carried out: " + r.Error
	}
	parts := []string{fmt.Sprintf("%d ok", r.Totals.OK)}
	for _, count := range []struct {
		number int
		word   string
	}{{r.Totals.Failed, "failed"}, {r.Totals.Problem, "with a problem"}, {r.Totals.Skipped, "skipped"}} {
		if count.number > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count.number, count.word))
		}
	}
	parts = append(parts, r.hostSummary()...)
	text := "backup finished"
	switch {
	case r.Interrupted:
		text = "backup interrupted"
	case r.TimeOver && r.Totals.Failed+r.Totals.Problem == 0:
		text = "backup cut short by --max-duration"
	case !r.OK:
		text = "backup finished with errors"
	}
	return fmt.Sprintf("%s: %s, in %s", text, strings.Join(parts, ", "), r.FinishedAt.Sub(r.StartedAt).Round(time.Second))
}

// Text tells the whole run in plain lines, what went wrong first. It is the body of notifications.
func (r Report) Text() string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Summary())
	if r.Hint != "" {
		fmt.Fprintf(&b, "  hint: %s\n", r.Hint)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(&b, "  warning: %s\n", warning)
	}
	for _, excluded := range r.Excluded {
		fmt.Fprintf(&b, "  %s\n", ExcludedText(excluded))
	}
	for _, outcome := range []Outcome{Failure, Problem, Skipped, OK} {
		for _, result := range r.Results {
			if result.Outcome == outcome {
				result.text(&b)
			}
		}
		for _, h := range r.HostArchives {
			if h.Outcome == outcome {
				h.text(&b)
			}
		}
	}
	return b.String()
}

// ExcludedText says that an object is not worked on, and why.
func ExcludedText(e plan.Excluded) string {
	return fmt.Sprintf("excluded: %s: %s, though %s names it", e.Ref, e.Why, e.Rule)
}

func (r Result) text(b *strings.Builder) {
	fmt.Fprintf(b, "%s: %s", r.Outcome, r.Ref)
	if r.Error != "" {
		fmt.Fprintf(b, ": %s", r.Error)
	}
	fmt.Fprintln(b)
	if r.Hint != "" {
		fmt.Fprintf(b, "  hint: %s\n", r.Hint)
	}
	if downtime := r.Downtime(); downtime != "" {
		fmt.Fprintf(b, "  out of service for %s\n", downtime)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(b, "  warning: %s\n", warning)
	}
}
