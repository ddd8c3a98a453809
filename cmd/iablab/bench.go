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

	"github.com/spf13/cobra"

	"iab/internal/lab"
)

func newBenchCommand() *cobra.Command {
	b := &bench{}
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure iab against a shell loop of the incus client, as ratios of one run",
		Long: `Makes containers and volumes on a throwaway pair of servers. Only ratios mean anything: they compare the best rounds of one
run on one machine. The parts, in their order, of which all but the last run unless --parts names some:

  archive  iab archives one snapshot of a container with 1 GiB of data, and "incus copy" copies the same one; then iab
           and "incus snapshot restore" take turns in putting that container back, stopped and running, each with as many
           snapshots there as the others
  loop     iab and a loop of "incus snapshot create" and "incus copy --refresh" take turns, with nothing changed in between;
           how many requests iab makes, how close to each other the snapshots are, and whether anything is written between those of
           a frozen group
  delay    the same, where everything between the client and both servers takes 25 ms each way
  large    time and memory on fakes that tell of 2,000 objects with 30 snapshots each
  many     300 empty containers against 40 of them`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b.out = cmd.OutOrStdout()
			return b.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&b.binary, "iab", "./bin/iab", "the iab binary to measure")
	cmd.Flags().IntVar(&b.containers, "containers", 20, "how many containers")
	cmd.Flags().IntVar(&b.volumes, "volumes", 20, "how many volumes")
	cmd.Flags().StringSliceVar(&b.parts, "parts", defaultParts, "which `PARTS` to measure: loop, delay, archive, large, many")
	cmd.Flags().IntVar(&b.rounds, "rounds", 3, "how often each contender runs; the best round counts")
	return cmd
}

// defaultParts are those that together take some minutes.
var defaultParts = []string{"loop", "delay", "archive", "large"}

// bench is one measurement.
type bench struct {
	out                         io.Writer
	parts                       []string
	binary, dir                 string
	containers, volumes, rounds int
	lab                         *lab.Lab
}

// part is one thing that is measured.
type part struct {
	name    string
	fake    bool // it needs no real servers
	measure func(context.Context) error
}

func (b *bench) all() []part {
	// The archive comes first: with every snapshot that the loops leave of other objects, servers need longer to tell what they have.
	return []part{{"archive", false, b.archive}, {"loop", false, b.loop}, {"delay", false, b.delay}, {"large", true, b.large}, {"many", false, b.many}}
}

// chosen are the parts that are asked for, in their order.
func (b *bench) chosen() ([]part, error) {
	for _, name := range b.parts {
		if !slices.ContainsFunc(b.all(), func(p part) bool { return p.name == name }) {
			return nil, fmt.Errorf("measure %q: there is no such part", name)
		}
	}
	return slices.DeleteFunc(b.all(), func(p part) bool { return !slices.Contains(b.parts, p.name) }), nil
}

func (b *bench) run(ctx context.Context) (err error) {
	chosen, err := b.chosen()
	if err != nil {
		return err
	}
	if b.binary, err = filepath.Abs(b.binary); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "iab-bench"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	for _, p := range chosen {
		if !p.fake && b.lab == nil {
			if err := b.start(ctx); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, b.lab.Close()) }()
			if err := b.furnish(ctx); err != nil {
				return err
			}
		}
		if err := p.measure(ctx); err != nil {
			return fmt.Errorf("measure %s: %w", p.name, err)
		}
	}
	return nil
}

func (b *bench) start(ctx context.Context) (err error) {
	b.lab, err = lab.Start(ctx, lab.Options{})
	return err
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
	return b.settle(ctx, b.dir)
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

func (b *bench) env() []string { return b.envWith(filepath.Join(b.dir, "incus")) }

// envWith is an environment with a directory of the incus client, which holds the addresses of the servers.
func (b *bench) envWith(incus string) []string {
	return append(os.Environ(), "HOME="+b.dir, "INCUS_CONF="+incus)
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
	config["projects"] = []any{map[string]any{"name": "default", "instances": named("c", b.containers), "volumes": named("v", b.volumes)}}
	if data, err = json.MarshalIndent(config, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// named are so many entries of a config, c0 and so on.
func named(prefix string, n int) []any {
	list := []any{}
	for i := range n {
		list = append(list, map[string]any{"name": fmt.Sprintf("%s%d", prefix, i), "storage": "local"})
	}
	return list
}
