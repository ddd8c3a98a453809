package cli

import (
	"maps"
	"os"
	"strings"
	"time"

	"iab/internal/plan"
	"iab/internal/remote"
)

// checkScenes are what a session of check can do to this machine and to the servers.
var checkScenes = map[string]func(*stage){
	// IAB has been onboarded today.
	"credentials": func(s *stage) { s.credentials(noon, noon, noon) },
	// It was onboarded long ago: ours expires in 20 days, the source's in 29, the target's did yesterday.
	"old-credentials": func(s *stage) {
		day := 24 * time.Hour
		long := noon.AddDate(-10, 0, 0)
		s.credentials(long.Add(20*day), long.Add(29*day), long.Add(-day))
	},
	"expired-credentials": func(s *stage) { s.credentials(noon.AddDate(-11, 0, 0), noon, noon) },
	"open-credentials": func(s *stage) {
		for path, mode := range map[string]os.FileMode{"creds": 0o755, "creds/iab_client.key": 0o644} {
			if err := os.Chmod(path, mode); err != nil {
				s.t.Fatal(err)
			}
		}
	},
	"open-config": func(s *stage) {
		if err := os.Chmod("config.json", 0o644); err != nil {
			s.t.Fatal(err)
		}
	},
	"room": func(s *stage) {
		s.spaces = map[string]remote.Space{"local": {Used: 20 << 30, Total: 100 << 30}, "plain": {Used: 1 << 30, Total: 10 << 30}}
		s.used = map[plan.Ref]int64{instance("web1"): 5 << 30, volume("local", "data"): 3 << 20}
	},
	"target-zfs": func(s *stage) { s.world.AddPool(plan.Target, "local", "zfs") },
	"target-dir": func(s *stage) { s.world.AddPool(plan.Target, "local", "dir") },
	"no-sizes":   func(s *stage) { s.used = nil },
	"room-on-members": func(s *stage) {
		s.spaces = map[string]remote.Space{"local on m1": {Used: 20 << 30, Total: 100 << 30}, "local on m2": {Used: 1 << 30, Total: 10 << 30}, "local on m3": {Used: 96 << 30, Total: 100 << 30}}
		s.used = map[plan.Ref]int64{instance("web1"): 5 << 30, volume("local", "data"): 3 << 20}
	},
	"unknown-sizes": func(s *stage) { s.used = map[plan.Ref]int64{instance("web1"): 5 << 30} },
	"nearly-full":   func(s *stage) { s.spaces["local"] = remote.Space{Used: 89 << 30, Total: 100 << 30} },
	"full":          func(s *stage) { s.spaces["local"] = remote.Space{Used: 97 << 30, Total: 100 << 30} },
	"restricted": func(s *stage) {
		s.rights = map[plan.Side]remote.Rights{
			plan.Source: {Restricted: true, Projects: []string{"default", "shop"}},
			plan.Target: {Restricted: true, Projects: []string{"default"}},
		}
	},
	"restricted-enough": func(s *stage) {
		s.rights[plan.Target] = remote.Rights{Restricted: true, Projects: []string{"default", "shop"}}
	},
	"shop-on-the-target": func(s *stage) { s.world.AddProject(plan.Target, "shop") },
	"clock-off": func(s *stage) {
		s.world.SetSkew(plan.Source, -10*time.Second)
		s.world.SetSkew(plan.Target, time.Minute)
	},
	"clocks-right": func(s *stage) { s.world.SetSkew(plan.Source, 0); s.world.SetSkew(plan.Target, 0) },
	"stopped": func(s *stage) {
		s.world.Put(plan.Source, instance("web1"), plan.Holding{Status: "Stopped", Config: map[string]string{plan.MarkStopped: identity}})
	},
	"frozen": func(s *stage) {
		s.world.Put(plan.Source, instance("web1"), plan.Holding{Frozen: true, Status: "Frozen", Config: map[string]string{plan.MarkFrozen: identity}})
	},
	"more-objects": func(s *stage) {
		excluded := map[string]string{plan.MarkExclude: "true"}
		s.world.Put(plan.Source, instance("scratch"), plan.Holding{})
		s.world.Put(plan.Source, volume("plain", "cache"), plan.Holding{})
		s.world.Put(plan.Source, instance("temporary"), plan.Holding{Config: excluded})
		s.world.Put(plan.Source, volume("local", "image"), plan.Holding{Type: "iso"})
	},
	"lost-target": func(s *stage) {
		s.lost.Target = &remote.Error{Kind: remote.Unreachable, Text: "connect to the target https://target:8443: nothing listens there",
			Hint: "check that Incus runs there and is told to listen: incus config get core.https_address"}
	},
	"source-gone": func(s *stage) {
		s.lost.Source = &remote.Error{Kind: remote.Unreachable, Text: "connect to the source https://source:8443: no answer in time",
			Hint: "check the address, the server and the firewalls between"}
	},
	"lost-source": func(s *stage) {
		s.lost.Source = &remote.Error{Kind: remote.PinMismatch, Text: "connect to the source https://source:8443: its certificate has changed: aaaa is pinned, it shows bbbb",
			Hint: "onboard it again"}
	},
	"source-back": func(s *stage) { s.lost.Source = nil },
	"target-back": func(s *stage) { s.lost.Target = nil },
	"start-fails": func(s *stage) { s.world.FailAt(1, false) },
}

// credentials makes IAB's certificate and pins those of both servers, all made at those times and good for ten years.
func (s *stage) credentials(own, source, target time.Time) {
	s.t.Helper()
	if err := os.RemoveAll("creds"); err != nil {
		s.t.Fatal(err)
	}
	creds, _, err := remote.EnsureCredentials("creds", own)
	if err != nil {
		s.t.Fatal(err)
	}
	s.fingerprint = creds.Fingerprint()
	for url, made := range map[string]time.Time{"https://source:8443": source, "https://target:8443": target} {
		other, _, err := remote.EnsureCredentials(s.t.TempDir(), made)
		if err != nil {
			s.t.Fatal(err)
		}
		path, err := remote.PinPath("creds", url)
		if err != nil {
			s.t.Fatal(err)
		}
		s.write(path, strings.TrimSuffix(other.CertPEM, "\n"))
	}
}

// scene finds what a session calls by that name.
func scene(name string) func(*stage) {
	all := maps.Clone(scenes)
	maps.Copy(all, checkScenes)
	maps.Copy(all, statusScenes)
	maps.Copy(all, fleetScenes)
	return all[name]
}
