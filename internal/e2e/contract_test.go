//go:build e2e

package e2e

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
	"iab/internal/remote"
	"iab/internal/runtest"
)

// TestRealServersKeepTheContract holds the real servers to what the in-memory ones promise.
func TestRealServersKeepTheContract(t *testing.T) {
	f := scenario(t)
	owner := remote.Owner{Identity: f.identity(), Source: "source", Target: "target", Address: f.targetURL}
	writes := new(atomic.Int32)
	runtest.Contract(t, func(t *testing.T) runtest.Subject {
		return subject{Pair: f.dial(t, owner), t: t, identity: owner.Identity, source: f.source, target: f.target, writes: writes}
	})
}

// dial connects to both servers for one sentence. Each has a pair of its own, since a pair remembers what the last inventory has told of all objects,
// and sentences run side by side.
func (f *fixture) dial(t *testing.T, owner remote.Owner) *remote.Pair {
	t.Helper()
	creds, err := remote.LoadCredentials(f.credDir())
	if err != nil {
		t.Fatal(err)
	}
	pair, err := remote.Dial(t.Context(), creds, f.sourceURL, f.targetURL, owner, remote.Patience{Retries: 2, StallTimeout: time.Minute}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Close)
	return pair
}

// subject is a pair of real servers as the contract wants it. The contract looks at them through the labs' own sockets.
type subject struct {
	*remote.Pair
	t              *testing.T
	identity       string
	source, target *lab.Daemon
	writes         *atomic.Int32
}

func (subject) Pools() []string    { return []string{"local", "plain"} }
func (s subject) Identity() string { return s.identity }
func (subject) Steps() int         { return 2 }

func (s subject) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s subject) on(side plan.Side) *lab.Daemon {
	return plan.Sides[*lab.Daemon]{Source: s.source, Target: s.target}.On(side)
}

// Put also removes the object when its sentence has ended: every inventory reads all that there is.
func (s subject) Put(ref plan.Ref, pool, content string, running bool) {
	s.t.Helper()
	s.t.Cleanup(func() { s.clear(ref) })
	if ref.Kind == plan.Volume {
		s.must(s.source.CreateVolume(s.t.Context(), lab.VolumeSpec{Pool: pool, Name: ref.Name}))
	} else {
		s.must(s.source.CreateInstance(s.t.Context(), lab.InstanceSpec{Name: ref.Name, Pool: pool, Start: running,
			Config: map[string]string{"boot.autostart": "true"}}))
	}
	s.Write(ref, content)
}

// clear removes an object from both sides; the sentence may have made it on the source only.
func (s subject) clear(ref plan.Ref) {
	for _, side := range plan.BothSides {
		server := s.on(side).Project(ref.Project)
		if ref.Kind == plan.Volume {
			_ = server.DeleteStoragePoolVolume(ref.Pool, "custom", ref.Name)
			continue
		}
		if op, err := server.UpdateInstanceState(ref.Name, api.InstanceStatePut{Action: "stop", Force: true, Timeout: -1}, ""); err == nil {
			_ = op.Wait()
		}
		if op, err := server.DeleteInstance(ref.Name); err == nil {
			_ = op.Wait()
		}
	}
}

// Write makes every content longer than the one before: rsync, which copies between pools of the driver dir, takes files
// of one size and one second for equal.
func (s subject) Write(ref plan.Ref, content string) {
	s.t.Helper()
	s.Overwrite(plan.Source, ref, content)
}

func (s subject) Overwrite(side plan.Side, ref plan.Ref, content string) {
	s.t.Helper()
	write(s.t, s.on(side), ref, content+strings.Repeat("\n", int(s.writes.Add(1))))
}

func (s subject) SetMark(side plan.Side, ref plan.Ref, key, value string) {
	s.t.Helper()
	setMark(s.t, s.on(side), ref, key, value)
}

func (s subject) Take(ref plan.Ref, snapshot string) {
	s.t.Helper()
	take(s.t, s.source, ref, snapshot)
}

func (s subject) Remove(side plan.Side, ref plan.Ref, snapshot string) {
	s.t.Helper()
	drop(s.t, s.on(side), ref, snapshot)
}

func (s subject) Read(side plan.Side, ref plan.Ref, snapshot string) string {
	s.t.Helper()
	return strings.TrimRight(read(s.t, s.on(side), ref, snapshot), "\n")
}

func (s subject) Running(side plan.Side, ref plan.Ref) bool {
	s.t.Helper()
	state, _, err := s.on(side).Project(ref.Project).GetInstanceState(ref.Name)
	s.must(err)
	return state.StatusCode == api.Running
}

func (s subject) Pause(ref plan.Ref) {
	s.t.Helper()
	op, err := s.source.Project(ref.Project).UpdateInstanceState(ref.Name, api.InstanceStatePut{Action: "freeze", Timeout: -1}, "")
	s.must(err)
	s.must(op.WaitContext(s.t.Context()))
}

func (subject) Commands() {}

func (s subject) RunReplica(ref plan.Ref) {
	s.t.Helper()
	s.must(s.target.StartInstance(s.t.Context(), ref.Project, ref.Name))
}

func (s subject) PutProfile(side plan.Side, name string, profile plan.Profile) {
	s.t.Helper()
	server := s.on(side).Client()
	put := api.ProfilePut{Config: profile.Config, Devices: profile.Devices, Description: profile.Description}
	if _, etag, err := server.GetProfile(name); err == nil {
		s.must(server.UpdateProfile(name, put, etag))
		return
	}
	s.must(server.CreateProfile(api.ProfilesPost{Name: name, ProfilePut: put}))
	s.t.Cleanup(func() {
		for _, side := range plan.BothSides {
			_ = s.on(side).Client().DeleteProfile(name)
		}
	})
}

func (s subject) ProfileOn(side plan.Side, name string) (plan.Profile, bool) {
	s.t.Helper()
	profile, _, err := s.on(side).Client().GetProfile(name)
	if api.StatusErrorCheck(err, http.StatusNotFound) {
		return plan.Profile{}, false
	}
	s.must(err)
	return plan.Profile{Config: profile.Config, Devices: profile.Devices, Description: profile.Description}, true
}

// Copy makes the records right that a broken copy of a server may leave wrong, as a person would have to, and copies once more (seen on
// 6.0.4, once in about a hundred broken copies).
func (s subject) Copy(ctx context.Context, job plan.Job, action plan.Action, progress func(int64)) (int64, error) {
	sent, err := s.Pair.Copy(ctx, job, action, progress)
	if err != nil && strings.Contains(err.Error(), unremovable) {
		s.must(s.target.MatchSnapshots(job.Ref.Project, job.Replica().Name))
		sent, err = s.Pair.Copy(ctx, job, action, progress)
	}
	return sent, err
}

// Leave begins a copy by the means of the servers alone, through a gate of its own.
func (s subject) Leave(job plan.Job) (end func(well bool)) {
	s.t.Helper()
	g := newGate(s.t, s.target)
	reached := g.shut()
	operation := s.receive(job)
	server, _, err := s.target.Client().GetServer()
	s.must(err)
	secrets := map[string]string{}
	for name, value := range operation.Metadata {
		secrets[name] = value.(string)
	}
	address := g.url() + "/1.0/operations/" + operation.ID
	source, ref := s.source.Project(job.Ref.Project), job.Ref
	if ref.Kind == plan.Volume {
		_, err = source.MigrateStoragePoolVolume(ref.Pool, api.StorageVolumePost{Name: ref.Name, Pool: ref.Pool, Migration: true,
			Target: &api.StorageVolumePostTarget{Operation: address, Certificate: server.Environment.Certificate, Websockets: secrets}})
	} else {
		_, err = source.MigrateInstance(ref.Name, api.InstancePost{Name: ref.Name, Migration: true,
			Target: &api.InstancePostTarget{Operation: address, Certificate: server.Environment.Certificate, Websockets: secrets}})
	}
	s.must(err)
	f := &fixture{T: s.t, source: s.source, target: s.target, project: ref.Project}
	f.await("the copy", reached)
	return func(well bool) {
		if !well {
			g.cut()
		}
		g.open()
	}
}

// receive asks the target to take a replica, in the way of a first copy or of a refresh.
func (s subject) receive(job plan.Job) api.Operation {
	s.t.Helper()
	ref, target := job.Replica(), s.target.Project(job.Ref.Project)
	marks := map[string]string{plan.MarkReplicaOf: s.identity, plan.MarkRole: plan.RoleReplica}
	var op incus.Operation
	if ref.Kind == plan.Volume {
		_, _, err := target.GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
		op, err = target.CreateStoragePoolVolumeFromMigration(ref.Pool, api.StorageVolumesPost{Name: ref.Name, Type: "custom", ContentType: "filesystem",
			StorageVolumePut: api.StorageVolumePut{Config: marks},
			Source:           api.StorageVolumeSource{Type: "migration", Mode: "push", Name: ref.Name, Pool: ref.Pool, Refresh: err == nil}})
		s.must(err)
		return op.Get()
	}
	instance, _, err := s.source.Project(ref.Project).GetInstance(job.Ref.Name)
	s.must(err)
	put := instance.Writable()
	put.Config, put.Devices = marks, instance.ExpandedDevices
	_, _, err = target.GetInstance(ref.Name)
	op, err = target.CreateInstance(api.InstancesPost{Name: ref.Name, Type: "container", InstancePut: put,
		Source: api.InstanceSource{Type: "migration", Mode: "push", Refresh: err == nil}})
	s.must(err)
	return op.Get()
}
