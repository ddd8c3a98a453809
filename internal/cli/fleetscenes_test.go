package cli

import (
	"iab/internal/plan"
)

// fleetScenes are what a session about the selection can do to the servers.
var fleetScenes = map[string]func(*stage){
	// Three instances, one of them opted in by a profile and one opted out, and a volume in each of two pools.
	"fleet": func(s *stage) {
		s.world.PutProfile(plan.Source, "default", "nightly", plan.Profile{Config: map[string]string{"user.iab": "daily"}})
		s.world.Put(plan.Source, instance("db"), plan.Holding{Profiles: []string{"default", "nightly"}})
		s.world.Put(plan.Source, instance("web-1"), plan.Holding{})
		s.world.Put(plan.Source, instance("web-2"), plan.Holding{Config: map[string]string{plan.MarkExclude: "true"}})
		s.world.Put(plan.Source, volume("local", "photos"), plan.Holding{})
		s.world.Put(plan.Source, volume("plain", "photos"), plan.Holding{})
	},
	// A project that the target lacks, with an instance that the config leaves out.
	"shop": func(s *stage) {
		s.world.AddProject(plan.Source, "shop")
		s.world.Put(plan.Source, plan.Ref{Project: "shop", Kind: plan.Instance, Name: "web-3"}, plan.Holding{})
		s.world.Put(plan.Source, plan.Ref{Project: "shop", Kind: plan.Instance, Name: "d1"}, plan.Holding{})
	},
	// An instance with an identity, which then gets another name.
	"identity": func(s *stage) {
		s.world.Put(plan.Source, instance("web-1"), plan.Holding{Config: map[string]string{"volatile.uuid": "5f0d3c7e-2b1a-4c7f-9a52-6f0f3d9f6a10"}})
	},
	"web-1-again": func(s *stage) {
		s.world.Put(plan.Source, instance("web-1"), plan.Holding{Config: map[string]string{"volatile.uuid": "77777777-2b1a-4c7f-9a52-6f0f3d9f6a10"}})
	},
	"web-1-renamed": func(s *stage) {
		if err := s.world.RenameObject(plan.Source, instance("web-1"), "www"); err != nil {
			s.t.Fatal(err)
		}
	},
	// web-1 has vanished after two runs; of db a former replica and an object that a restore has replaced are there.
	"set-aside": func(s *stage) {
		s.world.Put(plan.Target, instance("db-IAB-old-20260301-120000"), plan.Holding{Config: plan.AsideMarks(instance("db"), identity),
			Snapshots: []plan.Snapshot{{Name: "IAB_20260301-120000", CreatedAt: noon.AddDate(0, 0, -9), Size: 7_000_000}}})
		s.world.Put(plan.Source, instance("db-IAB-before-20260302-120000"), plan.Holding{Config: map[string]string{plan.MarkKept: instance("db").String()}})
		s.world.Put(plan.Source, instance("lost-IAB-before-20260302-120000"), plan.Holding{Config: map[string]string{plan.MarkKept: instance("lost").String()}})
	},
	"web-1-started":  func(s *stage) { s.world.Power(plan.Target, instance("web-1"), true) },
	"web-1-stopped":  func(s *stage) { s.world.Power(plan.Target, instance("web-1"), false) },
	"web-1-foreign":  func(s *stage) { s.world.Put(plan.Target, instance("foreign"), plan.Holding{}) },
	"web-1-vanishes": func(s *stage) { s.world.Lose(plan.Source, instance("web-1")) },
}
