package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"iab/internal/plan"
	"iab/internal/run"
)

// progressInterval is how often a copy may log its progress where there is no terminal.
const progressInterval = 30 * time.Second

// watcher tells about a run while it goes on.
type watcher interface {
	observe(run.Event)
	close()
}

// watcher returns the one for the terminal on stderr, or the one that logs.
func (a *app) watcher(log *slog.Logger) watcher {
	lines := &logWatcher{log: log, told: map[plan.Ref]time.Time{}}
	width, ok := terminal(a.stdio.Err)
	if !ok || a.globals.quiet || a.globals.logFormat == "json" {
		return lines
	}
	return newBars(a.stdio.Err, width)
}

// logWatcher writes a line when an action is done, and at most one line per copy and 30 seconds before that.
type logWatcher struct {
	log  *slog.Logger
	told map[plan.Ref]time.Time
}

func (w *logWatcher) close() {}

func (w *logWatcher) observe(e run.Event) {
	log := w.log.With("verb", e.Action.Verb, "side", e.Action.Side, "object", e.Ref.String(), "snapshot", e.Action.Snapshot)
	switch e.Stage {
	case run.Begun:
		w.told[e.Ref] = e.At
		log.Debug("begun")
	case run.Moving:
		if e.At.Sub(w.told[e.Ref]) >= progressInterval {
			w.told[e.Ref] = e.At
			log.Info("copying", "sent", size(e.Bytes), "rate", rate(e))
		}
	case run.Done:
		if e.Action.Verb == plan.VerbCopy {
			log = log.With("sent", size(e.Bytes), "base", e.Action.Base)
		}
		log.Info("done", "took", e.Took.Round(time.Millisecond).String())
	case run.Failed:
		if errors.Is(e.Err, context.Canceled) {
			log.Warn("interrupted")
			return
		}
		log.Error("failed", "error", e.Err, "hint", run.Advice(e.Err))
	}
}

func rate(e run.Event) string {
	if e.Took <= 0 {
		return size(0) + "/s"
	}
	return size(int64(float64(e.Bytes)/e.Took.Seconds())) + "/s"
}

// bars draws one live line per running copy. Other actions are quick and are counted by the report.
type bars struct {
	progress *mpb.Progress
	running  map[plan.Ref]*mpb.Bar
}

func newBars(w io.Writer, width int) *bars {
	return &bars{
		progress: mpb.New(mpb.WithOutput(w), mpb.WithWidth(width), mpb.WithAutoRefresh(), mpb.WithRefreshRate(200*time.Millisecond)),
		running:  map[plan.Ref]*mpb.Bar{},
	}
}

func (b *bars) close() { b.progress.Wait() }

func (b *bars) observe(e run.Event) {
	if e.Action.Verb != plan.VerbCopy {
		return
	}
	switch e.Stage {
	case run.Begun:
		b.running[e.Ref] = b.progress.New(0, mpb.SpinnerStyle(), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(e.Ref.String()+" ")),
			mpb.AppendDecorators(decor.CurrentKibiByte("% .1f "), decor.AverageSpeed(decor.SizeB1024(0), "% .1f ")))
	case run.Moving:
		b.running[e.Ref].SetCurrent(e.Bytes)
	case run.Done, run.Failed:
		b.running[e.Ref].Abort(true)
		delete(b.running, e.Ref)
	}
}
