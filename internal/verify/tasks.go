package verify

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"iab/internal/plan"
)

// Choice says what is verified besides the servers' records.
type Choice struct {
	Content    bool // what both sides hold is compared file by file
	EveryPoint bool // of every complete restore point of the target, not just of the newest that both sides have
	Boot       bool // the newest restore point of the target is started on trial
}

// Tasks decides what is done for the objects of a survey. It is pure. What can't be done for an object is said in the notes of its task.
func Tasks(objects []plan.Object, inv plan.Inventory, identity string, choice Choice, now time.Time) []Task {
	tasks := []Task{}
	for _, object := range objects {
		task := Task{Object: object, Findings: plan.Examine(object, inv, identity)}
		if choice.Content {
			task.addReads(inv, choice.EveryPoint, now)
		}
		if choice.Boot {
			task.addDrill(inv, now)
		}
		tasks = append(tasks, task)
	}
	return tasks
}

// addReads chooses the restore points whose content is read: the newest that both sides have, or else the newest of the target.
func (t *Task) addReads(inv plan.Inventory, every bool, now time.Time) {
	twins := t.Object.Twins()
	taken := plan.Sides[plan.Server]{Source: withNames(inv.Source), Target: withNames(inv.Target)}
	clone := func(point plan.Point) plan.Clone {
		held := taken.On(point.Side)
		c := t.Object.CloneOf(point, plan.PurposeContent, now, held)
		held.Holdings[c.Ref] = plan.Holding{}
		return c
	}
	read := func(target plan.Point) {
		reading := Reading{Target: clone(target)}
		for _, twin := range twins {
			if same(twin.Target, target) {
				source := clone(twin.Source)
				reading.Source = &source
			}
		}
		if reading.Source == nil {
			t.Notes = append(t.Notes, fmt.Sprintf("the source does not have %s: on the target it is read, and compared with nothing", target.Snapshot))
		}
		t.Reads = append(t.Reads, reading)
	}
	newest, ok := t.Object.Newest(plan.Target, now)
	switch {
	case every:
		for _, point := range t.Object.Points {
			if point.Side == plan.Target && point.Complete {
				read(point)
			}
		}
	case len(twins) > 0:
		read(twins[0].Target)
	case ok:
		read(newest)
	}
	if len(t.Reads) == 0 {
		t.Notes = append(t.Notes, "there is no complete restore point on the target whose content could be read")
	}
}

// same reports whether both are one restore point: one snapshot of one holder.
func same(a, b plan.Point) bool {
	return a.Side == b.Side && a.Holder == b.Holder && a.Snapshot == b.Snapshot && a.Created.Equal(b.Created)
}

// withNames is a server whose list of objects can be added to.
func withNames(server plan.Server) plan.Server {
	held := map[plan.Ref]plan.Holding{}
	for ref := range server.Holdings {
		held[ref] = plan.Holding{}
	}
	server.Holdings = held
	return server
}

// addDrill chooses what is started on trial. Only what has a state can be started.
func (t *Task) addDrill(inv plan.Inventory, now time.Time) {
	point, ok := t.Object.Newest(plan.Target, now)
	switch holder := inv.Target.Holdings[point.Holder]; {
	case !ok:
		t.Notes = append(t.Notes, "there is no complete restore point on the target that could be started")
	case holder.Status == "":
		t.Notes = append(t.Notes, fmt.Sprintf("a %s volume can't be started, so there is no drill of it", holder.Type))
	default:
		clone := t.Object.CloneOf(point, plan.PurposeDrill, now, inv.Target)
		t.Drill = &clone
		t.noteDevices(holder)
	}
}

// noteDevices says which disks the drill goes without: what uses them may not work on trial.
func (t *Task) noteDevices(holder plan.Holding) {
	for _, name := range sortedDisks(holder.Inherited) {
		t.Notes = append(t.Notes, fmt.Sprintf("it is started on trial without its disk %s", name))
	}
}

// sortedDisks names the disks besides the root disk.
func sortedDisks(devices map[string]plan.Device) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(devices)) {
		if d := devices[name]; d["type"] == "disk" && d["path"] != "/" {
			list = append(list, name)
		}
	}
	return list
}
