package config

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iab/internal/plan"
)

func TestWhatOnboardingWritesLoads(t *testing.T) {
	t.Setenv("HOME", "/home/operator")
	rapid.Check(t, func(t *rapid.T) {
		dir := rapid.StringMatching(`(~/|\./|/)?[a-zA-Zäß0-9 <&>"'\\_-]{1,30}`).
			Filter(func(dir string) bool { return strings.TrimSpace(dir) != "" }).Draw(t, "directory")
		id := rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}`).Draw(t, "uuid")
		names := rapid.SliceOfN(rapid.StringMatching(`[a-zA-Z"\\<.][a-zA-Z0-9]{1,20}`), 2, 2).Draw(t, "names")
		hosts := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,9}(\.[a-z]{1,9}){0,3}`), 2, 2, rapid.ID[string]).Draw(t, "hosts")
		urls := []string{"https://" + hosts[0] + ":8443", fmt.Sprintf("https://%s:%d", hosts[1], rapid.IntRange(1, 65535).Draw(t, "port"))}

		data := Initial(dir, id, names[0], urls[0], names[1], urls[1])
		got, err := Parse("config.json", data)
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		expanded, err := ExpandDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		want := Config{
			CredDir: expanded, UUID: id, UTC: true, IndependentRetention: true, Consistency: plan.Crash,
			Retries: 2, StallTimeout: 30 * time.Minute,
			Source: Host{Name: names[0], URL: urls[0]}, Target: Host{Name: names[1], URL: urls[1]},
			Retention: plan.Sides[Policies]{
				Source: Policies{Projects: map[string]ProjectPolicies{}},
				Target: Policies{Projects: map[string]ProjectPolicies{}},
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("the config (-want +got):\n%s", diff)
		}
		if data[len(data)-1] != '\n' {
			t.Fatal("it does not end with a newline")
		}
	})
}

func TestTheIdentityIsTheUUIDOrOneOfBothAddresses(t *testing.T) {
	pair := func(id, source, target string) string {
		return Config{UUID: id, Source: Host{URL: source}, Target: Host{URL: target}}.Identity()
	}
	if got := pair("old name", "https://a:1", "https://b:1"); got != "old name" {
		t.Errorf("the identity is %q, want the config's", got)
	}
	made := pair("", "https://a:1", "https://b:1")
	if made != pair("", "https://a:1", "https://b:1") {
		t.Error("the identity changes")
	}
	for _, other := range []string{pair("", "https://b:1", "https://a:1"), pair("", "https://a:1", "https://c:1")} {
		if made == other {
			t.Errorf("two pairs of servers have the identity %q", made)
		}
	}
}

// FuzzParse holds for any bytes: an error with problems that have places in order, or a config whose jobs write to
// different replicas.
func FuzzParse(f *testing.F) {
	for _, folder := range []string{"good", "bad", "bad-by-schema"} {
		for _, file := range samples(f, folder) {
			f.Add([]byte(file.input))
		}
	}
	f.Add(read(f, exampleFile))
	f.Fuzz(func(t *testing.T, data []byte) {
		NotifyURLs(data)
		cfg, err := Parse("config.json", data)
		if err != nil {
			orderly(t, err.(*Error), data)
			return
		}
		for _, independent := range []bool{false, true} {
			if err := plan.Duplicate(cfg.Jobs(stocked(), independent)); err != nil {
				t.Error(err)
			}
		}
		scope := cfg.Scope()
		if len(scope.Projects) > len(cfg.Projects) {
			t.Errorf("the scope has the projects %q", scope.Projects)
		}
		if cfg.Identity() == "" || cfg.CredDir == "" || cfg.Source.URL == cfg.Target.URL || cfg.Source.Name == "" {
			t.Errorf("the config is not complete: %+v", cfg)
		}
	})
}

func orderly(t *testing.T, invalid *Error, data []byte) {
	if len(invalid.Problems) == 0 {
		t.Error("an error without a problem")
	}
	line := 0
	for _, p := range invalid.Problems {
		if p.Text == "" || strings.ContainsAny(p.Path+p.Text+p.Hint, "\n\r") {
			t.Errorf("the problem is not one line: %+v", p)
		}
		if p.Path == "" {
			continue // the file as a whole, or the end of a long list
		}
		if p.Line < line || p.Line > strings.Count(string(data), "\n")+1 {
			t.Errorf("line %d comes after line %d: %+v", p.Line, line, p)
		}
		line = p.Line
	}
}
