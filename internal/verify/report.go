package verify

import (
	"fmt"
	"strings"
	"time"

	"iab/internal/plan"
)

// Report is everything that is said about a verification.
type Report struct {
	OK          bool      `json:"ok"`
	Interrupted bool      `json:"interrupted,omitempty"`
	StartedAt   time.Time `json:"startedAt"`
	FinishedAt  time.Time `json:"finishedAt"`
	Error       string    `json:"error,omitempty"` // why nothing could be verified at all
	Hint        string    `json:"hint,omitempty"`
	Seed        string    `json:"seed,omitempty"` // of the sample, where there was one
	Results     []Result  `json:"results"`        // sorted by ref
}

// Result is what is known about one object.
type Result struct {
	Ref      plan.Ref       `json:"ref"`
	OK       bool           `json:"ok"`
	Snapshot string         `json:"snapshot,omitempty"` // the newest one that both sides have complete
	Findings []plan.Finding `json:"findings"`
	Notes    []string       `json:"notes,omitempty"` // what was not done, and why
	Content  []Content      `json:"content,omitempty"`
	Drill    *Drill         `json:"drill,omitempty"`
}

// Content is one restore point whose content was read.
type Content struct {
	Snapshot string  `json:"snapshot"`
	OK       bool    `json:"ok"`
	Compared bool    `json:"compared"` // with the source; else only read on the target
	Files    int     `json:"files"`    // that the target holds, of every type
	Read     int     `json:"read"`     // files whose content was read on the target
	Bytes    int64   `json:"bytes"`    // of that content
	Seconds  float64 `json:"seconds"`
}

// Drill is a restore drill: a replica was started on trial.
type Drill struct {
	Snapshot string     `json:"snapshot"`
	OK       bool       `json:"ok"`
	Proof    plan.Proof `json:"proof,omitempty"`
	Seconds  float64    `json:"seconds"` // from the start to the proof, or to the failure
	Console  string     `json:"console,omitempty"`
}

// Aborted is the report of a verification that could not be carried out.
func Aborted(started, finished time.Time, text, hint string) Report {
	return Report{StartedAt: started, FinishedAt: finished, Error: text, Hint: hint, Results: []Result{}}
}

// Summary is one line about the whole verification.
func (r Report) Summary() string {
	if r.Error != "" {
		return "nothing was verified: " + r.Error
	}
	well := 0
	for _, result := range r.Results {
		if result.OK {
			well++
		}
	}
	text := "verified"
	if r.Interrupted {
		text = "verification interrupted"
	}
	return fmt.Sprintf("%s: %d of %d objects are well, in %s", text, well, len(r.Results), r.FinishedAt.Sub(r.StartedAt).Round(time.Second))
}

// Text tells the whole verification in plain lines, what is wrong first.
func (r Report) Text() string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Summary())
	if r.Hint != "" {
		fmt.Fprintf(&b, "  hint: %s\n", r.Hint)
	}
	if r.Seed != "" {
		fmt.Fprintf(&b, "  the same sample again: --seed %s\n", r.Seed)
	}
	for _, well := range []bool{false, true} {
		for _, result := range r.Results {
			if result.OK == well {
				result.text(&b)
			}
		}
	}
	return b.String()
}

func (r Result) text(b *strings.Builder) {
	word := "ok"
	if !r.OK {
		word = "wrong"
	}
	fmt.Fprintf(b, "%s: %s", word, r.Ref)
	if r.Snapshot != "" {
		fmt.Fprintf(b, ": %s is complete on both sides", r.Snapshot)
	}
	fmt.Fprintln(b)
	for _, f := range r.Findings {
		if f.Snapshot != "" {
			fmt.Fprintf(b, "  %s on the %s: %s\n", f.Snapshot, f.Side, f.Text)
		} else {
			fmt.Fprintf(b, "  %s\n", f.Text)
		}
		if f.Hint != "" {
			fmt.Fprintf(b, "    hint: %s\n", f.Hint)
		}
	}
	for _, c := range r.Content {
		c.text(b)
	}
	if r.Drill != nil {
		r.Drill.text(b)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(b, "  note: %s\n", note)
	}
}

func (c Content) text(b *strings.Builder) {
	if !c.OK {
		return // the findings tell
	}
	word := "equal on both sides"
	if !c.Compared {
		word = "readable on the target"
	}
	fmt.Fprintf(b, "  content of %s: %d files are %s; of %d the content was read, %s, in %.1f s\n", c.Snapshot, c.Files, word, c.Read, plan.Size(c.Bytes), c.Seconds)
}

func (d Drill) text(b *strings.Builder) {
	if d.OK {
		proof := map[plan.Proof]string{plan.Runs: "it keeps running", plan.Ready: "it reported itself ready", plan.Probed: "its probe succeeded"}[d.Proof]
		fmt.Fprintf(b, "  drill of %s: %s after %.1f s\n", d.Snapshot, proof, d.Seconds)
		return
	}
	for line := range strings.Lines(d.Console) {
		fmt.Fprintf(b, "  | %s\n", strings.TrimRight(line, "\r\n"))
	}
}
