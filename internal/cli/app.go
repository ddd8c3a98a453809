package cli

import (
	"context"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"golang.org/x/term"

	"iab/internal/config"
	"iab/internal/files"
	"iab/internal/guest"
	"iab/internal/plan"
	"iab/internal/remote"
	"iab/internal/run"
	"iab/internal/verify"
)

// Stdio is where a command reads and writes.
type Stdio struct {
	In       io.Reader
	Out, Err io.Writer
}

// app is what all commands share. Tests replace the clock, the zone, the environment and the servers.
type app struct {
	stdio  Stdio
	now    func() time.Time
	local  *time.Location
	getenv func(string) string
	build  string // version of the binary
	dial   func(ctx context.Context, cfg config.Config) (servers, error)
	// reach is dial for check: a side that can't be connected to has an error, and the other one can be looked at.
	reach func(ctx context.Context, cfg config.Config, creds remote.Credentials) (examined, plan.Sides[error])

	// introduce makes IAB and one server trust each other.
	introduce func(context.Context, remote.Request) (remote.Result, error)

	socket    string       // of the guest API
	pauses    guest.Pauses // between attempts to reach it again
	container func() bool  // whether IAB runs in a container of Incus
	hostname  func() (string, error)
	// look is the pause between two looks at a host that was told to restart.
	look time.Duration

	globals globals
}

// globals are the flags that every command has.
type globals struct {
	config    string
	logLevel  string
	logFormat string
	json      bool
	quiet     bool
}

// servers is a connected pair.
type servers interface {
	run.Servers
	run.RestoreServers
	verify.Servers
	Edit(ctx context.Context, ref, editor plan.Ref, use func(files.Place) error) error
	// Calm waits until nothing starts, stops or changes an object any more.
	Calm(ctx context.Context, side plan.Side, ref plan.Ref) error
	Close()
}

// Main runs one command line and returns the exit code of the process. The context ends on SIGINT or SIGTERM.
func Main(ctx context.Context, args []string, stdio Stdio, version string) int {
	a := &app{
		stdio:  stdio,
		now:    time.Now,
		local:  time.Local,
		getenv: os.Getenv,
		build:  version,

		introduce: remote.Onboard,

		socket:    guest.Socket,
		container: guest.Container,
		hostname:  os.Hostname,
		look:      time.Second,
	}
	a.dial, a.reach = a.connect, a.connectEach
	return a.main(ctx, args)
}

func (a *app) main(ctx context.Context, args []string) int {
	root := newRoot(a)
	root.SetArgs(append([]string{}, args...)) // for none at all, cobra would take those of the process
	err := root.ExecuteContext(ctx)
	if err != nil {
		a.complain(err)
	}
	return exitCode(err)
}

// version is the release, or for a build from a checkout what the Go tool knows about it.
func (a *app) version() string {
	if a.build != "" {
		return a.build
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

// connect connects to both servers of a config, side by side.
func (a *app) connect(ctx context.Context, cfg config.Config) (servers, error) {
	creds, err := remote.LoadCredentials(cfg.CredDir)
	if err != nil {
		return nil, err
	}
	return remote.Dial(ctx, creds, cfg.Source.URL, cfg.Target.URL, owner(cfg), patience(cfg), a.now)
}

// connectEach connects to the servers of a config that can be connected to.
func (a *app) connectEach(ctx context.Context, cfg config.Config, creds remote.Credentials) (examined, plan.Sides[error]) {
	return remote.Reach(ctx, creds, cfg.Source.URL, cfg.Target.URL, owner(cfg), patience(cfg), a.now)
}

// owner is what replicas of a config are known by.
func owner(cfg config.Config) remote.Owner {
	return remote.Owner{Identity: cfg.Identity(), Source: cfg.Source.Name, Target: cfg.Target.Name, Address: cfg.Target.URL}
}

// patience is how long the config has IAB bear with servers.
func patience(cfg config.Config) remote.Patience {
	return remote.Patience{Retries: cfg.Retries, StallTimeout: cfg.StallTimeout}
}

// The words that the flags of the log take.
var (
	logLevels  = []string{"debug", "info", "warn", "error"}
	logFormats = []string{"text", "json"}
)

// check refuses values that no command can use.
func (g globals) check() error {
	if err := oneOf("log-level", g.logLevel, logLevels...); err != nil {
		return err
	}
	return oneOf("log-format", g.logFormat, logFormats...)
}

// logger writes to stderr in the format that the flags ask for.
func (a *app) logger() *slog.Logger {
	level := slog.LevelInfo
	_ = level.UnmarshalText([]byte(a.globals.logLevel)) // check has seen that it is a level
	if a.globals.quiet {
		level = max(level, slog.LevelError)
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: a.stamp}
	if a.globals.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(a.stdio.Err, options))
	}
	return slog.New(slog.NewTextHandler(a.stdio.Err, options))
}

// stamp gives lines of the log the time of IAB's one clock, to the second, and leaves out what is empty.
func (a *app) stamp(groups []string, attr slog.Attr) slog.Attr {
	switch {
	case len(groups) == 0 && attr.Key == slog.TimeKey:
		return slog.String(slog.TimeKey, a.now().In(a.local).Format(time.RFC3339))
	case attr.Value.Kind() == slog.KindString && attr.Value.String() == "":
		return slog.Attr{}
	}
	return attr
}

// terminal returns the width of a terminal, and false if w is none.
func terminal(w io.Writer) (int, bool) {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 {
		return 80, true
	}
	return width, true
}

// height returns the lines of a terminal, and 0 if w is none.
func height(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok {
		return 0
	}
	_, lines, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return lines
}
