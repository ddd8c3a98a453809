//go:build e2e

package lab

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// leftovers lists everything on this machine that belongs to a lab: one line a thing, "kind: which".
func leftovers(rec *record) []string {
	var found []string
	add := func(kind, which string) { found = append(found, kind+": "+which) }
	for _, path := range []string{rec.Dir, rec.path} {
		if exists(path) {
			add("file", path)
		}
	}
	for _, path := range groupPaths(rec.ID) {
		if exists(path) {
			add("control group", path)
		}
	}
	for _, pid := range groupPIDs(groupPaths(rec.ID)) {
		add("process in a control group", fmt.Sprint(pid))
	}
	if exists("/sys/class/net/" + rec.bridge()) {
		add("link", rec.bridge())
	}
	for kind, pattern := range map[string]string{
		"loop device": "/sys/block/loop*/loop/backing_file",
		"mount":       "/proc/[0-9]*/mountinfo",
		"process":     "/proc/[0-9]*/cmdline",
		"daemon":      "/proc/[0-9]*/environ",
	} {
		paths, _ := filepath.Glob(pattern)
		for _, path := range paths {
			// What ends while we look is no leftover.
			if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(rec.Dir+"/")) {
				add(kind, path)
			}
		}
	}
	return found
}

// awaitNothing waits until nothing of the lab is left, and fails the test with what is.
func awaitNothing(t *testing.T, rec *record) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		left := leftovers(rec)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left behind:\n%s", strings.Join(left, "\n"))
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// wantAllKinds makes sure that leftovers sees every kind of thing that a running lab has, so that an empty answer
// later means something.
func wantAllKinds(t *testing.T, rec *record) {
	t.Helper()
	all := strings.Join(leftovers(rec), "\n")
	for _, kind := range []string{"file", "control group", "process in a control group", "link", "loop device", "mount", "process", "daemon"} {
		if !strings.Contains("\n"+all, "\n"+kind+": ") {
			t.Errorf("a running lab shows no %s:\n%s", kind, all)
		}
	}
}
