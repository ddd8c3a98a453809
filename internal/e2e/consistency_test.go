//go:build e2e

package e2e

import (
	"strings"
	"syscall"
	"testing"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
	"iab/internal/run"
)

// writer makes an instance that writes to its root disk and to volumes in both pools, and starts it. It returns all objects, and where
// each has its log.
func (f *fixture) writer(name string) (refs []plan.Ref, logs map[plan.Ref]string) {
	f.Helper()
	a, b := f.disk("local", name+"-fast", ""), f.disk("plain", name+"-slow", "")
	ref := f.containerOf(lab.InstanceSpec{Name: name, Pool: "local", Devices: map[string]map[string]string{
		"fast": {"type": "disk", "pool": "local", "source": a.Name, "path": "/fast"},
		"slow": {"type": "disk", "pool": "plain", "source": b.Name, "path": "/slow"},
	}}, "")
	f.first(ref, lab.WriterInit("/own", "/fast", "/slow"))
	f.until(name+" writes", func() bool { return strings.Count(f.file(ref, "slow/log"), "\n") > 100 })
	return []plan.Ref{ref, a, b}, map[plan.Ref]string{ref: lab.WriterLog("own"), a: lab.WriterLog(""), b: lab.WriterLog("")}
}

// first gives a stopped container its first process, and starts it.
func (f *fixture) first(ref plan.Ref, script string) {
	f.Helper()
	f.must(f.source.Project(f.project).CreateInstanceFile(ref.Name, "/sbin/init", incus.InstanceFileArgs{
		Content: strings.NewReader(script), Type: "file", Mode: 0o755, WriteMode: "overwrite"}))
	f.must(f.source.StartInstance(f.Context(), f.project, ref.Name))
}

// logged returns a writer's log in a snapshot on the target.
func (f *fixture) logged(ref plan.Ref, snapshot, path string) string {
	f.Helper()
	var data []byte
	var err error
	if ref.Kind == plan.Volume {
		data, err = f.target.ReadVolumeFile(f.project, ref.Pool, ref.Name+"/"+snapshot, path)
	} else {
		data, err = f.target.ReadSnapshotFile(f.project, "local", ref.Name, snapshot, path)
	}
	f.must(err)
	return string(data)
}

// withConsistency is a config's project in which all instances have these keys.
func withConsistency(project object, keys object) object {
	for _, instance := range project["instances"].([]object) {
		for key, value := range keys {
			instance[key] = value
		}
	}
	return project
}

// goesOn checks that an instance runs and bears no mark of a freeze.
func (f *fixture) goesOn(ref plan.Ref) {
	f.Helper()
	instance, _, err := f.source.Project(f.project).GetInstance(ref.Name)
	f.must(err)
	if instance.StatusCode != api.Running || instance.Config[plan.MarkFrozen] != "" {
		f.Errorf("%s is %s, and its mark is %q", ref, instance.Status, instance.Config[plan.MarkFrozen])
	}
}

func TestAFrozenGroupIsOfOneMoment(t *testing.T) {
	f := scenario(t)
	refs, logs := f.writer("db")
	f.configure(object{"iab": object{"consistency": "freeze"}, "projects": []object{project(f.project, "push", refs...)}})
	f.iab("plan").ok().says("freezes   "+refs[0].String(), "limit     30s")
	for range 3 {
		result := f.run().ok()
		var all []string
		for _, ref := range refs {
			all = append(all, f.logged(ref, result.of(ref).Snapshot, logs[ref]))
			if w := result.of(ref).Window; w <= 0 || w > 30 {
				t.Errorf("the window of %s was %f s", ref, w)
			}
		}
		last, missing, err := lab.Written(all...)
		f.must(err)
		if missing != 0 || last < 100 {
			t.Errorf("%d is missing, although %d is there: something was written between the snapshots", missing, last)
		}
		f.goesOn(refs[0])
		t.Logf("%d writes before the window of %.2f s, none between its snapshots", last, result.of(refs[0]).Window)
	}
	if list := snapshots(t, f.source, refs[0]); len(list) != 3 {
		t.Errorf("snapshots %v", list)
	}
}

// slowly makes the snapshot of a volume take seconds: a file of that size that holds nothing, in a pool that copies every file.
func (f *fixture) slowly(ref plan.Ref, size string) {
	f.Helper()
	_, err := f.source.Exec(f.Context(), f.project, ref.Name, "truncate", "-s", size, "/slow/large")
	f.must(err)
}

// quick ends that, also for what has been taken meanwhile.
func (f *fixture) quick(refs []plan.Ref) {
	f.Helper()
	f.idle()
	_, err := f.source.Exec(f.Context(), f.project, refs[0].Name, "rm", "/slow/large")
	f.must(err)
	if _, _, err := f.target.Project(f.project).GetStoragePoolVolume(refs[2].Pool, "custom", refs[2].Name); err != nil { // nothing builds on them yet
		for _, name := range snapshots(f.T, f.source, refs[2]) {
			drop(f.T, f.source, refs[2], name)
		}
	}
}

// frozen waits until an instance is frozen.
func (f *fixture) frozen(ref plan.Ref) {
	f.Helper()
	f.until(ref.Name+" is frozen", func() bool {
		state, _, err := f.source.Project(ref.Project).GetInstanceState(ref.Name)
		return err == nil && state.StatusCode == api.Frozen
	})
}

func TestAWindowThatLastsTooLongIsClosedAndItsGroupFails(t *testing.T) {
	f := scenario(t)
	refs, _ := f.writer("db")
	other := f.container("other", "local", "first")
	f.slowly(refs[0], "3G")
	f.configure(object{"iab": object{"consistency": "freeze", "maxPause": "1s"}, "projects": []object{project(f.project, "push", append(refs, other)...)}})
	failed := f.run().exits(1)
	f.goesOn(refs[0])
	for _, ref := range refs {
		if r := failed.of(ref); r.Outcome != run.Failure || !strings.Contains(r.Error, "within 1s") || r.Hint == "" {
			t.Errorf("%+v", r)
		}
	}
	if r := failed.of(other); r.Outcome != run.OK {
		t.Errorf("%+v", r)
	}
	f.quick(refs)
	f.configure(object{"iab": object{"maxPause": "30s"}})
	f.run().ok()
}

func TestAnInterruptionInTheWindowResumesAtOnce(t *testing.T) {
	f := scenario(t)
	refs, _ := f.writer("db")
	f.slowly(refs[0], "1G")
	f.configure(object{"iab": object{"consistency": "freeze"}, "projects": []object{project(f.project, "push", refs...)}})
	running := f.begin("run", "--json")
	f.frozen(refs[0])
	running.signal(syscall.SIGTERM)
	running.end().exits(130)
	f.goesOn(refs[0])
	f.quick(refs)
	f.run().ok()
}

func TestWhatAKilledRunLeftFrozenIsResumedByTheNextRun(t *testing.T) {
	for _, next := range []string{"run", "check"} {
		t.Run(next, func(t *testing.T) {
			t.Parallel()
			f := visit(t)
			f.onboard()
			refs, _ := f.writer("db")
			f.slowly(refs[0], "1G")
			f.configure(object{"iab": object{"consistency": "freeze"}, "projects": []object{project(f.project, "push", refs...)}})
			running := f.begin("run")
			f.frozen(refs[0])
			running.signal(syscall.SIGKILL)
			running.end()
			f.idle()
			if status := f.status(f.source, refs[0]); status != api.Frozen {
				t.Fatalf("it is %s: the kill came too late", status)
			}
			f.iab("plan").ok().says("bears the mark of a freeze by a run that was interrupted")
			if next == "check" {
				f.iab("check").says("had left it frozen")
			} else {
				f.run().ok()
			}
			f.goesOn(refs[0])
			f.quick(refs)
			f.run().ok()
		})
	}
}

func TestWhatAPersonHasPausedStaysPaused(t *testing.T) {
	f := scenario(t)
	ref := f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Start: true}, "first")
	f.configure(object{"iab": object{"consistency": "freeze"}})
	f.replicate(ref)
	op, err := f.source.Project(f.project).UpdateInstanceState("web", api.InstanceStatePut{Action: "freeze", Timeout: -1}, "")
	f.must(err)
	f.must(op.WaitContext(t.Context()))
	f.holds(f.target, ref, f.run().ok().of(ref).Snapshot, "first")
	if status := f.status(f.source, ref); status != api.Frozen {
		t.Errorf("it is %s", status)
	}
}

func TestCommandsRunAroundTheSnapshot(t *testing.T) {
	f := scenario(t)
	good := f.containerOf(lab.InstanceSpec{Name: "good", Pool: "local", Start: true}, "first")
	bad := f.containerOf(lab.InstanceSpec{Name: "bad", Pool: "local", Start: true}, "first")
	slow := f.containerOf(lab.InstanceSpec{Name: "slow", Pool: "local", Start: true}, "first")
	rests := f.container("rests", "local", "first")
	p := withConsistency(project(f.project, "push", good, bad, slow, rests), object{"consistency": "freeze",
		"preSnapshot":  []string{`echo "$IAB_PHASE $IAB_SNAPSHOT" >>/root/hooks; echo ready`},
		"postSnapshot": []string{`echo "$IAB_PHASE $IAB_SNAPSHOT" >>/root/hooks`}})
	instances := p["instances"].([]object)
	instances[1]["preSnapshot"] = []string{"echo no room >&2; exit 7"}
	instances[2]["preSnapshot"], instances[2]["hookTimeout"] = []string{"sleep 86397"}, "2s"
	f.configure(object{"projects": []object{p}})

	done := f.run().exits(1).says(`output="ready\n"`, "no room", "its commands before and after the snapshot are skipped")
	name := done.of(good).Snapshot
	if got, want := f.file(good, "root/hooks"), "pre "+name+"\npost "+name+"\n"; got != want {
		t.Errorf("the hooks have written %q, want %q", got, want)
	}
	for _, d := range []*lab.Daemon{f.source, f.target} {
		inside, err := d.ReadSnapshotFile(f.project, "local", "good", name, "root/hooks")
		f.must(err)
		if string(inside) != "pre "+name+"\n" {
			t.Errorf("in the snapshot on the %s they have written %q", d.Name, inside)
		}
	}
	for ref, want := range map[plan.Ref]string{bad: "run preSnapshot[0] in " + bad.String() + ": it ended with exit status 7",
		slow: "run preSnapshot[0] in " + slow.String() + ": it has not ended within 2s"} {
		if r := done.of(ref); r.Outcome != run.Failure || r.Error != want || len(snapshots(t, f.source, ref)) > 0 {
			t.Errorf("%+v", r)
		}
		if got := f.file(ref, "root/hooks"); !strings.HasPrefix(got, "post ") {
			t.Errorf("%s: the command after the snapshot was not run: %q", ref, got)
		}
		f.goesOn(ref)
	}
	if r := done.of(rests); r.Outcome != run.OK {
		t.Errorf("%+v", r)
	}
	if left, _ := f.source.Exec(t.Context(), f.project, "slow", "sh", "-c", "ps | grep '[s]leep 86397'"); left != "" {
		t.Errorf("it still runs: %s", left)
	}
}
