package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// dirLimit is how long a lab's directory may be, in bytes. Incus makes sockets below it, and the kernel takes 107.
const dirLimit = 50

// Options say what lab to start. The zero value is a pair named source and target.
type Options struct {
	// Daemons is their number; 0 means one for each of Names or Addresses, or 2.
	Daemons int
	// Dir is where the lab lives. It must be absent or empty, at most 50 bytes long, and passable for other users, as
	// containers get through it to their files; Close removes it. Empty means a new directory below os.TempDir.
	Dir string
	// Log receives what the lab does, a line each. Nil means nowhere.
	Log io.Writer
	// Names of the daemons, "source" and "target" when empty; further ones are called "d3", "d4" and so on.
	Names []string
	// SharedIP gives all daemons one loopback IP and different ports, instead of an IP each and port 8443.
	SharedIP bool
	// Addresses, when set, are the host:port that each daemon listens on. When empty, addresses are chosen that no
	// other lab and no other listener has.
	Addresses []string
	// Cluster names the daemons that are one cluster, its members by the same names. The first one founds it.
	Cluster []string
}

// Lab is a set of running daemons.
type Lab struct {
	// Daemons in the order of Options.Names.
	Daemons []*Daemon
	// Dir holds all files of the lab.
	Dir string

	log     io.Writer
	keeper  *keeper
	closing sync.Once
	closed  error
}

// Start removes what dead owners left behind, then starts a lab and returns when all its daemons answer. On error
// nothing is left. The caller must Close the lab; if it dies before, the lab goes with it.
func Start(ctx context.Context, opts Options) (*Lab, error) {
	if missing := Missing(); len(missing) > 0 {
		return nil, fmt.Errorf("start lab: this machine lacks %s", strings.Join(missing, ", "))
	}
	names, err := daemonNames(opts)
	if err != nil {
		return nil, fmt.Errorf("start lab: %w", err)
	}
	rec, err := registry{machineRecords}.reserve(opts, len(names))
	if err != nil {
		return nil, fmt.Errorf("start lab: %w", err)
	}
	k, err := startKeeper(ctx, rec)
	if err != nil {
		return nil, fmt.Errorf("start lab: %w", errors.Join(err, rec.sweep()))
	}
	l := &Lab{Dir: rec.Dir, log: opts.Log, keeper: k}
	if l.log == nil {
		l.log = io.Discard
	}
	for i, name := range names {
		l.Daemons = append(l.Daemons, newDaemon(l, name, rec.Addresses[i]))
	}
	err = l.startAll(ctx)
	if err == nil {
		err = l.cluster(ctx, opts.Cluster)
	}
	if err != nil {
		return nil, fmt.Errorf("start lab: %w", errors.Join(err, l.Close()))
	}
	return l, nil
}

func (l *Lab) startAll(ctx context.Context) error {
	errs := make([]error, len(l.Daemons))
	var wg sync.WaitGroup
	for i, d := range l.Daemons {
		wg.Go(func() { errs[i] = d.Start(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Daemon returns the daemon of that name, nil when there is none.
func (l *Lab) Daemon(name string) *Daemon {
	for _, d := range l.Daemons {
		if d.Name == name {
			return d
		}
	}
	return nil
}

// Source is the first daemon.
func (l *Lab) Source() *Daemon { return l.Daemons[0] }

// Target is the second daemon; the lab must have one.
func (l *Lab) Target() *Daemon { return l.Daemons[1] }

// Close ends every process of the lab and removes its mounts, loop devices, control groups and directory. It returns
// when all that is done; a second call does nothing and returns the first one's error.
func (l *Lab) Close() error {
	l.closing.Do(func() {
		l.closed = l.keeper.close()
		for _, d := range l.Daemons {
			d.awaitEnd()
		}
		l.logf("lab %s is closed", l.Dir)
	})
	return l.closed
}

func (l *Lab) logf(format string, args ...any) { fmt.Fprintf(l.log, format+"\n", args...) }

func daemonNames(opts Options) ([]string, error) {
	n := opts.Daemons
	if n == 0 {
		n = max(len(opts.Names), len(opts.Addresses))
	}
	if n == 0 {
		n = 2
	}
	if n < 0 || len(opts.Names) > n || (len(opts.Addresses) > 0 && len(opts.Addresses) != n) {
		return nil, fmt.Errorf("count daemons: %d asked for, with %d names and %d addresses", n, len(opts.Names), len(opts.Addresses))
	}
	names := append([]string{}, opts.Names...)
	for i := len(names); i < n; i++ {
		name := fmt.Sprintf("d%d", i+1)
		if len(opts.Names) == 0 && i < 2 {
			name = []string{"source", "target"}[i]
		}
		names = append(names, name)
	}
	seen := map[string]bool{}
	for _, name := range names {
		if name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") || seen[name] {
			return nil, fmt.Errorf("name daemon %q: names must be plain and differ", name)
		}
		seen[name] = true
	}
	return names, nil
}

// makeDir makes the directory of a new lab.
func makeDir(asked string) (string, error) {
	if asked == "" {
		return makeTempDir(os.TempDir())
	}
	dir, err := filepath.Abs(asked)
	if err != nil {
		return "", fmt.Errorf("find directory %s: %w", asked, err)
	}
	if len(dir) > dirLimit {
		return "", fmt.Errorf("use directory %s: it is %d bytes long, and sockets below it allow %d", dir, len(dir), dirLimit)
	}
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return "", fmt.Errorf("make directory: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("read directory: %w", err)
	}
	if len(entries) > 0 {
		return "", fmt.Errorf("use directory %s: it is not empty", dir)
	}
	return dir, nil
}

func makeTempDir(below string) (string, error) {
	dir, err := os.MkdirTemp(below, "lab")
	if err != nil {
		return "", fmt.Errorf("make directory: %w", err)
	}
	// Root in an unprivileged container is nobody out here, and must get through to its root file system.
	err = os.Chmod(dir, 0o711)
	if len(dir) > dirLimit {
		err = fmt.Errorf("use directory %s: it is %d bytes long, and sockets below it allow %d; a shorter TMPDIR helps", dir, len(dir), dirLimit)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(dir))
	}
	return dir, nil
}
