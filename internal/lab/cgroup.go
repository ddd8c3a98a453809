package lab

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cgroupRoot is where every Linux distribution mounts control groups.
const cgroupRoot = "/sys/fs/cgroup"

// groupParents lists the root of every hierarchy: one with the unified layout, one per controller with the older ones.
func groupParents() []string {
	if _, err := os.Stat(filepath.Join(cgroupRoot, "cgroup.procs")); err == nil {
		return []string{cgroupRoot}
	}
	procs, _ := filepath.Glob(filepath.Join(cgroupRoot, "*", "cgroup.procs"))
	var parents []string
	for _, p := range procs {
		// A name such as "cpu" may be a link to "cpu,cpuacct".
		if info, err := os.Lstat(filepath.Dir(p)); err == nil && info.IsDir() {
			parents = append(parents, filepath.Dir(p))
		}
	}
	return parents
}

// groupPaths lists the lab's control group in every hierarchy, whether it exists or not.
func groupPaths(id string) []string {
	var paths []string
	for _, p := range groupParents() {
		paths = append(paths, filepath.Join(p, "iablab-"+id))
	}
	return paths
}

// makeGroups makes the lab's control groups, so that containers of the same name in two labs don't meet.
func makeGroups(id string) ([]string, error) {
	paths := groupPaths(id)
	for _, path := range paths {
		for _, dir := range []string{path, filepath.Join(path, "init.scope")} {
			if err := os.Mkdir(dir, 0o755); err != nil {
				return nil, fmt.Errorf("make control group: %w", err)
			}
			// A cpuset without CPUs takes no process.
			for _, key := range []string{"cpuset.cpus", "cpuset.mems"} {
				if err := inherit(dir, key); err != nil {
					return nil, err
				}
			}
		}
	}
	return paths, nil
}

// inherit gives a control group its parent's value when it has none and must have one.
func inherit(dir, key string) error {
	own, err := os.ReadFile(filepath.Join(dir, key))
	if errors.Is(err, os.ErrNotExist) || len(bytes.TrimSpace(own)) > 0 {
		return nil
	}
	value, err := os.ReadFile(filepath.Join(filepath.Dir(dir), key))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read control group: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, key), value, 0); err != nil {
		return fmt.Errorf("set control group: %w", err)
	}
	return nil
}

// killGroups ends every process in the groups and below, and returns when they are gone. What is frozen goes on first: it would not
// even die.
func killGroups(paths []string) error {
	deadline := time.Now().Add(closePatience)
	for {
		pids := groupPIDs(paths)
		if len(pids) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("end processes of a dead lab: %v are still there", pids)
		}
		thawGroups(paths)
		for _, pid := range pids {
			if err := unix.Kill(pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
				return fmt.Errorf("end process %d of a dead lab: %w", pid, err)
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// thawGroups lets go on what is frozen in the groups and below, the outer ones first. That it could not be done shows when nothing dies.
func thawGroups(paths []string) {
	thawed := map[string]string{"freezer.state": "THAWED", "cgroup.freeze": "0"} // of the older layout, and of the unified one
	for _, path := range paths {
		_ = filepath.WalkDir(path, func(p string, _ os.DirEntry, err error) error {
			if state, ok := thawed[filepath.Base(p)]; ok && err == nil {
				_ = os.WriteFile(p, []byte(state), 0)
			}
			return nil
		})
	}
}

func groupPIDs(paths []string) []int {
	var pids []int
	for _, path := range paths {
		_ = filepath.WalkDir(path, func(p string, _ os.DirEntry, err error) error {
			if err != nil || filepath.Base(p) != "cgroup.procs" {
				return nil
			}
			data, _ := os.ReadFile(p)
			for field := range strings.FieldsSeq(string(data)) {
				if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
					pids = append(pids, pid)
				}
			}
			return nil
		})
	}
	return pids
}
