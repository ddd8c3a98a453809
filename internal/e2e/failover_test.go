//go:build e2e

package e2e

import (
	"testing"

	"iab/internal/lab"
	"iab/internal/plan"
)

// serving makes a running container with a volume, and a stopped one on dir, replicates them and returns them: data, web, plain.
func (f *fixture) serving() []plan.Ref {
	f.Helper()
	data := f.disk("local", "data", "1")
	web := f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Start: true, Config: map[string]string{"boot.autostart": "true", "user.color": "blue"},
		Devices: map[string]map[string]string{"data": {"type": "disk", "pool": "local", "source": "data", "path": "/data"}}}, "1")
	plain := f.container("plain", "plain", "1")
	refs := []plan.Ref{data, web, plain}
	f.replicate(refs...)
	return refs
}

// TestAFailoverAndAFailbackWithBothServersLoseNothing moves the work to the target and home again, writing on each side meanwhile.
func TestAFailoverAndAFailbackWithBothServersLoseNothing(t *testing.T) {
	f := alone(t)
	refs := f.serving()
	web := refs[1]
	f.configure(object{"retention": policies("2", "9")})
	taken, written := f.past(refs...)
	last := written[""]

	f.iab("failover", "web").exits(2).says("no terminal to ask on", "--yes")
	f.iab("failover", "--all", "--yes").ok().says("activate", "standby")
	if f.runs(f.source, web) || !f.runs(f.target, web) {
		t.Fatal("it does not run on the target only")
	}
	active, _, err := f.target.Project(f.project).GetInstance("web")
	f.must(err)
	if active.Config["boot.autostart"] != "true" || active.Config["user.color"] != "blue" || active.Config[plan.MarkRole] != plan.RoleActive {
		t.Errorf("the active instance has the config %v", active.Config)
	}
	source, _, err := f.source.Project(f.project).GetInstance("web")
	f.must(err)
	if source.Config["boot.autostart"] != "false" || source.Config[plan.MarkStopped] != "" {
		t.Errorf("the instance on standby has the config %v", source.Config)
	}
	for _, ref := range refs {
		f.holds(f.target, ref, "", last)
		write(t, f.target, ref, "written on the target")
	}
	f.run().exits(1).says("iab failback")
	f.iab("failover", "web", "--yes").exits(1).says("has taken over already")

	f.iab("failback", "--all", "--yes").ok().says("retire")
	if !f.runs(f.source, web) || f.runs(f.target, web) {
		t.Fatal("it does not run on the source only")
	}
	home, _, err := f.source.Project(f.project).GetInstance("web")
	f.must(err)
	if home.Config["boot.autostart"] != "true" || home.Config["user.color"] != "blue" || home.Config[plan.MarkRole] != "" || home.Devices["data"]["source"] != "data" {
		t.Errorf("what came home has the config %v and the devices %v", home.Config, home.Devices)
	}
	for _, ref := range refs {
		f.holds(f.source, ref, "", "written on the target")
	}
	f.run().ok()
	for _, ref := range refs {
		write(t, f.source, ref, "written at home again")
	}
	f.run().ok()
	for _, ref := range refs {
		f.holds(f.target, ref, "", "written at home again")
	}
	f.restorable(refs[0], taken, written)
	f.restorable(web, taken, written)
	f.iab("failback", "web", "--yes").exits(1).says("has not taken it over")
}

// TestTheTargetTakesOverFromADeadSource kills the source. When it is there again it does not work beside the target, and what the target
// has done comes home.
func TestTheTargetTakesOverFromADeadSource(t *testing.T) {
	f := private(t, lab.Options{})
	f.onboard()
	refs := f.serving()
	web := refs[1]
	taken, written := f.past(refs...)
	last := taken[len(taken)-1]
	f.must(f.source.StopInstance(t.Context(), f.project, "web")) // the machine is dead, and with it what ran there
	f.must(f.source.Kill())
	f.iab("failback", "--all", "--yes").exits(3)
	f.iab("failover", "--all", "--yes").ok().says("the source can't be asked", "is missing")
	if !f.runs(f.target, web) {
		t.Fatal("it does not run on the target")
	}
	for _, ref := range refs {
		f.holds(f.target, ref, "", written[last])
		write(t, f.target, ref, "written on the target")
	}
	f.must(f.source.Start(t.Context()))
	f.run().exits(1).says("iab failback")
	// The source's machine has started it again with its server, as it was told: a person decides whose work counts.
	f.until("the source has started it again", func() bool { return f.runs(f.source, web) })
	f.iab("failback", "--all", "--yes").exits(1).says("both have worked at the same time")
	f.must(f.source.StopInstance(t.Context(), f.project, "web"))
	f.iab("failback", "--all", "--yes").ok()
	for _, ref := range refs {
		f.holds(f.source, ref, "", "written on the target")
	}
	if !f.runs(f.source, web) || f.runs(f.target, web) {
		t.Fatal("it does not run on the source only")
	}
	for range 2 {
		f.run().ok()
	}
}
