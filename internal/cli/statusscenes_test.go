package cli

import (
	"iab/internal/plan"
)

// statusScenes are what a session about the status can do to the servers.
var statusScenes = map[string]func(*stage){
	// A replica that no job makes any more, with an archive and without a source.
	"orphan": func(s *stage) {
		snapshot := plan.Snapshot{Name: "IAB_20260301-120000", CreatedAt: noon.AddDate(0, 0, -9)}
		older := plan.Snapshot{Name: "IAB_20260201-120000", CreatedAt: noon.AddDate(0, 0, -37)}
		s.world.Put(plan.Target, instance("gone"), plan.Holding{Snapshots: []plan.Snapshot{snapshot},
			Config: map[string]string{plan.MarkReplicaOf: identity, plan.MarkRole: plan.RoleReplica, plan.MarkComplete: snapshot.Name}})
		s.world.Put(plan.Target, instance("gone-IAB-20260201-120000"), plan.Holding{Config: plan.ArchiveMarks(instance("gone"), older, identity)})
	},
	// A copy of web1 that has never finished.
	"unfinished": func(s *stage) {
		replica, _ := s.world.Holding(plan.Target, instance("web1"))
		replica.Config[plan.MarkComplete] = "IAB_20260310-120000"
		s.world.Put(plan.Target, instance("web1"), replica)
	},
	// Its server tells the sizes of snapshots.
	"sized": func(s *stage) {
		source, _ := s.world.Holding(plan.Source, instance("web1"))
		for i := range source.Snapshots {
			source.Snapshots[i].Size = int64(i+1) * 5_000_000
		}
		s.world.Put(plan.Source, instance("web1"), source)
	},
}
