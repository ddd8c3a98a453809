package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"iab/internal/verify"
)

func TestAVerificationLogsItsProgressAtMostEveryHalfMinute(t *testing.T) {
	s := newStage(t)
	var log bytes.Buffer
	a := s.app(&bytes.Buffer{}, &log)
	a.globals.logLevel, a.globals.logFormat = "info", "text"
	watcher := a.verifyWatcher(a.logger())
	event := verify.Event{At: noon, Ref: instance("web1"), Doing: "reads IAB_20260310-120000"}
	watcher.observe(event)
	for took := time.Second; took < 70*time.Second; took += time.Second {
		event.At, event.Files, event.Bytes = noon.Add(took), event.Files+1, event.Bytes+1<<20
		watcher.observe(event)
	}
	watcher.observe(verify.Event{At: noon.Add(70 * time.Second), Ref: instance("web1"), Done: true, OK: true})
	watcher.close()
	var got []string
	for line := range strings.Lines(log.String()) {
		_, message, _ := strings.Cut(line, "level=INFO ")
		got = append(got, strings.TrimSpace(message))
	}
	want := []string{
		`msg="reads IAB_20260310-120000" object=default/instance/web1`,
		`msg="reads IAB_20260310-120000" object=default/instance/web1 files=30 read="30.0 MiB"`,
		`msg="reads IAB_20260310-120000" object=default/instance/web1 files=60 read="60.0 MiB"`,
		"msg=verified object=default/instance/web1 ok=true",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A line goes when its object is through, and one that was never worked on has none.
func TestALiveLineOfAVerificationTellsWhatWasRead(t *testing.T) {
	var screen bytes.Buffer
	b := newVerifyBars(&screen, 100)
	event := verify.Event{At: noon, Ref: instance("web1"), Doing: "reads IAB_20260310-120000"}
	b.observe(event)
	line := b.running[instance("web1")]
	if got := line.text(); got != "  reads IAB_20260310-120000" {
		t.Errorf("it begins with %q", got)
	}
	event.Files, event.Bytes = 3, 2<<20
	b.observe(event)
	if got := line.text(); got != "  reads IAB_20260310-120000  3 files  2.0 MiB" {
		t.Errorf("it goes on with %q", got)
	}
	b.observe(verify.Event{Ref: instance("web1"), Done: true})
	b.observe(verify.Event{Ref: instance("web2"), Done: true})
	if len(b.running) != 0 {
		t.Errorf("lines are left: %v", b.running)
	}
	b.close()
}
