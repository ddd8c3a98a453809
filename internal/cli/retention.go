package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"iab/internal/retention"
	"iab/internal/run"
)

// explainWidth is the width of the timeline where there is no terminal.
const explainWidth = 100

func newRetention(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "retention",
		Short: "Explain retention policies",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var every time.Duration
	explain := &cobra.Command{
		Use:   "explain POLICY",
		Short: "Show which snapshots a policy keeps, as a timeline",
		Long: `Simulates a snapshot every so often, prunes by the policy as a run does, and draws what is left.

A policy is a number of newest snapshots that are always kept, then rules <period><ttl>: "6,1h2d,1d2w" keeps the
newest 6, one per hour for 2 days, and one per day for 2 weeks. Units: s min h d w m (30 days) y (365 days).
An empty policy keeps everything.`,
		Example: `  iab retention explain 6,1h2d,1d2w
  iab retention explain --every 24h 7,1w3m`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(`write it as one argument: iab retention explain "6,1h2d,1d2w"`, "%s takes one policy, not %d", commandName(cmd), len(args))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.explainPolicy(args[0], every) },
	}
	explain.Flags().DurationVar(&every, "every", 0, "`TIME` between two snapshots (default: the policy's shortest period)")
	cmd.AddCommand(explain)
	return cmd
}

func (a *app) explainPolicy(text string, every time.Duration) error {
	policy, err := retention.Parse(text)
	if err != nil {
		return usage(run.Advice(err), "%s", err)
	}
	if every < 0 || every > 0 && every < time.Second {
		return usage("use a duration of at least 1s, such as 1h", "read --every: it is less than a second")
	}
	explanation := retention.Timeline(policy, a.now(), every)
	if a.globals.json {
		return writeJSON(a.stdio.Out, explanation)
	}
	width, ok := terminal(a.stdio.Out)
	if !ok {
		width = explainWidth
	}
	for _, line := range explanation.Lines(width) {
		fmt.Fprintln(a.stdio.Out, line)
	}
	return nil
}
