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
	"iab/internal/remote"
	"iab/internal/run"
)

// Stdio is where a command reads and writes.
type Stdio struct {
	In       io.Reader
	Out, Err io.Writer
}

// app is what all commands share. Tests replace the clock, the environment and the servers.
type app struct {
	stdio  Stdio
	now    func() time.Time
	local  *time.Location
	getenv func(string) string
	build  string // version of the binary
	dial   func(ctx context.Context, cfg config.Config) (servers, error)

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
	}
	a.dial = a.connect
	return a.main(ctx, args)
}

func (a *app) main(ctx context.Context, args []string) int {
	root := newRoot(a)
	root.SetArgs(args)
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
	return remote.Dial(ctx, creds, cfg.Source.URL, cfg.Target.URL, remote.Owner{Identity: cfg.Identity(), Source: cfg.Source.Name})
}

// logger writes to stderr in the format that the flags ask for.
func (a *app) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.globals.logLevel)); err != nil {
		return nil, usage("use debug, info, warn or error", "read --log-level: %q is not a level", a.globals.logLevel)
	}
	if a.globals.quiet {
		level = max(level, slog.LevelError)
	}
	options := &slog.HandlerOptions{Level: level}
	switch a.globals.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(a.stdio.Err, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(a.stdio.Err, options)), nil
	}
	return nil, usage("use text or json", "read --log-format: %q is not a format", a.globals.logFormat)
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
