package plan

import (
	"slices"
	"time"
)

// Inventory is what both servers hold at one moment, as far as a set of jobs needs it.
type Inventory = Sides[Server]

// Server is what one side holds.
type Server struct {
	Name       string // the server's own name
	Version    string
	Extensions map[string]bool // API extensions
	Skew       time.Duration   // how far its clock is ahead of IAB's, negative: behind; 0 also where it does not tell the time
	Projects   map[string]Project
	Pools      map[string]Pool
	Drivers    []string          // of all its pools; nil: it does not tell
	Holdings   map[Ref]Holding   // every instance and custom volume of the scope
	Unlisted   bool              // it does not tell its pools, and a glob of the scope asked for them: volumes may be missing in Holdings
	Members    map[string]Member // of a cluster, by name; none: it is no cluster, or does not tell
	Busy       map[Ref]bool      // of the target: what operations work on at this moment, whether it is in Holdings or not
}

// reverting are the drivers whose pools put an object back to a snapshot of its own and leave newer snapshots alone. The others refuse that as
// long as there are newer ones, or delete those first if the volume is told so (zfs.remove_snapshots and the like; read in Incus). What a restore
// keeps is always newer.
var reverting = []string{"dir", "btrfs", "lvm", "lvmcluster", "ceph", "cephfs"}

// Reverts reports whether what lies in a pool can go back by a snapshot of its own without losing newer ones. Where neither the pool nor the
// drivers of all pools tell, it is not known, and not taken for granted.
func (s Server) Reverts(pool string) (can, known bool) {
	if told, ok := s.Pools[pool]; ok {
		return slices.Contains(reverting, told.Driver), true
	}
	for _, driver := range s.Drivers {
		if !slices.Contains(reverting, driver) {
			return false, false
		}
	}
	return s.Drivers != nil, s.Drivers != nil
}

// has reports whether the server has a project that IAB may see.
func (s Server) has(project string) bool {
	_, ok := s.Projects[project]
	return ok
}

// Project is what a project offers to the objects in it. Absent from Server.Projects: the project is missing
// or our certificate may not see it.
type Project struct {
	Networks map[string]bool    // managed networks that a device may name
	Profiles map[string]Profile // by name
	Excluded bool               // by MarkExclude on it: nothing in it needs a job
}

// Profile is what instances inherit from one profile.
type Profile struct {
	Config      map[string]string
	Devices     map[string]Device
	Description string
}

// Pool is one storage pool.
type Pool struct {
	Driver string
}

// Device is one device of an instance, as its keys and values.
type Device = map[string]string

// Holding is one object on one side.
type Holding struct {
	Type      string    // container, virtual-machine; filesystem, block, iso
	Pool      string    // pool of the root disk or of the volume
	Member    string    // of a cluster: the member that holds it; empty where there is none, or all share the storage
	Namesakes []string  // members that each have a volume of this name; then nothing else of it is told
	Status    string    // the server's word for an instance's state, empty for volumes
	Running   bool      // it runs, reported ready or not
	Frozen    bool      // it runs, paused
	LastStart time.Time // of an instance: when it was last started there; zero, or 1970 as servers tell it: never
	Broken    bool      // the server reports the object in an error state
	Ephemeral bool      // stopping it deletes it
	Borrowed  bool      // the project shows it, and it belongs to project default
	Used      int64     // bytes that its server says it takes; 0: not told, or nobody asked
	Snapshots []Snapshot
	Config    map[string]string
	Devices   map[string]Device // the object's own devices
	Inherited map[string]Device // devices with those of the profiles, as they are in force
	Profiles  []string
}

// Marks are config keys that IAB writes on a replica.
const (
	MarkReplicaOf = "user.iab.replica-of" // uuid of the config that the replica belongs to
	MarkSource    = "user.iab.source"     // the source server's name in the config
	MarkRole      = "user.iab.role"       // RoleReplica, RoleArchive, RoleAside or RoleClone
	MarkComplete  = "user.iab.complete"   // on a replica: the newest snapshot whose copy has finished
	MarkSending   = "user.iab.sending"    // on a replica: older snapshots that a copy sends into its history, until that has finished; JSON
	MarkAhead     = "user.iab.ahead"      // on a replica: complete snapshots that are dated behind the one of MarkComplete; JSON
	MarkBroken    = "user.iab.broken"     // on a replica: the snapshot that no copy can build on any more
	MarkStopped   = "user.iab.stopped"    // on an object that IAB has stopped and that has to run again, until it does: the config's uuid
	MarkFrozen    = "user.iab.frozen"     // on a source object that IAB has frozen for its snapshot, until it goes on: the config's uuid
	MarkExclude   = "user.iab.exclude"    // set to "true", by a person or by a restore, on an object or project of the source that no job is meant to take
	MarkRunning   = MarkSaved + "running" // "true": it ran when it was copied, or when it was put on standby
	MarkSaved     = "user.iab.saved."     // prefix: original values of the keys that a replica must not have
	MarkPool      = MarkSaved + "pool"    // the pool of the root disk on the source, where that of the replica is called otherwise

	MarkArchiveOf = "user.iab.archive-of" // on an archive, and on a replica that was set aside: the replica that it comes from, as a ref
	MarkSnapshot  = "user.iab.snapshot"   // on an archive: the snapshot's name
	MarkCreated   = "user.iab.created"    // on an archive: the snapshot's date, RFC 3339
	MarkDropped   = "user.iab.dropped"    // on a replica, an archive or a profile: the devices that it did not get, as JSON (see DroppedText)
)

// Unfinished reports whether the object is what an interrupted first copy of this config has left: made by it, and never
// complete.
func (h Holding) Unfinished(identity string) bool {
	return identity != "" && h.Config[MarkReplicaOf] == identity && h.Config[MarkRole] == RoleReplica && h.Config[MarkComplete] == ""
}

// powerState is the key in which a server keeps the last power state of an instance. A replica has none after a copy, and
// gets one when it is started.
const powerState = "volatile.last_state.power"

// Started reports whether a replica has been started since its last copy: it may hold what was written there.
func (h Holding) Started() bool { return h.Config[MarkComplete] != "" && h.Config[powerState] != "" }

// The values of MarkRole: an object that IAB keeps as a copy, one that keeps a single snapshot, and a former replica that was
// set aside with its history.
const (
	RoleReplica = "replica"
	RoleArchive = "archive"
	RoleAside   = "aside"
)
