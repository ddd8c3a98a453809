//go:build e2e

package e2e

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
)

// point is a snapshot that was taken once, wherever it lies now. Dates count in seconds: the copies of instances have no more.
type point struct {
	name string
	at   time.Time
}

// pointOf returns the point under its own name, which a snapshot has not got while it is on a detour.
func pointOf(s plan.Snapshot) point {
	name := s.Name
	if _, own, ok := strings.Cut(name, "--iab-moved--"); ok {
		name = own
	}
	return point{name, s.CreatedAt.UTC().Truncate(time.Second)}
}

func (p point) own() bool { return plan.Snapshot{Name: p.name}.Own() }

// held is what both servers hold of one object.
type held struct {
	source, target map[point]bool
	archives       map[point]plan.Ref // on the target, by what lies in them
	former         map[point]plan.Ref // snapshots of replicas that were set aside
	doubtful       map[point]bool     // those of them whose copy never finished
}

// points are all restore points on the target, snapshots, archives and those of former replicas.
func (h held) points() map[point]bool {
	all := maps.Clone(h.target)
	for p := range h.archives {
		all[p] = true
	}
	for p := range h.former {
		if !h.doubtful[p] {
			all[p] = true
		}
	}
	return all
}

// ledger knows what was ever taken of some objects, and with what content.
type ledger struct {
	*fixture
	refs    []plan.Ref
	live    map[plan.Ref]string
	content map[plan.Ref]map[point]string
	writes  int
	read    map[place]bool // what has been found readable
}

// place is where a restore point lies.
type place struct {
	side   plan.Side
	holder plan.Ref
	point
}

func newLedger(f *fixture) *ledger {
	return &ledger{fixture: f, live: map[plan.Ref]string{}, content: map[plan.Ref]map[point]string{}, read: map[place]bool{}}
}

// add lets the ledger know a new object of the source.
func (l *ledger) add(ref plan.Ref, content string) plan.Ref {
	l.refs = append(l.refs, ref)
	l.live[ref], l.content[ref] = content, map[point]string{}
	return ref
}

// write changes an object. No two contents are equally long: rsync takes files of one size and one second for equal.
func (l *ledger) write(ref plan.Ref, content string) {
	l.Helper()
	l.writes++
	content += strings.Repeat("\n", l.writes)
	write(l.T, l.source, ref, content)
	l.live[ref] = content
}

// note takes the snapshots of the source that are new since the last time into the ledger. The objects must not have been
// written to since they were taken.
func (l *ledger) note() map[plan.Ref]held {
	l.Helper()
	world := l.world()
	for _, ref := range l.refs {
		for p := range world[ref].source {
			if _, known := l.content[ref][p]; !known {
				l.content[ref][p] = l.live[ref]
			}
		}
	}
	return world
}

// world reads what both servers hold of the ledger's objects, past IAB.
func (l *ledger) world() map[plan.Ref]held {
	l.Helper()
	world := map[plan.Ref]held{}
	for _, ref := range l.refs {
		world[ref] = held{map[point]bool{}, map[point]bool{}, map[point]plan.Ref{}, map[point]plan.Ref{}, map[point]bool{}}
	}
	for ref, holding := range l.look(l.source) {
		if h, ok := world[ref]; ok {
			mark(h.source, holding.Snapshots)
		}
	}
	of := func(replica string) held {
		for ref, h := range world {
			if ref.String() == replica {
				return h
			}
		}
		return held{}
	}
	for ref, holding := range l.look(l.target) {
		if h, ok := world[ref]; ok {
			mark(h.target, holding.Snapshots)
		}
		if archive, replica, ok := plan.ArchiveOf(ref, holding, l.identity()); ok && of(replica).archives != nil {
			of(replica).archives[pointOf(archive.Snapshot)] = ref
		}
		if aside, replica, ok := plan.AsideOf(ref, holding, l.identity()); ok && of(replica).former != nil {
			mark(of(replica).doubtful, aside.Doubtful)
			for _, s := range aside.Snapshots {
				of(replica).former[pointOf(s)] = ref
			}
		}
	}
	return world
}

func mark(points map[point]bool, snapshots []plan.Snapshot) {
	for _, s := range snapshots {
		points[pointOf(s)] = true
	}
}

// look reads the instances and volumes of the ledger's project on a server, with their config and snapshots.
func (l *ledger) look(d *lab.Daemon) map[plan.Ref]plan.Holding {
	l.Helper()
	found := map[plan.Ref]plan.Holding{}
	server := d.Project(l.project)
	instances, err := server.GetInstancesFull(api.InstanceTypeAny)
	l.must(err)
	for _, full := range instances {
		holding := plan.Holding{Config: full.Config}
		for _, s := range full.Snapshots {
			holding.Snapshots = append(holding.Snapshots, plan.Snapshot{Name: s.Name, CreatedAt: s.CreatedAt})
		}
		found[l.instance(full.Name)] = holding
	}
	for _, pool := range []string{"local", "plain"} {
		volumes, err := server.GetStoragePoolVolumesWithFilter(pool, []string{"type=custom"})
		l.must(err)
		for _, v := range volumes {
			name, snapshot, within := strings.Cut(v.Name, "/")
			holding := found[l.volume(pool, name)]
			if within {
				holding.Snapshots = append(holding.Snapshots, plan.Snapshot{Name: snapshot, CreatedAt: v.CreatedAt})
			} else {
				holding.Config = v.Config
			}
			found[l.volume(pool, name)] = holding
		}
	}
	return found
}

// readable checks the content of everything that both servers hold of the objects, as far as it has not been read before.
func (l *ledger) readable(world map[plan.Ref]held) {
	l.Helper()
	for _, ref := range l.refs {
		for p := range world[ref].source {
			l.reads(l.source, place{plan.Source, ref, p}, p.name, l.content[ref])
		}
		for p := range world[ref].target {
			l.reads(l.target, place{plan.Target, ref, p}, p.name, l.content[ref])
		}
		for p, archive := range world[ref].archives {
			l.reads(l.target, place{plan.Target, archive, p}, "", l.content[ref])
		}
		for p, former := range world[ref].former {
			if !world[ref].doubtful[p] {
				l.reads(l.target, place{plan.Target, former, p}, p.name, l.content[ref])
			}
		}
	}
}

func (l *ledger) reads(d *lab.Daemon, at place, snapshot string, content map[point]string) {
	l.Helper()
	want, known := content[at.point]
	switch {
	case l.read[at]:
	case !known:
		l.Errorf("%s holds %s on the %s, which nobody has taken", at.holder, at.name, at.side)
	default:
		l.holds(d, at.holder, snapshot, want)
		l.read[at] = true
	}
}

// forget has everything read anew.
func (l *ledger) forget() { clear(l.read) }

// newest names the latest n of the points that IAB made, and all others.
func newest(points map[point]string, n int) []string {
	var own, names []string
	for p := range points {
		if p.own() {
			own = append(own, p.name)
		} else {
			names = append(names, p.name)
		}
	}
	slices.Sort(own) // names are times
	return append(names, own[max(0, len(own)-n):]...)
}
