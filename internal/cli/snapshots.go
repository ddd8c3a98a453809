package cli

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"iab/internal/plan"
	"iab/internal/status"
)

func newSnapshots(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "snapshots [REF]...",
		Short: "List restore points, and the rule that keeps each",
		Long: `Reads both servers and lists every restore point of the config's objects, of the replicas that no job makes any more too: the
snapshots of the source and of the replica, and what archives and former replicas hold on the target, the newest first.
REF names some of them: [PROJECT/]instance/NAME, [PROJECT/]volume/POOL/NAME or NAME, or a glob.

If one server can't be reached, the restore points of the other are listed.`,
		Example: `  iab snapshots
  iab snapshots web1
  iab snapshots 'default/volume/local/*' --json`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.listSnapshots(cmd.Context(), args) },
	}
}

// listSnapshots prints the restore points of the named objects, of all if none is named.
func (a *app) listSnapshots(ctx context.Context, named []string) error {
	cfg, err := a.load(ctx)
	if err != nil {
		return err
	}
	log := a.logger()
	a.warn(log, cfg)
	seen, err := a.observe(ctx, log, cfg)
	if err != nil {
		return err
	}
	if seen.lost.Source != nil && seen.lost.Target != nil {
		return seen.lost.Source
	}
	objects, err := selectedObjects(seen.survey.Objects, named)
	if err != nil {
		return err
	}
	list := status.List(seen.survey.At.In(a.local), objects, seen.unreached())
	if a.globals.json {
		err = writeJSON(a.stdio.Out, list)
	} else {
		width, _ := terminal(a.stdio.Out)
		_, err = io.WriteString(a.stdio.Out, snapshotsText(list, objects, width))
	}
	if err == nil && len(list.Unreached) > 0 {
		return errOutOfReach
	}
	return err
}

// selectedObjects are those that are named, all if none is. A name that matches nothing is an error.
func selectedObjects(objects []plan.Object, named []string) ([]plan.Object, error) {
	taken := map[int]bool{}
	for _, text := range named {
		pattern, err := plan.ParsePattern(text)
		if err != nil {
			return nil, usage(refHint, "read the name of an object: %s", err)
		}
		hit := false
		for i, object := range objects {
			if pattern.Match(object.Ref) {
				taken[i], hit = true, true
			}
		}
		if !hit {
			var jobs []plan.Job
			for _, object := range objects {
				jobs = append(jobs, plan.Job{Ref: object.Ref})
			}
			return nil, usage(nearJob(jobs, text), "list restore points: no object matches %q", text)
		}
	}
	if len(named) == 0 {
		return objects, nil
	}
	var list []plan.Object
	for i, object := range objects {
		if taken[i] {
			list = append(list, object)
		}
	}
	return slices.Clip(list), nil
}
