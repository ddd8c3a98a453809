package cli

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"iab/internal/guesttest"
	"iab/internal/ostest"
	"iab/internal/plan"
	"iab/internal/remote"
	"iab/internal/runtest"
)

func instance(name string) plan.Ref {
	return plan.Ref{Project: "default", Kind: plan.Instance, Name: name}
}

func volume(pool, name string) plan.Ref {
	return plan.Ref{Project: "default", Kind: plan.Volume, Pool: pool, Name: name}
}

// scenes are what a session can do to the servers.
var scenes = map[string]func(*stage){
	// Two objects that were never copied, one of them running.
	"new": func(s *stage) {
		s.world.Put(plan.Source, instance("web1"), plan.Holding{Running: true, Status: "Running"})
		s.world.Write(plan.Source, instance("web1"), "a web server")
		s.world.Put(plan.Source, volume("local", "data"), plan.Holding{})
		s.world.Write(plan.Source, volume("local", "data"), "rows")
	},
	// Pools between which a chain of snapshots can be turned round.
	"dir-pools": func(s *stage) {
		for _, side := range plan.BothSides {
			s.world.AddPool(side, "local", "dir")
		}
	},
	"source-zfs": func(s *stage) { s.world.AddPool(plan.Source, "local", "zfs") },
	// The source has a pool more than those of the objects.
	"source-spare-zfs": func(s *stage) { s.world.AddPool(plan.Source, "spare", "zfs") },
	// Devices that the target has nothing for.
	"devices": func(s *stage) {
		devices := map[string]plan.Device{
			"eth0": {"type": "nic", "network": "lan"},
			"data": {"type": "disk", "pool": "local", "source": "scratch", "path": "/data"},
			"gpu":  {"type": "gpu"},
		}
		s.world.Put(plan.Source, instance("web1"), plan.Holding{Devices: devices, Inherited: devices})
	},
	// An instance with a profile that the target lacks, and of which it can't have everything.
	"profile": func(s *stage) {
		profile := plan.Profile{Config: map[string]string{"limits.cpu": "4"}, Devices: map[string]plan.Device{"eth0": {"type": "nic", "network": "lan"}}}
		s.world.PutProfile(plan.Source, "default", "big", profile)
		s.world.Put(plan.Source, instance("web1"), plan.Holding{Profiles: []string{"default", "big"}, Inherited: profile.Devices})
	},
	"profile-of-web1": func(s *stage) {
		s.world.PutProfile(plan.Source, "default", "big", plan.Profile{Config: map[string]string{"limits.cpu": "4"}})
		held, _ := s.world.Holding(plan.Source, instance("web1"))
		held.Profiles = []string{"default", "big"}
		s.world.Put(plan.Source, instance("web1"), held)
	},
	"profile-changes": func(s *stage) {
		s.world.PutProfile(plan.Source, "default", "big", plan.Profile{Config: map[string]string{"limits.cpu": "8"}, Description: "big ones"})
	},
	"profile-fails": func(s *stage) {
		s.world.FailAt(1, false)
		s.shown = 0
	},
	// Both servers are clusters of three. On the source, web1 lies on m1 and data on m2.
	"cluster": func(s *stage) {
		for _, side := range plan.BothSides {
			s.world.Cluster(side, "m1", "m2", "m3")
		}
		s.world.Put(plan.Source, instance("web1"), plan.Holding{Running: true, Status: "Running", Member: "m1"})
		s.world.Put(plan.Source, volume("local", "data"), plan.Holding{Member: "m2"})
	},
	"target-m3-silent": func(s *stage) { s.world.Silence(plan.Target, "m3", true) },
	"target-m3-back":   func(s *stage) { s.world.Silence(plan.Target, "m3", false) },
	"source-m1-silent": func(s *stage) { s.world.Silence(plan.Source, "m1", true) },
	"twin": func(s *stage) {
		s.world.Put(plan.Source, volume("local", "data"), plan.Holding{Namesakes: []string{"m1", "m2"}})
	},
	"foreign-snapshot": func(s *stage) { s.take(plan.Source, instance("web1"), "before-upgrade") },
	"foreign-replica":  func(s *stage) { s.world.Put(plan.Target, instance("web1"), plan.Holding{}) },
	"no-project": func(s *stage) {
		s.world.AddProject(plan.Source, "shop")
		s.world.Put(plan.Source, plan.Ref{Project: "shop", Kind: plan.Instance, Name: "web1"}, plan.Holding{})
	},
	// A copy of the volume that an earlier run has left, and how it ends when it is waited for.
	"left-and-ends-well":    func(s *stage) { s.leave(true) },
	"left-and-ends-badly":   func(s *stage) { s.leave(false) },
	"dies-before-the-start": func(s *stage) { s.world.KillAt(8, false, false); s.shown = 0 },
	"revived-while-the-target-starts-it": func(s *stage) {
		s.world.FailAt(0, false)
		s.shown = 0
		s.world.Starts(plan.Target, instance("web1"))
	},
	"left-and-stuck":    func(s *stage) { s.leave(true); s.left = nil; s.world.GiveUp() },
	"left-and-not-told": func(s *stage) { s.leave(true); s.world.FailAt(1, false); s.shown = 0 },
	"lost-base":         func(s *stage) { s.removeAll(plan.Source, instance("web1")) },
	// Another config that copies web1 to its own target, as its last run has left it.
	"another-config": func(s *stage) {
		const another = "33333333-dddd-4eee-8fff-444444444444"
		s.world.SetMark(plan.Source, instance("web1"), plan.BaseKey(another), plan.Base{Config: another, Target: "offsite",
			Address: "https://offsite:8443", Snapshot: "IAB_20260310-120000", At: s.now, Used: s.now}.Mark())
	},
	"clock-ahead": func(s *stage) { s.world.SetSkew(plan.Target, 90*time.Second) },
	"source-lost": func(s *stage) { s.world.Remove(plan.Source, instance("web1"), "IAB_20260310-120000") },
	"copy-fails": func(s *stage) {
		s.world.FailAt(3, false)
		s.shown = 0
	},
	"later-call-fails": func(s *stage) {
		s.world.FailAt(4, false)
		s.shown = 0
	},
	// What a failback has replaced is started by a person, and stopped again.
	"replaced-started": func(s *stage) {
		for ref := range s.world.Holdings(plan.Source) {
			if strings.Contains(ref.Name, "-IAB-before-") {
				s.world.Power(plan.Source, ref, true)
				s.world.Power(plan.Source, ref, false)
			}
		}
	},
	"written": func(s *stage) {
		s.world.Write(plan.Source, instance("web1"), "a web server, "+s.now.Format("15:04 on 2 January"))
	},
	"web1-uses-data": func(s *stage) {
		held, _ := s.world.Holding(plan.Source, instance("web1"))
		held.Devices = map[string]plan.Device{"data": {"type": "disk", "pool": "local", "source": "data", "path": "/data"}}
		held.Inherited = held.Devices
		s.world.Put(plan.Source, instance("web1"), held)
	},
	"written-on-target": func(s *stage) { s.world.Write(plan.Target, instance("web1"), "a web server on the target") },
	"web1-stops":        func(s *stage) { s.world.Power(plan.Source, instance("web1"), false) },
	"web1-lost":         func(s *stage) { s.world.Lose(plan.Source, instance("web1")) },
	// A byte of the replica's newest snapshot has changed, and the other one does not start any more.
	"spoiled": func(s *stage) {
		s.world.Spoil(plan.Target, volume("local", "data"), "IAB_20260310-130000", "rOws")
		s.world.Spoil(plan.Target, instance("web1"), "IAB_20260310-130000", runtest.NoBoot+" at all")
	},
	// Of the newest snapshot only the record is left.
	"phantom": func(s *stage) {
		s.world.Spoil(plan.Target, volume("local", "data"), "IAB_20260310-130000", runtest.NoData)
	},
	"machine": func(s *stage) {
		held, _ := s.world.Holding(plan.Source, instance("web1"))
		held.Type = "virtual-machine"
		s.world.Put(plan.Source, instance("web1"), held)
	},
	"killed-verify": func(s *stage) {
		point := plan.Point{Side: plan.Target, Holder: instance("web1"), Within: true, Snapshot: "IAB_20260310-120000"}
		left := plan.Clone{Ref: instance("web1-IAB-content-20260310-121500"), Of: point, Purpose: plan.PurposeContent}
		if err := s.world.Clone(context.Background(), left); err != nil {
			s.t.Fatal(err)
		}
	},
	// Two instances that belong together, the first one with a volume.
	"belonging": func(s *stage) {
		attached := map[string]plan.Device{"data": {"type": "disk", "pool": "local", "source": "data", "path": "/srv"}}
		s.world.Put(plan.Source, instance("app"), plan.Holding{Running: true, Status: "Running", Devices: attached, Inherited: attached})
		s.world.Put(plan.Source, instance("db"), plan.Holding{Running: true, Status: "Running"})
		s.world.Put(plan.Source, instance("rests"), plan.Holding{Status: "Stopped"})
		s.world.Put(plan.Source, volume("local", "data"), plan.Holding{})
		s.world.OnExec(func(_ context.Context, _ plan.Ref, c plan.Command) (string, error) {
			return c.Env["IAB_PHASE"] + " ok\n", nil
		})
	},
	"hook-fails": func(s *stage) {
		s.world.OnExec(func(_ context.Context, _ plan.Ref, c plan.Command) (string, error) {
			if c.Env["IAB_PHASE"] == "pre" {
				return "no room\n", errors.New("it ended with exit status 7")
			}
			return "", nil
		})
	},
	"killed-in-the-window": func(s *stage) {
		if _, err := s.world.Freeze(context.Background(), instance("db")); err != nil {
			s.t.Fatal(err)
		}
	},
	"slow":   func(s *stage) { s.slow = 20 * time.Minute },
	"torn":   func(s *stage) { s.world.Tear(true) },
	"mended": func(s *stage) { s.world.Tear(false) },
	"unreachable": func(s *stage) {
		s.dialErr = &remote.Error{Kind: remote.Unreachable, Text: "connect to the target https://target:8443: nothing listens there",
			Hint: "check that Incus runs there and is told to listen: incus config get core.https_address"}
	},
	"not-onboarded": func(s *stage) {
		s.dialErr = &remote.Error{Kind: remote.NotOnboarded, Text: "read IAB's credentials in creds: iab_client.crt and iab_client.key are missing",
			Hint: "run `iab onboard` first, or name another directory by --cred-dir"}
	},
	"interrupted": func(s *stage) {
		s.dialErr = &remote.Error{Kind: remote.Interrupted, Text: "connect to the source https://source:8443: interrupted", Err: context.Canceled}
	},
	// IAB runs in the instance "runner", which is one of three on the source.
	"inside": func(s *stage) {
		s.guest = guesttest.Serve(s.t, guestSocket)
		s.runs("runner", s.guest.InstanceID)
		s.runs("web1", "another-id")
		s.runs("web2", "")
	},
	"not-root":  func(s *stage) { s.guest.NotRoot = true },
	"guest-off": func(s *stage) { s.guest.Off = true },
	// The guest API of a container that is switched off is not there.
	"guest-gone": func(s *stage) {
		s.guest.Stop()
		s.container = "web2.example.com"
	},
	"images": func(s *stage) {
		s.guest.Images = true
		s.guest.Exports = map[string]http.HandlerFunc{
			"434728a410a78f56fc1b5899c3593436e61ab0c731e9072d95e96db290205e53": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Disposition", "inline;filename=image.tar")
				_, _ = io.WriteString(w, "content\n")
			},
		}
	},
	"onboard": func(s *stage) {
		s.onboard = map[plan.Side]answer{
			plan.Source: {result: remote.Result{ServerName: "incus1", ServerVersion: "6.0.4", Fingerprint: "aaaa1111", Projects: []string{"default", "shop"}}},
			plan.Target: {result: remote.Result{ServerName: "incus2", ServerVersion: "6.0.4", Fingerprint: "bbbb2222", Restricted: true, Projects: []string{"default"}}},
		}
	},
	"onboarded": func(s *stage) {
		for side, a := range s.onboard {
			a.result.Already = true
			s.onboard[side] = a
		}
	},
	"replaced": func(s *stage) {
		a := s.onboard[plan.Target]
		a.result.Replaced = "cccc3333"
		a.result.Warnings = []string{"other users may enter creds; close it by: chmod 700 creds"}
		s.onboard[plan.Target] = a
	},
	"host-cluster":    hostScene(func(h *ostest.Host) { h.Members = []string{"node1", "node2"} }),
	"host-restricted": hostScene(func(h *ostest.Host) { h.Restricted = true }),
	"host-down":       hostScene(func(h *ostest.Host) { h.Down = true }),
	"host-breaks":     hostScene(func(h *ostest.Host) { h.Apps["incus"].Breaks = "unsupported file: zzz_fifo" }),
	"host-mended":     hostScene(func(h *ostest.Host) { h.Down, h.Restricted, h.Apps["incus"].Breaks = false, false, "" }),
	"host-other":      hostScene(func(h *ostest.Host) { h.MachineID, h.Hostname = "ffffffffffffffff", "node9" }),
	"host-same": hostScene(func(h *ostest.Host) {
		h.MachineID, h.Hostname = "0123456789abcdef0123456789abcdef", "node1.example.net"
	}),
	"host-refuses":     hostScene(func(h *ostest.Host) { h.Refuses = "TPM status isn't OK: swtpm" }),
	"host-obeys":       hostScene(func(h *ostest.Host) { h.Refuses, h.Ignores = "", false }),
	"host-ignores":     hostScene(func(h *ostest.Host) { h.Ignores = true }),
	"host-hangs-up":    hostScene(func(h *ostest.Host) { h.Hangs = true }),
	"host-loses-trust": hostScene(func(h *ostest.Host) { h.LosesTrust = true }),
	"host-renewed":     hostScene(func(h *ostest.Host) { h.NewIdentity = true }),
	"host-rescue":      hostScene(func(h *ostest.Host) { h.Rescue = true }),
	"host-gone":        hostScene(func(h *ostest.Host) { h.Stop() }),
	"credentials-renewed": func(s *stage) {
		for _, name := range []string{"creds/iab_client.crt", "creds/iab_client.key"} {
			if err := os.Remove(name); err != nil {
				s.t.Fatal(err)
			}
		}
		if _, _, err := remote.EnsureCredentials("creds", noon.AddDate(0, 0, 1)); err != nil {
			s.t.Fatal(err)
		}
	},
	"target-debian": func(s *stage) { h := s.host(hostWords[1]); h.OSName, h.Old = "Debian GNU/Linux", true },
	"token-missing": func(s *stage) {
		s.onboard = map[plan.Side]answer{plan.Source: {err: &remote.Error{Kind: remote.TokenMissing,
			Text: "onboard the source https://source:8443: no trust token is given, and its certificate is not pinned yet",
			Hint: "give it by --source-token"}}}
	},
	"token-unknown": func(s *stage) {
		s.onboard = map[plan.Side]answer{plan.Source: {err: &remote.Error{Kind: remote.TokenRejected,
			Text: "onboard the source https://source:8443: it does not know the token (any more)",
			Hint: "a token is good for one use, and gone when it is revoked"}}}
	},
}

// runs puts a running instance on the source.
func (s *stage) runs(name, id string) {
	h := plan.Holding{Running: true, Status: "Running", Config: map[string]string{}}
	if id != "" {
		h.Config["volatile.cloud-init.instance-id"] = id
	}
	s.world.Put(plan.Source, instance(name), h)
}

func (s *stage) take(side plan.Side, ref plan.Ref, name string) {
	s.t.Helper()
	if err := s.world.Take(side, ref, name); err != nil {
		s.t.Fatal(err)
	}
}

// leave begins a copy as an IAB that was killed leaves it.
func (s *stage) leave(well bool) {
	s.take(plan.Source, volume("local", "data"), "IAB_20260310-110000")
	end := s.world.Leave(plan.Job{Ref: volume("local", "data"), TargetPool: "local"})
	s.left = func() { end(well); s.left = nil }
}

func (s *stage) removeAll(side plan.Side, ref plan.Ref) {
	h, _ := s.world.Holding(side, ref)
	for _, snapshot := range h.Snapshots {
		s.world.Remove(side, ref, snapshot.Name)
	}
}
