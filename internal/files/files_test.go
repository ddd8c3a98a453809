package files_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iab/internal/files"
)

var day = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// tree is a tree in memory: files with their content, in the order of a walk.
type tree []struct {
	files.File
	content string
}

func (t tree) walk(visit files.Visit) error {
	for _, f := range t {
		if f.Type == files.Regular {
			f.Size = int64(len(f.content))
		}
		err := visit(f.File, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(f.content)), nil })
		if err != nil {
			return err
		}
	}
	return nil
}

func directory(path string) files.File {
	return files.File{Path: path, Type: files.Directory, Mode: 0o755, UID: os.Getuid(), GID: os.Getgid(), Modified: day}
}

func regular(path string) files.File {
	return files.File{Path: path, Type: files.Regular, Mode: 0o640, UID: os.Getuid(), GID: os.Getgid(), Modified: day}
}

func link(path, target string) files.File {
	return files.File{Path: path, Type: files.Link, Target: target, UID: os.Getuid(), GID: os.Getgid()}
}

// etc is a small system.
func etc() tree {
	return tree{
		{directory(""), ""}, {directory("etc"), ""}, {regular("etc/hosts"), "127.0.0.1"}, {link("etc/localtime", "/usr/share/zoneinfo/UTC"), ""},
		{directory("etc/ssh"), ""}, {regular("etc/ssh/key"), "secret"}, {files.File{Path: "etc/ssh/socket", Type: files.Special}, ""},
		{link("bin", "usr/bin"), ""},
	}
}

func read(t *testing.T, tree tree, sample files.Sample) files.Manifest {
	t.Helper()
	m, err := files.Read(tree.walk, sample, func(int, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var whole = files.Sample{Percent: 100}

func TestEveryKindOfDifferenceIsFound(t *testing.T) {
	if diff := files.Compare(read(t, etc(), whole), read(t, etc(), whole)); len(diff) > 0 {
		t.Errorf("equal trees differ: %v", diff)
	}
	for _, c := range []struct {
		change func(tree) tree
		want   string
	}{
		{func(t tree) tree { t[2].content = "127.0.0.2"; return t }, "etc/hosts has another content on the target"},
		{func(t tree) tree { t[2].content = "127.0.0.1 "; return t }, "etc/hosts has 9 bytes on the source, 10 on the target"},
		{func(t tree) tree { t[2].Mode = 0o4640; return t }, "etc/hosts has mode 0640 on the source, 4640 on the target"},
		{func(t tree) tree { t[1].UID += 1; return t }, fmt.Sprintf("etc belongs to %[1]d:%[2]d on the source, to %[3]d:%[2]d on the target", os.Getuid(), os.Getgid(), os.Getuid()+1)},
		{func(t tree) tree { t[3].Target = "/etc/UTC"; return t }, "etc/localtime leads to /usr/share/zoneinfo/UTC on the source, to /etc/UTC on the target"},
		{func(t tree) tree { t[4].Type = files.Regular; return t }, "etc/ssh is a directory on the source, a file on the target"},
		{func(t tree) tree { return slices.Delete(t, 5, 6) }, "etc/ssh/key is missing on the target"},
		{func(t tree) tree { return append(t, tree{{regular("etc/new"), ""}}...) }, "etc/new is on the target only"},
	} {
		var got []string
		for _, d := range files.Compare(read(t, etc(), whole), read(t, c.change(etc()), whole)) {
			got = append(got, d.Path+" "+d.Text)
		}
		if diff := cmp.Diff([]string{c.want}, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

// A sample is the same on every machine, takes about its part, and never leaves out an image.
func TestASampleIsChosenByPathAndSeed(t *testing.T) {
	taken := func(percent float64, seed string) (list []string) {
		for i := range 2000 {
			if f := regular(fmt.Sprintf("f/%d", i)); (files.Sample{Percent: percent, Seed: seed}).Takes(f) {
				list = append(list, f.Path)
			}
		}
		return list
	}
	ten := taken(10, "a")
	if len(ten) < 150 || len(ten) > 250 {
		t.Errorf("10%% of 2000 are %d", len(ten))
	}
	if !slices.Equal(ten, taken(10, "a")) || slices.Equal(ten, taken(10, "b")) || len(taken(100, "a")) != 2000 {
		t.Error("the choice does not follow the seed and the percentage")
	}
	for _, path := range ten {
		if !slices.Contains(taken(20, "a"), path) {
			t.Errorf("%s is in the small sample and not in the large one", path)
		}
	}
	if ten[0] != "f/10" {
		t.Errorf("the sample begins with %s: it has changed, and can't be repeated", ten[0])
	}
	if !(files.Sample{Percent: 0.0001}).Takes(files.File{Path: "volume.img", Type: files.Image}) {
		t.Error("an image was left out")
	}
	changed := etc()
	changed[2].content = "127.0.0.2"
	if diff := files.Compare(read(t, etc(), files.Sample{Percent: 1e-9}), read(t, changed, files.Sample{Percent: 1e-9})); len(diff) > 0 {
		t.Errorf("content outside of the sample was read: %v", diff)
	}
}

func TestAFileThatEndsEarlyIsAnError(t *testing.T) {
	short := func(visit files.Visit) error {
		f := regular("hosts")
		f.Size = 100
		return visit(f, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("127")), nil })
	}
	if _, err := files.Read(short, whole, func(int, int64) {}); err == nil || !strings.Contains(err.Error(), "3 of 100 bytes came") {
		t.Errorf("reading it says %v", err)
	}
	dir := t.TempDir()
	if _, err := files.Bring(short, []string{"hosts"}, open(t, dir), "S"); err == nil || !strings.Contains(err.Error(), "3 of 100 bytes came") {
		t.Errorf("bringing it says %v", err)
	}
	if left := below(t, dir); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}

// A second name of a file is not read again.
func TestAHardLinkIsReadOnce(t *testing.T) {
	second := regular("etc/second")
	second.Same, second.Size = "etc/hosts", 9
	reads := 0
	m, err := files.Read(func(visit files.Visit) error {
		first := regular("etc/hosts")
		first.Size = 9
		for _, f := range []files.File{first, second} {
			err := visit(f, func() (io.ReadCloser, error) {
				reads++
				return io.NopCloser(strings.NewReader("127.0.0.1")), nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	}, whole, func(int, int64) {})
	if err != nil || reads != 1 || m["etc/second"].Hash != m["etc/hosts"].Hash || m["etc/second"].Hash == "" {
		t.Errorf("%d reads, %v, %v", reads, m, err)
	}
}

func open(t *testing.T, dir string) *files.Local {
	t.Helper()
	place, err := files.OpenLocal(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { place.Close() })
	return place
}

// below lists a directory: path, mode and what is in it.
func below(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || path == dir {
			return err
		}
		line := strings.TrimPrefix(path, dir+"/") + " " + info.Mode().String()
		switch {
		case info.Mode().IsRegular():
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += " " + string(data)
		case info.Mode()&os.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			line += " " + target
		}
		list = append(list, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestFilesAreBroughtAndWhatIsThereIsKeptBeside(t *testing.T) {
	dir := t.TempDir()
	place := open(t, dir)
	brought, err := files.Bring(etc().walk, []string{"etc/ssh", "etc/localtime"}, place, "1")
	if err != nil || !slices.Equal(brought.Files, []string{"etc/ssh", "etc/localtime"}) || brought.Bytes != 6 || len(brought.Kept) > 0 {
		t.Fatalf("%+v, %v", brought, err)
	}
	if len(brought.Warnings) != 1 || !strings.Contains(brought.Warnings[0], "/etc/ssh/socket is a pipe") {
		t.Errorf("the warnings are %q", brought.Warnings)
	}
	want := []string{"etc drwxr-xr-x", "etc/localtime Lrwxrwxrwx /usr/share/zoneinfo/UTC", "etc/ssh drwxr-xr-x", "etc/ssh/key -rw-r----- secret"}
	if diff := cmp.Diff(want, below(t, dir)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if info, err := os.Stat(filepath.Join(dir, "etc/ssh/key")); err != nil || !info.ModTime().Equal(day) {
		t.Errorf("it is dated %v, %v", info.ModTime(), err)
	}
	brought, err = files.Bring(etc().walk, []string{"etc/ssh/key"}, place, "2")
	if err != nil || !slices.Equal(brought.Kept, []string{"etc/ssh/key.iab-2"}) {
		t.Errorf("%+v, %v", brought, err)
	}
}

// What a killed command has staged beside a path goes, and nothing else.
func TestWhatAKilledCommandHasStagedIsRemoved(t *testing.T) {
	dir := t.TempDir()
	place := open(t, dir)
	for _, name := range []string{"etc", "etc/ssh.iab-new-20260310-120000"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"etc/ssh.iab-new-20260310-120000/key", "etc/ssh.iab-new-old", "etc/ssh.iab-20260310-120000", "etc/sshd.iab-new-20260310-120000"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := files.Bring(etc().walk, []string{"etc/ssh"}, place, "20260310-120000"); err != nil {
		t.Fatal(err)
	}
	want := []string{"etc drwxr-xr-x", "etc/ssh drwxr-xr-x", "etc/ssh/key -rw-r----- secret", "etc/ssh.iab-20260310-120000 -rw-r--r-- ",
		"etc/ssh.iab-new-old -rw-r--r-- ", "etc/sshd.iab-new-20260310-120000 -rw-r--r-- "}
	if diff := cmp.Diff(want, below(t, dir)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// What is not there, or lies behind a symbolic link of the tree or of the place, is an error that changes nothing.
func TestNothingIsChangedWhenSomethingCanNotBeBrought(t *testing.T) {
	for _, c := range []struct {
		chosen  []string
		prepare func(dir string) error
		want    string
	}{
		{[]string{"etc/hosts", "etc/nothing"}, nil, "find /etc/nothing: it is not in that restore point"},
		{[]string{"bin/ls"}, nil, "find /bin/ls: /bin is a symbolic link to usr/bin, which is not followed"},
		{[]string{"etc/hosts/x"}, nil, "find /etc/hosts/x: /etc/hosts is no directory"},
		{[]string{"etc/ssh/socket"}, nil, "it is a pipe, a socket or a device"},
		{[]string{"etc/ssh", "etc/ssh/key"}, nil, "it is named twice, or lies in another one"},
		{[]string{""}, nil, "name files or directories in it"},
		{[]string{"etc/hosts"}, func(dir string) error { return os.Symlink("/", filepath.Join(dir, "etc")) }, "make directory /etc: it is a symbolic link there"},
	} {
		dir := t.TempDir()
		if c.prepare != nil {
			if err := c.prepare(dir); err != nil {
				t.Fatal(err)
			}
		}
		_, err := files.Bring(etc().walk, c.chosen, open(t, dir), "1")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.chosen, err, c.want)
		}
		for _, line := range below(t, dir) {
			if !strings.HasPrefix(line, "etc drwx") && !strings.HasPrefix(line, "etc Lrwx") && !strings.HasPrefix(line, "etc/ssh drwx") {
				t.Errorf("%v left %s", c.chosen, line)
			}
		}
	}
}

// A tree that names its files in a way to get out of the place does not.
func TestNoFileLeavesThePlace(t *testing.T) {
	outside := t.TempDir()
	dir := t.TempDir()
	evil := tree{
		{directory(""), ""}, {directory("a"), ""}, {link("a/out", outside), ""}, {regular("a/out/planted"), "x"},
	}
	if _, err := files.Bring(evil.walk, []string{"a"}, open(t, dir), "1"); err == nil {
		t.Error("it was brought")
	}
	if left := below(t, outside); len(left) > 0 {
		t.Errorf("outside there is %v", left)
	}
	if got := files.Clean("../../etc/./passwd/"); got != "etc/passwd" {
		t.Errorf("the path is %q", got)
	}
}

// broken is a place that fails at one call.
type broken struct {
	files.Place
	failing string
}

var errBroken = errors.New("the disk is full")

func (b broken) Rename(from, to string) error {
	if to == b.failing {
		return errBroken
	}
	return b.Place.Rename(from, to)
}

func TestWhatWasThereComesBackWhenItCanNotBeReplaced(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "etc"), 0o755), os.WriteFile(filepath.Join(dir, "etc/hosts"), []byte("old"), 0o644)); err != nil {
		t.Fatal(err)
	}
	_, err := files.Bring(etc().walk, []string{"etc/hosts"}, broken{open(t, dir), "etc/hosts.iab-1"}, "1")
	if !errors.Is(err, errBroken) {
		t.Errorf("the error is %v", err)
	}
	if diff := cmp.Diff([]string{"etc drwxr-xr-x", "etc/hosts -rw-r--r-- old"}, below(t, dir)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
