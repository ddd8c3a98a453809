//go:build e2e

package e2e

import (
	"strings"
	"testing"

	incus "github.com/lxc/incus/v6/client"

	"iab/internal/lab"
	"iab/internal/plan"
	"iab/internal/run"
)

// TestAReplicaWithoutACommonSnapshotIsSetAsideAndMadeAnew deletes all snapshots on the source, as a person or ransomware may.
func TestAReplicaWithoutACommonSnapshotIsSetAsideAndMadeAnew(t *testing.T) {
	f := scenario(t)
	refs := []plan.Ref{
		f.container("web", "local", "first"), f.disk("local", "files", "first"), f.disk("plain", "files", "first"),
		f.diskOf(lab.VolumeSpec{Pool: "local", Name: "blocks", Block: true}, "first"),
	}
	f.replicate(refs...)
	f.configure(object{"retention": policies("2", "2")})
	first := f.run().ok().report().Results[0].Snapshot
	for _, ref := range refs {
		drop(t, f.source, ref, first)
		write(t, f.source, ref, "second, and longer")
	}
	for _, result := range f.run().exits(1).report().Results {
		if result.Outcome != run.Problem || !strings.Contains(result.Hint, "iab run --reseed "+result.Ref.String()) {
			t.Errorf("the report says %+v", result)
		}
	}
	f.iab("run", "--reseed", "webb").exits(2).says("did you mean web?")

	second := f.run("--reseed", "*").ok().report().Results[0].Snapshot
	for _, ref := range refs {
		f.holds(f.target, ref, second, "second, and longer")
		former := archivesOf(f, ref)
		if len(former) != 1 || !strings.HasPrefix(former[0].Name, ref.Name+"-IAB-old-") {
			t.Fatalf("%s left %v", ref, former)
		}
		f.holds(f.target, former[0], first, "first")
		write(t, f.source, ref, "third, and longer still")
	}
	third := f.run().ok().report().Results[0].Snapshot
	for _, ref := range refs { // the policy of two wants nothing of the former replica any more
		f.holds(f.target, ref, third, "third, and longer still")
		if former := archivesOf(f, ref); len(former) != 0 {
			t.Errorf("%s left %v", ref, former)
		}
	}
	f.run().ok()
}

// TestAPileCanAlwaysBeSent has snapshots whose names sort in no order of their making: in a first copy, behind a base, and to a replica
// that has lost all its snapshots.
func TestAPileCanAlwaysBeSent(t *testing.T) {
	f := scenario(t)
	web, files := f.container("web", "local", "1"), f.disk("local", "files", "1")
	refs := []plan.Ref{web, files}
	pile := func(names ...string) {
		for _, ref := range refs {
			take(t, f.source, ref, names...)
		}
	}
	f.replicate(refs...)
	pile("m", "a", "z", "IAB-b")
	f.run().ok()
	pile("y", "b", "IAB-c")
	f.run().ok()
	for _, ref := range refs {
		for _, name := range snapshots(t, f.target, ref) {
			drop(t, f.target, ref, name)
		}
	}
	pile("x", "c")
	f.run().ok()
	last := f.run().ok().report().Results[0].Snapshot
	for _, ref := range refs {
		wantSnapshots(f, f.target, ref, snapshots(t, f.source, ref)...)
		f.holds(f.target, ref, last, "1")
		f.holds(f.target, ref, "m", "1")
		if former := archivesOf(f, ref); len(former) > 0 {
			t.Errorf("%s left %v", ref, former)
		}
	}
}

// TestAChainThatWasReversedIsNotTriedForEver copies a replica back with its snapshots, after which btrfs can't build on them.
func TestAChainThatWasReversedIsNotTriedForEver(t *testing.T) {
	f := scenario(t)
	web := f.container("web", "local", "first")
	f.replicate(web)
	first := f.run().ok().report().Results[0].Snapshot
	take(t, f.target, web, "IAB_29990101-000000")
	source, target := f.source.Project(f.project), f.target.Project(f.project)
	replica, _, err := target.GetInstance(web.Name)
	f.must(err)
	op, err := source.CopyInstance(target, *replica, &incus.InstanceCopyArgs{Refresh: true, Mode: "relay"})
	f.must(err)
	f.must(op.Wait())
	write(t, f.source, web, "second, and longer")

	f.run().exits(1)
	result := f.run().exits(1).of(web)
	if result.Outcome != run.Problem || !strings.Contains(result.Hint, "--reseed") {
		t.Fatalf("the report says %+v", result)
	}
	f.iab("plan").exits(1).says("no copy can build on " + first)

	last := f.run("--reseed", "web").ok().report().Results[0].Snapshot
	f.holds(f.target, web, last, "second, and longer")
	write(t, f.source, web, "third, and longer still")
	for range 2 {
		last = f.run().ok().report().Results[0].Snapshot
	}
	f.holds(f.target, web, last, "third, and longer still")
	f.holds(f.target, web, first, "first")
}

// TestAReplicaThatHasLostItsLiveDataIsMadeAnewAndKeepsItsHistory: a target that dies right when it exchanges the data of a replica
// leaves the snapshots alone.
func TestAReplicaThatHasLostItsLiveDataIsMadeAnewAndKeepsItsHistory(t *testing.T) {
	f := scenario(t)
	files := f.disk("local", "files", "first")
	f.replicate(files)
	f.configure(object{"retention": policies("1", "3")})
	f.run().ok()
	second := f.run().ok().of(files).Snapshot
	f.must(f.target.LoseVolume(f.project, "local", "files"))
	write(t, f.source, files, "second, and longer")
	third := f.run().exits(1).of(files).Snapshot

	last := f.run().ok().of(files).Snapshot
	f.holds(f.target, files, "", "second, and longer")
	f.holds(f.target, files, last, "second, and longer")
	for name, content := range map[string]string{second: "first", third: "second, and longer"} {
		f.holds(f.target, f.volume("local", "files-"+strings.ReplaceAll(name, "_", "-")), "", content)
	}
	f.run().ok()
}

// TestATargetMayKeepLessThanItsSourceWhereTheServersCan runs with a policy on the target that keeps less than the source's.
func TestATargetMayKeepLessThanItsSourceWhereTheServersCan(t *testing.T) {
	f := scenario(t)
	web, files, mirrored := f.container("web", "plain", "1"), f.disk("plain", "files", "1"), f.disk("local", "files", "1")
	section := project(f.project, "push", web, files, mirrored)
	section["instances"].([]object)[0]["storage"] = "plain"
	f.configure(object{"projects": []object{section}, "retention": policies("4", "2")})
	refs, content := []plan.Ref{web, files, mirrored}, "1"
	written := map[string]string{}
	var taken []string
	for range 5 {
		nextSecond() // of what is of one second nothing is left out
		name := f.run().ok().report().Results[0].Snapshot
		taken, written[name] = append(taken, name), content
		content += "+"
		for _, ref := range refs {
			write(t, f.source, ref, content)
		}
	}
	for _, ref := range refs {
		wantSnapshots(f, f.source, ref, taken[1:]...)
		kept := taken[3:]
		if ref == mirrored {
			kept = taken[1:]
		}
		wantSnapshots(f, f.target, ref, kept...)
		for _, name := range kept {
			f.holds(f.target, ref, name, written[name])
		}
	}
	nextSecond()
	f.iab("plan").ok().says("leaves out 2 older snapshots", "can't leave out older snapshots")
}
