//go:build e2e

package lab

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lxc/incus/v6/shared/api"
)

// must fails the test at the first error.
func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// wantExec runs a command in c1 and compares what it prints.
func wantExec(t *testing.T, d *Daemon, want string, argv ...string) {
	t.Helper()
	got, err := d.Exec(t.Context(), "", "c1", argv...)
	if err != nil || got != want {
		t.Errorf("%s: got %q, want %q: %v", d.Name, got, want, err)
	}
}

func TestPairRunsContainersOfTheSameNameOnEveryDriver(t *testing.T) {
	l := New(t, Options{})
	ctx := t.Context()
	begin := time.Now()
	for _, d := range l.Daemons {
		must(t, d.ImportImage(ctx), d.ImportImage(ctx))
		for name, pool := range map[string]string{"c1": "btrfs", "c2": "dir"} {
			must(t, d.CreatePool(pool, pool, ""))
			must(t, d.Launch(ctx, InstanceSpec{Name: name, Pool: pool, Config: map[string]string{"user.where": d.Name}}))
		}
		wantExec(t, d, d.Name+"\n", "sh", "-c", "echo "+d.Name)
	}
	t.Logf("2 × (image, 2 pools, 2 launches, exec): %v", time.Since(begin))
	if _, err := l.Source().Exec(ctx, "", "c1", "sh", "-c", "echo why >&2; exit 3"); err == nil || !strings.Contains(err.Error(), "exit code 3: why") {
		t.Errorf("a command that fails: %v", err)
	}
	begin = time.Now()
	must(t, l.Source().StopInstance(ctx, "", "c1"))
	t.Logf("clean stop: %v", time.Since(begin))
	wantExec(t, l.Target(), "target\n", "echo", "target")
}

func TestContainersOutliveTheDaemonAndAreFoundAgain(t *testing.T) {
	l := New(t, Options{Daemons: 1})
	ctx, d := t.Context(), l.Source()
	must(t, d.CreatePool("local", "btrfs", ""), d.ImportImage(ctx))
	must(t, d.Launch(ctx, InstanceSpec{Name: "c1", Pool: "local"}))
	boot, err := d.Exec(ctx, "", "c1", "stat", "-c", "%Z", "/proc/1")
	must(t, err)
	for name, end := range map[string]func() error{"stop": d.Stop, "kill": d.Kill} {
		address, pid := d.URL(), d.PID()
		containers := groupPIDs(groupPaths(l.keeper.rec.ID))
		must(t, end())
		if d.Running() || exists(fmt.Sprintf("/proc/%d", pid)) {
			t.Errorf("%s: the daemon still runs", name)
		}
		if conn, err := net.Dial("tcp", d.Address()); err == nil {
			conn.Close()
			t.Errorf("%s: somebody still listens", name)
		}
		if diff := cmp.Diff(containers, groupPIDs(groupPaths(l.keeper.rec.ID))); diff != "" {
			t.Errorf("%s changed what runs in containers: %s", name, diff)
		}
		begin := time.Now()
		must(t, d.Start(ctx))
		t.Logf("start after %s: %v", name, time.Since(begin))
		if d.URL() != address || d.PID() == pid {
			t.Errorf("%s: came back at %s as process %d", name, d.URL(), d.PID())
		}
		wantExec(t, d, boot, "stat", "-c", "%Z", "/proc/1")
	}
	must(t, d.Restart(ctx), d.StopInstance(ctx, "", "c1"), d.StartInstance(ctx, "", "c1"))
	wantExec(t, d, "back\n", "echo", "back")
}

func TestFilesOfRunningAndStoppedInstances(t *testing.T) {
	l := New(t, Options{Daemons: 1})
	ctx, d := t.Context(), l.Source()
	long := strings.Repeat("n", 63)
	must(t, d.CreatePool("local", "btrfs", ""), d.ImportImage(ctx), d.CreateProject("other"))
	must(t, d.Launch(ctx, InstanceSpec{Project: "other", Name: long, Pool: "local"}))
	must(t, d.WriteFile("other", long, "/srv/deep/er/data", []byte("one")))
	got, err := d.Exec(ctx, "other", long, "cat", "/srv/deep/er/data")
	if err != nil || got != "one" {
		t.Errorf("the container sees %q: %v", got, err)
	}
	must(t, d.StopInstance(ctx, "other", long))
	must(t, d.WriteFile("other", long, "/srv/deep/er/data", []byte("2")))
	must(t, d.SnapshotInstance(ctx, "other", long, "s1"))
	must(t, d.StartInstance(ctx, "other", long))
	data, err := d.ReadFile("other", long, "/srv/deep/er/data")
	if err != nil || string(data) != "2" {
		t.Errorf("read %q: %v", data, err)
	}
	if _, err := d.ReadFile("other", long, "/none"); !api.StatusErrorCheck(err, 404) {
		t.Errorf("reading a file that isn't there: %v", err)
	}
	snapshots, err := d.InstanceSnapshots("other", long)
	if diff := cmp.Diff([]string{"s1"}, snapshots); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	must(t, d.StopInstance(ctx, "other", long), d.DeleteInstance(ctx, "other", long))
}

func TestVolumesHoldDataOnEveryDriver(t *testing.T) {
	l := New(t, Options{Daemons: 1})
	ctx, d := t.Context(), l.Source()
	must(t, d.CreateProject("other"))
	for _, pool := range []string{"btrfs", "dir"} {
		t.Run(pool, func(t *testing.T) {
			must(t, d.CreatePool(pool, pool, ""))
			must(t, d.CreateVolume(ctx, VolumeSpec{Pool: pool, Name: "fs"}))
			must(t, d.CreateVolume(ctx, VolumeSpec{Project: "other", Pool: pool, Name: "disk", Block: true, Size: "8MiB"}))
			must(t, d.WriteVolumeFile("", pool, "fs", "a/b", []byte("old")), d.SnapshotVolume(ctx, "", pool, "fs", "s1"))
			must(t, d.WriteVolumeFile("", pool, "fs", "a/b", []byte("new")))
			must(t, d.WriteBlock("other", pool, "disk", 4096, []byte("old")), d.SnapshotVolume(ctx, "other", pool, "disk", "s1"))
			must(t, d.WriteBlock("other", pool, "disk", 4096, []byte("new")))
			for suffix, want := range map[string]string{"": "new", "/s1": "old"} {
				file, err := d.ReadVolumeFile("", pool, "fs"+suffix, "a/b")
				block, blockErr := d.ReadBlock("other", pool, "disk"+suffix, 4096, 3)
				if string(file) != want || string(block) != want {
					t.Errorf("%q: file %q, block %q, want %q: %v %v", suffix, file, block, want, err, blockErr)
				}
			}
			snapshots, err := d.VolumeSnapshots("other", pool, "disk")
			if diff := cmp.Diff([]string{"s1"}, snapshots); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

func TestContainerSeesAVolumeAndRunsWithANetwork(t *testing.T) {
	l := New(t, Options{})
	ctx := t.Context()
	for _, d := range l.Daemons {
		must(t, d.CreatePool("local", "btrfs", ""), d.ImportImage(ctx), d.CreateNetwork("net0"))
		must(t, d.CreateVolume(ctx, VolumeSpec{Pool: "local", Name: "v"}), d.WriteVolumeFile("", "local", "v", "data", []byte("seen")))
		must(t, d.Launch(ctx, InstanceSpec{Name: "c1", Pool: "local", Devices: map[string]map[string]string{
			"v":    {"type": "disk", "pool": "local", "source": "v", "path": "/mnt"},
			"eth0": {"type": "nic", "network": "net0"},
		}}))
		wantExec(t, d, "seen", "cat", "/mnt/data")
		wantExec(t, d, "eth0\nlo\n", "ls", "/sys/class/net")
	}
}

func TestTokensAreGoodForOneClient(t *testing.T) {
	l := New(t, Options{Daemons: 1})
	for _, projects := range [][]string{nil, {"default"}} {
		text, err := l.Source().Token(t.Context(), "client"+strings.Join(projects, ""), projects...)
		must(t, err)
		data, err := base64.StdEncoding.DecodeString(text)
		must(t, err)
		var token api.CertificateAddToken
		must(t, json.Unmarshal(data, &token))
		if !slices.Contains(token.Addresses, l.Source().Address()) || token.Secret == "" || token.Fingerprint == "" {
			t.Errorf("token %+v", token)
		}
	}
}

func TestDaemonsCanShareOneAddress(t *testing.T) {
	l := New(t, Options{SharedIP: true})
	source, _, _ := net.SplitHostPort(l.Source().Address())
	target, _, _ := net.SplitHostPort(l.Target().Address())
	if source != target || l.Source().URL() == l.Target().URL() {
		t.Errorf("%s and %s", l.Source().URL(), l.Target().URL())
	}
	asked := New(t, Options{Addresses: []string{source + ":9001", source + ":9002"}})
	if asked.Target().URL() != "https://"+source+":9002" {
		t.Errorf("asked for port 9002, got %s", asked.Target().URL())
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	base := tempLabDir(t)
	dir := filepath.Join(base, "lab")
	l, err := Start(t.Context(), Options{Dir: dir})
	must(t, err)
	for _, d := range l.Daemons {
		must(t, d.CreatePool("local", "btrfs", ""), d.ImportImage(t.Context()), d.CreateNetwork("net"))
		must(t, d.Launch(t.Context(), InstanceSpec{Name: "c1", Pool: "local"}))
	}
	must(t, l.Source().Stop())
	wantAllKinds(t, l.keeper.rec)
	host, err := os.ReadFile("/proc/self/mountinfo")
	must(t, err)
	if strings.Contains(string(host), dir) {
		t.Error("the lab's mounts are seen on the host")
	}
	begin := time.Now()
	must(t, l.Close())
	t.Logf("close: %v", time.Since(begin))
	awaitNothing(t, l.keeper.rec)
	must(t, l.Close())
	if _, err := os.ReadDir(base); err != nil {
		t.Errorf("the directory above the lab: %v", err)
	}
}

func TestLabsAtOnceDontMeet(t *testing.T) {
	ctx := t.Context()
	var wg sync.WaitGroup
	labs := make([]*Lab, 3)
	for i := range labs {
		wg.Go(func() {
			l, err := Start(ctx, Options{})
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { l.Close() })
			labs[i] = l
			d := l.Target()
			if err := errors.Join(d.CreatePool("local", "btrfs", ""), d.ImportImage(ctx),
				d.Launch(ctx, InstanceSpec{Name: "c1", Pool: "local"}), d.WriteFile("", "c1", "/who", []byte(l.Dir))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	must(t, labs[0].Close())
	awaitNothing(t, labs[0].keeper.rec)
	for _, l := range labs[1:] {
		wantExec(t, l.Target(), l.Dir, "cat", "/who")
	}
}
