package lab

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDaemonNames(t *testing.T) {
	for _, test := range []struct {
		name string
		opts Options
		want []string // nil means an error
	}{
		{"a pair by default", Options{}, []string{"source", "target"}},
		{"one", Options{Daemons: 1}, []string{"source"}},
		{"more than a pair", Options{Daemons: 4}, []string{"source", "target", "d3", "d4"}},
		{"as named", Options{Names: []string{"a", "b", "c"}}, []string{"a", "b", "c"}},
		{"one per address", Options{Addresses: []string{"127.0.0.5:1"}}, []string{"source"}},
		{"fewer names than daemons", Options{Daemons: 3, Names: []string{"a"}}, []string{"a", "d2", "d3"}},
		{"more names than daemons", Options{Daemons: 1, Names: []string{"a", "b"}}, nil},
		{"fewer addresses than daemons", Options{Daemons: 2, Addresses: []string{"127.0.0.5:1"}}, nil},
		{"same name twice", Options{Names: []string{"a", "a"}}, nil},
		{"name leads out of the lab", Options{Names: []string{"../a"}}, nil},
		{"negative", Options{Daemons: -1}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := daemonNames(test.opts)
			if (err != nil) != (test.want == nil) {
				t.Fatalf("error: %v", err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDirectoryOfALab(t *testing.T) {
	base, err := os.MkdirTemp("/tmp", "t") //nolint:usetesting // the path has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	full := filepath.Join(base, "full")
	if err := os.MkdirAll(filepath.Join(full, "thing"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := makeDir(full); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a directory with something in it: %v", err)
	}
	long := filepath.Join(base, strings.Repeat("x", 60))
	if _, err := makeDir(long); err == nil || exists(long) {
		t.Errorf("a directory too long for sockets: error %v, made %v", err, exists(long))
	}
	if dir, err := makeDir(filepath.Join(base, "new", "one")); err != nil || !exists(dir) {
		t.Errorf("a new directory: %q, %v", dir, err)
	}
	t.Setenv("TMPDIR", base)
	dir, err := makeDir("")
	if err != nil || filepath.Dir(dir) != base {
		t.Fatalf("the default: %q, %v", dir, err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o711 {
		t.Errorf("containers can't get through: %v, %v", info, err)
	}
}

func TestReservedAddressesAreNobodyElses(t *testing.T) {
	g := registry{t.TempDir()}
	used := map[string]bool{}
	for i, opts := range []Options{{}, {}, {SharedIP: true}, {}} {
		opts.Dir = tempLabDir(t)
		rec, err := g.reserve(opts, 2)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { rec.file.Close() })
		hosts := map[string]bool{}
		for _, a := range rec.Addresses {
			host, port, err := net.SplitHostPort(a)
			if err != nil || used[a] || (!opts.SharedIP && port != "8443") {
				t.Errorf("lab %d got %s: %v", i, a, err)
			}
			used[a], hosts[host] = true, true
		}
		if want := map[bool]int{true: 1, false: 2}[opts.SharedIP]; len(hosts) != want || len(rec.Addresses) != 2 {
			t.Errorf("lab %d has %v, want %d hosts", i, rec.Addresses, want)
		}
	}
}

func TestAddressesThatAreListenedOnAreLeftOut(t *testing.T) {
	first, err := freeAddresses(nil, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", first[0])
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	second, err := freeAddresses(nil, 1, false)
	if err != nil || second[0] == first[0] {
		t.Errorf("got %v again: %v", second, err)
	}
}

func TestJanitorRemovesTheDeadAndSparesTheLiving(t *testing.T) {
	g := registry{t.TempDir()}
	var recs []*record
	for range 2 {
		rec, err := g.reserve(Options{Dir: tempLabDir(t)}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(rec.Dir, "data"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		recs = append(recs, rec)
	}
	defer recs[0].file.Close()
	recs[1].file.Close()
	if err := os.WriteFile(filepath.Join(g.dir, "torn.json"), []byte(`{"ID`), 0o600); err != nil {
		t.Fatal(err)
	}
	live, err := g.janitor()
	if err != nil {
		t.Fatal(err)
	}
	if len(live) != 1 || live[0].ID != recs[0].ID || !exists(recs[0].Dir) || !exists(recs[0].path) {
		t.Errorf("the living lab: %v", live)
	}
	if exists(recs[1].Dir) || exists(recs[1].path) || exists(filepath.Join(g.dir, "torn.json")) {
		t.Error("the dead labs are still there")
	}
}

func TestImageIsTheSameEveryTimeAndCanBoot(t *testing.T) {
	if staticBusybox() == "" {
		t.Fatal("a static busybox is missing (package busybox-static)")
	}
	one, err := buildImage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	two, err := buildImage(t.Context())
	if err != nil || string(one) != string(two) {
		t.Errorf("two images differ: %v", err)
	}
	modes := map[string]string{}
	for r := tar.NewReader(strings.NewReader(string(one))); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		modes[h.Name] = fmt.Sprintf("%c %o", h.Typeflag, h.Mode)
	}
	for name, want := range map[string]string{
		"metadata.yaml": "0 644", "rootfs/sbin/init": "0 755", "rootfs/bin/busybox": "0 755", "rootfs/bin/sh": "2 777", "rootfs/proc": "5 755",
	} {
		if modes[name] != want {
			t.Errorf("%s is %q, want %q", name, modes[name], want)
		}
	}
}

// tempLabDir is an empty directory with a name short enough for a lab.
func tempLabDir(t *testing.T) string {
	t.Helper()
	dir, err := makeTempDir("/tmp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
