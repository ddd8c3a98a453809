package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"iab/internal/lab"
)

const (
	manyProject           = "many"
	fewNumber, manyNumber = 40, 300
)

// many is the part of that name: the time per object of 300 empty containers, and of 40.
func (b *bench) many(ctx context.Context) error {
	for _, d := range b.lab.Daemons {
		if err := d.CreateProject(manyProject); err != nil {
			return err
		}
	}
	perObject := map[int]time.Duration{}
	made := 0
	for _, number := range []int{fewNumber, manyNumber} {
		if err := b.makeEmpty(ctx, made, number); err != nil {
			return err
		}
		made = number
		dir, err := b.manyConfig(number)
		if err != nil {
			return err
		}
		if err := b.settle(ctx, dir); err != nil {
			return err
		}
		best := time.Hour
		for range b.rounds {
			wall, _, err := b.timeIAB(ctx, dir)
			if err != nil {
				return err
			}
			best = min(best, wall)
		}
		perObject[number] = best / time.Duration(number)
	}
	fmt.Fprintf(b.out, "%d empty containers and %d, nothing changed, best of %d rounds\n", manyNumber, fewNumber, b.rounds)
	fmt.Fprintf(b.out, "  time per object, %d / %d:    %.2f  (at most 1.30; %.0f ms and %.0f ms)\n", manyNumber, fewNumber,
		ratio(perObject[manyNumber], perObject[fewNumber]), perObject[manyNumber].Seconds()*1e3, perObject[fewNumber].Seconds()*1e3)
	return nil
}

// makeEmpty makes the empty containers from one number up to another.
func (b *bench) makeEmpty(ctx context.Context, from, to int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i := from; i < to; i++ {
		group.Go(func() error {
			return b.lab.Source().CreateInstance(ctx, lab.InstanceSpec{Project: manyProject, Name: fmt.Sprintf("m%d", i), Pool: "local", Empty: true})
		})
	}
	return group.Wait()
}

// manyConfig names so many of the empty containers.
func (b *bench) manyConfig(number int) (string, error) {
	dir, err := os.MkdirTemp(b.dir, "many")
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
	config["projects"] = []any{map[string]any{"name": manyProject, "instances": named("m", number)}}
	if data, err = json.MarshalIndent(config, "", "  "); err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "config.json"), data, 0o600)
}
