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
	// An instance with an identity, which then gets another name.
	"identity": func(s *stage) {
		s.world.Put(plan.Source, instance("web-1"), plan.Holding{Config: map[string]string{"volatile.uuid": "5f0d3c7e-2b1a-4c7f-9a52-6f0f3d9f6a10"}})
	},
	"web-1-renamed": func(s *stage) {
		if err := s.world.RenameObject(plan.Source, instance("web-1"), "www"); err != nil {
			s.t.Fatal(err)
		}
	},
	"web-1-vanishes": func(s *stage) { s.world.Lose(plan.Source, instance("web-1")) },
}
