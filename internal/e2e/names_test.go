//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"iab/internal/plan"
)

func TestLongAndOddNamesAreReplicated(t *testing.T) {
	f := scenario(t)
	refs := []plan.Ref{
		f.container("a"+strings.Repeat("-0", 31), "local", "first"),
		f.container("A", "plain", "first"),
		f.disk("local", strings.Repeat("v", 63), "first"),
		f.disk("plain", "with space", "first"), // Incus can't send such a one from btrfs
	}
	for _, name := range []string{"per%cent", "plus+and&more=?", "größe", "IAB_20200101-000000", "-dash", "quote'\"", "#"} {
		refs = append(refs, f.disk("local", name, "first"))
	}
	f.replicate(refs...)
	f.run().ok()
	for _, ref := range refs {
		write(t, f.source, ref, "second, and longer")
	}
	name := f.run().ok().report().Results[0].Snapshot
	for _, ref := range refs {
		f.holds(f.target, ref, name, "second, and longer")
		f.holds(f.target, ref, "", "second, and longer")
	}
	f.iab("run", "--json", "--only", refs[0].String()).ok()
}

func TestNothingToDoIsNoError(t *testing.T) {
	f := scenario(t)
	f.run().ok().says("nothing to do")
	f.iab("plan").ok().says("nothing to do")
	f.configure(object{"projects": []object{project(f.project, "push")}})
	if report := f.run().ok().report(); !report.OK || len(report.Results) != 0 {
		t.Errorf("the report of an empty project is %+v", report)
	}
	f.configure(object{"projects": []object{project("no-such-project", "push")}})
	f.run().ok()
}
