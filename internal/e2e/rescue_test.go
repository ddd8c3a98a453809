//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
)

// rescue is a fleet of which something comes back, or moves to the other side and home, while somebody dies: a container that runs, on btrfs,
// and a volume on dir. It uses none: to rename a volume that something uses takes a server half a minute (seen on 6.0.4).
type rescue struct {
	*matrix
	web, loose plan.Ref
}

// keptInRescue is how many snapshots the target's policy keeps.
const keptInRescue = 12

func newRescue(f *fixture) *rescue { return rescueOn(f, "local") }

// rescueOn has the container in another pool.
func rescueOn(f *fixture, pool string) *rescue {
	m := &matrix{ledger: newLedger(f), ways: f.watched()}
	r := &rescue{matrix: m}
	r.web = m.add(m.containerOf(lab.InstanceSpec{Name: "web", Pool: pool, Start: true, Config: map[string]string{"boot.autostart": "true"}}, "first"), "first")
	r.loose = m.add(m.disk("plain", "loose", "first"), "first")
	f.configure(object{"retention": policies("2", fmt.Sprint(keptInRescue))})
	f.configure(object{"projects": []object{{"name": f.project, "mode": "push",
		"instances": []object{{"name": r.web.Name, "storage": pool}}, "volumes": []object{{"name": r.loose.Name, "storage": r.loose.Pool}}}}})
	for i := range 4 {
		for _, ref := range m.refs {
			m.write(ref, randomText(256<<10, 100+10*i+len(ref.Name)))
		}
		m.clean()
	}
	return r
}

// death is one moment at which somebody dies.
type death struct {
	name  string
	who   victim
	of    func(*rescue) plan.Ref
	takes func(plan.Ref) func(request) bool
	after bool
	act   func(r *rescue, ref plan.Ref, die func(args ...string)) // carries the command out, to its end
}

// The requests at which a restore, a failover or a failback is held.
func onSource(methods string, texts ...string) func(plan.Ref) func(request) bool {
	return about(plan.Source, methods, texts...)
}

func onTarget(methods string, texts ...string) func(plan.Ref) func(request) bool {
	return about(plan.Target, methods, texts...)
}

// about recognises a request whose path goes on behind the object's with the first text, and that holds the others. NAME is the object's.
func about(side plan.Side, methods string, texts ...string) func(plan.Ref) func(request) bool {
	return func(ref plan.Ref) func(request) bool {
		wanted := slices.Clone(texts)
		wanted[0] = objectPath(ref) + wanted[0]
		for i := range wanted {
			wanted[i] = strings.ReplaceAll(wanted[i], "NAME", ref.Name)
		}
		return func(q request) bool { return q.about(side, methods, wanted...) }
	}
}

func copying(plan.Ref) func(request) bool { return inACopy }

func TestWhereverIABDiesInARestoreOrATakeoverItReachesItsEnd(t *testing.T) {
	r := newRescue(alone(t))
	killed := programs[0]
	web, loose := func(r *rescue) plan.Ref { return r.web }, func(r *rescue) plan.Ref { return r.loose }
	for _, d := range []death{
		{name: "in the copy of a restore in place", of: web, takes: copying, act: (*rescue).inPlace},
		{name: "when the instance is stopped for it", of: web, takes: onSource("PUT", "/state", `"stop"`), after: true, act: (*rescue).inPlace},
		{name: "when the old one is renamed", of: web, takes: onSource("POST", "", `"NAME-IAB-before-`), after: true, act: (*rescue).inPlace},
		{name: "when the new one has its name", of: web, takes: onSource("POST", "-IAB-new-", `"NAME"`), after: true, act: (*rescue).inPlace},
		{name: "before it is started", of: web, takes: onSource("PUT", "/state", `"start"`), act: (*rescue).inPlace},
		{name: "in the copy of a volume on dir", of: loose, takes: copying, act: (*rescue).inPlace},
		{name: "when the old volume is renamed", of: loose, takes: onSource("POST", "", `"NAME-IAB-before-`), after: true, act: (*rescue).inPlace},
		{name: "before an instance that went back by its own snapshot is started", of: web, takes: onSource("PUT", "/state", `"start"`), act: (*rescue).backByItself},
		{name: "when an instance has gone back by its own snapshot", of: web, takes: onSource("PUT", "", `"restore":"IAB_`), after: true, act: (*rescue).backByItself},
		{name: "in the copy of a lost volume", of: loose, takes: copying, act: (*rescue).lost},
		{name: "when a lost volume has its name", of: loose, takes: onSource("POST", "-IAB-new-", `"NAME"`), after: true, act: (*rescue).lost},
		{name: "in the copy of a second instance", of: web, takes: copying, act: (*rescue).second},
		{name: "when files are put into a volume", of: loose, takes: func(plan.Ref) func(request) bool {
			return func(q request) bool {
				return q.side == plan.Source && q.method == "DATA" && strings.HasSuffix(q.path, "/sftp") && q.carried > 128<<10
			}
		}, act: (*rescue).files},

		{name: "in the first copy of a failover", of: web, takes: copying, act: (*rescue).overAgain},
		{name: "when a failover has stopped the instance", of: web, takes: onSource("PUT", "/state", `"stop"`), after: true, act: (*rescue).overUndone},
		{name: "when it is on standby", of: web, takes: onSource("PUT", "", `"user.iab.role":"standby"`), after: true, act: (*rescue).overAgain},
		{name: "when the replica is active", of: web, takes: onTarget("PUT", "", `"user.iab.role":"active"`), after: true, act: (*rescue).overUndone},
		{name: "before the target starts it", of: web, takes: onTarget("PUT", "/state", `"start"`), act: (*rescue).overAgain},
		{name: "when the target has started it", of: web, takes: onTarget("PUT", "/state", `"start"`), after: true, act: (*rescue).overUndone},

		{name: "when a failback has stopped it on the target", of: web, takes: onTarget("PUT", "/state", `"stop"`), after: true, act: (*rescue).backUndone},
		{name: "in the copy home", of: web, takes: copying, act: (*rescue).backAgain},
		{name: "when the one on standby is renamed", of: web, takes: onSource("POST", "", `"NAME-IAB-before-`), after: true, act: (*rescue).backUndone},
		{name: "when what came home has its name", of: web, takes: onSource("POST", "-IAB-new-", `"NAME"`), after: true, act: (*rescue).backAgain},
		{name: "before it is started at home", of: web, takes: onSource("PUT", "/state", `"start"`), act: (*rescue).backAgain},
		{name: "before the target's is a replica again", of: web, takes: onTarget("PUT", "", `"user.iab.role":"replica"`), act: (*rescue).backAgain},
	} {
		d.who = killed
		r.dies(d)
	}
}

// Between pools of driver dir a failback sends what differs into a copy that the source makes of its own snapshot.
func TestWhereverIABDiesInAnIncrementalFailbackItReachesItsEnd(t *testing.T) {
	r := rescueOn(alone(t), "plain")
	web := func(r *rescue) plan.Ref { return r.web }
	for _, d := range []death{
		{name: "before the source copies its own snapshot", of: web, takes: aMaking, act: (*rescue).backAgain},
		{name: "when the source has copied its own snapshot", of: web, takes: aMaking, after: true, act: (*rescue).backUndone},
		{name: "in the copy home", of: web, takes: copying, act: (*rescue).backAgain},
		{name: "in the copy home, which is undone", of: web, takes: copying, act: (*rescue).backUndone},
		{name: "when what came home has its name", of: web, takes: onSource("POST", "-IAB-new-", `"NAME"`), after: true, act: (*rescue).backUndone},
	} {
		d.who = programs[0]
		r.dies(d)
	}
}

// aMaking recognises the request by which a source makes an instance of its own snapshot.
func aMaking(plan.Ref) func(request) bool {
	return func(q request) bool { return q.about(plan.Source, "POST", "/1.0/instances", `"type":"copy"`) }
}

func TestWhereverAServerDiesInARestoreOrATakeoverItReachesItsEnd(t *testing.T) {
	r := newRescue(alone(t))
	source, target := servers[0], servers[1]
	web, loose := func(r *rescue) plan.Ref { return r.web }, func(r *rescue) plan.Ref { return r.loose }
	for _, d := range []death{
		{name: "in the copy of a restore in place", who: source, of: web, takes: copying, act: (*rescue).inPlace},
		{name: "in the copy of a restore in place", who: target, of: web, takes: copying, act: (*rescue).inPlace},
		{name: "in the copy of a volume on dir", who: source, of: loose, takes: copying, act: (*rescue).inPlace},
		{name: "when the old one is renamed", who: source, of: web, takes: onSource("POST", "", `"NAME-IAB-before-`), after: true, act: (*rescue).inPlace},
		{name: "when it is on standby", who: source, of: web, takes: onSource("PUT", "", `"user.iab.role":"standby"`), after: true, act: (*rescue).overAgain},
		{name: "when the replica is active", who: target, of: web, takes: onTarget("PUT", "", `"user.iab.role":"active"`), after: true, act: (*rescue).overUndone},
		{name: "in the copy home", who: source, of: web, takes: copying, act: (*rescue).backAgain},
		{name: "in the copy home", who: target, of: web, takes: copying, act: (*rescue).backAgain},
		{name: "when the one on standby is renamed", who: source, of: web, takes: onSource("POST", "", `"NAME-IAB-before-`), after: true, act: (*rescue).backAgain},
	} {
		r.dies(d)
	}
}

// dies carries one command out while somebody dies in it, and checks that nothing of that is to be seen at the end.
func (r *rescue) dies(d death) {
	r.sub(d.who.name+" "+d.name, func() {
		ref := d.of(r)
		d.act(r, ref, func(args ...string) {
			t := r.ways.trapped(d.after, d.takes(ref))
			running := r.begin(args...)
			select {
			case <-t.held:
			case <-running.ended:
				r.Fatalf("the command has ended and never came to be %s:\n%s", d.name, running.end().stderr)
			}
			if d.who.name == programs[0].name {
				d.who.dies(r.matrix, running, t)
				return
			}
			r.fells(d.who, running, t)
		})
		r.asAdvised()
		r.settled(ref)
		for range 2 {
			r.write(ref, randomText(256<<10, r.writes))
			r.clean()
		}
		r.settled(plan.Ref{})
		r.complete()
	})
}

// fells kills a server as the victim of a run, whatever the command says then.
func (r *rescue) fells(who victim, running *call, t *trap) {
	way := r.ways.on(plan.Source)
	if who.name == servers[1].name {
		way = r.ways.on(plan.Target)
	}
	r.must(way.daemon.Kill())
	way.cut()
	r.ways.release(t)
	done := running.end()
	r.must(way.daemon.Start(r.Context()))
	r.must(way.mend())
	if done.code != 1 {
		done.exits(1)
	}
}

// old returns a restore point that the source does not have any more.
func (r *rescue) old(ref plan.Ref) (name, content string) {
	r.Helper()
	world := r.world()[ref]
	for p := range world.points() {
		if !world.source[p] && p.own() && p.name > name {
			name, content = p.name, r.content[ref][p]
		}
	}
	if name == "" {
		r.Fatalf("the source has every restore point of %s", ref)
	}
	return name, content
}

// inPlace lets an object go back to what only the target has, by the same command until it succeeds.
func (r *rescue) inPlace(ref plan.Ref, die func(...string)) {
	r.write(ref, randomText(256<<10, r.writes))
	at, content := r.old(ref)
	r.goesBack(ref, die, at, content)
}

// backByItself lets it go back to a snapshot of its own.
func (r *rescue) backByItself(ref plan.Ref, die func(...string)) {
	r.write(ref, randomText(256<<10, r.writes))
	var at point
	for p := range r.world()[ref].source {
		if p.own() && p.name > at.name {
			at = p
		}
	}
	r.goesBack(ref, die, at.name, r.content[ref][at])
}

func (r *rescue) goesBack(ref plan.Ref, die func(...string), at, content string) {
	before := r.live[ref]
	command := []string{"restore", ref.String(), "--in-place", "--at", at, "--yes"}
	die(command...)
	r.iab(command...).ok()
	r.holds(r.source, ref, "", content)
	r.keeps(ref, before)
	r.live[ref] = content
}

// keeps checks that what was replaced is on the source under another name or in a snapshot, and removes that as a person does.
func (r *rescue) keeps(ref plan.Ref, before string) {
	r.Helper()
	var found []string
	for _, other := range r.replaced(ref) {
		found = append(found, read(r.T, r.source, other, ""))
		r.remove(r.source, other)
	}
	for _, name := range snapshots(r.T, r.source, ref) {
		if strings.HasPrefix(name, "before-restore-") {
			found = append(found, read(r.T, r.source, ref, name))
			drop(r.T, r.source, ref, name)
		}
	}
	if !slices.Contains(found, before) {
		r.Errorf("what %s held before is not kept: there are %d others", ref, len(found))
	}
}

// replaced lists what restores and failbacks have kept of an object.
func (r *rescue) replaced(ref plan.Ref) (kept []plan.Ref) {
	for other, holding := range r.look(r.source) {
		if holding.Config[plan.MarkKept] == ref.String() && other != ref {
			kept = append(kept, other)
		}
	}
	return kept
}

// lost lets a volume come back that was deleted on the source.
func (r *rescue) lost(ref plan.Ref, die func(...string)) {
	r.remove(r.source, ref)
	at, content := r.old(ref)
	command := []string{"restore", ref.String(), "--at", at}
	die(command...)
	if again := r.iab(command...); again.code != 0 { // it had come back
		again.exits(1).says("exists on the source")
	}
	r.holds(r.source, ref, "", content)
	r.live[ref] = content
}

// second makes a second object.
func (r *rescue) second(ref plan.Ref, die func(...string)) {
	at, content := r.old(ref)
	command := []string{"restore", ref.String(), "--at", at, "--as", "second"}
	die(command...)
	r.iab(command...).ok()
	second := ref
	second.Name = "second"
	r.holds(r.source, second, "", content)
	r.remove(r.source, second)
}

// files brings one file of a volume back into it.
func (r *rescue) files(ref plan.Ref, die func(...string)) {
	at, content := r.old(ref)
	before := r.live[ref]
	command := []string{"restore", ref.String(), "--at", at, "--file", dataFile, "--in-place", "--yes"}
	die(command...)
	r.holds(r.source, ref, "", before)
	r.iab(command...).ok()
	r.holds(r.source, ref, "", content)
	r.live[ref] = content
	r.must(r.source.InVolume(ref.Project, ref.Pool, ref.Name, func(root *os.Root) error {
		names, err := fs.Glob(root.FS(), dataFile+".iab-*")
		if len(names) != 1 || strings.Contains(names[0], ".iab-new-") {
			r.Errorf("beside the file there is %v", names)
		}
		return errors.Join(err, root.Remove(names[0]))
	}))
}

// overAgain fails over by the same command until it succeeds, and comes home.
func (r *rescue) overAgain(ref plan.Ref, die func(...string)) {
	r.beforeTakeover()
	die("failover", ref.Name, "--yes")
	r.note()
	if again := r.iab("failover", ref.Name, "--yes"); again.code != 0 {
		again.exits(1).says("has taken over already")
	}
	r.note()
	r.worksOn(plan.Target)
	r.comesHome(func(command ...string) { r.iab(command...).ok() })
}

// overUndone fails over and takes it back.
func (r *rescue) overUndone(ref plan.Ref, die func(...string)) {
	r.beforeTakeover()
	die("failover", ref.Name, "--yes")
	r.note()
	r.notBoth()
	r.iab("failback", ref.Name, "--yes").ok()
	r.cameHome()
}

// backAgain fails back by the same command until it succeeds.
func (r *rescue) backAgain(ref plan.Ref, die func(...string)) {
	r.beforeTakeover()
	r.iab("failover", ref.Name, "--yes").ok()
	r.note()
	r.comesHome(func(command ...string) {
		die(command...)
		r.notBoth()
		r.iab(command...).ok()
	})
}

// backUndone lets the target go on instead, and comes home later.
func (r *rescue) backUndone(ref plan.Ref, die func(...string)) {
	r.beforeTakeover()
	r.iab("failover", ref.Name, "--yes").ok()
	r.note()
	r.comesHome(func(command ...string) {
		die(command...)
		r.notBoth()
		r.iab("failover", ref.Name, "--yes").ok()
		r.worksOn(plan.Target)
		r.iab(command...).ok()
	})
}

func (r *rescue) beforeTakeover() { r.write(r.web, randomText(256<<10, r.writes)) }

// comesHome writes on the target, and lets that come home by the command.
func (r *rescue) comesHome(command func(...string)) {
	r.writes++
	r.live[r.web] = "written on the target" + strings.Repeat("\n", r.writes)
	write(r.T, r.target, r.web, r.live[r.web])
	command("failback", r.web.Name, "--yes")
	r.cameHome()
}

// cameHome checks what is at home, and notes the snapshots that were taken on the target on the way.
func (r *rescue) cameHome() {
	r.Helper()
	r.worksOn(plan.Source)
	r.holds(r.source, r.web, "", r.live[r.web])
	r.note()
	for p := range r.world()[r.web].points() {
		if _, known := r.content[r.web][p]; !known {
			r.content[r.web][p] = r.live[r.web]
		}
	}
	for _, other := range r.replaced(r.web) {
		r.remove(r.source, other)
	}
}

// worksOn checks that the instance runs on one side only.
func (r *rescue) worksOn(side plan.Side) {
	r.Helper()
	if r.runsOn(plan.Source) != (side == plan.Source) || r.runsOn(plan.Target) != (side == plan.Target) {
		r.Errorf("it is to run on the %s: on the source it does: %t, on the target: %t", side, r.runsOn(plan.Source), r.runsOn(plan.Target))
	}
}

func (r *rescue) notBoth() {
	r.Helper()
	if r.runsOn(plan.Source) && r.runsOn(plan.Target) {
		r.Error("it runs on both sides")
	}
}

func (r *rescue) runsOn(side plan.Side) bool {
	state, _, err := r.ways.on(side).daemon.Project(r.project).GetInstanceState(r.web.Name)
	if api.StatusErrorCheck(err, 404) {
		return false
	}
	r.must(err)
	return state.StatusCode == api.Running
}

// asAdvised does by hand what a warning of a restore asks for: a server that dies in the copy of an instance to it may leave what its API can't
// delete (seen on 6.0.4).
func (r *rescue) asAdvised() {
	r.Helper()
	for ref, holding := range r.look(r.source) {
		if holding.Config[plan.MarkFetched] == "" || ref.Kind != plan.Instance || ref == r.web {
			continue
		}
		op, err := r.source.Project(r.project).DeleteInstance(ref.Name)
		if err == nil {
			err = op.Wait()
		}
		if err == nil || !strings.Contains(err.Error(), "Not a Btrfs subvolume") {
			r.Errorf("%s is left, which could be deleted: %v", ref, err)
			continue
		}
		r.must(r.source.RemoveDirectory(r.project, "local", ref.Name))
		r.remove(r.source, ref)
	}
}

// settled checks that the instance runs at home and that nothing half is left on either side, but for the mark of an object that was just
// given its name, which the next copy takes away.
func (r *rescue) settled(named plan.Ref) {
	r.Helper()
	r.worksOn(plan.Source)
	for _, d := range []*lab.Daemon{r.source, r.target} {
		for other, holding := range r.look(d) {
			half := holding.Config[plan.MarkFetched] != "" && other != named || holding.Config[plan.MarkStopped] != "" || holding.Config[plan.MarkKept] != "" ||
				holding.Config[plan.MarkRole] == plan.RoleClone || holding.Config[plan.MarkRole] == plan.RoleStandby || holding.Config[plan.MarkRole] == plan.RoleActive
			if half || strings.Contains(other.Name, "-IAB-new-") || strings.Contains(other.Name, "-IAB-before-") {
				r.Errorf("%s is left on the %s, with %v", other, d.Name, holding.Config)
			}
		}
	}
	web, _, err := r.source.Project(r.project).GetInstance(r.web.Name)
	r.must(err)
	if web.Config["boot.autostart"] != "true" {
		r.Errorf("the instance has the config %v", web.Config)
	}
}

// complete checks that every restore point that the target's policy wants is listed, and holds what it held when it was taken.
func (r *rescue) complete() {
	r.Helper()
	world := r.world()
	for _, ref := range r.refs {
		listed := r.listed(ref)
		points := world[ref].points()
		for _, name := range newest(r.content[ref], keptInRescue) {
			held := false
			for p := range points {
				held = held || p.name == name
			}
			if plain := (plan.Snapshot{Name: name}); plain.Own() && (!held || !listed[name]) {
				r.Errorf("%s of %s is lost: held %t, listed %t", name, ref, held, listed[name])
			}
		}
	}
	r.readable(world)
}

// listed are the names of the restore points that IAB lists.
func (r *rescue) listed(ref plan.Ref) map[string]bool {
	r.Helper()
	var list struct{ Items []struct{ Name string } }
	r.must(json.Unmarshal([]byte(r.iab("snapshots", ref.String(), "--json").ok().stdout), &list))
	names := map[string]bool{}
	for _, item := range list.Items {
		names[item.Name] = true
	}
	return names
}
