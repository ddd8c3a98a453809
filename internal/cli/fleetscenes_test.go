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
	"web-1-vanishes": func(s *stage) { s.world.Lose(plan.Source, instance("web-1")) },
}
