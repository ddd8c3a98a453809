package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iab/internal/plan"
	"iab/internal/run"
)

func TestTheTableShowsTheArchivesOfTheHostsAndWhyOneIsMissing(t *testing.T) {
	report := run.Report{OK: true}
	report.AddHostArchives([]run.HostArchive{
		{Side: plan.Source, Host: "prod", Member: "node1", Part: "system", Outcome: run.OK, Bytes: 2048, Deleted: []string{"a", "b"}},
		{Side: plan.Source, Host: "prod", Member: "node1", Part: "incus", Outcome: run.Failure, Error: "prod says: no space", Hint: "make room"},
	}, report.FinishedAt, false)
	want := ` archive of a host  outcome  size     deleted
──────────────────────────────────────────────
 prod/node1/system  ok       2.0 KiB  2
 prod/node1/incus   failed   0 B      0
prod/node1/incus: prod says: no space
  hint: make room
backup finished with errors: 0 ok, 1 archive of a host, 1 archive of a host failed, in 0s
`
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(reportTable(report, 80, false), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
