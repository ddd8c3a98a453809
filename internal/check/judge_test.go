package check_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iab/internal/check"
	"iab/internal/plan"
)

func TestWhereNothingIsWrongEveryLineIsOK(t *testing.T) {
	var got []string
	for _, line := range newScene(t).lines() {
		got = append(got, written(line))
	}
	want := []string{
		"ok config [config.json] it is valid and names 2 objects in 1 project ()",
		"ok credentials [cred] only IAB's user can read them ()",
		"ok certificate [IAB's certificate 0123456789ab] it is valid until 2031-03-10 ()",
		"ok lock [cred/iab.lock] it is free ()",
		"ok certificate [certificate of the source] it is valid until 2031-03-10 ()",
		"ok server [source] incus-source runs Incus 6.0.4, shows the pinned certificate and trusts IAB's ()",
		"ok rights [source] IAB's certificate may use every project ()",
		"ok project [source] there is default ()",
		"ok pool [source] there is plain ()",
		"ok certificate [certificate of the target] it is valid until 2031-03-10 ()",
		"ok server [target] incus-target runs Incus 6.0.4, shows the pinned certificate and trusts IAB's ()",
		"ok rights [target] IAB's certificate may use every project ()",
		"ok project [target] there is default ()",
		"ok pool [target] there is local, plain ()",
		"ok clock [source] its clock agrees with this machine's ()",
		"ok clock [target] its clock agrees with this machine's ()",
		"ok clock [source and target] the source's clock agrees with the target's ()",
		"ok stopped [source] no interrupted run has left anything stopped ()",
		"ok job [2 objects] nothing is in the way of the next run ()",
		"ok space [local on the target] 90.0 GiB of 100 GiB are free, and 1 first copy needs 1.0 GiB ()",
		"ok space [plain on the target] 90.0 GiB of 100 GiB are free, and 1 first copy needs 1.0 GiB ()",
		"ok retention [target] Incus 6.0.4: everything that the target's policies let go can be deleted there ()",
		"ok archive [local on the target] archives are clones there (btrfs) ()",
		"ok archive [plain on the target] the next run archives nothing there; archives would be full copies, as pools of driver dir can't clone ()",
		"ok coverage [default] every object on the source has a job or is excluded ()",
		"ok notify [gotify] its address can be used; --notify sends a test message ()",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const (
	expiryHint = "renew it there (in a cluster by incus cluster update-certificate, else remove server.crt and server.key and restart Incus), then onboard that server again"
	ownHint    = "move iab_client.crt and iab_client.key out of cred and onboard both servers again"
	clockHint  = "set the clocks right, best by NTP: dates of snapshots decide what is kept"
	roomHint   = "free space there, enlarge the pool, or choose another one for some objects"
)

// cases are scenes with something wrong, and what is said of it that is not said when all is well.
var cases = []struct {
	name   string
	change func(*scene)
	want   []string
}{
	{"config with problems, and nothing else can be looked at", func(s *scene) {
		s.facts = check.Facts{At: noon, Config: check.Config{Path: "config.json", Problems: []check.Misfit{
			{Place: "line 3, iab.parallel", Trouble: check.Trouble{Text: "must be from 1 to 64, not 0", Hint: "leave it out for 4"}},
			{Trouble: check.Trouble{Text: "the file does not exist", Hint: "run `iab onboard`"}},
		}}}
	}, []string{
		"fail config [line 3, iab.parallel] must be from 1 to 64, not 0 (leave it out for 4)",
		"fail config [config.json] the file does not exist (run `iab onboard`)",
	}},
	{"config with warnings", func(s *scene) {
		s.facts.Config.Warnings = []string{`retention: the config lists no project "shpo"; did you mean "shop"?`, "odd"}
	}, []string{
		`warn config [config.json] retention: the config lists no project "shpo" (did you mean "shop"?)`,
		"warn config [config.json] odd ()",
	}},
	{"config without objects", func(s *scene) { s.facts.Config.Objects = 0 },
		[]string{"warn config [config.json] it names no objects: a run has nothing to do (name projects, instances and volumes in it)"}},
	{"credentials that others can read", func(s *scene) {
		s.facts.Own.Warnings = []string{"other users may enter cred; close it by: chmod 700 cred"}
	}, []string{"warn credentials [cred] other users may enter cred (close it by: chmod 700 cred)"}},
	{"credentials that can't be used", func(s *scene) {
		s.facts.Own = check.Certificate{Dir: "cred", Trouble: &check.Trouble{Text: "read IAB's credentials in cred: the directory does not exist", Hint: "run `iab onboard` first"}}
		s.facts.Lock, s.facts.Servers, s.facts.Jobs = check.Lock{}, plan.Sides[*check.Server]{}, nil
	}, []string{"fail credentials [cred] read IAB's credentials in cred: the directory does not exist (run `iab onboard` first)"}},
	{"certificates that expire soon", func(s *scene) {
		s.facts.Own.Until = noon.Add(29*24*time.Hour + time.Hour)
		s.facts.Servers.Source.Until = noon.Add(time.Minute)
		s.facts.Servers.Target.Until = noon.Add(30 * 24 * time.Hour)
	}, []string{
		"warn certificate [IAB's certificate 0123456789ab] it expires on 2026-04-08, in 29 days (" + ownHint + ")",
		"warn certificate [certificate of the source] it expires on 2026-03-10, in 0 days (" + expiryHint + ")",
		"ok certificate [certificate of the target] it is valid until 2026-04-09 ()",
	}},
	{"certificates that have expired", func(s *scene) {
		s.facts.Own.Until = noon
		s.facts.Servers.Target.Until = noon.Add(-48 * time.Hour)
	}, []string{
		"fail certificate [IAB's certificate 0123456789ab] it expired on 2026-03-10 (" + ownHint + ")",
		"fail certificate [certificate of the target] it expired on 2026-03-08 (" + expiryHint + ")",
	}},
	{"expired certificate of a server that the other one does not connect to", func(s *scene) {
		s.facts.Servers.Source.Until = noon.Add(-48 * time.Hour)
	}, []string{
		"warn certificate [certificate of the source] it expired on 2026-03-08, which IAB does not mind, and the other server does not connect to this one (" + expiryHint + ")",
	}},
	{"expired certificate of a source that a target pulls from", func(s *scene) {
		s.facts.Servers.Source.Until = noon.Add(-48 * time.Hour)
		s.facts.Jobs[1].Mode = plan.Pull
	}, []string{"fail certificate [certificate of the source] it expired on 2026-03-08 (" + expiryHint + ")"}},
	{"lock of another run", func(s *scene) { s.facts.Lock.Held = true },
		[]string{"warn lock [cred/iab.lock] a run holds it at the moment (check again when it has ended: what it works on may look odd meanwhile)"}},
	{"lock that can't be written", func(s *scene) {
		s.facts.Lock.Trouble = &check.Trouble{Text: "lock cred/iab.lock: permission denied", Hint: "check the owner"}
	}, []string{"fail lock [cred/iab.lock] lock cred/iab.lock: permission denied (check the owner)"}},
	{"instance that IAB runs in and can't know", func(s *scene) {
		s.facts.Self = &check.Trouble{Text: "find out which instance IAB runs in: no", Hint: "run it as root"}
	}, []string{"fail guest [this instance] find out which instance IAB runs in: no (run it as root)"}},
	{"target that can't be reached", func(s *scene) {
		s.facts.Servers.Target = &check.Server{Trouble: &check.Trouble{Text: "connect to the target: nothing listens there", Hint: "start it"}, Until: noon.AddDate(5, 0, 0)}
	}, []string{"fail server [target] connect to the target: nothing listens there (start it)"}},
	{"rights that can't be read", func(s *scene) {
		s.facts.Servers.Source.Rights = &check.Rights{Trouble: &check.Trouble{Text: "read the rights: no", Hint: "look"}}
	}, []string{"warn rights [source] read the rights: no (look)"}},
	{"restricted certificate that is enough", func(s *scene) {
		s.facts.Servers.Source.Rights = &check.Rights{Restricted: true, Projects: []string{"default", "web"}}
	}, []string{"ok rights [source] IAB's certificate is restricted to default, web, which is enough ()"}},
	{"restricted certificate that lacks a project", func(s *scene) {
		s.facts.Config.Projects = []string{"default", "shop"}
		s.facts.Servers.Source.Held.Projects["shop"] = plan.Project{}
		s.facts.Servers.Target.Rights = &check.Rights{Restricted: true, Projects: []string{"default"}}
	}, []string{
		"ok config [config.json] it is valid and names 2 objects in 2 projects ()",
		"ok project [source] there is default, shop ()",
		"fail rights [shop on the target] IAB's certificate is restricted to other projects and may not use it (add it to the projects of the certificate: incus config trust edit 0123456789ab)",
		"ok coverage [shop] every object on the source has a job or is excluded ()",
	}},
	{"project that does not exist", func(s *scene) { delete(s.facts.Servers.Target.Held.Projects, "default") }, []string{
		"fail project [default on the target] it does not exist (create it there: incus project create default)",
		"fail job [default/instance/web1] project default does not exist on the target, or IAB's certificate may not use it (create it there (incus project create default), or for a restricted certificate add it to the list: incus config trust edit, projects)",
		"fail job [default/volume/plain/data] project default does not exist on the target, or IAB's certificate may not use it (create it there (incus project create default), or for a restricted certificate add it to the list: incus config trust edit, projects)",
		"ok space [local on the target] 90.0 GiB of 100 GiB are free ()",
		"ok space [plain on the target] 90.0 GiB of 100 GiB are free ()",
	}},
	{"pools that do not exist", func(s *scene) {
		delete(s.facts.Servers.Target.Held.Pools, "local")
		delete(s.facts.Servers.Target.Spaces, "local")
		delete(s.facts.Servers.Source.Held.Pools, "plain")
	}, []string{
		"fail pool [plain on the source] it does not exist (correct the name in the config)",
		"fail pool [local on the target] it does not exist (name an existing pool of the target in the config, or create it there: incus storage create)",
		"fail job [default/instance/web1] pool local does not exist on the target (name an existing pool of the target in \"storage\", or create it there: incus storage create)",
		"ok job [1 object] nothing is in the way of the next run ()",
	}},
	{"clocks that differ by some seconds", func(s *scene) {
		s.facts.Servers.Source.Held.Skew, s.facts.Servers.Target.Held.Skew = -4*time.Second, 5*time.Second
	}, []string{
		"ok clock [source] its clock is 4s behind this machine's ()",
		"ok clock [target] its clock is 5s ahead of this machine's ()",
		"warn clock [source and target] the source's clock is 9s behind the target's (" + clockHint + ")",
	}},
	{"clocks that differ by more than a minute", func(s *scene) {
		s.facts.Servers.Source.Held.Skew, s.facts.Servers.Target.Held.Skew = -time.Minute, 61*time.Second
	}, []string{
		"warn clock [source] its clock is 1m0s behind this machine's (" + clockHint + ")",
		"fail clock [target] its clock is 1m1s ahead of this machine's (" + clockHint + ")",
		"fail clock [source and target] the source's clock is 2m1s behind the target's (" + clockHint + ")",
	}},
	{"what an interrupted run has left stopped", func(s *scene) {
		s.facts.Restarts = []check.Restart{{Ref: instance("a")}, {Ref: instance("b"), Busy: true}, {Ref: instance("c"), Trouble: &check.Trouble{Text: "start c again: no"}}}
	}, []string{
		"warn stopped [default/instance/a] an interrupted run had left it stopped: it was started again ()",
		"warn stopped [default/instance/b] it is stopped, by the run that goes on or by one that was interrupted before (check again when that run has ended)",
		"fail stopped [default/instance/c] start c again: no (start it by hand: an interrupted run has stopped it for its snapshot)",
	}},
	{"job without an object", func(s *scene) { delete(s.facts.Servers.Source.Held.Holdings, instance("web1")) }, []string{
		"fail job [default/instance/web1] does not exist on the source (correct the name in the config, or take it out)",
		"ok job [1 object] nothing is in the way of the next run ()",
		"ok space [local on the target] 90.0 GiB of 100 GiB are free ()",
	}},
	{"foreign object under the replica's name", func(s *scene) { s.hold(plan.Target, instance("web1"), func(*plan.Holding) {}) }, []string{
		"fail job [default/instance/web1] the target has something of that name that is not a replica made by IAB (rename or move it; it is never overwritten)",
		"ok job [1 object] nothing is in the way of the next run ()",
		"ok space [local on the target] 90.0 GiB of 100 GiB are free ()",
	}},
	{"warnings of the plan", func(s *scene) { s.facts.Jobs[0].ExcludeDevices = []string{"gpu"} },
		[]string{"warn job [default/instance/web1] excludeDevices names gpu, a device that it does not have ()"}},
	{"profiles that the next run makes and changes", func(s *scene) {
		lan := map[string]plan.Device{"eth0": {"type": "nic", "network": "lan"}}
		source, target := s.facts.Servers.Source.Held.Projects["default"].Profiles, s.facts.Servers.Target.Held.Projects["default"].Profiles
		source["new"], source["own"] = plan.Profile{Devices: lan}, plan.Profile{Description: "changed"}
		target["own"] = plan.Profile{Config: map[string]string{plan.MarkReplicaOf: identity}}
		s.hold(plan.Source, instance("web1"), func(h *plan.Holding) { h.Profiles, h.Inherited = []string{"default", "new", "own"}, lan })
	}, []string{
		"warn profile [default/new on the target] the next run makes it after the source's: it is missing there (make it there before, if it is to differ from the source's)",
		"ok profile [default/own on the target] the next run brings it up to date: it differs from the source's in config user.iab.source, description ()",
		"warn job [default/instance/web1] device eth0 is dropped from profile new: network lan is missing on the target ()",
	}},
	{"devices that the target has nothing for", func(s *scene) {
		s.facts.Jobs[0].ExcludeDevices = []string{"gpu"}
		s.hold(plan.Source, instance("web1"), func(h *plan.Holding) {
			h.Devices = map[string]plan.Device{
				"eth0": {"type": "nic", "network": "lan"}, "gpu": {"type": "gpu"},
				"disk": {"type": "disk", "pool": "local", "source": "scratch", "path": "/scratch"},
			}
			h.Inherited = h.Devices
		})
	}, []string{
		"warn device [default/instance/web1] the replica does not get the device disk: volume scratch is missing in pool local on the target (create what is missing there, or name disk in excludeDevices)",
		"warn device [default/instance/web1] the replica does not get the device eth0: network lan is missing on the target (create what is missing there, or name eth0 in excludeDevices)",
	}},
	{"pool that gets nearly full", func(s *scene) {
		s.facts.Servers.Target.Spaces["local"] = check.Space{Used: 89<<30 + 1<<29, Total: 100 << 30}
		s.facts.Servers.Target.Spaces["plain"] = check.Space{Used: 90<<30 + 1, Total: 100 << 30}
	}, []string{
		"warn space [local on the target] the next run makes it 91 % full: 10.5 GiB of 100 GiB are free, and 1 first copy needs 1.0 GiB (" + roomHint + ")",
		"warn space [plain on the target] it is 91 % full: 10.0 GiB of 100 GiB are free, and 1 first copy needs 1.0 GiB (" + roomHint + ")",
	}},
	{"pool that is just full enough", func(s *scene) {
		s.facts.Servers.Target.Spaces["local"] = check.Space{Used: 89 << 30, Total: 100 << 30}
	}, []string{"ok space [local on the target] 11.0 GiB of 100 GiB are free, and 1 first copy needs 1.0 GiB ()"}},
	{"first copies that do not fit", func(s *scene) {
		s.job(instance("web2"), "local")
		s.job(instance("web3"), "local")
		s.used[instance("web2")], s.used[instance("web3")] = 90<<30, 0
	}, []string{
		"ok job [4 objects] nothing is in the way of the next run ()",
		"warn space [local on the target] 90.0 GiB of 100 GiB are free, and 3 first copies need at least 91.0 GiB (the source does not tell the size of 1 object) (" + roomHint + ")",
	}},
	{"servers that do not tell sizes", func(s *scene) {
		s.used = map[plan.Ref]int64{}
		s.facts.Servers.Target.Spaces["plain"] = check.Space{}
	}, []string{
		"ok space [local on the target] 90.0 GiB of 100 GiB are free, and the source does not tell how much 1 first copy needs ()",
		"ok space [plain on the target] the server does not tell how full it is, and the source does not tell how much 1 first copy needs ()",
	}},
	{"space that can't be read", func(s *scene) {
		s.facts.Servers.Target.Spaces["local"] = check.Space{Trouble: &check.Trouble{Text: "read how full pool local on the target is: no", Hint: "look"}}
	}, []string{"warn space [local on the target] read how full pool local on the target is: no (look)"}},
	{"objects that no job takes", func(s *scene) {
		excluded := map[string]string{plan.MarkExclude: "true"}
		held := s.facts.Servers.Source.Held
		for ref, h := range map[plan.Ref]plan.Holding{
			instance("b"): {}, volume("local", "a"): {Config: map[string]string{plan.MarkExclude: "false"}},
			instance("out"): {Config: excluded}, volume("local", "iso"): {Type: "iso"}, volume("local", "shared"): {Borrowed: true},
			instance("replica"): {Config: map[string]string{plan.MarkRole: plan.RoleReplica}}, instance("archive"): {Config: map[string]string{plan.MarkRole: plan.RoleArchive}},
			instance("aside"): {Config: map[string]string{plan.MarkRole: plan.RoleAside}},
			{Project: "shop", Kind: plan.Instance, Name: "till"}: {}, {Project: "play", Kind: plan.Instance, Name: "toy"}: {},
		} {
			held.Holdings[ref] = h
		}
		held.Projects["shop"], held.Projects["play"] = plan.Project{}, plan.Project{Excluded: true}
	}, []string{
		"warn coverage [default] no job takes instance/b, volume/local/a (name them in the config, or set user.iab.exclude=true on what needs no backup, an object or the project)",
		"ok coverage [play] the project is excluded ()",
		"warn coverage [shop] no job takes instance/till (name them in the config, or set user.iab.exclude=true on what needs no backup, an object or the project)",
	}},
	{"notifications", func(s *scene) {
		s.facts.Told = true
		s.facts.Services = []check.Service{{Name: "healthchecks"}, {Name: "gotify", Trouble: &check.Trouble{Text: "notify gotify at https://g/…: no answer in time"}}}
	}, []string{
		"ok notify [healthchecks] it took the test message ()",
		"fail notify [gotify] notify gotify at https://g/…: no answer in time ()",
	}},
	{"test message to nobody", func(s *scene) { s.facts.Told, s.facts.Services = true, nil },
		[]string{"warn notify [nobody] no service is configured: nobody is told of a run that fails (set iab.healthchecksUrl or iab.gotifyUrl in config.json)"}},
}

func TestWhatIsWrongIsSaidWithAHint(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			c.change(s)
			if diff := cmp.Diff(strings.Join(c.want, "\n"), strings.Join(s.changed(), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
