//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"iab/internal/plan"
	"iab/internal/run"
)

// outcome is what one call of the binary did.
type outcome struct {
	f              *fixture
	args           []string
	code           int
	stdout, stderr string
}

// call is a call of the binary that goes on.
type call struct {
	f              *fixture
	cmd            *exec.Cmd
	stdout, stderr screen
	ended          chan struct{} // closed when it is over
	err            error
}

// screen is what a binary has printed so far; it may be read while more comes.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(data)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// iab runs the binary to its end.
func (f *fixture) iab(args ...string) outcome {
	f.Helper()
	return f.begin(args...).end()
}

// commandLimit is how long one command may take. Then it has to say where it stands.
const commandLimit = 12 * time.Minute

// begin starts the binary.
func (f *fixture) begin(args ...string) *call {
	f.Helper()
	c := &call{f: f, cmd: exec.CommandContext(f.Context(), binary, args...), ended: make(chan struct{})}
	c.cmd.Dir = f.dir
	c.cmd.Env = []string{"HOME=" + f.dir, "PATH=" + os.Getenv("PATH"), "TZ=UTC"}
	c.cmd.Stdout, c.cmd.Stderr = &c.stdout, &c.stderr
	f.must(c.cmd.Start())
	late := time.AfterFunc(commandLimit, func() { _ = c.cmd.Process.Signal(syscall.SIGQUIT) })
	go func() {
		c.err = c.cmd.Wait()
		late.Stop()
		close(c.ended)
	}()
	return c
}

func (c *call) signal(s os.Signal) {
	c.f.Helper()
	c.f.must(c.cmd.Process.Signal(s))
}

// end waits for the binary.
func (c *call) end() outcome {
	c.f.Helper()
	<-c.ended
	var exit *exec.ExitError
	if c.err != nil && !errors.As(c.err, &exit) {
		c.f.Fatal(c.err)
	}
	return outcome{c.f, c.cmd.Args[1:], c.cmd.ProcessState.ExitCode(), c.stdout.String(), c.stderr.String()}
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

// report decodes the report of a run with --json.
func (o outcome) report() run.Report {
	o.f.Helper()
	var report run.Report
	if err := json.Unmarshal([]byte(o.stdout), &report); err != nil {
		o.f.Fatalf("decode the report: %v\n%s", err, o.stdout)
	}
	return report
}

// of returns the result of one object.
func (o outcome) of(ref plan.Ref) run.Result {
	o.f.Helper()
	for _, result := range o.report().Results {
		if result.Ref == ref {
			return result
		}
	}
	o.f.Fatalf("there is no result of %s in %s", ref, o.stdout)
	return run.Result{}
}

// run is `iab run --json`.
func (f *fixture) run(args ...string) outcome {
	f.Helper()
	return f.iab(append([]string{"run", "--json"}, args...)...)
}
