package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"iab/internal/check"
)

func newCheck(a *app) *cobra.Command {
	var tell bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Find what can make the next run fail, before it does",
		Long: `Looks at the config and the files around it, at both servers, and at every object of the config, and says of each
what is well, what is odd and what will fail, with what to do about it. It changes nothing but one thing: what an
interrupted run has left stopped is started again.

It ends with 0 if all is well, 1 if there are only warnings, 2 if something fails, and 3 if a server could not be
reached; what can be looked at without it is looked at all the same.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.check(cmd.Context(), tell) },
	}
	cmd.Flags().BoolVar(&tell, "notify", false, "send a test message through each notification service of the config")
	return cmd
}

// check gathers facts, has them judged and prints the judgement.
func (a *app) check(ctx context.Context, tell bool) error {
	e := &examination{app: a, facts: check.Facts{At: a.now(), Told: tell}}
	e.look(ctx)
	if ctx.Err() != nil {
		return &failure{code: exitInterrupted, text: "check what the next run needs: interrupted"}
	}
	report := check.NewReport(e.facts.At, check.Judge(e.facts))
	if err := a.showCheck(report); err != nil {
		return err
	}
	switch {
	case e.outOfReach:
		return &failure{code: exitServer}
	case report.Worst == check.Fail:
		return &failure{code: exitUsage}
	case report.Worst == check.Warn:
		return errJobs
	}
	return nil
}

// showCheck prints the judgement: JSON, a table on a terminal, else plain lines. Quiet leaves out what is well.
func (a *app) showCheck(report check.Report) error {
	if a.globals.json {
		return writeJSON(a.stdio.Out, report)
	}
	if a.globals.quiet && report.Worst == check.OK {
		return nil
	}
	rows := rowsOf(report, a.globals.quiet)
	text := checkText(report, rows)
	if width, ok := terminal(a.stdio.Out); ok {
		text = checkTable(report, rows, width, a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb")
	}
	_, err := io.WriteString(a.stdio.Out, text)
	return err
}
