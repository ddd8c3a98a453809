//go:build e2e

package e2e

import (
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
	"iab/internal/remote"
	"iab/internal/run"
	"iab/internal/runtest"
)

// members are the names of the cluster's daemons.
var members = []string{"m1", "m2", "m3"}

// clustered is a fixture with a cluster of three members on one side, and the lab, which knows them.
func clustered(t *testing.T, side plan.Side) (*fixture, *lab.Lab) {
	t.Helper()
	t.Parallel()
	privacy <- struct{}{}
	t.Cleanup(func() { <-privacy })
	names := []string{"source", "m1", "m2", "m3"}
	if side == plan.Source {
		names = []string{"m1", "target", "m2", "m3"}
	}
	l := lab.New(t, lab.Options{Names: names, Cluster: members})
	furnish(t, l)
	return settle(t, l, "own"), l
}

// place sets where new objects come to on a side; empty takes the key away.
func (f *fixture) place(side plan.Side, member string) {
	f.Helper()
	hosts := f.config()["hosts"].([]any)
	for _, host := range hosts {
		if h := host.(object); h["role"] == string(side) {
			h["clusterMember"] = member
		}
	}
	f.configure(object{"hosts": hosts})
}

// location is the cluster member that an object lies on.
func (f *fixture) location(d *lab.Daemon, ref plan.Ref) string {
	f.Helper()
	if ref.Kind == plan.Volume {
		volume, _, err := d.Project(f.project).GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
		f.must(err)
		return volume.Location
	}
	instance, _, err := d.Project(f.project).GetInstance(ref.Name)
	f.must(err)
	return instance.Location
}

// archivesOn lists the archives on the target with the member that each lies on, as MEMBER/NAME.
func (f *fixture) archivesOn() []string {
	f.Helper()
	var list []string
	server := f.target.Project(f.project)
	instances, err := server.GetInstances("")
	f.must(err)
	for _, instance := range instances {
		if instance.Config[plan.MarkRole] == plan.RoleArchive {
			list = append(list, instance.Location+"/"+instance.Name)
		}
	}
	for _, pool := range []string{"local", "plain"} {
		volumes, err := server.GetStoragePoolVolumes(pool)
		f.must(err)
		for _, volume := range volumes {
			if volume.Type == "custom" && !strings.Contains(volume.Name, "/") && volume.Config[plan.MarkRole] == plan.RoleArchive {
				list = append(list, volume.Location+"/"+volume.Name)
			}
		}
	}
	return list
}

// archived names the snapshot in the first of the archives whose name begins so.
func (f *fixture) archived(archives []string, prefix string) string {
	f.Helper()
	for _, archive := range archives {
		if stamp, ok := strings.CutPrefix(archive, prefix); ok {
			return plan.SnapshotPrefix + stamp
		}
	}
	f.Fatalf("no archive begins with %s: %v", prefix, archives)
	return ""
}

// TestAClusterIsATarget places replicas, kills a member that holds some in the middle of a copy, and moves one by hand.
func TestAClusterIsATarget(t *testing.T) {
	f, l := clustered(t, plan.Target)
	g := f.gated(f.target)
	f.onboard()
	m2 := l.Daemon("m2")
	data := f.disk("local", "data", "first")
	web := f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Start: true,
		Devices: map[string]map[string]string{"data": {"type": "disk", "pool": "local", "source": "data", "path": "/data"}}}, "first")
	files := f.disk("plain", "files", "first")
	onM2 := []plan.Ref{web, data, files}
	f.replicate(onM2...)
	f.configure(object{"retention": policies("2", "9")})
	f.place(plan.Target, "m2")
	f.run().ok()
	for _, ref := range onM2 {
		if got := f.location(f.target, ref); got != "m2" {
			t.Errorf("%s lies on %s", ref, got)
		}
		f.holds(m2, ref, "", "first")
	}
	replica, _, err := f.target.Project(f.project).GetInstance("web")
	f.must(err)
	if replica.Devices["data"]["source"] != "data" {
		t.Errorf("the replica has the devices %v", replica.Devices)
	}

	// What is new comes to the group; what exists stays.
	f.join(f.target.Client(), "m3", "default", "far")
	other := f.container("plain-other", "local", "first") // into pool plain
	all := append(slices.Clone(onM2), other)
	f.place(plan.Target, "@far")
	for i, mode := range []string{"push", "pull", "relay", "push"} {
		for _, ref := range all {
			write(t, f.source, ref, mode+strings.Repeat("+", i))
		}
		f.configure(object{"projects": []object{placed(project(f.project, mode, all...))}})
		done := f.run().ok()
		for _, ref := range onM2 {
			if copied := done.of(ref).Copied; copied == nil || !copied.Incremental {
				t.Errorf("%s: %s copied %+v", mode, ref, copied)
			}
			f.holds(m2, ref, "", mode+strings.Repeat("+", i))
		}
		f.holds(l.Daemon("m3"), other, "", mode+strings.Repeat("+", i))
	}
	archives := f.archivesOn()
	if len(archives) < 4 {
		t.Errorf("the archives are %v", archives)
	}
	for _, archive := range archives {
		want := "m2/"
		if strings.HasPrefix(archive[3:], other.Name) {
			want = "m3/"
		}
		if !strings.HasPrefix(archive, want) {
			t.Errorf("an archive lies on another member than its replica: %s", archive)
		}
	}

	// A copy that a killed IAB leaves to the servers is waited for, on whatever member it goes on.
	for _, ref := range all {
		write(t, f.source, ref, heavy("left to the servers "))
	}
	reached := g.shut()
	left := f.begin("run")
	f.await("the copy", reached)
	left.signal(os.Kill)
	left.end()
	g.open()
	f.run().ok()
	for _, ref := range onM2 {
		f.holds(m2, ref, "", heavy("left to the servers "))
	}

	// A member dies in the middle of a copy: the others' objects are done.
	for _, ref := range onM2 {
		write(t, f.source, ref, heavy("before m2 dies "))
	}
	write(t, f.source, other, "while m2 dies")
	done := f.dies(m2, g).exits(1)
	if r := done.of(other); r.Outcome != run.OK {
		t.Errorf("the object on another member: %+v", r)
	}
	f.holds(l.Daemon("m3"), other, "", "while m2 dies")
	before := map[plan.Ref][]string{}
	for _, ref := range onM2 {
		before[ref] = snapshots(t, f.source, ref)
	}
	done = f.run().exits(1)
	for _, ref := range onM2 {
		if r := done.of(ref); r.Outcome != run.Problem || !strings.Contains(r.Error, "cluster member m2") {
			t.Errorf("%s: %+v", ref, r)
		}
		if after := snapshots(t, f.source, ref); !slices.Equal(before[ref], after) {
			t.Errorf("%s on the source had %v and has %v", ref, before[ref], after)
		}
	}
	if r := done.of(other); r.Outcome != run.OK {
		t.Errorf("the object on another member: %+v", r)
	}
	f.iab("status").exits(3).says("unknown", "its cluster member m2 on the target does not answer")
	kept := f.archived(archives, "m2/data-IAB-")
	f.iab("restore", "data", "--at", kept, "--as", "copy").exits(1).says("its cluster member m2 on the target does not answer")

	f.must(m2.Start(t.Context()))
	f.back(l, "m2")
	f.idle()
	last := f.run().ok().report().Results[0].Snapshot
	for _, ref := range onM2 {
		f.holds(m2, ref, last, heavy("before m2 dies "))
	}
	f.iab("status").ok()
	f.iab("restore", "data", "--at", kept, "--to", "target", "--as", "copy").ok()
	if got := f.location(f.target, f.volume("local", "copy")); got != "m2" {
		t.Errorf("what was restored beside the replica lies on %s", got)
	}
	f.iab("restore", "data", "--at", kept, "--as", "copy").ok()
	f.iab("verify", "--content", "--boot", "web", "data").ok()
	f.moved(l, other)
}

// join puts a member into groups.
func (f *fixture) join(server incus.InstanceServer, member string, groups ...string) {
	f.Helper()
	for _, group := range groups {
		if _, _, err := server.GetClusterGroup(group); err != nil {
			f.must(server.CreateClusterGroup(api.ClusterGroupsPost{Name: group}))
		}
	}
	found, etag, err := server.GetClusterMember(member)
	f.must(err)
	put := found.Writable()
	put.Groups = groups
	f.must(server.UpdateClusterMember(member, put, etag))
}

// back waits until the other members reach one that was dead, and the cluster has had a sign of life from it: it answers a few seconds
// before its cluster ceases to call it offline.
func (f *fixture) back(l *lab.Lab, member string) {
	f.Helper()
	f.until(member+" answers the others", func() bool {
		m1 := l.Daemon("m1").Client()
		if _, _, err := m1.UseTarget(member).GetServer(); err != nil {
			return false
		}
		found, _, err := m1.GetClusterMember(member)
		return err == nil && found.Status == "Online"
	})
}

// moved lets a person move a replica to another member: it is continued there. On btrfs servers refuse to move one that has snapshots
// ("cannot find parent subvolume").
func (f *fixture) moved(l *lab.Lab, ref plan.Ref) {
	f.Helper()
	f.move(f.target, ref, "m1")
	f.followed(ref, l.Daemon("m1"))
}

// move moves an instance to another member of its cluster.
func (f *fixture) move(d *lab.Daemon, ref plan.Ref, member string) {
	f.Helper()
	op, err := d.Project(f.project).UseTarget(member).MigrateInstance(ref.Name, api.InstancePost{Name: ref.Name, Migration: true})
	f.must(err)
	f.must(op.Wait())
	if got := f.location(d, ref); got != member {
		f.Fatalf("%s was moved to %s", ref, got)
	}
}

// followed makes sure that the runs after a move send what differs only.
func (f *fixture) followed(ref plan.Ref, holder *lab.Daemon) {
	f.Helper()
	for _, content := range []string{"after the move", "and once more"} {
		write(f.T, f.source, ref, content)
		if copied := f.run().ok().of(ref).Copied; copied == nil || !copied.Incremental {
			f.Errorf("after the move it copied %+v", copied)
		}
		f.holds(holder, ref, "", content)
	}
}

// TestARealClusterKeepsTheContract holds a real cluster to what the in-memory one promises.
func TestARealClusterKeepsTheContract(t *testing.T) {
	f, l := clustered(t, plan.Target)
	f.onboard()
	owner := remote.Owner{Identity: f.identity(), Source: "source"}
	writes := new(atomic.Int32)
	t.Run("contract", func(t *testing.T) {
		runtest.ClusterContract(t, func(t *testing.T) runtest.ClusterSubject {
			return clusterSubject{subject{Pair: f.dial(t, owner), t: t, identity: owner.Identity, source: f.source, target: l.Daemon("m2"), writes: writes}}
		})
	})
}

// clusterSubject is a pair whose target is a cluster. It is looked at through the member that holds the replicas.
type clusterSubject struct{ subject }

func (clusterSubject) Away() string { return "m2" }
