package main

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// restoreRounds is how often each contender restores; the median counts, since the shortest of them say nothing of waits.
	restoreRounds = 7
	// restoreRatio is what a restore by iab may take of `incus snapshot restore`, for a running container, and for a stopped one of the commands
	// that keep what is there as iab does: taking a snapshot and going back to one take a server equally long when nothing has to be stopped.
	restoreRatio = 1.2
)

// restoring is what one state of the container took, by contender.
type restoring struct {
	state            string
	iab, bare, alike []time.Duration // alike: with a snapshot of what is there first, as iab takes one
	requests         int             // of one iab
}

// restores measures what iab needs to put the big container back by a snapshot of the source, beside `incus snapshot restore`.
func (b *bench) restores(ctx context.Context, dir string) ([]restoring, error) {
	source := b.lab.Source()
	snapshots, err := source.InstanceSnapshots("", bigName)
	if err != nil {
		return nil, err
	}
	if len(snapshots) == 0 {
		return nil, fmt.Errorf("restore %s: it has no snapshot", bigName)
	}
	var all []restoring
	for _, state := range []string{"stopped", "running"} {
		if state == "running" {
			if err := source.StartInstance(ctx, "", bigName); err != nil {
				return nil, err
			}
		}
		unix.Sync() // what copies have left to be written is nothing of these
		r := restoring{state: state}
		for round := range restoreRounds {
			if err := b.restoreRound(ctx, dir, snapshots, fmt.Sprintf("by-hand-%s-%d", state, round), &r); err != nil {
				return nil, err
			}
		}
		if r.requests, err = b.countRestore(ctx, dir, snapshots[len(snapshots)-1]); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// restoreRound lets every contender restore the newest of the container's snapshots once. What they have kept is deleted behind each: with every
// further snapshot a server needs longer for whatever is done to the container, and none shall pay for those of the others.
func (b *bench) restoreRound(ctx context.Context, dir string, snapshots []string, kept string, r *restoring) error {
	snapshot := snapshots[len(snapshots)-1]
	restore := []string{"incus", "snapshot", "restore", "source:" + bigName, snapshot}
	for _, contender := range []struct {
		took     *[]time.Duration
		commands [][]string
	}{
		{&r.iab, [][]string{b.restoreCommand(snapshot)}},
		{&r.bare, [][]string{restore}},
		{&r.alike, [][]string{{"incus", "snapshot", "create", "source:" + bigName, kept}, restore}},
	} {
		started := time.Now()
		for _, command := range contender.commands {
			if err := b.command(ctx, dir, command); err != nil {
				return err
			}
		}
		*contender.took = append(*contender.took, time.Since(started))
		if err := b.forgetKept(ctx, snapshots); err != nil {
			return err
		}
	}
	return nil
}

// forgetKept deletes the snapshots of the big container that are not among those it had before.
func (b *bench) forgetKept(ctx context.Context, before []string) error {
	source := b.lab.Source()
	now, err := source.InstanceSnapshots("", bigName)
	if err != nil {
		return err
	}
	for _, name := range now {
		if slices.Contains(before, name) {
			continue
		}
		if err := source.DeleteInstanceSnapshot(ctx, "", bigName, name); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) restoreCommand(snapshot string) []string {
	return []string{b.binary, "restore", "instance/" + bigName, "--in-place", "--at", snapshot, "--yes", "-q"}
}

func (b *bench) command(ctx context.Context, dir string, argv []string) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, b.env()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w: %s", argv, err, out)
	}
	return nil
}

// countRestore lets iab restore once through counting proxies, and returns how many requests both servers got.
func (b *bench) countRestore(ctx context.Context, dir, snapshot string) (int, error) {
	asked, err := b.counted(dir, nil, func(redirected string) error { return b.command(ctx, redirected, b.restoreCommand(snapshot)) })
	total := 0
	for _, n := range asked {
		total += n
	}
	return total, err
}

func (b *bench) printRestores(all []restoring) {
	fmt.Fprintf(b.out, "a container with %d MiB of data put back by a snapshot of its own on btrfs, median of %d rounds\n", bigSize, restoreRounds)
	for _, r := range all {
		iab, bare, alike := median(r.iab), median(r.bare), median(r.alike)
		ofBare, ofAlike := "", fmt.Sprintf("  (at most %.2f)", restoreRatio)
		if r.state == "running" {
			ofBare, ofAlike = ofAlike, ofBare
		}
		fmt.Fprintf(b.out, "  %s, iab / incus restore:            %.2f%s\n", r.state, ratio(iab, bare), ofBare)
		fmt.Fprintf(b.out, "  %s, iab / incus create and restore: %.2f%s  (iab, too, first takes a snapshot of what is there)\n", r.state, ratio(iab, alike), ofAlike)
		fmt.Fprintf(b.out, "  (iab %s in %d requests, incus restore %s, create and restore %s)\n", iab.Round(time.Millisecond), r.requests, bare.Round(time.Millisecond), alike.Round(time.Millisecond))
	}
}

// median is the middle one of an odd number of times.
func median(times []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(times))[len(times)/2]
}
