package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"iab/internal/plan"
	"iab/internal/run"
)

func TestACopyLogsItsProgressAtMostEveryHalfMinute(t *testing.T) {
	s := newStage(t)
	var log bytes.Buffer
	a := s.app(&bytes.Buffer{}, &log)
	a.globals.logLevel, a.globals.logFormat = "info", "text"
	watcher := a.watcher(a.logger())
	copying := plan.Action{Verb: plan.VerbCopy, Side: plan.Target, Snapshot: "IAB_20260310-120000"}
	tell := func(stage run.Stage, took time.Duration) {
		watcher.observe(run.Event{At: noon.Add(took), Ref: instance("web1"), Action: copying, Stage: stage, Bytes: int64(took.Seconds()) << 20, Took: took})
	}
	tell(run.Begun, 0)
	for took := time.Second; took < 70*time.Second; took += time.Second {
		tell(run.Moving, took)
	}
	tell(run.Done, 70*time.Second)
	watcher.close()
	var got []string
	for line := range strings.Lines(log.String()) {
		_, message, _ := strings.Cut(line, "level=")
		got = append(got, message)
	}
	common := "verb=copy side=target object=default/instance/web1 snapshot=IAB_20260310-120000"
	want := "INFO msg=copying " + common + " sent=\"30.0 MiB\" rate=\"1.0 MiB/s\"\n" +
		"INFO msg=copying " + common + " sent=\"60.0 MiB\" rate=\"1.0 MiB/s\"\n" +
		"INFO msg=done " + common + " sent=\"70.0 MiB\" took=1m10s\n"
	if strings.Join(got, "") != want {
		t.Errorf("got\n%swant\n%s", strings.Join(got, ""), want)
	}
}

// The program as it is started, with the real clock, environment and servers.
func TestMainReturnsTheExitCode(t *testing.T) {
	s := newStage(t)
	s.write("config.json", strings.Replace(threeObjects, `"creds"`, `"nowhere"`, 1))
	for _, c := range []struct {
		args     string
		code     int
		out, err string
	}{
		{"--version", exitOK, "iab 1.2.3\n", ""},
		{"plan", exitUsage, "", "iab: read IAB's credentials in nowhere: the directory does not exist\n" +
			"  hint: run `iab onboard` first, or name another directory by --cred-dir\n"},
		{"--no-such-flag", exitUsage, "", "iab: unknown flag --no-such-flag\n  hint: see `iab --help`\n"},
	} {
		t.Run(c.args, func(t *testing.T) {
			var out, err bytes.Buffer
			code := Main(t.Context(), strings.Fields(c.args), Stdio{In: strings.NewReader(""), Out: &out, Err: &err}, "1.2.3")
			if code != c.code || out.String() != c.out || err.String() != c.err {
				t.Errorf("exit %d\nstdout: %s\nstderr: %s", code, &out, &err)
			}
		})
	}
}
