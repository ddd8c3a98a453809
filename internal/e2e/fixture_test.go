//go:build e2e

package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"iab/internal/lab"
)

var (
	// binary is the iab that all scenarios run, built once.
	binary string
	// sharing guards the lab that most scenarios share, each in a project of its own.
	sharing sync.Mutex
	shared  *lab.Lab
	// projects counts the projects of the shared lab.
	projects atomic.Int32
	// privacy holds a place for each lab that may run besides the shared one.
	privacy = make(chan struct{}, 2)
)

func TestMain(m *testing.M) {
	os.Exit(func() (code int) {
		flag.Parse()
		if err := flag.Set("test.parallel", "3"); err != nil { // the scenarios often wait
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
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
		defer func() {
			if shared == nil {
				return
			}
			for _, d := range shared.Daemons {
				if code != 0 {
					fmt.Fprintf(os.Stderr, "the log of %s ends with:\n%s\n", d.Name, d.LogTail(50))
				}
			}
			if err := shared.Close(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = 1
			}
		}()
		return m.Run()
	}())
}

// fixture is an IAB in a directory of its own between two servers, and a project there that only this test uses.
type fixture struct {
	*testing.T
	source, target *lab.Daemon
	// sourceURL and targetURL are where IAB finds them; a gate may stand there.
	sourceURL, targetURL string
	project              string
	dir                  string // working directory: config.json, cred/
	guest                bool   // in the shared lab
}

// scenario is an onboarded IAB in the shared lab.
func scenario(t *testing.T) *fixture {
	t.Helper()
	t.Parallel()
	f := visit(t)
	f.onboard()
	return f
}

// visit is scenario without onboarding.
func visit(t *testing.T) *fixture {
	t.Helper()
	sharing.Lock()
	defer sharing.Unlock()
	if shared == nil {
		l, err := lab.Start(context.Background(), lab.Options{})
		if err != nil {
			t.Fatal(err)
		}
		furnish(t, l)
		shared = l
	}
	return settle(t, shared, fmt.Sprintf("p%d", projects.Add(1)))
}

// private is a fixture in a lab of its own, for what would disturb others.
func private(t *testing.T, opts lab.Options) *fixture {
	t.Helper()
	t.Parallel()
	privacy <- struct{}{}
	t.Cleanup(func() { <-privacy })
	l := lab.New(t, opts)
	furnish(t, l)
	return settle(t, l, "own")
}

// alone is scenario in a lab of its own. Restores and failovers rename volumes that are in use, and meanwhile a server writes nothing
// into its database for half a minute, for nobody (seen on 6.0.4).
func alone(t *testing.T) *fixture {
	t.Helper()
	f := private(t, lab.Options{})
	f.onboard()
	return f
}

// furnish gives both servers a btrfs pool "local" and a dir pool "plain", and the source the image.
func furnish(t *testing.T, l *lab.Lab) {
	t.Helper()
	var group sync.WaitGroup
	servers := l.Servers()
	errs := make([]error, len(servers))
	for i, d := range servers {
		group.Go(func() {
			errs[i] = errors.Join(d.CreatePool("local", "btrfs", "3GiB"), d.CreatePool("plain", "dir", ""), d.ImportImage(t.Context()))
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func settle(t *testing.T, l *lab.Lab, project string) *fixture {
	t.Helper()
	f := &fixture{T: t, source: l.Source(), target: l.Target(), project: project, dir: t.TempDir(), guest: l == shared}
	f.sourceURL, f.targetURL = f.source.URL(), f.target.URL()
	f.makeProject(project)
	return f
}

// makeProject makes a project on both sides. In the shared lab it goes with its test: every volume that a server lists takes it the
// longer the more instances it has, and every inventory looks into every project.
func (f *fixture) makeProject(name string) {
	f.Helper()
	for _, d := range []*lab.Daemon{f.source, f.target} {
		f.must(d.CreateProject(name))
		if f.guest {
			f.Cleanup(func() { d.RemoveProject(name) })
		}
	}
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// token makes a trust token on a daemon.
func (f *fixture) token(d *lab.Daemon, projects ...string) string {
	f.Helper()
	token, err := d.Token(f.Context(), "iab-"+f.project, projects...)
	f.must(err)
	return token
}

// onboard registers IAB on both daemons, in the given projects only if any are named.
func (f *fixture) onboard(projects ...string) {
	f.Helper()
	f.iab("onboard", "--source-url", f.sourceURL, "--source-token", f.token(f.source, projects...),
		"--target-url", f.targetURL, "--target-token", f.token(f.target, projects...),
		"--cred-dir", f.credDir()).ok()
}

func (f *fixture) credDir() string { return filepath.Join(f.dir, "cred") }
