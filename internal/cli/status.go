package cli

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"iab/internal/config"
	"iab/internal/metrics"
	"iab/internal/plan"
	"iab/internal/status"
	"iab/internal/statuspage"
)

const (
	defaultMaxAge = 26 * time.Hour // a day and two hours for a nightly run
	defaultWatch  = 10 * time.Second
)

// statusOptions are the flags of status.
type statusOptions struct {
	maxAge  time.Duration
	watch   time.Duration
	html    string
	metrics bool
}

func newStatus(a *app) *cobra.Command {
	var o statusOptions
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how protected everything is now",
		Long: `Reads both servers and says of every object how old its newest complete copy on the target is, the worst first.
What counts is what lies on the target, not what a run has said.

It ends as monitoring plugins do, with one line first: 0 if all is well, 1 for a warning, 2 if something is critical, 3 if a
server could not be read; what can be said without it is said all the same.

States: ok; stale (the newest complete copy is too old), missing (no replica), diverged (the replica can't be
continued), running (it runs on the target, or has taken over), incomplete (the last copy has never finished), orphan (a replica whose
source is gone), unprotected (no job takes it, and it has no user.iab.exclude=true), unknown.`,
		Example: `  iab status
  iab status --max-age 2h -q
  iab status --watch
  iab status --html /var/www/html/iab.html
  iab status --metrics`,
		Args: func(cmd *cobra.Command, args []string) error { return o.arguments(cmd, args) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkStatus(o); err != nil {
				return err
			}
			if o.watch > 0 {
				return a.watchStatus(cmd.Context(), o)
			}
			return a.showStatus(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.DurationVar(&o.maxAge, "max-age", defaultMaxAge, "how old the newest complete copy may be, as `TIME` such as 2h")
	flags.DurationVar(&o.watch, "watch", 0, "show it again and again on a terminal, every `TIME` (10s if none is given)")
	flags.Lookup("watch").NoOptDefVal = defaultWatch.String()
	flags.StringVar(&o.html, "html", "", "write one page with a timeline per object to `FILE`, too")
	flags.BoolVar(&o.metrics, "metrics", false, "print Prometheus metrics instead")
	return cmd
}

// arguments takes the time of --watch that stands behind it as a word of its own.
func (o *statusOptions) arguments(cmd *cobra.Command, args []string) error {
	if len(args) == 1 && cmd.Flags().Changed("watch") && o.watch == defaultWatch {
		if interval, err := time.ParseDuration(args[0]); err == nil {
			o.watch, args = interval, nil
		}
	}
	if cmd.Flags().Changed("watch") && o.watch <= 0 {
		return usage("use a duration such as 10s", "read --watch: %s is not possible", o.watch)
	}
	return noArguments(cmd, args)
}

// checkStatus refuses flags that don't go together.
func (a *app) checkStatus(o statusOptions) error {
	_, onTerminal := terminal(a.stdio.Out)
	switch {
	case o.maxAge <= 0:
		return usage("use a duration such as 26h", "read --max-age: %s is not possible", o.maxAge)
	case o.metrics && a.globals.json:
		return usage("ask for one of them", "print metrics and JSON: both want stdout")
	case o.watch > 0 && (o.metrics || a.globals.json):
		return usage("leave out --json and --metrics", "watch the status: that is for people")
	case o.watch > 0 && !onTerminal:
		return usage("call `iab status` from a timer instead", "watch the status: this is no terminal")
	case o.html != "":
		return checkDestination("--html", o.html)
	}
	return nil
}

// showStatus prints the status once.
func (a *app) showStatus(ctx context.Context, o statusOptions) error {
	cfg, report, err := a.readStatus(ctx, o)
	if err != nil {
		return err
	}
	if err := a.writePage(cfg, report, o.html); err != nil {
		return err
	}
	if err := a.printStatus(report, o); err != nil {
		return err
	}
	return statusExit(report)
}

// readStatus reads the config and both servers.
func (a *app) readStatus(ctx context.Context, o statusOptions) (config.Config, status.Report, error) {
	cfg, err := a.load(ctx)
	if err != nil {
		return cfg, status.Report{}, err
	}
	log := a.logger()
	a.warn(log, cfg)
	seen, err := a.observe(ctx, log, cfg)
	if err != nil {
		return cfg, status.Report{}, err
	}
	return cfg, seen.status(o.maxAge), nil
}

// writePage writes the status as a page, if there is a file for it.
func (a *app) writePage(cfg config.Config, report status.Report, path string) error {
	if path == "" {
		return nil
	}
	page, err := statuspage.Render(report, plan.Sides[string]{Source: cfg.Source.Name, Target: cfg.Target.Name})
	if err != nil {
		return err
	}
	return writeWhole(path, page)
}

// printStatus prints the status as metrics, JSON, a table on a terminal, or plain lines. Quiet leaves out what is well.
func (a *app) printStatus(report status.Report, o statusOptions) error {
	switch {
	case o.metrics:
		set := metrics.New()
		set.AddStatus(report)
		written, err := set.Text()
		if err == nil {
			_, err = a.stdio.Out.Write(written)
		}
		return err
	case a.globals.json:
		return writeJSON(a.stdio.Out, report)
	case a.globals.quiet && report.Worst == status.Fine:
		return nil
	}
	_, err := io.WriteString(a.stdio.Out, a.statusText(report))
	return err
}

// statusText is the status for people, fit for what stdout is.
func (a *app) statusText(report status.Report) string {
	width, onTerminal := terminal(a.stdio.Out)
	return statusText(report, statusLook{width: width, quiet: a.globals.quiet,
		color: onTerminal && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"})
}

// statusExit is the exit code of a monitoring plugin.
func statusExit(report status.Report) error {
	switch report.Worst {
	case status.Unclear:
		return errOutOfReach
	case status.Critical:
		return &failure{code: exitUsage}
	case status.Warning:
		return errJobs
	}
	return nil
}

// watchStatus shows the status again and again until the user ends it, which is no failure. What can't be read now may be later.
func (a *app) watchStatus(ctx context.Context, o statusOptions) error {
	ticker := time.NewTicker(o.watch)
	defer ticker.Stop()
	for {
		cfg, report, err := a.readStatus(ctx, o)
		if err == nil {
			err = a.writePage(cfg, report, o.html)
		}
		shown := a.statusText(report)
		switch {
		case ctx.Err() != nil:
			return nil
		case exitCode(err) == exitUsage:
			return err // of the config or of a file: it stays
		case err != nil:
			shown = "IAB UNKNOWN: " + sentence(err) + "\n"
		}
		width, _ := terminal(a.stdio.Out)
		if _, err := io.WriteString(a.stdio.Out, redraw(shown+"every "+o.watch.String()+"; Ctrl-C ends it", width, height(a.stdio.Out))); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// redraw writes a text over what is on the screen, as much of it as there is room for.
func redraw(report string, width, lines int) string {
	list := strings.Split(strings.TrimSuffix(report, "\n"), "\n")
	for i, line := range list {
		list[i] = text.Trim(line, width)
	}
	if len(list) > lines-1 && lines > 3 {
		last := list[len(list)-1]
		list = append(list[:lines-3:lines-3], "…", last)
	}
	return "\x1b[H" + strings.Join(list, "\x1b[K\n") + "\x1b[K\n\x1b[J"
}
