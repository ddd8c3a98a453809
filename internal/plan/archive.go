package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Archive is an object on the target that keeps one snapshot of a replica alive after a refresh would have deleted it.
type Archive struct {
	Ref      Ref
	Snapshot Snapshot // as it was on the replica
}

// ArchiveOf reads the marks of an object on the target. ok is false for anything that is no whole archive of this config.
func ArchiveOf(ref Ref, holding Holding, identity string) (archive Archive, replica string, ok bool) {
	replica, name := holding.Config[MarkArchiveOf], holding.Config[MarkSnapshot]
	at, err := time.Parse(time.RFC3339Nano, holding.Config[MarkCreated])
	if replica == "" || name == "" || err != nil || holding.Config[MarkReplicaOf] != identity || holding.Config[MarkRole] != RoleArchive {
		return Archive{}, "", false
	}
	return Archive{Ref: ref, Snapshot: Snapshot{Name: name, CreatedAt: at}}, replica, true
}

// ArchiveMarks are the config keys that make an object the archive of a replica's snapshot. MarkCreated is written last, when all
// is in it: without that it is only a beginning.
func ArchiveMarks(replica Ref, snapshot Snapshot, identity string) map[string]string {
	return map[string]string{
		MarkReplicaOf: identity,
		MarkRole:      RoleArchive,
		MarkArchiveOf: replica.String(),
		MarkSnapshot:  snapshot.Name,
		MarkCreated:   snapshot.CreatedAt.UTC().Format(time.RFC3339Nano),
	}
}

// archives finds the target's archives by the replica that they belong to, each list in the order of the snapshots.
func archives(target Server, identity string) map[string][]Archive {
	found := map[string][]Archive{}
	for ref, holding := range target.Holdings {
		if archive, replica, ok := ArchiveOf(ref, holding, identity); ok {
			found[replica] = append(found[replica], archive)
		}
	}
	for _, list := range found {
		slices.SortFunc(list, func(a, b Archive) int {
			return cmp.Or(a.Snapshot.CreatedAt.Compare(b.Snapshot.CreatedAt), a.Ref.Compare(b.Ref))
		})
	}
	return found
}

// begun lists the target's archives that were begun and never finished, by the replica that they belong to.
func begun(target Server, identity string) map[string][]Archive {
	found := map[string][]Archive{}
	for ref, holding := range target.Holdings {
		config := holding.Config
		if identity != "" && config[MarkReplicaOf] == identity && config[MarkRole] == RoleArchive && config[MarkCreated] == "" {
			found[config[MarkArchiveOf]] = append(found[config[MarkArchiveOf]], Archive{Ref: ref, Snapshot: Snapshot{Name: config[MarkSnapshot]}})
		}
	}
	for _, list := range found {
		slices.SortFunc(list, func(a, b Archive) int { return a.Ref.Compare(b.Ref) })
	}
	return found
}

// clearBegun plans the removal of archives that were never finished, unless they are made again.
func (b builder) clearBegun(item *Item) {
	if b.opts.NoPrune {
		return
	}
	for _, archive := range b.begun[item.Job.Replica().String()] {
		if !slices.ContainsFunc(item.Actions, func(a Action) bool { return a.Verb == VerbArchive && a.Archive == archive.Ref.Name }) {
			item.Actions = append(item.Actions, Action{Verb: VerbDelete, Side: Target, Snapshot: archive.Snapshot.Name, Archive: archive.Ref.Name,
				Phase: Prune, Why: "an archive that was begun and never finished, and that nothing needs any more"})
		}
	}
}

// maxName is the longest name that an instance may have.
const maxName = 63

// archiveRef names the archive of a snapshot: NAME-IAB-YYYYMMDD-HHMMSS, with the date of a foreign snapshot and a piece of its
// name's hash, and with a hash for the end of a long name. Every result is a legal name of the replica's kind.
func archiveRef(replica Ref, snapshot Snapshot) Ref {
	suffix := "-" + strings.ReplaceAll(snapshot.Name, "_", "-")
	if !snapshot.Own() {
		suffix = snapshot.CreatedAt.UTC().Format("-IAB-20060102-150405-") + shortHash(snapshot.Name)
	}
	return suffixed(replica, suffix)
}

// suffixed appends to a ref's name, with a hash for the end of a name that would become too long.
func suffixed(ref Ref, suffix string) Ref {
	name := ref.Name
	if len(name)+len(suffix) > maxName {
		keep := maxName - len(suffix) - 1 - hashLength
		name = strings.TrimRight(name[:keep], "-") + "-" + shortHash(name)
	}
	ref.Name = name + suffix
	return ref
}

const hashLength = 8

func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:hashLength]
}

// Clones reports whether a local copy of a snapshot shares its data with it in pools of that driver.
func Clones(driver string) bool {
	return slices.Contains([]string{"btrfs", "zfs", "ceph", "lvm"}, driver)
}

// archiveAction plans the archive of one snapshot of the replica.
func (b builder) archiveAction(job Job, snapshot Snapshot, why string, phase Phase) Action {
	way := "a clone"
	if driver := b.inv.Target.Pools[b.replicaPool(job)].Driver; !Clones(driver) {
		way = fmt.Sprintf("a full copy, as pools of driver %s can't clone", driver)
	}
	return Action{Verb: VerbArchive, Side: Target, Snapshot: snapshot.Name, Archive: archiveRef(job.Replica(), snapshot).Name,
		Created: snapshot.CreatedAt, Why: why + "; " + way, Phase: phase}
}

// replicaPool is where the replica lies, or will lie.
func (b builder) replicaPool(job Job) string {
	if replica, ok := b.holding(job, Target); ok {
		return replica.Pool
	}
	return job.TargetPool
}
