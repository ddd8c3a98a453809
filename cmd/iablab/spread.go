package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	incus "github.com/lxc/incus/v6/client"

	"iab/internal/lab"
)

// spread is the time between the first and the last snapshot of that name.
func (b *bench) spread(snapshot string) (time.Duration, error) {
	server := b.lab.Source().Client()
	var first, last time.Time
	seen := func(at time.Time) {
		if first.IsZero() || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	for i := range b.containers {
		s, _, err := server.GetInstanceSnapshot(fmt.Sprintf("c%d", i), snapshot)
		if err != nil {
			return 0, err
		}
		seen(s.CreatedAt)
	}
	for i := range b.volumes {
		s, _, err := server.GetStoragePoolVolumeSnapshot("local", "custom", fmt.Sprintf("v%d", i), snapshot)
		if err != nil {
			return 0, err
		}
		seen(s.CreatedAt)
	}
	return last.Sub(first), nil
}

// newestSpread is the spread of the newest snapshots of a run of iab.
func (b *bench) newestSpread() (time.Duration, error) {
	names, err := b.lab.Source().InstanceSnapshots("", "c0")
	if err != nil {
		return 0, err
	}
	return b.spread(slices.Max(names)) // beside one of the last settling
}

// together backs up an instance that writes all the time, and its volumes, frozen; it returns how many numbers it had written, the first one
// that is missing although a later one is there, and how long the pause was.
func (b *bench) together(ctx context.Context) (last, missing int, paused time.Duration, err error) {
	source := b.lab.Source()
	devices := map[string]map[string]string{}
	for _, name := range []string{"together-a", "together-b"} {
		if err := source.CreateVolume(ctx, lab.VolumeSpec{Pool: "local", Name: name}); err != nil {
			return 0, 0, 0, err
		}
		devices[name] = map[string]string{"type": "disk", "pool": "local", "source": name, "path": "/" + name}
	}
	if err := source.CreateInstance(ctx, lab.InstanceSpec{Name: "together", Pool: "local", Devices: devices}); err != nil {
		return 0, 0, 0, err
	}
	dirs := []string{"/own", "/together-a", "/together-b"}
	err = source.Client().CreateInstanceFile("together", "/sbin/init", incus.InstanceFileArgs{
		Content: strings.NewReader(lab.WriterInit(dirs...)), Type: "file", Mode: 0o755, WriteMode: "overwrite"})
	if err != nil {
		return 0, 0, 0, err
	}
	if err := source.StartInstance(ctx, "", "together"); err != nil {
		return 0, 0, 0, err
	}
	defer func() { err = errors.Join(err, source.StopInstance(ctx, "", "together")) }()
	dir, err := b.frozenConfig()
	if err != nil {
		return 0, 0, 0, err
	}
	if err := pause(ctx, 2*time.Second); err != nil {
		return 0, 0, 0, err
	}
	cmd := exec.CommandContext(ctx, b.binary, "run", "--json")
	cmd.Dir, cmd.Env = dir, b.env()
	out, err := cmd.Output()
	if err != nil {
		return 0, 0, 0, fmt.Errorf("iab run: %w: %s", err, out)
	}
	var report struct {
		Results []struct {
			Snapshot string  `json:"snapshot"`
			Window   float64 `json:"window"`
		} `json:"results"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return 0, 0, 0, err
	}
	snapshot := report.Results[0].Snapshot
	var logs []string
	for i, dir := range dirs {
		var data []byte
		if i == 0 {
			data, err = source.ReadSnapshotFile("", "local", "together", snapshot, lab.WriterLog(dir))
		} else {
			data, err = source.ReadVolumeFile("", "local", strings.TrimPrefix(dir, "/")+"/"+snapshot, lab.WriterLog(""))
		}
		if err != nil {
			return 0, 0, 0, err
		}
		logs = append(logs, string(data))
	}
	last, missing, err = lab.Written(logs...)
	return last, missing, time.Duration(report.Results[0].Window * float64(time.Second)), err
}

// frozenConfig makes a config of the writer and its volumes, and returns its directory.
func (b *bench) frozenConfig() (string, error) {
	data, err := os.ReadFile(filepath.Join(b.dir, "config.json"))
	if err != nil {
		return "", err
	}
	var config map[string]any
	if err := json.Unmarshal(data, &config); err != nil {
		return "", err
	}
	config["projects"] = []any{map[string]any{"name": "default",
		"instances": []any{map[string]any{"name": "together", "storage": "local", "consistency": "freeze"}},
		"volumes":   []any{map[string]any{"name": "together-*", "storage": "local"}}}}
	if data, err = json.MarshalIndent(config, "", "  "); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(b.dir, "frozen")
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "config.json"), data, 0o600)
}

// printMoments says how close to each other the snapshots of a run are.
func (c *contest) printMoments(ctx context.Context) error {
	ours, loop := slices.Min(c.spreadIAB), slices.Min(c.spreadLoop)
	fmt.Fprintf(c.out, "Between the first and the last of %d snapshots\n", c.containers+c.volumes)
	fmt.Fprintf(c.out, "  iab / sequential loop:        %.2f  (at most 0.30)\n", ratio(ours, loop))
	last, missing, paused, err := c.together(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "A container that writes to its root disk and two volumes, frozen for %s\n", paused.Round(10*time.Millisecond))
	if missing > 0 {
		return fmt.Errorf("the snapshots of a frozen group hold write %d, but not write %d", last, missing)
	}
	fmt.Fprintf(c.out, "  %d writes before its snapshots, none between them\n", last)
	return nil
}
