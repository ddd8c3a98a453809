package cli

import (
	"context"
	"log/slog"

	"iab/internal/config"
	"iab/internal/metrics"
	"iab/internal/run"
	"iab/internal/status"
)

// afterwards is how protected everything is after a run, nil if that can't be read.
func (a *app) afterwards(ctx context.Context, log *slog.Logger, cfg config.Config, pair servers) *status.Report {
	inv, err := pair.Inventory(ctx, everything(cfg))
	if err != nil {
		log.Warn("the metrics lack what both servers hold", "error", sentence(err), "hint", run.Advice(err))
		return nil
	}
	seen := observation{cfg: cfg, inv: inv}
	a.survey(ctx, log, &seen)
	report := seen.status(defaultMaxAge)
	return &report
}

// measure writes the metrics of a run, if there is a file for them. A failure is logged: it never changes the run's result.
func (a *app) measure(log *slog.Logger, path string, report run.Report, after *status.Report) {
	if path == "" {
		return
	}
	set := metrics.New()
	set.AddRun(report)
	if after != nil {
		set.AddStatus(*after)
	}
	text, err := set.Text()
	if err == nil {
		err = writeWhole(path, text)
	}
	if err != nil {
		log.Warn("the metrics were not written", "error", sentence(err), "hint", run.Advice(err))
	}
}
