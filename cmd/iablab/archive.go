package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/lxc/incus/v6/shared/api"
	"golang.org/x/sys/unix"

	"iab/internal/lab"
)

const (
	// bigName is the container whose snapshot is archived, bigSize its data in MiB.
	bigName = "big"
	bigSize = 1024
	// What an archive may cost at most.
	archiveSeconds = 1.0
	archiveBytes   = 1 << 20
)

// cost is what a copy of one snapshot took on the target.
type cost struct {
	took  time.Duration
	bytes int64
}

// archive is the part of that name.
func (b *bench) archive(ctx context.Context) error {
	dir, err := b.replicateBig(ctx)
	if err != nil {
		return err
	}
	archive, copied, err := b.archives(ctx, dir)
	if err != nil {
		return err
	}
	b.printArchives(archive, copied)
	restores, err := b.restores(ctx, dir)
	if err != nil {
		return err
	}
	b.printRestores(restores)
	return b.removeBig(ctx)
}

// removeBig deletes the big container and all that was made of it, so that the other parts measure as they would without this one.
func (b *bench) removeBig(ctx context.Context) error {
	if err := b.lab.Source().StopInstance(ctx, "", bigName); err != nil {
		return err
	}
	for _, d := range b.lab.Servers() {
		names, err := d.Project("").GetInstanceNames(api.InstanceTypeAny)
		if err != nil {
			return fmt.Errorf("list the instances of %s: %w", d.Name, err)
		}
		for _, name := range names {
			if !strings.HasPrefix(name, bigName) {
				continue
			}
			if err := d.DeleteInstance(ctx, "", name); err != nil {
				return err
			}
		}
	}
	return nil
}

// archives measures what iab needs to archive one snapshot of the big container of that config, and what `incus copy` needs for the same one.
func (b *bench) archives(ctx context.Context, dir string) (archive, copied cost, err error) {
	snapshots, err := b.lab.Target().InstanceSnapshots("", bigName)
	if err != nil {
		return archive, copied, err
	}
	if len(snapshots) != 2 {
		return archive, copied, fmt.Errorf("archive a snapshot: the replica has the snapshots %v, want two", snapshots)
	}
	if copied, err = b.copySnapshot(ctx, snapshots[0]); err != nil {
		return archive, copied, err
	}
	archive, err = b.archiveSnapshot(ctx, dir)
	return archive, copied, err
}

// replicateBig makes a container with much data and its replica with two snapshots, of which the target's policy keeps both and the
// source's one. It returns the directory of its config.
func (b *bench) replicateBig(ctx context.Context) (string, error) {
	source := b.lab.Source()
	if err := source.Launch(ctx, lab.InstanceSpec{Name: bigName, Pool: "local"}); err != nil {
		return "", err
	}
	if _, err := source.Exec(ctx, "", bigName, "dd", "if=/dev/zero", "of=/root/data", "bs=1M", fmt.Sprintf("count=%d", bigSize)); err != nil {
		return "", err
	}
	if err := source.StopInstance(ctx, "", bigName); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(b.dir, "archives")
	if err != nil {
		return "", err
	}
	data, err := os.ReadFile(filepath.Join(b.dir, "config.json"))
	if err != nil {
		return "", err
	}
	var config map[string]any
	if err := json.Unmarshal(data, &config); err != nil {
		return "", err
	}
	config["projects"] = []any{map[string]any{"name": "default", "instances": []any{map[string]any{"name": bigName, "storage": "local"}}}}
	config["retention"] = map[string]any{"hosts": map[string]any{"source": map[string]any{"default": "1"}, "target": map[string]any{"default": "2"}}}
	if data, err = json.MarshalIndent(config, "", "  "); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), data, 0o600); err != nil {
		return "", err
	}
	for range 2 {
		if _, err := b.runIAB(ctx, dir, "--dry-run-prune"); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// runIAB runs iab with a JSON log and returns that.
func (b *bench) runIAB(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, b.binary, append([]string{"run", "--log-format", "json"}, args...)...)
	cmd.Dir, cmd.Env = dir, b.env()
	var log bytes.Buffer
	cmd.Stderr = &log
	if out, err := cmd.Output(); err != nil {
		return "", fmt.Errorf("iab run: %w: %s%s", err, out, &log)
	}
	return log.String(), nil
}

// copySnapshot copies a snapshot of the replica by the incus client.
func (b *bench) copySnapshot(ctx context.Context, snapshot string) (c cost, err error) {
	before, err := b.used()
	if err != nil {
		return c, err
	}
	cmd := exec.CommandContext(ctx, "incus", "copy", "target:"+bigName+"/"+snapshot, "target:by-hand")
	cmd.Env = b.env()
	started := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return c, fmt.Errorf("incus copy: %w: %s", err, out)
	}
	c.took = time.Since(started)
	after, err := b.used()
	c.bytes = after - before
	return c, err
}

// archiveSnapshot lets iab prune only, which archives the older snapshot, through a proxy that measures the space right
// before and after.
func (b *bench) archiveSnapshot(ctx context.Context, dir string) (c cost, err error) {
	p, err := countRequests(b.lab.Target())
	if err != nil {
		return c, err
	}
	defer func() { _ = p.server.Close() }()
	var before, after int64
	var held time.Duration // that measuring took
	var failed error
	p.before = func(r *http.Request) {
		if isArchive(r) {
			started := time.Now()
			before, failed = b.used()
			held += time.Since(started)
		}
	}
	p.after = func(r *http.Request, answer []byte) {
		if !isArchive(r) {
			return
		}
		failed = errors.Join(failed, await(b.lab.Target(), answer))
		started := time.Now()
		var err error
		after, err = b.used()
		failed = errors.Join(failed, err)
		held += time.Since(started)
	}
	if dir, err = b.redirect(dir, map[*lab.Daemon]front{b.lab.Target(): p.front}); err != nil {
		return c, err
	}
	log, err := b.runIAB(ctx, dir, "--dry-run-copy")
	if err = errors.Join(err, failed); err != nil {
		return c, err
	}
	took, err := archiveTook(log)
	return cost{took: took - held, bytes: after - before}, err
}

// isArchive recognises the one request of a run that copies nothing by which an instance is made.
func isArchive(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == "/1.0/instances"
}

// await returns when the operation has ended that an answer tells of.
func await(d *lab.Daemon, answer []byte) error {
	var told struct{ Operation string }
	if err := json.Unmarshal(answer, &told); err != nil {
		return fmt.Errorf("read an answer of the target: %w", err)
	}
	path, _, _ := strings.Cut(told.Operation, "?")
	_, _, err := d.Client().RawQuery(http.MethodGet, path+"/wait", nil, "")
	return err
}

// archiveTook reads from the log how long the run took for its one archive.
func archiveTook(log string) (time.Duration, error) {
	for lines := json.NewDecoder(strings.NewReader(log)); ; {
		var line struct{ Verb, Took string }
		if err := lines.Decode(&line); errors.Is(err, io.EOF) {
			return 0, errors.New("read the log of the run: it has archived nothing")
		} else if err != nil {
			return 0, fmt.Errorf("read the log of the run: %w", err)
		}
		if line.Verb == "archive" && line.Took != "" {
			return time.ParseDuration(line.Took)
		}
	}
}

// used is how much of the target's pool is in use when everything has reached the disk.
func (b *bench) used() (int64, error) {
	unix.Sync()
	resources, err := b.lab.Target().Client().GetStoragePoolResources("local")
	if err != nil {
		return 0, err
	}
	return int64(resources.Space.Used), nil
}

func (b *bench) printArchives(archive, copied cost) {
	fmt.Fprintf(b.out, "one snapshot of a container with %d MiB of data, archived on btrfs\n", bigSize)
	fmt.Fprintf(b.out, "  iab's archive:                %.2f s  (at most %.2f)\n", archive.took.Seconds(), archiveSeconds)
	fmt.Fprintf(b.out, "  space taken:                  %d kB  (at most %d)\n", archive.bytes>>10, archiveBytes>>10)
	fmt.Fprintf(b.out, "  iab / incus copy:             %.2f  (%.2f s and %d kB)\n", ratio(archive.took, copied.took), copied.took.Seconds(), copied.bytes>>10)
}
