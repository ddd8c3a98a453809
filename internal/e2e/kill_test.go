//go:build e2e

package e2e

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
)

// victim is who dies in a run.
type victim struct {
	name string
	dies func(*matrix, *call, *trap)
}

var (
	programs = []victim{
		{"iab is killed", func(m *matrix, running *call, t *trap) {
			running.signal(syscall.SIGKILL)
			running.end()
			m.ways.lose(t)
		}},
		{"iab is told to end", func(m *matrix, running *call, t *trap) {
			running.signal(syscall.SIGTERM)
			m.ways.release(t)
			running.end().exits(130)
			m.wantRunning()
		}},
	}
	servers = []victim{
		{"the source is killed", func(m *matrix, running *call, t *trap) { m.crash(plan.Source, running, t) }},
		{"the target is killed", func(m *matrix, running *call, t *trap) { m.crash(plan.Target, running, t) }},
	}
)

// moment is when somebody dies.
type moment struct {
	name string
	// picks names the object that is in the middle of it.
	picks func(m *matrix, cell int) plan.Ref
	// prepare gives the run something to do.
	prepare func(*matrix, plan.Ref)
	// takes returns what recognises the request that is held, which has taken effect then or has not.
	takes func(plan.Ref) func(request) bool
	after bool
}

var moments = []moment{
	{
		name:  "while the instance is stopped for its snapshot",
		picks: func(m *matrix, _ int) plan.Ref { return m.refs[0] },
		takes: func(ref plan.Ref) func(request) bool {
			return func(q request) bool { return q.about(plan.Source, "POST", objectPath(ref)+"/snapshots") }
		},
	}, {
		name:    "in the first copy",
		picks:   (*matrix).another,
		prepare: (*matrix).fill,
		takes:   func(plan.Ref) func(request) bool { return inACopy },
	}, {
		name:    "in an incremental copy",
		picks:   (*matrix).anyone,
		prepare: (*matrix).fill,
		takes:   func(plan.Ref) func(request) bool { return inACopy },
	}, {
		name:  "in the copy of what is pending",
		picks: func(m *matrix, cell int) plan.Ref { return m.refs[cell%2] }, // both on btrfs: elsewhere nothing has to be sent first
		prepare: func(m *matrix, ref plan.Ref) {
			m.fill(ref)
			take(m.T, m.source, ref, fmt.Sprintf("before-upgrade-%d", m.writes))
			m.note()
			m.write(ref, "after the upgrade")
		},
		takes: func(plan.Ref) func(request) bool {
			taken := false
			return func(q request) bool {
				taken = taken || q.about(plan.Source, "POST", "/snapshots")
				return !taken && inACopy(q)
			}
		},
	}, {
		name:  "when a snapshot was archived",
		picks: (*matrix).anyone,
		after: true,
		takes: func(ref plan.Ref) func(request) bool {
			return func(q request) bool { return q.about(plan.Target, "POST", `"type":"copy"`, `"`+ref.Name+"-IAB-") }
		},
	}, {
		name:  "when a snapshot was pruned on the source",
		picks: (*matrix).anyone,
		after: true,
		takes: func(ref plan.Ref) func(request) bool {
			return func(q request) bool { return q.about(plan.Source, "DELETE", objectPath(ref)+"/snapshots/") }
		},
	}, {
		name:  "when something was pruned on the target",
		picks: (*matrix).anyone,
		after: true,
		takes: func(ref plan.Ref) func(request) bool {
			return func(q request) bool { return q.about(plan.Target, "DELETE", objectPath(ref)) }
		},
	}, {
		name:  "before the copy is marked as complete",
		picks: (*matrix).anyone,
		takes: func(ref plan.Ref) func(request) bool {
			copied := false
			return func(q request) bool {
				copied = copied || q.about(plan.Target, "POST", `"`+ref.Name+`"`) && q.migrates()
				return copied && q.about(plan.Target, "PUT PATCH", objectPath(ref), `"`+plan.MarkComplete+`":"IAB_`)
			}
		},
	},
}

// inACopy recognises the middle of a copy: more than any request and less than a copy of what fill writes.
func inACopy(q request) bool {
	return q.method == "DATA" && strings.HasSuffix(q.path, "/websocket") && q.carried > 64<<10
}

func objectPath(ref plan.Ref) string {
	if ref.Kind == plan.Volume {
		return "/1.0/storage-pools/" + ref.Pool + "/volumes/custom/" + ref.Name
	}
	return "/1.0/instances/" + ref.Name
}

const (
	keptOnSource = 2
	keptOnTarget = 4
)

// matrix is a fleet that has everything to do in every run: to stop and to start, to copy, to archive and to prune.
type matrix struct {
	*ledger
	ways *checkpoints
}

func TestWhereverIABDiesTheNextRunsHeal(t *testing.T) {
	m := killMatrix(scenario(t), programs)
	m.sub("iab is killed in the middle of an archive", func() { m.archiveCutShort(programs[0]) })
}

func TestWhereverAServerDiesTheNextRunsHeal(t *testing.T) {
	f := private(t, lab.Options{})
	f.onboard()
	m := killMatrix(f, servers)
	m.sub("the target is killed in the middle of an archive", func() { m.archiveCutShort(servers[1]) })
}

// killMatrix goes through all moments with all victims, and returns the fleet for more.
func killMatrix(f *fixture, victims []victim) *matrix {
	m := &matrix{ledger: newLedger(f), ways: f.watched()}
	m.add(m.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Start: true}, "first"), "first")
	m.add(m.disk("local", "files", "first"), "first")
	m.add(m.disk("plain", "files", "first"), "first")
	f.configure(object{"iab": object{"stopInstance": true}, "retention": policies(fmt.Sprint(keptOnSource), fmt.Sprint(keptOnTarget))})
	f.replicate(m.refs...)
	for range keptOnTarget + 1 {
		m.clean()
	}
	for i, moment := range moments {
		for j, victim := range victims {
			m.sub(victim.name+" "+moment.name, func() { m.cell(moment, victim, i+j) })
		}
	}
	return m
}

// sub runs a part of the test by a name of its own, and takes what it has added out of the fleet again.
func (m *matrix) sub(name string, part func()) {
	m.Run(name, func(t *testing.T) {
		outer, fleet := m.T, m.refs
		m.T = t
		defer func() { m.T, m.refs = outer, fleet }()
		part()
	})
}

// cell lets one run die, and checks that the next two leave nothing of it to be seen.
func (m *matrix) cell(moment moment, victim victim, number int) {
	ref := moment.picks(m, number)
	m.replicate(m.refs...)
	if moment.prepare != nil {
		moment.prepare(m, ref)
	}
	t := m.ways.trapped(moment.after, moment.takes(ref))
	running := m.begin("run", "--json", "--only", ref.String()) // nothing else is in the middle of anything
	select {
	case <-t.held:
	case <-running.ended:
		m.Fatalf("the run has ended and never came to be %s:\n%s", moment.name, running.end().stderr)
	}
	victim.dies(m, running, t)
	m.note() // servers may still be at what the dead one has begun
	m.write(ref, "after the death")
	m.clean()
	m.wantRunning()
	m.clean()
	m.accounted()
}

// crash kills a server, and starts it when the run has ended.
func (m *matrix) crash(side plan.Side, running *call, t *trap) {
	way := m.ways.on(side)
	m.must(way.daemon.Kill())
	way.cut()
	m.ways.release(t)
	done := running.end()
	m.must(way.daemon.Start(m.Context()))
	m.must(way.mend())
	if done.code > 1 { // with 0, nothing more was to be done on that server
		done.exits(1)
	}
}

// anyone picks one of the fleet.
func (m *matrix) anyone(cell int) plan.Ref { return m.refs[cell%3] }

// another makes an object for its first copy, now a container, now a volume.
func (m *matrix) another(cell int) plan.Ref {
	name := fmt.Sprintf("new%d", cell)
	switch cell % 3 {
	case 0:
		return m.add(m.container(name, "local", "first"), "first")
	case 1:
		return m.add(m.disk("local", name, "first"), "first")
	}
	return m.add(m.disk("plain", name, "first"), "first")
}

// fill writes so much into an object that its copy can be held in the middle.
func (m *matrix) fill(ref plan.Ref) { m.write(ref, randomText(1<<20, m.writes)) }

// randomText is text that can't be compressed and has nothing in common with that of another seed.
func randomText(size, seed int) string {
	data := make([]byte, size*3/4)
	random := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = random.Read(data)
	return base64.StdEncoding.EncodeToString(data)
}

// archiveCutShort lets somebody die while the target copies a snapshot into its archive, file by file as pools of driver dir do.
func (m *matrix) archiveCutShort(victim victim) {
	ref := m.add(m.disk("plain", "big", "first"), "first")
	m.replicate(m.refs...)
	m.write(ref, randomText(48<<20, 1))
	m.clean()
	m.write(ref, "second")
	m.clean()
	m.write(ref, "third")
	before := m.ways.trapped(false, func(q request) bool { return q.about(plan.Target, "POST", `"type":"copy"`, `"big-IAB-`) })
	running := m.begin("run", "--json", "--only", ref.String())
	m.await("the archive", before.held)
	m.ways.release(before)
	m.until("the archive is begun", func() bool { return len(archivesOf(m.fixture, ref)) > 0 })
	victim.dies(m, running, m.ways.trapped(false, func(request) bool { return false }))
	m.note()
	m.clean()
	m.clean()
	m.accounted()
}

// clean is a run that ends well.
func (m *matrix) clean() {
	m.Helper()
	m.run().ok()
	m.note()
}

// wantRunning checks that the instance that ran is running.
func (m *matrix) wantRunning() {
	m.Helper()
	if status := m.status(m.source, m.refs[0]); status != api.Running {
		m.Errorf("%s is %s", m.refs[0], status)
	}
}

// accounted checks that both sides hold what their policies want, and nothing else, each with its content.
func (m *matrix) accounted() {
	m.Helper()
	world := m.world()
	for _, ref := range m.refs {
		var source, target []string
		for p := range world[ref].source {
			source = append(source, p.name)
		}
		for p := range world[ref].points() {
			target = append(target, p.name)
		}
		for _, side := range []struct {
			name      string
			got, want []string
		}{{"source", source, newest(m.content[ref], keptOnSource)}, {"target", target, newest(m.content[ref], keptOnTarget)}} {
			slices.Sort(side.got)
			slices.Sort(side.want)
			if diff := cmp.Diff(side.want, side.got); diff != "" {
				m.Errorf("%s on the %s (-wanted +held):\n%s", ref, side.name, diff)
			}
		}
	}
	m.forget()
	m.readable(world)
}
