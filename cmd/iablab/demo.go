package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"iab/internal/lab"
)

func newDemoCommand() *cobra.Command {
	var binary string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the main job of iab on two throwaway servers: onboard, plan, run, prune, and a replica that boots",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := &demo{out: cmd.OutOrStdout(), binary: binary}
			return d.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&binary, "iab", "./bin/iab", "the iab binary to show")
	return cmd
}

// demo is one showing. Its steps stop at the first error.
type demo struct {
	out    io.Writer
	binary string
	dir    string
	lab    *lab.Lab
	err    error
}

func (d *demo) run(ctx context.Context) error {
	binary, err := filepath.Abs(d.binary)
	if err != nil {
		return err
	}
	d.binary = binary
	if d.dir, err = os.MkdirTemp("", "iab-demo"); err != nil {
		return err
	}
	defer os.RemoveAll(d.dir)

	d.say("Two real Incus servers start on this machine, each with a btrfs pool.")
	if d.lab, err = lab.Start(ctx, lab.Options{}); err != nil {
		return err
	}
	defer func() {
		d.say("The servers are stopped and removed.")
		if closed := d.lab.Close(); closed != nil {
			fmt.Fprintln(d.out, closed)
		}
	}()
	d.furnish(ctx)
	d.onboard(ctx)
	d.backups(ctx)
	d.boot(ctx)
	return d.err
}

// say prints a heading.
func (d *demo) say(text string) { fmt.Fprintf(d.out, "\n── %s\n\n", text) }

// do runs a step unless one before has failed.
func (d *demo) do(step func() error) {
	if d.err == nil {
		d.err = step()
	}
}

// furnish makes two containers and a volume with data in them.
func (d *demo) furnish(ctx context.Context) {
	for _, daemon := range d.lab.Daemons {
		d.do(func() error { return daemon.CreatePool("local", "btrfs", "2GiB") })
	}
	source := d.lab.Source()
	d.do(func() error { return source.ImportImage(ctx) })
	d.do(func() error { return source.Launch(ctx, lab.InstanceSpec{Name: "web1", Pool: "local"}) })
	d.do(func() error { return source.CreateInstance(ctx, lab.InstanceSpec{Name: "db1", Pool: "local"}) })
	d.do(func() error { return source.CreateVolume(ctx, lab.VolumeSpec{Pool: "local", Name: "data"}) })
	d.write("first day")
	d.do(func() error {
		fmt.Fprintln(d.out, "On the source: container web1 (running), container db1 (stopped), volume data. All hold the words \"first day\".")
		return nil
	})
}

// write puts words into every object.
func (d *demo) write(words string) {
	source := d.lab.Source()
	for _, name := range []string{"web1", "db1"} {
		d.do(func() error { return source.WriteFile("", name, "/root/diary", []byte(words+"\n")) })
	}
	d.do(func() error { return source.WriteVolumeFile("", "local", "data", "diary", []byte(words+"\n")) })
}

// onboard registers IAB and writes the config of the demo.
func (d *demo) onboard(ctx context.Context) {
	d.do(func() error {
		d.say("IAB is onboarded: certificates pinned, trust tokens used, config.json written.")
		tokens := map[string]string{}
		for _, daemon := range d.lab.Daemons {
			token, err := daemon.Token(ctx, "iab")
			if err != nil {
				return err
			}
			tokens["IAB_"+strings.ToUpper(daemon.Name)+"_TOKEN"] = token
		}
		return d.iab(ctx, tokens, "onboard", "--source-url", d.lab.Source().URL(), "--target-url", d.lab.Target().URL(),
			"--cred-dir", filepath.Join(d.dir, "credentials"))
	})
	d.do(d.configure)
}

// configure names the objects, and a policy that keeps the newest two snapshots.
func (d *demo) configure() error {
	path := filepath.Join(d.dir, "config.json")
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var config map[string]any
	if err := json.Unmarshal(data, &config); err != nil {
		return err
	}
	config["projects"] = []any{map[string]any{
		"name":      "default",
		"instances": []any{map[string]any{"name": "web1", "storage": "local"}, map[string]any{"name": "db1", "storage": "local"}},
		"volumes":   []any{map[string]any{"name": "data", "storage": "local"}},
	}}
	config["retention"] = map[string]any{"hosts": map[string]any{"source": map[string]any{"default": "2"}, "target": map[string]any{"default": "2"}}}
	if data, err = json.MarshalIndent(config, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// backups plans, and runs three times with changes between, so that the policy has something to prune.
func (d *demo) backups(ctx context.Context) {
	d.do(func() error {
		d.say("What would a run do? (iab plan)")
		return d.iab(ctx, nil, "plan")
	})
	for i, words := range []string{"first day", "second day", "third day"} {
		d.write(words)
		d.do(func() error {
			d.say(fmt.Sprintf("Run %d, with the words %q on the source. (iab run)", i+1, words))
			return d.iab(ctx, nil, "run", "--log-level", "warn")
		})
		d.do(func() error { return pause(ctx, time.Second) }) // snapshot names count seconds
	}
	d.do(func() error {
		d.say("The policy \"2\" keeps the newest two snapshots on both sides:")
		for _, daemon := range d.lab.Daemons {
			for _, name := range []string{"web1", "db1"} {
				snapshots, err := daemon.InstanceSnapshots("", name)
				if err != nil {
					return err
				}
				fmt.Fprintf(d.out, "%-8s%-6s%s\n", daemon.Name, name, strings.Join(snapshots, "  "))
			}
			snapshots, err := daemon.VolumeSnapshots("", "local", "data")
			if err != nil {
				return err
			}
			fmt.Fprintf(d.out, "%-8s%-6s%s\n", daemon.Name, "data", strings.Join(snapshots, "  "))
		}
		return nil
	})
}

// boot starts the replica of web1 on the target and reads its data.
func (d *demo) boot(ctx context.Context) {
	d.do(func() error {
		d.say("The worst day: the source is gone, and the replica of web1 is started on the target.")
		if err := d.lab.Source().Kill(); err != nil {
			return err
		}
		if err := d.lab.Target().StartInstance(ctx, "", "web1"); err != nil {
			return err
		}
		words, err := d.lab.Target().Exec(ctx, "", "web1", "cat", "/root/diary")
		if err != nil {
			return err
		}
		fmt.Fprintf(d.out, "web1 on the target says: %s", words)
		if strings.TrimSpace(words) != "third day" {
			return fmt.Errorf("the replica holds %q, not the words of the last run", words)
		}
		return nil
	})
}

// iab runs the binary in the demo's directory and shows what it prints.
func (d *demo) iab(ctx context.Context, env map[string]string, args ...string) error {
	cmd := exec.CommandContext(ctx, d.binary, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = d.dir, d.out, d.out
	cmd.Env = append(os.Environ(), "HOME="+d.dir)
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("iab %s: %w", args[0], err)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
