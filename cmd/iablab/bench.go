package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"iab/internal/lab"
)

func newBenchCommand() *cobra.Command {
	b := &bench{}
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure iab against a shell loop of the incus client, as ratios of one run",
		Long: `Makes containers and volumes on a throwaway pair of servers, and lets iab and a loop of "incus snapshot create" and
"incus copy --refresh" take turns on them with nothing changed in between. Only ratios mean anything: they compare the best
rounds of one run on one machine. Then iab archives one snapshot of a container with 1 GiB of data, and "incus copy" copies the same one.
At last iab and "incus snapshot restore" take turns in putting that container back, stopped and running.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b.out = cmd.OutOrStdout()
			return b.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&b.binary, "iab", "./bin/iab", "the iab binary to measure")
	cmd.Flags().IntVar(&b.containers, "containers", 20, "how many containers")
	cmd.Flags().IntVar(&b.volumes, "volumes", 20, "how many volumes")
	cmd.Flags().IntVar(&b.rounds, "rounds", 3, "how often each contender runs; the best round counts")
	return cmd
}

// loops are the widths of the shell loop.
var loops = []int{1, 2, 4, 8}

// bench is one measurement.
type bench struct {
	out                         io.Writer
	binary, dir                 string
	containers, volumes, rounds int
	lab                         *lab.Lab

	iab  []time.Duration
	cpu  []time.Duration
	loop map[int][]time.Duration
}

func (b *bench) run(ctx context.Context) (err error) {
	if b.binary, err = filepath.Abs(b.binary); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "iab-bench"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if b.lab, err = lab.Start(ctx, lab.Options{}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.lab.Close()) }()
	if err := b.furnish(ctx); err != nil {
		return err
	}
	b.loop = map[int][]time.Duration{}
	for round := range b.rounds {
		if err := b.round(ctx, round); err != nil {
			return err
		}
	}
	requests, err := b.requests(ctx)
	if err != nil {
		return err
	}
	b.print(requests)
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
	return nil
}

// furnish makes the objects, onboards both contenders and makes the replicas.
func (b *bench) furnish(ctx context.Context) error {
	source := b.lab.Source()
	for _, d := range b.lab.Daemons {
		if err := d.CreatePool("local", "btrfs", "4GiB"); err != nil {
			return err
		}
	}
	if err := source.ImportImage(ctx); err != nil {
		return err
	}
	for i := range b.containers {
		if err := source.CreateInstance(ctx, lab.InstanceSpec{Name: fmt.Sprintf("c%d", i), Pool: "local"}); err != nil {
			return err
		}
	}
	for i := range b.volumes {
		if err := source.CreateVolume(ctx, lab.VolumeSpec{Pool: "local", Name: fmt.Sprintf("v%d", i)}); err != nil {
			return err
		}
	}
	if err := b.onboard(ctx); err != nil {
		return err
	}
	_, _, err := b.timeIAB(ctx, b.dir)
	return err
}

func (b *bench) onboard(ctx context.Context) error {
	args := []string{"onboard", "--cred-dir", filepath.Join(b.dir, "credentials")}
	for _, d := range b.lab.Daemons {
		token, err := d.Token(ctx, "iab")
		if err != nil {
			return err
		}
		args = append(args, "--"+d.Name+"-url", d.URL(), "--"+d.Name+"-token", token)
		if token, err = d.Token(ctx, "loop"); err != nil {
			return err
		}
		add := exec.CommandContext(ctx, "incus", "remote", "add", d.Name, d.URL(), "--token", token, "--accept-certificate")
		add.Env = b.env()
		if out, err := add.CombinedOutput(); err != nil {
			return fmt.Errorf("incus remote add: %w: %s", err, out)
		}
	}
	cmd := exec.CommandContext(ctx, b.binary, args...)
	cmd.Dir, cmd.Env = b.dir, b.env()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("iab onboard: %w: %s", err, out)
	}
	return b.configure()
}

func (b *bench) env() []string {
	return append(os.Environ(), "HOME="+b.dir, "INCUS_CONF="+filepath.Join(b.dir, "incus"))
}

// configure names all objects, and no policy: nothing is pruned.
func (b *bench) configure() error {
	path := filepath.Join(b.dir, "config.json")
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var config map[string]any
	if err := json.Unmarshal(data, &config); err != nil {
		return err
	}
	var instances, volumes []any
	for i := range b.containers {
		instances = append(instances, map[string]any{"name": fmt.Sprintf("c%d", i), "storage": "local"})
	}
	for i := range b.volumes {
		volumes = append(volumes, map[string]any{"name": fmt.Sprintf("v%d", i), "storage": "local"})
	}
	config["projects"] = []any{map[string]any{"name": "default", "instances": instances, "volumes": volumes}}
	if data, err = json.MarshalIndent(config, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// round lets every contender run once.
func (b *bench) round(ctx context.Context, round int) error {
	wall, cpu, err := b.timeIAB(ctx, b.dir)
	if err != nil {
		return err
	}
	b.iab, b.cpu = append(b.iab, wall), append(b.cpu, cpu)
	for _, width := range loops {
		took, err := b.timeLoop(ctx, width, fmt.Sprintf("loop-%d-%d", round, width))
		if err != nil {
			return err
		}
		b.loop[width] = append(b.loop[width], took)
	}
	return nil
}

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
func (b *bench) timeLoop(ctx context.Context, width int, snapshot string) (time.Duration, error) {
	var scripts []string
	for i := range b.containers {
		scripts = append(scripts, fmt.Sprintf("incus snapshot create source:c%d %s && incus copy --refresh --mode=push source:c%d target:c%d", i, snapshot, i, i))
	}
	for i := range b.volumes {
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
			cmd.Env = b.env()
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

func (b *bench) print(requests int) {
	iab, parallel := slices.Min(b.iab), time.Duration(0)
	fmt.Fprintf(b.out, "%d containers and %d volumes, nothing changed, best of %d rounds\n", b.containers, b.volumes, b.rounds)
	for _, width := range loops {
		best := slices.Min(b.loop[width])
		if width > 1 && (parallel == 0 || best < parallel) {
			parallel = best
		}
		fmt.Fprintf(b.out, "  iab / incus loop, %d at a time: %.2f\n", width, ratio(iab, best))
	}
	fmt.Fprintf(b.out, "  iab / sequential loop:        %.2f  (at most 0.50)\n", ratio(iab, slices.Min(b.loop[1])))
	fmt.Fprintf(b.out, "  iab / best parallel loop:     %.2f  (at most 0.80)\n", ratio(iab, parallel))
	fmt.Fprintf(b.out, "  iab's own processor time:     %.2f s  (at most 1.50)\n", slices.Min(b.cpu).Seconds())
	fmt.Fprintf(b.out, "  requests per object:          %.1f\n", float64(requests)/float64(b.containers+b.volumes))
	fmt.Fprintf(b.out, "  (%s)\n", strings.Join([]string{"iab " + iab.Round(10*time.Millisecond).String(), "sequential " + slices.Min(b.loop[1]).Round(10*time.Millisecond).String(), "best parallel " + parallel.Round(10*time.Millisecond).String()}, ", "))
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }
