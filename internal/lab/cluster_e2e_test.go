//go:build e2e

package lab

import (
	"testing"
	"time"
)

// TestThreeDaemonsAreOneCluster kills a member and lets it come back.
func TestThreeDaemonsAreOneCluster(t *testing.T) {
	l := New(t, Options{Names: []string{"alone", "m1", "m2", "m3"}, Cluster: []string{"m1", "m2", "m3"}})
	first, second := l.Daemon("m1"), l.Daemon("m2")
	if servers := l.Servers(); len(servers) != 2 || servers[1] != first {
		t.Fatalf("the lab has %d servers", len(servers))
	}
	for _, d := range l.Servers() {
		must(t, d.CreatePool("local", "btrfs", ""))
		must(t, d.ImportImage(t.Context()))
	}
	must(t, second.Launch(t.Context(), InstanceSpec{Name: "c1", Pool: "local"}))
	must(t, second.CreateVolume(t.Context(), VolumeSpec{Pool: "local", Name: "v1"}))
	must(t, second.WriteVolumeFile("", "local", "v1", "file", []byte("on m2")))
	for _, d := range []*Daemon{first, second} {
		instance, _, err := d.Client().GetInstance("c1")
		must(t, err)
		volume, _, err := d.Client().GetStoragePoolVolume("local", "custom", "v1")
		must(t, err)
		if instance.Location != "m2" || volume.Location != "m2" {
			t.Errorf("%s sees the instance on %s, the volume on %s", d.Name, instance.Location, volume.Location)
		}
	}

	must(t, second.Kill())
	members, err := first.Client().GetClusterMembers()
	must(t, err)
	if len(members) != 3 {
		t.Fatalf("the cluster has %d members", len(members))
	}
	if _, _, err := first.Client().GetInstance("c1"); err == nil {
		t.Error("an instance on a dead member answers")
	}
	must(t, second.Start(t.Context()))
	deadline := time.Now().Add(time.Minute)
	for _, _, err = first.Client().GetInstance("c1"); err != nil; _, _, err = first.Client().GetInstance("c1") {
		if time.Now().After(deadline) {
			t.Fatalf("the member that is back does not answer the others: %s", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	data, err := second.ReadVolumeFile("", "local", "v1", "file")
	must(t, err)
	if string(data) != "on m2" {
		t.Errorf("the volume holds %q", data)
	}
}

// TestAClusterNamesItsDaemons refuses what is none.
func TestAClusterNamesItsDaemons(t *testing.T) {
	l, err := Start(t.Context(), Options{Names: []string{"m1"}, Cluster: []string{"m1", "m2"}})
	if err == nil {
		_ = l.Close()
		t.Fatal("it was started")
	}
	want := `start lab: make a cluster of ["m1" "m2"]: m2 is no daemon of the lab, or named twice`
	if err.Error() != want {
		t.Errorf("got %s, want %s", err, want)
	}
}
