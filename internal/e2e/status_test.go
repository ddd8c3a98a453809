//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"iab/internal/plan"
	"iab/internal/status"
)

// states is what `iab status --json` says of every object, as "name: state severity archives".
func (f *fixture) states(code int, args ...string) (report status.Report, states string) {
	f.Helper()
	done := f.iab(append([]string{"status", "--json"}, args...)...).exits(code)
	if err := json.Unmarshal([]byte(done.stdout), &report); err != nil {
		f.Fatalf("decode the status: %v\n%s%s", err, done.stdout, done.stderr)
	}
	var list []string
	for _, item := range report.Items {
		list = append(list, fmt.Sprintf("%s %s %s %d+%d", item.Ref.Name, item.State, item.Severity, item.Target.Snapshots, item.Target.Archives))
	}
	return report, strings.Join(list, ", ")
}

// wantStates compares them.
func (f *fixture) wantStates(want string, code int, args ...string) status.Report {
	f.Helper()
	report, got := f.states(code, args...)
	if got != want {
		f.Errorf("iab status %s: got  %s\nwant %s", strings.Join(args, " "), got, want)
	}
	return report
}

// points lists the restore points of an object as "side holder complete", the newest first.
func (f *fixture) points(code int, name string) string {
	f.Helper()
	done := f.iab("snapshots", name, "--json").exits(code)
	var listing status.Listing
	if err := json.Unmarshal([]byte(done.stdout), &listing); err != nil {
		f.Fatalf("decode the restore points: %v\n%s%s", err, done.stdout, done.stderr)
	}
	var list []string
	for _, p := range listing.Items {
		if len(p.KeptBy) == 0 && p.Complete {
			f.Errorf("nothing keeps %s on the %s", p.Name, p.Side)
		}
		list = append(list, fmt.Sprintf("%s %s %s %t", p.Side, p.Place, strings.TrimSuffix(p.Object, p.Name[len("IAB_"):]), p.Complete))
	}
	return strings.Join(list, ", ")
}

// TestTheStatusFollowsWhatLiesOnTheServers uses a restricted certificate, so that other scenarios' objects are not seen.
func TestTheStatusFollowsWhatLiesOnTheServers(t *testing.T) {
	f := visit(t)
	t.Parallel()
	g := f.gated(f.source)
	f.onboard(f.project)
	web, files := f.container("web", "local", "first"), f.disk("local", "files", "first")
	f.replicate(web, files)
	f.configure(object{"retention": policies("1", "2")})
	f.wantStates("web missing critical 0+0, files missing critical 0+0", 2)

	// Everything is well after a run, which writes metrics, too; an archive is a restore point.
	metrics := filepath.Join(f.dir, "iab.prom")
	f.run().ok()
	f.run("--metrics-file", metrics).ok()
	report := f.wantStates("web ok ok 1+1, files ok ok 1+1", 0)
	for _, item := range report.Items {
		if item.Lag == nil || *item.Lag > 600 || item.Source.Snapshots != 1 || item.Target.Newest != item.Source.Newest {
			t.Errorf("%+v", item)
		}
	}
	if got := f.points(0, "web"); got != "source snapshot web true, target snapshot web true, target archive web-IAB- true" {
		t.Errorf("restore points: %s", got)
	}
	written, err := os.ReadFile(metrics)
	f.must(err)
	labels := fmt.Sprintf(`{kind="instance",name="web",pool="",project="%s"`, f.project)
	for _, want := range []string{"iab_run_success 1\n", "iab_object_state" + labels + `,severity="ok",state="ok"} 1`, "iab_object_copy_seconds" + labels,
		"iab_object_last_complete_timestamp_seconds" + labels} {
		if !strings.Contains(string(written), want) {
			t.Errorf("the metrics lack %s:\n%s", want, written)
		}
	}
	f.iab("status", "-q").ok()

	// An object that no job takes, a replica that runs, one that nobody makes any more, and too old ones.
	scratch := f.container("scratch", "local", "first")
	f.must(f.target.StartInstance(f.Context(), f.project, "web"))
	f.wantStates("web running warning 1+1, scratch unprotected warning 0+0, files ok ok 1+1", 1)
	f.iab("status").exits(1).says("IAB WARNING: 1 running, 1 unprotected, 1 ok; 1 has a problem", "iab run --allow-loss")
	f.must(f.target.StopInstance(f.Context(), f.project, "web"))
	f.wantStates("web diverged critical 1+1, scratch unprotected warning 0+0, files ok ok 1+1", 2)
	f.replicate(web, scratch)
	f.must(f.source.Project(f.project).DeleteStoragePoolVolume("local", "custom", "files"))
	f.run("--allow-loss").ok()
	f.wantStates("files orphan warning 1+1, scratch ok ok 1+0, web ok ok 1+1", 1)
	f.wantStates("scratch stale critical 1+0, web stale critical 1+1, files orphan warning 1+1", 2, "--max-age", "1ns")

	// The page is as true as the rest, and needs nothing.
	page := filepath.Join(f.dir, "iab.html")
	f.iab("status", "--html", page).exits(1)
	if seen, ok := look(t, page); ok && (seen.Width > 360 || seen.Rows != 3 || seen.Marks != 7 || seen.Drawn != seen.Marks || seen.Text == "" || !strings.Contains(seen.Text, "1 orphan, 2 ok")) {
		t.Errorf("on a phone: %+v", seen)
	}

	// Without the source, the target tells.
	g.listener.Close()
	report = f.wantStates("files unknown unknown 1+1, scratch ok ok 1+0, web ok ok 1+1", 3)
	if len(report.Unreached) != 1 || report.Unreached[0].Side != plan.Source || report.Worst != status.Unclear {
		t.Errorf("%+v", report.Unreached)
	}
	if got := f.points(3, "web"); got != "target snapshot web true, target archive web-IAB- true" {
		t.Errorf("restore points: %s", got)
	}
}
