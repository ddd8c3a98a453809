//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gofrs/flock"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/check"
	"iab/internal/plan"
)

// checked is `iab check --json`, of which only what is not well is kept, as "state name subject".
func (f *fixture) checked(code int, args ...string) (report check.Report, bad []string) {
	f.Helper()
	done := f.iab(append([]string{"check", "--json"}, args...)...).exits(code)
	if err := json.Unmarshal([]byte(done.stdout), &report); err != nil {
		f.Fatalf("decode the check: %v\n%s%s", err, done.stdout, done.stderr)
	}
	for _, line := range report.Checks {
		if line.State != check.OK {
			bad = append(bad, string(line.State)+" "+line.Name+" "+line.Subject)
		}
	}
	return report, bad
}

// wantBad compares what is not well.
func (f *fixture) wantBad(bad []string, want ...string) {
	f.Helper()
	if !slices.Equal(bad, want) {
		f.Errorf("not well is\n%s\nwant\n%s", strings.Join(bad, "\n"), strings.Join(want, "\n"))
	}
}

// textOf is what a check says under a name of a subject.
func textOf(report check.Report, name, subject string) string {
	for _, line := range report.Checks {
		if line.Name == name && line.Subject == subject {
			return line.Text
		}
	}
	return ""
}

// TestACheckOfAFreshPairIsWellAndFindsWhatIsNot uses a restricted certificate, so that other scenarios' objects are not seen.
func TestACheckOfAFreshPairIsWellAndFindsWhatIsNot(t *testing.T) {
	f := visit(t)
	t.Parallel()
	f.onboard(f.project)
	web, files := f.container("web", "local", "first"), f.disk("plain", "files", "first")
	f.replicate(web, files)

	report, bad := f.checked(0)
	f.wantBad(bad)
	names := map[string]int{}
	for _, line := range report.Checks {
		names[line.Name]++
	}
	for _, name := range []string{"config", "credentials", "certificate", "lock", "server", "rights", "project", "pool", "clock", "stopped",
		"job", "space", "retention", "archive", "coverage"} {
		if names[name] == 0 {
			t.Errorf("nothing is said of %s", name)
		}
	}
	if text := textOf(report, "space", "local on the target"); !strings.Contains(text, "free") || !strings.Contains(text, "first copy") {
		t.Errorf("the space of pool local: %q", text)
	}
	if got := f.iab("check", "-q").ok(); got.stdout+got.stderr != "" {
		t.Errorf("quiet says %q", got.stdout+got.stderr)
	}

	// Objects that no job takes, in a pool that no job names, too.
	f.disk("local", "forgotten", "first")
	scratch := f.container("scratch", "local", "first")
	report, bad = f.checked(1)
	f.wantBad(bad, "warn coverage "+f.project)
	if text := textOf(report, "coverage", f.project); text != "no job takes instance/scratch, volume/local/forgotten" {
		t.Errorf("coverage says %q", text)
	}
	f.change(scratch, func(put *api.InstancePut) { put.Config[plan.MarkExclude] = "true" })
	f.must(f.source.Project(f.project).DeleteStoragePoolVolume("local", "custom", "forgotten"))
	f.checked(0)

	// Messages, a held lock and open files.
	s := newService(t)
	f.configure(object{"iab": s.config()})
	f.must(os.Chmod(f.configPath(), 0o644))
	f.must(os.Chmod(filepath.Join(f.credDir(), "iab_client.key"), 0o640))
	lock := flock.New(filepath.Join(f.credDir(), "iab.lock"))
	if held, err := lock.TryLock(); err != nil || !held {
		t.Fatal(held, err)
	}
	_, bad = f.checked(1, "--notify")
	f.wantBad(bad, "warn config config.json", "warn credentials "+f.credDir(), "warn lock "+lock.Path())
	wantPings(t, s.taken(), "POST /ping/0b6f6f8e/log", gotifyPing)
	s.Close()
	f.must(lock.Close())
	f.must(os.Chmod(f.configPath(), 0o600))
	f.must(os.Chmod(filepath.Join(f.credDir(), "iab_client.key"), 0o600))
	_, bad = f.checked(2, "--notify")
	f.wantBad(bad, "fail notify healthchecks", "fail notify gotify")
	f.configure(object{"iab": object{"healthchecksUrl": "", "gotifyUrl": ""}})

	// A project that the certificate may not use, a pool that the target lacks, something of a person's under the replica's name.
	other := *f
	other.project += "b"
	f.makeProject(other.project)
	theirs, db := other.container("web", "local", "theirs"), f.container("db", "local", "first")
	section := project(f.project, "push", web, files, db)
	section["instances"].([]object)[1]["storage"] = "fast"
	f.configure(object{"projects": []object{section, project(other.project, "push", theirs)}})
	f.must(f.target.Project(f.project).CreateStoragePoolVolume("plain", api.StorageVolumesPost{Name: "files", Type: "custom"}))
	_, bad = f.checked(2)
	f.wantBad(bad, "fail rights "+other.project+" on the source", "fail rights "+other.project+" on the target", "fail pool fast on the target",
		"fail job "+db.String(), "fail job "+files.String(), "fail job "+theirs.String())
	f.iab("check").exits(2).says("incus config trust edit", "pool fast does not exist", "hint:")

	// A server that has forgotten IAB is no server that is gone.
	certificates, err := f.target.Client().GetCertificates()
	f.must(err)
	for _, certificate := range certificates {
		if certificate.Name == "iab-"+f.project {
			f.must(f.target.Client().DeleteCertificate(certificate.Fingerprint))
		}
	}
	f.iab("check", "-q").exits(3).says("fail  server", "does not trust IAB's certificate", "incus config trust add")
}

// TestACheckStartsWhatAKilledRunLeftStopped looks at the source without the target, too.
func TestACheckStartsWhatAKilledRunLeftStopped(t *testing.T) {
	f := visit(t)
	t.Parallel()
	g := f.gated(f.target)
	f.onboard(f.project)
	ref := f.patient("patient", false)
	f.configure(object{"iab": object{"stopInstance": true}})
	f.replicate(ref)
	running := f.begin("run")
	f.until("the instance is told to stop", func() bool { return f.file(ref, "srv/bye") == "bye\n" })
	running.signal(syscall.SIGKILL)
	f.letGo(ref)
	f.until("the instance is down", func() bool {
		state, _, err := f.source.Project(ref.Project).GetInstanceState(ref.Name)
		return err == nil && state.StatusCode == api.Stopped
	})

	g.listener.Close()
	report, bad := f.checked(3)
	f.wantBad(bad, "fail server target", "warn stopped "+ref.String())
	if text := textOf(report, "stopped", ref.String()); !strings.Contains(text, "started again") {
		t.Errorf("it says %q", text)
	}
	f.wantRestarted(ref)
	_, bad = f.checked(3)
	f.wantBad(bad, "fail server target")
}
