package cli

import (
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"iab/internal/plan"
	"iab/internal/verify"
)

// verifyWatcher tells about a verification while it goes on.
type verifyWatcher interface {
	observe(verify.Event)
	close()
}

// verifyWatcher returns the one for the terminal on stderr, or the one that logs.
func (a *app) verifyWatcher(log *slog.Logger) verifyWatcher {
	width, ok := terminal(a.stdio.Err)
	if !ok || a.globals.quiet || a.globals.logFormat == "json" || a.globals.logLevel == "debug" || a.getenv("TERM") == "dumb" {
		return &verifyLog{log: log, told: map[plan.Ref]time.Time{}}
	}
	return newVerifyBars(a.stdio.Err, width)
}

// verifyLog writes a line when something begins and when an object is through, and at most one per object and 30 seconds between.
type verifyLog struct {
	log  *slog.Logger
	told map[plan.Ref]time.Time
}

func (w *verifyLog) close() {}

func (w *verifyLog) observe(e verify.Event) {
	log := w.log.With("object", e.Ref.String())
	switch {
	case e.Done:
		log.Info("verified", "ok", e.OK)
	case e.Files == 0:
		w.told[e.Ref] = e.At
		log.Info(e.Doing)
	case e.At.Sub(w.told[e.Ref]) >= progressInterval:
		w.told[e.Ref] = e.At
		log.Info(e.Doing, "files", e.Files, "read", plan.Size(e.Bytes))
	}
}

// verifyBars draws one live line per object that is worked on.
type verifyBars struct {
	progress *mpb.Progress
	width    int
	running  map[plan.Ref]*verifying
}

// verifying is the line of one object.
type verifying struct {
	bar *mpb.Bar
	mu  sync.Mutex // the line is drawn by another goroutine than the one that observes
	now verify.Event
}

// doingWidth is the room for what is done to an object.
const doingWidth = 60

func newVerifyBars(w io.Writer, width int) *verifyBars {
	return &verifyBars{
		progress: mpb.New(mpb.WithOutput(w), mpb.WithWidth(width), mpb.WithAutoRefresh(), mpb.WithRefreshRate(200*time.Millisecond)),
		width:    width,
		running:  map[plan.Ref]*verifying{},
	}
}

func (b *verifyBars) close() { b.progress.Wait() }

func (b *verifyBars) observe(e verify.Event) {
	line, ok := b.running[e.Ref]
	switch {
	case e.Done && ok:
		line.bar.Abort(true)
		delete(b.running, e.Ref)
	case e.Done:
	case ok:
		line.move(e)
	default:
		line := &verifying{now: e}
		b.running[e.Ref] = line
		line.bar = b.progress.New(0, mpb.NopStyle(), mpb.BarRemoveOnComplete(), mpb.PrependDecorators(
			decor.Spinner(nil),
			decor.Name(" "+shorten(e.Ref.String(), b.width-doingWidth)),
			decor.Any(func(decor.Statistics) string { return line.text() }),
		))
	}
}

func (l *verifying) move(e verify.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = e
}

func (l *verifying) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now.Files == 0 {
		return "  " + l.now.Doing
	}
	return fmt.Sprintf("  %s  %s  %s", l.now.Doing, count(l.now.Files, "file"), plan.Size(l.now.Bytes))
}
