package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"
)

// loops are the widths of the shell loop.
var loops = []int{1, 2, 4, 8}

// contest lets iab and the loop take turns at the same servers.
type contest struct {
	*bench
	name   string
	dir    string // of iab's config
	incus  string // directory of the incus client
	widths []int
	rounds int

	iab  []time.Duration
	cpu  []time.Duration
	loop map[int][]time.Duration

	spreadIAB  []time.Duration // from the first to the last snapshot of a run
	spreadLoop []time.Duration // of the sequential loop
}

// loop is the part of that name.
func (b *bench) loop(ctx context.Context) error {
	c := &contest{bench: b, name: "loop", dir: b.dir, incus: filepath.Join(b.dir, "incus"), widths: loops, rounds: b.rounds}
	if err := c.take(ctx); err != nil {
		return err
	}
	if err := b.settle(ctx, b.dir); err != nil {
		return err
	}
	// The first run under other addresses writes on every object where the copies go now, which no later one does.
	run := func(dir string) error { return b.settle(ctx, dir) }
	asked, err := b.counted(b.dir, run, run)
	if err != nil {
		return err
	}
	parallel := c.bestParallel()
	fmt.Fprintf(b.out, "%d containers and %d volumes, nothing changed, best of %d rounds\n", b.containers, b.volumes, c.rounds)
	c.printRatios()
	fmt.Fprintf(b.out, "  iab / sequential loop:        %.2f  (at most 0.45)\n", ratio(slices.Min(c.iab), slices.Min(c.loop[1])))
	fmt.Fprintf(b.out, "  iab / best parallel loop:     %.2f  (at most 0.75)\n", ratio(slices.Min(c.iab), parallel))
	fmt.Fprintf(b.out, "  iab's own processor time:     %.2f s  (at most 1.50)\n", slices.Min(c.cpu).Seconds())
	printRequests(b.out, asked, b.containers+b.volumes)
	return c.printMoments(ctx)
}

func (c *contest) take(ctx context.Context) error {
	c.loop = map[int][]time.Duration{}
	for round := range c.rounds {
		if err := c.round(ctx, round); err != nil {
			return err
		}
	}
	return nil
}

// round lets every contender run once, in the other direction every second time. Each finds the same: one snapshot of every object, copied, and
// servers that have nothing else to do.
func (c *contest) round(ctx context.Context, round int) error {
	turns := []func() error{func() error { return c.runIAB(ctx) }}
	for _, width := range c.widths {
		turns = append(turns, func() error { return c.runLoop(ctx, width, fmt.Sprintf("%s-%d-%d", c.name, round, width)) })
	}
	if round%2 == 1 {
		slices.Reverse(turns)
	}
	for _, turn := range turns {
		if err := c.even(ctx); err != nil {
			return err
		}
		if err := turn(); err != nil {
			return err
		}
	}
	return nil
}

func (c *contest) runIAB(ctx context.Context) error {
	wall, cpu, err := c.timeIAB(ctx, c.dir)
	if err != nil {
		return err
	}
	c.iab, c.cpu = append(c.iab, wall), append(c.cpu, cpu)
	spread, err := c.newestSpread()
	c.spreadIAB = append(c.spreadIAB, spread)
	return err
}

func (c *contest) runLoop(ctx context.Context, width int, snapshot string) error {
	took, err := c.timeLoop(ctx, width, snapshot)
	if err != nil {
		return err
	}
	c.loop[width] = append(c.loop[width], took)
	if width > 1 {
		return nil
	}
	spread, err := c.spread(snapshot)
	c.spreadLoop = append(c.spreadLoop, spread)
	return err
}

// restPause is left to the servers for what they do behind a deletion: on btrfs the data go in the background.
const restPause = 3 * time.Second

// even gives all contenders the same: what the one before has left is no change any more that iab is measured with, and servers need longer with
// every snapshot that an object has.
func (c *contest) even(ctx context.Context) error {
	if err := c.settle(ctx, c.bench.dir); err != nil {
		return err
	}
	for _, d := range c.lab.Daemons {
		if err := c.keepNewest(ctx, d.Client()); err != nil {
			return err
		}
	}
	return pause(ctx, restPause)
}

// keepNewest deletes all snapshots of the objects but the newest one of each.
func (b *bench) keepNewest(ctx context.Context, server incus.InstanceServer) error {
	for i := range b.containers {
		name := fmt.Sprintf("c%d", i)
		held, err := server.GetInstanceSnapshots(name)
		if err != nil {
			return err
		}
		slices.SortFunc(held, func(a, b api.InstanceSnapshot) int { return a.CreatedAt.Compare(b.CreatedAt) })
		for _, s := range held[:max(len(held)-1, 0)] {
			op, err := server.DeleteInstanceSnapshot(name, s.Name)
			if err == nil {
				err = op.WaitContext(ctx)
			}
			if err != nil {
				return fmt.Errorf("delete %s of %s: %w", s.Name, name, err)
			}
		}
	}
	for i := range b.volumes {
		name := fmt.Sprintf("v%d", i)
		held, err := server.GetStoragePoolVolumeSnapshots("local", "custom", name)
		if err != nil {
			return err
		}
		slices.SortFunc(held, func(a, b api.StorageVolumeSnapshot) int { return a.CreatedAt.Compare(b.CreatedAt) })
		for _, s := range held[:max(len(held)-1, 0)] {
			_, snapshot, _ := strings.Cut(s.Name, "/")
			op, err := server.DeleteStoragePoolVolumeSnapshot("local", "custom", name, snapshot)
			if err == nil {
				err = op.WaitContext(ctx)
			}
			if err != nil {
				return fmt.Errorf("delete %s: %w", s.Name, err)
			}
		}
	}
	return nil
}

// settle runs iab until there is nothing to do for it but a new snapshot and copy of everything.
func (b *bench) settle(ctx context.Context, dir string) error {
	_, _, err := b.timeIAB(ctx, dir)
	return err
}

// bestParallel is the best time of the loop with more than one at a time, 0 if there is none.
func (c *contest) bestParallel() time.Duration {
	var best time.Duration
	for width, took := range c.loop {
		if least := slices.Min(took); width > 1 && (best == 0 || least < best) {
			best = least
		}
	}
	return best
}

func (c *contest) printRatios() {
	iab := slices.Min(c.iab)
	for _, width := range c.widths {
		best := slices.Min(c.loop[width])
		fmt.Fprintf(c.out, "  iab / incus loop, %d at a time: %.2f  (%.2f s and %.2f s)\n", width, ratio(iab, best), iab.Seconds(), best.Seconds())
	}
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }

// timeIAB runs iab once and returns its wall time and its own processor time. Snapshot names count seconds, so
// it waits for a new one first.
func (b *bench) timeIAB(ctx context.Context, dir string) (wall, cpu time.Duration, err error) {
	if err := pause(ctx, time.Second); err != nil {
		return 0, 0, err
	}
	cmd := exec.CommandContext(ctx, b.binary, "run", "-q")
	cmd.Dir, cmd.Env = dir, b.env()
	started := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, 0, fmt.Errorf("iab run: %w: %s", err, out)
	}
	return time.Since(started), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// timeLoop backs every object up with the incus client, so many at a time.
func (c *contest) timeLoop(ctx context.Context, width int, snapshot string) (time.Duration, error) {
	var scripts []string
	for i := range c.containers {
		scripts = append(scripts, fmt.Sprintf("incus snapshot create source:c%d %s && incus copy --refresh --mode=push source:c%d target:c%d", i, snapshot, i, i))
	}
	for i := range c.volumes {
		scripts = append(scripts, fmt.Sprintf("incus storage volume snapshot create source:local v%d %s && incus storage volume copy --refresh --mode=push source:local/v%d target:local/v%d", i, snapshot, i, i))
	}
	started := time.Now()
	errs := make([]error, len(scripts))
	slots := make(chan struct{}, width)
	var group sync.WaitGroup
	for i, script := range scripts {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			cmd := exec.CommandContext(ctx, "sh", "-c", script)
			cmd.Env = c.envWith(c.incus)
			if out, err := cmd.CombinedOutput(); err != nil {
				errs[i] = fmt.Errorf("%s: %w: %s", script, err, out)
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return time.Since(started), nil
}
