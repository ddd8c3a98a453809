package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"iab/internal/config"
	"iab/internal/incusos"
	"iab/internal/remote"
	"iab/internal/run"
)

// The exit codes of every command. `iab --help` prints this table.
const (
	exitOK          = 0
	exitJobs        = 1
	exitUsage       = 2
	exitServer      = 3
	exitLocked      = 4
	exitInterrupted = 130
)

var exitTable = []struct {
	code    int
	meaning string
}{
	{exitOK, "all done"},
	{exitJobs, "the run was carried out, but some jobs failed, have a problem or were not begun in time (check, status: there are warnings)"},
	{exitUsage, "usage or config error, nothing was changed (check: something fails; status: something is critical)"},
	{exitServer, "a server could not be reached or does not trust us, nothing was changed"},
	{exitLocked, "another run holds the lock"},
	{exitInterrupted, "interrupted; what was stopped or frozen goes on again"},
}

// failure is an error with its exit code and, where there is something to do about it, a hint.
type failure struct {
	code int
	text string
	hint string
}

func (f *failure) Error() string  { return f.text }
func (f *failure) Advice() string { return f.hint }

func usage(hint, format string, args ...any) error {
	return &failure{exitUsage, fmt.Sprintf(format, args...), hint}
}

// errJobs ends a command whose report has said everything already.
var errJobs = &failure{code: exitJobs}

// errInterrupted ends an interrupted command whose report has said everything already.
var errInterrupted = &failure{code: exitInterrupted}

// errEarly ends a run that was interrupted before it began.
var errEarly = &failure{code: exitInterrupted, text: "begin the run: interrupted"}

// exitCode returns the code that an error ends the process with. Errors of no known kind come from flags and
// arguments.
func exitCode(err error) int {
	var own *failure
	var server *remote.Error
	var host *incusos.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &own):
		return own.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &server):
		if server.Usage() {
			return exitUsage
		}
		return exitServer
	case errors.As(err, &host):
		return hostExit(host.Kind)
	}
	return exitUsage
}

// hostExit is the code for what stood in the way at a host itself.
func hostExit(kind incusos.Kind) int {
	switch kind {
	case incusos.NotIncusOS, incusos.NoRights, incusos.Unanswered:
		return exitServer
	case incusos.Failed:
		return exitJobs
	}
	return exitUsage
}

// complain prints an error and its hint, and nothing for one that has been reported already.
func (a *app) complain(err error) {
	var own *failure
	if errors.As(err, &own) && own.text == "" {
		return
	}
	var invalid *config.Error
	if errors.As(err, &invalid) {
		a.complainConfig(invalid)
		return
	}
	fmt.Fprintf(a.stdio.Err, "iab: %s\n", sentence(err))
	if hint := run.Advice(err); hint != "" {
		fmt.Fprintf(a.stdio.Err, "  hint: %s\n", hint)
	}
}

// sentence is an error as people read it. What the interruption of a call is called in Go is not for them.
func sentence(err error) string {
	return strings.ReplaceAll(strings.TrimSpace(err.Error()), context.Canceled.Error(), "interrupted")
}

// complainConfig prints every problem of a config with its place and hint.
func (a *app) complainConfig(invalid *config.Error) {
	fmt.Fprintf(a.stdio.Err, "iab: %s can't be used:\n", invalid.Path)
	for _, p := range invalid.Problems {
		fmt.Fprint(a.stdio.Err, "  ")
		if p.Path != "" {
			fmt.Fprintf(a.stdio.Err, "line %d, %s: ", p.Line, p.Path)
		}
		fmt.Fprintln(a.stdio.Err, p.Text)
		if p.Hint != "" {
			fmt.Fprintf(a.stdio.Err, "    hint: %s\n", p.Hint)
		}
	}
}

// exitHelp is the table for the help text.
func exitHelp() string {
	var b strings.Builder
	b.WriteString("Exit codes:\n")
	for _, row := range exitTable {
		fmt.Fprintf(&b, "  %3d  %s\n", row.code, row.meaning)
	}
	return b.String()
}
