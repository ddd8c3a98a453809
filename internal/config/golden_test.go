package config

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iab/internal/plan"
)

var update = flag.Bool("update", false, "write the golden files and the schema anew")

const dashes = "----\n"

func TestBadConfigsAreExplained(t *testing.T) {
	for _, folder := range []string{"bad", "bad-by-schema"} {
		golden(t, folder, func(t *testing.T, input string) string {
			cfg, err := Parse("config.json", []byte(input))
			var invalid *Error
			if !errors.As(err, &invalid) {
				t.Fatalf("the config is taken: %v", err)
			}
			if diff := cmp.Diff(Config{}, cfg); diff != "" {
				t.Errorf("a config comes with the error (-want +got):\n%s", diff)
			}
			if strings.Contains(err.Error(), "SECRET") {
				t.Errorf("the error shows a secret: %v", err)
			}
			if lines := strings.Split(err.Error(), "\n"); len(lines) != len(invalid.Problems) {
				t.Errorf("%d problems are told in %d lines:\n%v", len(invalid.Problems), len(lines), err)
			}
			return explained(invalid)
		})
	}
}

func explained(invalid *Error) string {
	var b strings.Builder
	for _, p := range invalid.Problems {
		if p.Path != "" {
			fmt.Fprintf(&b, "%s, line %d: ", p.Path, p.Line)
		}
		fmt.Fprintln(&b, p.Text)
		if p.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", p.Hint)
		}
	}
	return b.String()
}

func TestGoodConfigsBecomeJobs(t *testing.T) {
	t.Setenv("HOME", "/home/operator")
	golden(t, "good", func(t *testing.T, input string) string {
		cfg, err := Parse("config.json", []byte(input))
		if err != nil {
			t.Fatal(err)
		}
		return shown(cfg, stocked())
	})
}

// stocked is an inventory whose source has instances called known, in the pool nvme.
func stocked() plan.Inventory {
	var inv plan.Inventory
	inv.Source.Holdings = map[plan.Ref]plan.Holding{}
	for _, project := range []string{"default", "zoo"} {
		inv.Source.Holdings[plan.Ref{Project: project, Kind: plan.Instance, Name: "known"}] = plan.Holding{Pool: "nvme"}
	}
	return inv
}

func shown(cfg Config, inv plan.Inventory) string {
	var b strings.Builder
	fmt.Fprintf(&b, "credentials in %s, identity %s, parallel %d, retries %d, stalls after %s\n",
		cfg.CredDir, cfg.Identity(), cfg.Parallel, cfg.Retries, cfg.StallTimeout)
	fmt.Fprintf(&b, "notifies %q and %q\n", cfg.HealthchecksURL, cfg.GotifyURL)
	for _, s := range cfg.Services {
		fmt.Fprintf(&b, "notifies %s of %s, always: %t\n", s.URL, s.Key, s.Always)
	}
	fmt.Fprintf(&b, "names in %s, independent %t\n", cfg.Location(time.FixedZone("local time", 3600)), cfg.Independent(nil))
	for _, side := range plan.BothSides {
		host := cfg.Host(side)
		fmt.Fprintf(&b, "%s is %s at %s\n", side, host.Name, host.URL)
		if host.Parallel > 0 || len(host.Pools) > 0 {
			fmt.Fprintf(&b, "  works on %d, and in pools on %v\n", host.Parallel, host.Pools)
		}
		if host.ClusterMember != "" {
			fmt.Fprintf(&b, "  places new objects on %s\n", host.ClusterMember)
		}
		if a := host.OS; a != nil {
			fmt.Fprintf(&b, "  system and %q (complete %t) in %s for %q, keeps %q\n", a.Applications, a.Complete, a.Dir, a.Recipients, a.Retention)
		}
		if a := host.State; a != nil {
			fmt.Fprintf(&b, "  definitions in %s for %q, keeps %q\n", a.Dir, a.Recipients, a.Retention)
		}
	}
	scope := cfg.Scope()
	fmt.Fprintf(&b, "reads projects %q, pools %q and %q\n", scope.Projects, scope.Pools.Source, scope.Pools.Target)
	if len(scope.ProjectGlobs)+len(scope.PoolGlobs.Source) > 0 {
		fmt.Fprintf(&b, "reads projects like %q, pools like %q and %q\n", scope.ProjectGlobs, scope.PoolGlobs.Source, scope.PoolGlobs.Target)
	}
	if !slices.Equal(scope.Projects, scope.Into) {
		fmt.Fprintf(&b, "  and on the target projects %q\n", scope.Into)
	}
	together, apart := cfg.Jobs(inv, false), cfg.Jobs(inv, true)
	for i, job := range together {
		fmt.Fprintf(&b, "%s -> %s: %s, %s, without %q\n", job.Ref, job.TargetPool, job.Mode, job.Consistency, job.ExcludeDevices)
		if job.Group != "" || job.Apart || job.MaxPause != 0 || len(job.Hooks.Pre)+len(job.Hooks.Post) > 0 {
			fmt.Fprintf(&b, "  group %q, apart %t, paused for at most %s, commands %q and %q within %s\n",
				job.Group, job.Apart, job.MaxPause, job.Hooks.Pre, job.Hooks.Post, job.Hooks.Timeout)
		}
		if job.TargetProject != "" {
			fmt.Fprintf(&b, "  is %s there\n", job.Replica())
		}
		fmt.Fprintf(&b, "  keeps %q and %q, independent %q and %q\n", job.Retention.Source, job.Retention.Target,
			apart[i].Retention.Source, apart[i].Retention.Target)
		if job.Placement != (plan.Sides[string]{}) {
			fmt.Fprintf(&b, "  is placed on %q and %q\n", job.Placement.Source, job.Placement.Target)
		}
		if job.Glob {
			fmt.Fprintf(&b, "  taken by %s\n", job.Rule)
		}
	}
	for _, warning := range cfg.Select(inv, false).Warnings {
		fmt.Fprintf(&b, "selection: %s\n", warning)
	}
	for _, warning := range cfg.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", warning)
	}
	return b.String()
}

// golden compares what render makes of the upper part of every file in a folder with the part below the dashes.
func golden(t *testing.T, folder string, render func(t *testing.T, input string) string) {
	for _, file := range samples(t, folder) {
		t.Run(folder+"/"+file.name, func(t *testing.T) {
			got := render(t, file.input)
			if *update {
				if err := os.WriteFile(file.path, []byte(file.input+dashes+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(file.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file.path, diff)
			}
		})
	}
}

type sample struct{ path, name, input, want string }

func samples(t testing.TB, folder string) []sample {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.txt"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("samples in %s: %d found, %v", folder, len(paths), err)
	}
	var list []sample
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		input, want, found := strings.Cut(string(data), dashes)
		if !found {
			t.Fatalf("%s has no line of four dashes", path)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		list = append(list, sample{path, name, input, want})
	}
	return list
}
