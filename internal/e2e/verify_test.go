//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"testing"

	"iab/internal/lab"
	"iab/internal/plan"
	"iab/internal/verify"
)

// verified decodes the report of `iab verify --json`.
func (o outcome) verified() verify.Report {
	o.f.Helper()
	var report verify.Report
	if err := json.Unmarshal([]byte(o.stdout), &report); err != nil {
		o.f.Fatalf("decode the report: %v\n%s", err, o.stdout)
	}
	return report
}

// proof returns the result of one object.
func (o outcome) proof(ref plan.Ref) verify.Result {
	o.f.Helper()
	for _, result := range o.verified().Results {
		if result.Ref == ref {
			return result
		}
	}
	o.f.Fatalf("there is no result of %s in %s", ref, o.stdout)
	return verify.Result{}
}

// finds checks that a finding has the words.
func (o outcome) finds(ref plan.Ref, words string) {
	o.f.Helper()
	result := o.proof(ref)
	if result.OK || !slices.ContainsFunc(result.Findings, func(f plan.Finding) bool { return strings.Contains(f.Text, words) }) {
		o.f.Errorf("%s: no finding has %q: %+v", ref, words, result.Findings)
	}
}

// clones lists temporary clones and exports on both sides.
func (f *fixture) clones() []string {
	f.Helper()
	var list []string
	for _, d := range []*lab.Daemon{f.source, f.target} {
		server := d.Project(f.project)
		instances, err := server.GetInstanceNames("")
		f.must(err)
		for _, pool := range []string{"local", "plain"} {
			volumes, err := server.GetStoragePoolVolumeNames(pool)
			f.must(err)
			instances = append(instances, volumes...)
		}
		for _, name := range instances {
			if strings.Contains(name, "-IAB-") && !strings.Contains(name, "/") {
				list = append(list, d.Name+": "+name)
			}
		}
	}
	return list
}

func (f *fixture) noClones() {
	f.Helper()
	if left := f.clones(); len(left) > 0 {
		f.Errorf("temporary clones are left: %v", left)
	}
}

// spoil changes the data of a snapshot on the target.
func (f *fixture) spoil(ref plan.Ref, snapshot string, change func(*os.Root) error) {
	f.Helper()
	if ref.Kind == plan.Volume {
		f.must(f.target.SpoilVolume(ref.Project, ref.Pool, ref.Name, snapshot, change))
		return
	}
	f.must(f.target.SpoilInstance(ref.Project, poolOf(f.T, f.target, ref), ref.Name, snapshot, change))
}

// flip changes one byte of a file and nothing else of it.
func flip(name string, offset int64) func(*os.Root) error {
	return func(root *os.Root) error {
		info, err := root.Stat(name)
		if err != nil {
			return err
		}
		file, err := root.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		defer file.Close()
		one := make([]byte, 1)
		if _, err := file.ReadAt(one, offset); err != nil {
			return err
		}
		one[0] ^= 1
		if _, err := file.WriteAt(one, offset); err != nil {
			return err
		}
		return root.Chtimes(name, info.ModTime(), info.ModTime())
	}
}

// TestVerifyFindsWhatHasGoneBadBehindTheServersBack reads good replicas of every kind, then spoils each in its own way.
func TestVerifyFindsWhatHasGoneBadBehindTheServersBack(t *testing.T) {
	f := scenario(t)
	used := f.disk("local", "used", "first")
	web := f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Start: true, Devices: map[string]map[string]string{
		"data": {"type": "disk", "pool": "local", "source": "used", "path": "/data"}}}, "first")
	plain, plainDisk, gone := f.container("plain", "plain", "first"), f.disk("plain", "files", "first"), f.disk("local", "gone", "first")
	block := f.diskOf(lab.VolumeSpec{Pool: "local", Name: "blocks", Block: true}, "first")
	_, err := f.source.Exec(t.Context(), f.project, "web", "sh", "-c",
		"cd /data/srv && chown 1000:1001 data && chmod 4750 data && ln data second && ln -s ../elsewhere link && mkfifo pipe && mkdir -m 1777 empty")
	f.must(err)
	refs := []plan.Ref{web, used, plain, plainDisk, gone, block}
	f.replicate(refs...)
	f.configure(object{"retention": policies("3", "3")})
	first := f.run().ok().report().Results[0].Snapshot
	last := f.run().ok().report().Results[0].Snapshot

	good := f.iab("verify", "--content", "--json").ok()
	for _, ref := range refs {
		result := good.proof(ref)
		if !result.OK || result.Snapshot != last || len(result.Content) != 1 || !result.Content[0].Compared || result.Content[0].Read == 0 {
			t.Errorf("the report says %+v", result)
		}
	}
	f.noClones()
	f.iab("verify", "--content", "--every-point", "used").ok().says("content of "+first, "content of "+last)

	f.spoil(web, last, flip(dataFile, 2))
	f.spoil(used, last, func(root *os.Root) error { return errors.Join(root.Remove("srv/link"), root.Chmod("srv/empty", 0o700)) })
	f.spoil(block, last, flip("root.img", 5<<20))
	f.must(f.target.LoseVolumeSnapshot(gone.Project, gone.Pool, gone.Name, last))
	f.iab("verify").ok() // the records tell nothing of it
	bad := f.iab("verify", "--content", "--json").exits(1)
	bad.finds(web, "/srv/data has another content on the target")
	bad.finds(used, "/srv/link is missing on the target")
	bad.finds(used, "/srv/empty has mode 1777 on the source, 0700 on the target")
	bad.finds(block, "/volume.img has another content on the target")
	if result := bad.proof(gone); result.OK {
		t.Errorf("a snapshot without data is taken for good: %+v", result)
	}
	for _, ref := range []plan.Ref{plain, plainDisk} {
		if result := bad.proof(ref); !result.OK {
			t.Errorf("what is good is taken for bad: %+v", result)
		}
	}
	if result := bad.proof(web); len(result.Findings) != 1 {
		t.Errorf("one byte was changed, and the report says %+v", result.Findings)
	}
	f.noClones()
}

// TestADrillTellsWhatWouldStartFromWhatWouldNot starts replicas on trial.
func TestADrillTellsWhatWouldStartFromWhatWouldNot(t *testing.T) {
	f := scenario(t)
	data := f.disk("local", "data", "first")
	web := f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Config: map[string]string{"user.iab.verify": "test -s /srv/data && ! test -d /sys/class/net/eth0"},
		Devices: map[string]map[string]string{"data": {"type": "disk", "pool": "local", "source": "data", "path": "/data"}}}, "first")
	steady := f.container("steady", "local", "first")
	broken := f.container("broken", "local", "first")
	wrong := f.containerOf(lab.InstanceSpec{Name: "wrong", Pool: "local", Config: map[string]string{"user.iab.verify": "false"}}, "first")
	f.must(f.source.Project(f.project).DeleteInstanceFile("broken", "/sbin/init"))
	f.replicate(data, web, steady, broken, wrong)
	f.run().ok()

	drill := f.iab("verify", "--boot", "--boot-timeout", "8s", "--json").exits(1)
	for ref, proof := range map[plan.Ref]plan.Proof{web: plan.Probed, steady: plan.Runs} {
		if d := drill.proof(ref).Drill; d == nil || !d.OK || d.Proof != proof || d.Seconds <= 0 {
			t.Errorf("the drill of %s says %+v", ref, d)
		}
	}
	if result := drill.proof(web); !slices.Contains(result.Notes, "it is started on trial without its disk data") {
		t.Errorf("the notes are %q", result.Notes)
	}
	drill.finds(broken, "start the clone broken-IAB-drill-")
	if d := drill.proof(broken).Drill; !strings.Contains(d.Console, "/sbin/init") {
		t.Errorf("the console says %q", d.Console)
	}
	drill.finds(wrong, `its probe "false" did not succeed in time: its last exit code is 1`)
	if result := drill.proof(data); result.Drill != nil || !result.OK || len(result.Notes) != 1 {
		t.Errorf("the report says %+v", result)
	}
	f.noClones()
	// A first start shifts the owners in the volume. The next run tells its replica, keeps the marks of the drills, and finds
	// replicas that nobody has started.
	f.must(f.source.StartInstance(t.Context(), f.project, "web"))
	f.run().ok()
	const idmap = "volatile.idmap.last"
	shifted, _, err := f.source.Project(f.project).GetStoragePoolVolume("local", "custom", "data")
	f.must(err)
	if replica, _, err := f.target.Project(f.project).GetStoragePoolVolume("local", "custom", "data"); err != nil || shifted.Config[idmap] == "" || replica.Config[idmap] != shifted.Config[idmap] {
		t.Errorf("the owners in the volume are shifted by %q, in the replica by %q", shifted.Config[idmap], replica.Config[idmap])
	}
	for ref, good := range map[plan.Ref]bool{web: true, broken: false} {
		replica, _, err := f.target.Project(f.project).GetInstance(ref.Name)
		f.must(err)
		if last, ok := (plan.Holding{Config: replica.Config}).LastDrill(); !ok || last.OK != good || last.Seconds <= 0 || replica.StatusCode != 102 {
			t.Errorf("%s has the drill %+v, state %s", ref, last, replica.Status)
		}
	}
}

// TestClonesOfAKilledVerifyAreRemovedByTheNextCommand kills it with its clones made, several times, before each command that cleans.
func TestClonesOfAKilledVerifyAreRemovedByTheNextCommand(t *testing.T) {
	f := visit(t)
	t.Parallel()
	g := f.gated(f.target)
	f.onboard()
	web, files := f.container("web", "local", ""), f.disk("local", "files", "")
	write(t, f.source, web, heavy("web"))
	write(t, f.source, files, heavy("files"))
	f.replicate(web, files)
	f.run().ok()
	dir := t.TempDir()
	for _, next := range [][]string{
		{"verify"}, {"run"}, {"restore", "web", "--file", "/srv/data", "--to-dir", dir},
	} {
		reached := g.shut()
		running := f.begin("verify", "--content")
		f.await("the reading of a clone", reached)
		f.iab("verify", "--boot").exits(4)
		if len(f.clones()) == 0 {
			t.Fatal("there are no clones to kill the command of")
		}
		f.must(running.cmd.Process.Kill())
		running.end()
		g.open()
		f.idle()
		if len(f.clones()) == 0 {
			t.Fatal("a killed command has left no clones")
		}
		f.iab(next...).ok()
		f.noClones()
	}
	// Ctrl-C removes them at once.
	reached := g.shut()
	running := f.begin("verify", "--content")
	f.await("the reading of a clone", reached)
	running.signal(os.Interrupt)
	g.open()
	running.end().exits(130)
	f.noClones()
}

// TestFilesComeBackWithOwnerAndMode takes them from a snapshot of the source, from the replica and from an archive, into a directory and
// into the object itself.
// A server that has lost the socket of its helper for files can't reach any other one while that one is there (6.0.4).
func TestFilesComeBackThoughTheServerHasLostItsHelper(t *testing.T) {
	f := scenario(t)
	web := f.container("web", "local", "1")
	f.replicate(web)
	f.run().ok()
	write(t, f.source, web, "2")
	f.must(f.source.LoseFileSocket(f.project, "web"))
	f.iab("restore", "web", "--file", dataFile, "--in-place", "--yes").ok()
	f.holds(f.source, web, "", "1")
}

func TestFilesComeBackWithOwnerAndMode(t *testing.T) {
	f := scenario(t)
	data := f.disk("local", "data", "1")
	loose := f.disk("plain", "loose", "1")
	web := f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Start: true,
		Devices: map[string]map[string]string{"data": {"type": "disk", "pool": "local", "source": "data", "path": "/data"}}}, "1")
	_, err := f.source.Exec(t.Context(), f.project, "web", "sh", "-c",
		"for d in /srv /data/srv; do cd $d && chown 1000:1001 data && chmod 0640 data && ln -s /etc/passwd link && mkdir -m 0750 sub && echo deep >sub/deep && chown -R 5:6 sub; done")
	f.must(err)
	f.replicate(web, data, loose)
	f.configure(object{"retention": policies("2", "6")})
	taken, written := f.past(web, data, loose)

	for _, ref := range []plan.Ref{web, data, loose} {
		for i, at := range taken { // the oldest is in an archive
			dir := t.TempDir()
			f.iab("restore", ref.String(), "--at", at, "--file", "/srv/", "--to-dir", dir).ok().says("restored: /srv of " + at)
			if got, err := os.ReadFile(path.Join(dir, dataFile)); err != nil || string(got) != written[at] {
				t.Errorf("%s at %s: %q, %v; want %q", ref, at, got, err, written[at])
			}
			if ref == loose || i > 0 {
				continue
			}
			for name, want := range map[string]struct {
				mode     fs.FileMode
				uid, gid uint32
			}{"srv/data": {0o640, 1000, 1001}, "srv/sub": {fs.ModeDir | 0o750, 5, 6}, "srv/sub/deep": {0o644, 5, 6}} {
				info, err := os.Lstat(path.Join(dir, name))
				f.must(err)
				if stat := info.Sys().(*syscall.Stat_t); info.Mode() != want.mode || stat.Uid != want.uid || stat.Gid != want.gid {
					t.Errorf("%s of %s is %s %d:%d", name, ref, info.Mode(), stat.Uid, stat.Gid)
				}
			}
			if link, err := os.Readlink(path.Join(dir, "srv/link")); err != nil || link != "/etc/passwd" {
				t.Errorf("the link leads to %q, %v", link, err)
			}
		}
	}
	for _, ref := range []plan.Ref{web, data, loose} {
		f.iab("restore", ref.String(), "--at", taken[0], "--file", dataFile, "--in-place").exits(2).says("no terminal to ask on")
		f.holds(f.source, ref, "", written[""])
		f.iab("restore", ref.String(), "--at", taken[0], "--file", dataFile, "--in-place", "--yes").ok().says("kept: /srv/data.iab-")
		f.holds(f.source, ref, "", written[taken[0]])
	}
	out, err := f.source.Exec(t.Context(), f.project, "web", "sh", "-c", "stat -c '%a %u:%g' /srv/data /data/srv/data; cat /srv/data.iab-* /data/srv/data.iab-*")
	f.must(err)
	if want := "640 1000:1001\n640 1000:1001\n" + written[""] + written[""]; out != want {
		t.Errorf("in the object it says %q, want %q", out, want)
	}
	f.iab("restore", "web", "--file", "/srv/nothing", "--to-dir", t.TempDir()).exits(1).says("find /srv/nothing: it is not in that restore point")
	f.iab("restore", "web", "--file", "/srv/link/x", "--to-dir", t.TempDir()).exits(1).says("/srv/link is a symbolic link to /etc/passwd, which is not followed")
	f.run().ok()
	if left := f.clones(); slices.ContainsFunc(left, func(s string) bool { return strings.Contains(s, "-IAB-files-") || strings.Contains(s, "-IAB-edit-") }) {
		t.Errorf("temporary clones are left: %v", left)
	}
}
