package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
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
	if !ok || a.globals.quiet || a.globals.logFormat == "json" || a.globals.logLevel == "debug" || a.getenv("TERM") == "dumb" {
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
	log := w.log.With("verb", e.Action.Verb, "side", e.Action.Side, "object", e.Ref.String(), "snapshot", e.Action.Snapshot, "archive", e.Action.Archive)
	switch e.Stage {
	case run.Begun:
		w.told[e.Ref] = e.At
		log.Debug("begun")
	case run.Said:
		log = log.With("command", e.Hook, "took", e.Took.Round(time.Millisecond).String(), "output", e.Text)
		if e.Err != nil {
			log.Warn("command failed", "error", e.Err)
			return
		}
		log.Info("command done")
	case run.Moving:
		if e.At.Sub(w.told[e.Ref]) >= progressInterval {
			w.told[e.Ref] = e.At
			log.Info("copying", "sent", plan.Size(e.Bytes), "rate", rate(e))
		}
	case run.Done:
		if e.Action.Verb == plan.VerbCopy {
			log = log.With("sent", told(e.Bytes), "base", e.Action.Base)
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

// told is how much was sent, and nothing where the servers do not tell.
func told(bytes int64) string {
	if bytes == 0 {
		return ""
	}
	return plan.Size(bytes)
}

func rate(e run.Event) string {
	if e.Took <= 0 {
		return plan.Size(0) + "/s"
	}
	return plan.Size(int64(float64(e.Bytes)/e.Took.Seconds())) + "/s"
}

// bars draws one live line per running copy. Other actions are quick and are counted by the report.
type bars struct {
	progress *mpb.Progress
	width    int
	running  map[plan.Ref]*copying
}

// copying is the line of one copy.
type copying struct {
	bar *mpb.Bar
	mu  sync.Mutex // the line is drawn by another goroutine than the one that observes
	now run.Event
}

// amountWidth is the room for what has been sent, and how fast.
const amountWidth = 24

func newBars(w io.Writer, width int) *bars {
	return &bars{
		progress: mpb.New(mpb.WithOutput(w), mpb.WithWidth(width), mpb.WithAutoRefresh(), mpb.WithRefreshRate(200*time.Millisecond)),
		width:    width,
		running:  map[plan.Ref]*copying{},
	}
}

func (b *bars) close() { b.progress.Wait() }

func (b *bars) observe(e run.Event) {
	if e.Action.Verb != plan.VerbCopy {
		return
	}
	switch e.Stage {
	case run.Begun:
		c := &copying{now: e}
		b.running[e.Ref] = c
		c.bar = b.progress.New(0, mpb.NopStyle(), mpb.BarRemoveOnComplete(), mpb.PrependDecorators(
			decor.Spinner(nil),
			decor.Name(" "+shorten(e.Ref.String(), b.width-amountWidth-4)),
			decor.Any(func(decor.Statistics) string { return c.amount() }),
		))
	case run.Moving:
		b.running[e.Ref].move(e)
	case run.Done, run.Failed:
		b.running[e.Ref].bar.Abort(true)
		delete(b.running, e.Ref)
	}
}

func (c *copying) move(e run.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = e
}

func (c *copying) amount() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now.Stage == run.Begun {
		return ""
	}
	text := "  " + plan.Size(c.now.Bytes)
	if c.now.Took > 0 {
		text += "  " + rate(c.now)
	}
	return text
}
