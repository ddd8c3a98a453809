package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"iab/internal/lab"
)

func newUpCommand() *cobra.Command {
	var opts lab.Options
	var members int
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start daemons, each with a btrfs pool \"local\" and an image \"busybox\", and keep them until interrupted",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts.Log = cmd.ErrOrStderr()
			return up(cmd.Context(), opts, members, cmd.OutOrStdout())
		},
	}
	cmd.Flags().IntVar(&opts.Daemons, "daemons", 2, "how many daemons")
	cmd.Flags().IntVar(&members, "cluster", 0, "how many further daemons, m1, m2 and so on, that are one cluster")
	cmd.Flags().StringVar(&opts.Dir, "dir", "", "directory of the lab, absent or empty (default: a new one)")
	cmd.Flags().BoolVar(&opts.SharedIP, "shared-ip", false, "one address for all daemons, with different ports")
	return cmd
}

func up(ctx context.Context, opts lab.Options, members int, stdout io.Writer) error {
	if opts.Daemons < 0 || members < 0 || opts.Daemons+members < 1 {
		return fmt.Errorf("start %d daemons: at least one is needed", opts.Daemons+members)
	}
	opts = withCluster(opts, members)
	l, err := lab.Start(ctx, opts)
	if err != nil {
		return err
	}
	err = serve(ctx, l, stdout)
	return errors.Join(err, l.Close())
}

// withCluster adds the members of a cluster to a lab's daemons.
func withCluster(opts lab.Options, members int) lab.Options {
	if members == 0 {
		return opts
	}
	for i := range opts.Daemons {
		name := fmt.Sprintf("d%d", i+1)
		if i < 2 {
			name = []string{"source", "target"}[i]
		}
		opts.Names = append(opts.Names, name)
	}
	for i := range members {
		opts.Cluster = append(opts.Cluster, fmt.Sprintf("m%d", i+1))
	}
	opts.Names = append(opts.Names, opts.Cluster...)
	opts.Daemons = len(opts.Names)
	return opts
}

func serve(ctx context.Context, l *lab.Lab, stdout io.Writer) error {
	for _, d := range l.Servers() {
		if err := d.CreatePool("local", "btrfs", "8GiB"); err != nil {
			return err
		}
		if err := d.ImportImage(ctx); err != nil {
			return err
		}
	}
	if err := writeState(l); err != nil {
		return err
	}
	printEnv(l, stdout)
	<-ctx.Done()
	return nil
}

// state is what DIR/lab.json holds.
type state struct {
	Dir     string        `json:"dir"`
	Daemons []daemonState `json:"daemons"`
}

type daemonState struct {
	Name     string `json:"name"`
	URL      string `json:"url"`
	IncusDir string `json:"incusDir"`
	Socket   string `json:"socket"`
	Log      string `json:"log"`
	PID      int    `json:"pid"`
}

func writeState(l *lab.Lab) error {
	s := state{Dir: l.Dir}
	for _, d := range l.Daemons {
		s.Daemons = append(s.Daemons, daemonState{d.Name, d.URL(), d.Dir, d.Socket(), d.LogFile(), d.PID()})
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write lab.json: %w", err)
	}
	// Whoever waits for the file must never see half of it.
	file := filepath.Join(l.Dir, "lab.json")
	if err := os.WriteFile(file+".new", append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("write lab.json: %w", err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		return fmt.Errorf("write lab.json: %w", err)
	}
	return nil
}

// printEnv prints lines that a shell can evaluate.
func printEnv(l *lab.Lab, w io.Writer) {
	fmt.Fprintf(w, "LAB_DIR=%s\n", l.Dir)
	for _, d := range l.Daemons {
		name := strings.ToUpper(d.Name)
		fmt.Fprintf(w, "%s_URL=%s\n%s_INCUS_DIR=%s\n", name, d.URL(), name, d.Dir)
	}
	fmt.Fprintf(w, "# for example: INCUS_DIR=%s incus launch busybox c1 --storage local\n", l.Source().Dir)
}
