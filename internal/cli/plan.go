package cli

import (
	"context"
	"encoding/json"
	"io"

	"github.com/spf13/cobra"
)

func newPlan(a *app) *cobra.Command {
	var c choice
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what run would do now, and why",
		Long: `Reads both servers and shows, snapshot by snapshot, what "iab run" would do now and which rule keeps or
expires what. Nothing is changed. "iab run --dry-run" prints the same.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.showPlan(cmd.Context(), c) },
	}
	c.register(cmd.Flags())
	return cmd
}

// showPlan prints the plan and ends with exit code 1 if an object has a problem.
func (a *app) showPlan(ctx context.Context, c choice) error {
	log := a.logger()
	cfg, err := a.load(ctx)
	if err != nil {
		return err
	}
	a.warn(log, cfg)
	pair, err := a.dial(ctx, cfg)
	if err != nil {
		return err
	}
	defer pair.Close()
	p, _, err := a.plan(ctx, cfg, pair, c)
	if err != nil {
		return err
	}
	if a.globals.json {
		err = writeJSON(a.stdio.Out, p)
	} else {
		err = writePlan(a.stdio.Out, p, hostPlanText(cfg, c))
	}
	if err == nil && p.Totals.Problems > 0 {
		return errJobs
	}
	return err
}

// writeLine writes one document of many on a line of its own.
func writeLine(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
