package incusos

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"iab/internal/ostest"
)

// What real servers do to archives, each as one test. The host does it as they were seen to.

func TestAnArchiveIsTakenWhateverItsContentTypeSays(t *testing.T) {
	h := ostest.New(t)
	j := whole(t)
	results := j.Run(t.Context(), server(h))
	system, app := result(t, results, System), result(t, results, "incus")
	want(t, system, OK)
	want(t, app, OK)
	if wanted := filepath.Join(j.Store.Dir, "prod/node1/system/IAB_20260310-120000.tar.gz"); system.File != wanted {
		t.Errorf("the system lies in %s, want %s", system.File, wanted)
	}
	if _, err := Inspect(strings.NewReader(string(read(t, app.File)))); err != nil {
		t.Error(err)
	}
}

func TestEveryMemberOfAClusterIsArchivedThoughItsContentTypeIsLost(t *testing.T) {
	h := ostest.New(t)
	h.Members = []string{"one", "two"}
	results := whole(t).Run(t.Context(), server(h))
	for _, member := range h.Members {
		i := slices.IndexFunc(results, func(r Result) bool { return r.Member == member && r.Part == "incus" })
		if i < 0 || results[i].Outcome != OK || !strings.Contains(results[i].File, "/prod/"+member+"/incus/") {
			t.Errorf("member %s: %+v", member, results)
		}
	}
	if asked := strings.Join(h.Requests(), "\n"); !strings.Contains(asked, "/os/1.0/applications/incus/:backup?target=two") {
		t.Errorf("the member was not asked itself:\n%s", asked)
	}
	j := whole(t)
	j.Member = "two"
	for _, r := range j.Run(t.Context(), server(h)) {
		if r.Member != "two" {
			t.Errorf("only member two was wanted: %+v", r)
		}
	}
}

func TestAServerWithoutIncusOSIsSkippedWithTheReason(t *testing.T) {
	for name, change := range map[string]func(*ostest.Host){
		"another system":             func(h *ostest.Host) { h.OSName, h.Old = "Debian GNU/Linux", true },
		"Incus that passes nothing":  func(h *ostest.Host) { h.Old = true },
		"Incus that says it is none": func(h *ostest.Host) { h.Plain = true },
	} {
		t.Run(name, func(t *testing.T) {
			h := ostest.New(t)
			change(h)
			j := whole(t)
			results := j.Run(t.Context(), server(h))
			if len(results) != 1 {
				t.Fatalf("%+v", results)
			}
			want(t, results[0], Skipped, "IncusOS")
			nothingKept(t, j.Store)
		})
	}
}

func TestARestrictedCertificateIsSkippedWithTheReason(t *testing.T) {
	h := ostest.New(t)
	h.Restricted = true
	j := whole(t)
	results := j.Run(t.Context(), server(h))
	want(t, results[0], Skipped, "restricted", "incus config trust edit")
	nothingKept(t, j.Store)
}

func TestAnApplicationWithoutStateIsSkippedAndAnUnknownOneFails(t *testing.T) {
	h := ostest.New(t)
	h.Apps["openfga"] = &ostest.App{NoState: true} // not known to IAB as such
	j := whole(t)
	j.Apps = []string{"typo"}
	results := j.Run(t.Context(), server(h))
	want(t, result(t, results, "gpu-support"), Skipped, "no state")
	want(t, result(t, results, "openfga"), Skipped, "no state")
	want(t, result(t, results, "typo"), Failure, "knows nothing of it")
	want(t, result(t, results, "incus"), OK)
}

func TestAMemberThatDoesNotExistFails(t *testing.T) {
	for name, members := range map[string][]string{"a cluster": {"one"}, "no cluster": nil} {
		t.Run(name, func(t *testing.T) {
			h := ostest.New(t)
			h.Members = members
			j := whole(t)
			j.Member = "three"
			results := j.Run(t.Context(), server(h))
			want(t, results[0], Failure, "member three")
		})
	}
	h := ostest.New(t)
	h.Members = []string{"one"}
	_, err := server(h).Machine(t.Context(), Member{"gone", "gone"}) // it left between two requests
	if kindOf(err) != NoMember || !strings.Contains(err.Error(), "no such member") {
		t.Errorf("%v", err)
	}
}

func TestAServiceThatIsDownIsAFailure(t *testing.T) {
	h := ostest.New(t)
	h.Down = true
	results := whole(t).Run(t.Context(), server(h))
	want(t, results[0], Failure, "the service of IncusOS on prod does not answer")
}

func TestAnArchiveThatBreaksOffFailsWithTheHostsOwnMessage(t *testing.T) {
	h := ostest.New(t)
	h.Apps["incus"].Breaks = "unsupported file: \"zzz\"\nfifo"
	h.Apps["incus"].Files["big"] = strings.Repeat("0123456789", 10000)
	j := whole(t)
	j.System = false
	results := j.Run(t.Context(), server(h))
	want(t, result(t, results, "incus"), Failure, `broke it off: unsupported file: "zzz" fifo`)
	nothingKept(t, j.Store)
}

func TestAnAnswerThatIsNoArchiveFailsAndKeepsNothing(t *testing.T) {
	gzipped := string(ostest.Tarball(map[string]string{"state.txt": "x", "other": strings.Repeat("y", 5000)}))
	for name, c := range map[string]struct{ says, part string }{
		"JSON":                    {`{"type":"sync","metadata":{}}`, "no gzip file"},
		"a JSON error":            {`{"type":"error","error":"out of memory","error_code":500}`, "out of memory"},
		"a web page":              {"<html>", "no gzip file"},
		"half an archive":         {gzipped[:len(gzipped)/2], "cut off"},
		"more behind its end":     {gzipped + "and the rest of it", "behind its end"},
		"the archive of a system": {string(ostest.Tarball(map[string]string{"state.txt": "x"})), "archive of a system"},
		"an empty archive":        {string(ostest.Tarball(nil)), "it is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			h := ostest.New(t)
			h.Says = c.says
			j := whole(t)
			j.System, j.AllApps, j.Apps = false, false, []string{"incus"}
			want(t, j.Run(t.Context(), server(h))[0], Failure, c.part)
			nothingKept(t, j.Store)
		})
	}
}

func TestAnArchiveIsOnlyForItsOwnerAndItsNoteHoldsNoSecret(t *testing.T) {
	h := ostest.New(t)
	a := archiveOf(t, h, System, nil)
	for path, mode := range map[string]os.FileMode{a.Path: 0o600, a.Path + noteSuffix: 0o600, filepath.Dir(a.Path): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if holds(t, a.Path+noteSuffix, "SECRET") {
		t.Error("the note holds a secret")
	}
	var note map[string]any
	if err := json.Unmarshal(read(t, a.Path+noteSuffix), &note); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"sha256", "size", "incusos", "incus", "machineId", "certificate", "host", "member", "part", "createdAt"} {
		if note[key] == nil {
			t.Errorf("the note does not say %s: %v", key, note)
		}
	}
}

func TestAnInterruptionSkipsWhatIsLeft(t *testing.T) {
	h := ostest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	j := whole(t)
	j.Progress = func(string, int64) { cancel() }
	results := j.Run(ctx, server(h))
	want(t, result(t, results, System), OK)
	for _, r := range results[1:] {
		want(t, r, Skipped, "interrupted")
	}
}

func TestAnUnencryptedArchiveIsWarnedAboutEachTime(t *testing.T) {
	r := result(t, whole(t).Run(t.Context(), server(ostest.New(t))), System)
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "not encrypted") {
		t.Errorf("%+v", r)
	}
}

func TestARunThatWasKilledLeavesNothingBehindForLong(t *testing.T) {
	h := ostest.New(t)
	j := whole(t)
	left := filepath.Join(j.Store.Dir, "prod/node1/system", ".iab-draft-1")
	if err := os.MkdirAll(filepath.Dir(left), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	first := result(t, j.Run(t.Context(), server(h)), System)
	second := result(t, j.Run(t.Context(), server(h)), System) // within the same second
	if _, err := os.Stat(left); err == nil {
		t.Error("the draft is still there")
	}
	if first.File == second.File || !strings.HasSuffix(second.File, "IAB_20260310-120001.tar.gz") {
		t.Errorf("%s and %s", first.File, second.File)
	}
}
