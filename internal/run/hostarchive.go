package run

import (
	"fmt"
	"strings"
	"time"

	"iab/internal/plan"
)

// HostArchive is what became of the archive of one part of a server: of its system, an application or its definitions.
type HostArchive struct {
	Side     plan.Side `json:"side"`
	Host     string    `json:"host"`
	Member   string    `json:"member,omitempty"` // absent for what the members of a cluster share
	Part     string    `json:"part,omitempty"`   // absent where nothing of the machine could be read
	Outcome  Outcome   `json:"outcome"`          // ok, failed or skipped
	Error    string    `json:"error,omitempty"`
	Hint     string    `json:"hint,omitempty"`
	File     string    `json:"file,omitempty"`
	Bytes    int64     `json:"bytes"`
	Deleted  []string  `json:"deleted"` // files of older archives
	Warnings []string  `json:"warnings,omitempty"`
}

// Name is host/member/part, as far as they are known.
func (h HostArchive) Name() string {
	name := h.Host
	for _, step := range []string{h.Member, h.Part} {
		if step != "" {
			name += "/" + step
		}
	}
	return name
}

// AddHostArchives adds the archives that were made of the servers. A failed one makes the run a failed one; what was skipped
// has a reason and does not.
func (r *Report) AddHostArchives(list []HostArchive, finished time.Time, interrupted bool) {
	r.HostArchives = append(r.HostArchives, list...)
	r.FinishedAt = finished
	r.Interrupted = r.Interrupted || interrupted
	r.OK = r.OK && !r.Interrupted
	for _, h := range list {
		r.OK = r.OK && h.Outcome != Failure
	}
}

// LeaveHostArchives adds archives of the servers that were not begun, because the time for new work was over.
func (r *Report) LeaveHostArchives(list []HostArchive, finished time.Time) {
	r.AddHostArchives(list, finished, r.Interrupted)
	r.TimeOver, r.OK = true, false
}

// hostSummary is the part of the summary that counts archives of the servers.
func (r Report) hostSummary() []string {
	count := map[Outcome]int{}
	for _, h := range r.HostArchives {
		count[h.Outcome]++
	}
	var parts []string
	for _, row := range []struct {
		outcome Outcome
		word    string
	}{{OK, ""}, {Failure, " failed"}, {Skipped, " skipped"}} {
		switch n := count[row.outcome]; n {
		case 0:
		case 1:
			parts = append(parts, "1 archive of a host"+row.word)
		default:
			parts = append(parts, fmt.Sprintf("%d archives of hosts%s", n, row.word))
		}
	}
	return parts
}

func (h HostArchive) text(b *strings.Builder) {
	fmt.Fprintf(b, "%s: %s", h.Outcome, h.Name())
	if h.Error != "" {
		fmt.Fprintf(b, ": %s", h.Error)
	}
	fmt.Fprintln(b)
	if h.Hint != "" {
		fmt.Fprintf(b, "  hint: %s\n", h.Hint)
	}
	for _, warning := range h.Warnings {
		fmt.Fprintf(b, "  warning: %s\n", warning)
	}
}
