//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"iab/internal/lab"
	"iab/internal/run"
)

// binary is the iab that all scenarios run, built once.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "iab-e2e")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "iab")
		build := exec.Command("go", "build", "-o", binary, "iab/cmd/iab")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build iab: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// fixture is a lab with an onboarded IAB in a directory of its own.
type fixture struct {
	*testing.T
	lab *lab.Lab
	dir string   // working directory: config.json, cred/
	env []string // besides the path
}

// pair starts two daemons with a btrfs pool "local", a dir pool "plain" and the image on the source, and onboards IAB.
func pair(t *testing.T) *fixture {
	t.Helper()
	f := bare(t, lab.Options{})
	f.onboard()
	return f
}

// bare is pair without onboarding.
func bare(t *testing.T, opts lab.Options) *fixture {
	t.Helper()
	f := &fixture{T: t, lab: lab.New(t, opts), dir: t.TempDir()}
	for _, d := range f.lab.Daemons {
		f.must(d.CreatePool("local", "btrfs", "3GiB"))
		f.must(d.CreatePool("plain", "dir", ""))
	}
	f.must(f.source().ImportImage(t.Context()))
	return f
}

func (f *fixture) source() *lab.Daemon { return f.lab.Source() }
func (f *fixture) target() *lab.Daemon { return f.lab.Target() }

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// token makes a trust token on a daemon.
func (f *fixture) token(d *lab.Daemon, projects ...string) string {
	f.Helper()
	token, err := d.Token(f.Context(), "iab", projects...)
	f.must(err)
	return token
}

// onboard registers IAB on both daemons, in the given projects only if any are named.
func (f *fixture) onboard(projects ...string) {
	f.Helper()
	f.iab("onboard", "--source-url", f.source().URL(), "--source-token", f.token(f.source(), projects...),
		"--target-url", f.target().URL(), "--target-token", f.token(f.target(), projects...),
		"--cred-dir", filepath.Join(f.dir, "cred")).ok()
}

// object is anything that encodes to a part of the config.
type object = map[string]any

// configure writes what the projects and further top-level keys are into the config that onboarding wrote.
// Keys of "iab" are merged.
func (f *fixture) configure(parts object) {
	f.Helper()
	path := filepath.Join(f.dir, "config.json")
	data, err := os.ReadFile(path)
	f.must(err)
	cfg := object{}
	f.must(json.Unmarshal(data, &cfg))
	for key, value := range parts {
		if key == "iab" {
			for k, v := range value.(object) {
				cfg["iab"].(object)[k] = v
			}
			continue
		}
		cfg[key] = value
	}
	data, err = json.MarshalIndent(cfg, "", "  ")
	f.must(err)
	f.must(os.WriteFile(path, data, 0o600))
}

// project is a config's project with instances in pool local and volumes "pool/name".
func project(name, mode string, instances, volumes []string) object {
	p := object{"name": name, "mode": mode}
	var list []object
	for _, i := range instances {
		list = append(list, object{"name": i, "storage": "local"})
	}
	p["instances"] = list
	list = nil
	for _, v := range volumes {
		pool, name, _ := strings.Cut(v, "/")
		list = append(list, object{"name": name, "storage": pool})
	}
	p["volumes"] = list
	return p
}

// policies is a retention section with one policy per side.
func policies(source, target string) object {
	return object{"hosts": object{"source": object{"default": source}, "target": object{"default": target}}}
}

// outcome is what one call of the binary did.
type outcome struct {
	f              *fixture
	args           []string
	code           int
	stdout, stderr string
}

// iab runs the binary to its end.
func (f *fixture) iab(args ...string) outcome {
	f.Helper()
	cmd := f.command(args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		f.Fatal(err)
	}
	return outcome{f, args, cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// command prepares a call of the binary.
func (f *fixture) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(f.Context(), binary, args...)
	cmd.Dir = f.dir
	cmd.Env = append([]string{"HOME=" + f.dir, "PATH=" + os.Getenv("PATH"), "TZ=UTC"}, f.env...)
	return cmd
}

// exits checks the exit code and returns the outcome.
func (o outcome) exits(code int) outcome {
	o.f.Helper()
	if o.code != code {
		o.f.Fatalf("iab %s ended with %d, want %d\nstdout:\n%s\nstderr:\n%s", strings.Join(o.args, " "), o.code, code, o.stdout, o.stderr)
	}
	return o
}

func (o outcome) ok() outcome {
	o.f.Helper()
	return o.exits(0)
}

// report decodes the report of a run with --json.
func (o outcome) report() run.Report {
	o.f.Helper()
	var report run.Report
	if err := json.Unmarshal([]byte(o.stdout), &report); err != nil {
		o.f.Fatalf("decode the report: %v\n%s", err, o.stdout)
	}
	return report
}

// says checks that the words stand on stdout or stderr.
func (o outcome) says(words ...string) outcome {
	o.f.Helper()
	for _, w := range words {
		if !strings.Contains(o.stdout+o.stderr, w) {
			o.f.Errorf("iab %s does not say %q\nstdout:\n%s\nstderr:\n%s", strings.Join(o.args, " "), w, o.stdout, o.stderr)
		}
	}
	return o
}
