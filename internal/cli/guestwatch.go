package cli

import (
	"context"
	"log/slog"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"iab/internal/guest"
	"iab/internal/run"
)

// runKey is the config key whose changes ask for a run.
const runKey = "user.iab.run"

func newGuestWatch(a *app) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Run the backup whenever user.iab.run changes",
		Long: `Waits inside the instance for changes of its config key user.iab.run and carries out a run after each, so that a backup is asked
for where the instance lives:

  incus config set INSTANCE user.iab.run=$(date +%s)

The value that the key has at the beginning, and an empty one, ask for nothing. Changes during a run ask for one more
run. A run that fails is reported, and the watch goes on until it is interrupted. With --report-state the state is also reported anew after
a restart of Incus, which forgets it.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			w := watch{app: a, options: o, log: a.logger()}
			err := a.guest().Follow(cmd.Context(), runKey, a.pauses, func(n guest.Notice) { w.notice(cmd.Context(), n) })
			if err == nil && w.interrupted {
				return errInterrupted
			}
			return guestFailure(err)
		},
	}
	// What is allowed once must not hold for every run to come.
	once := []string{"allow-loss", "reseed"}
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	o.registerRun(all)
	all.VisitAll(func(f *pflag.Flag) {
		if !slices.Contains(once, f.Name) {
			cmd.Flags().AddFlag(f)
		}
	})
	o.flags = cmd.Flags()
	return cmd
}

// watch is what `iab guest watch` knows from one notice to the next.
type watch struct {
	*app
	options runOptions
	log     *slog.Logger

	begun       bool
	handled     string      // the value that asked for the last run, or that was there at the beginning
	reported    guest.State // the state after the last run, or that somebody has reported since; "" before the first
	seen        int         // how often in a row another state was seen on a server that did not restart, as far as is known
	interrupted bool        // the last run was
}

// notice looks at the key's value, and runs the backup if it is one that has not been seen.
func (w *watch) notice(ctx context.Context, n guest.Notice) {
	switch {
	case n.Err != nil:
		w.log.Warn(n.Err.Error()+"; the watch goes on when it answers again", "hint", run.Advice(n.Err))
		return
	case !w.begun:
		w.begun, w.handled = true, n.Value
		w.log.Info("waiting for changes of " + runKey)
		return
	case w.reported != "":
		w.keepState(ctx, n.Anew)
	}
	if n.Value == w.handled || ctx.Err() != nil {
		return
	}
	w.handled = n.Value
	if n.Value != "" {
		w.log.Info("a run is asked for", runKey, n.Value)
		w.carryOut(ctx)
	}
}

// doubts is how often in a row another state must be seen on a server that did not restart, until somebody else has reported it: the
// end of a connection may be noticed later than the answer of the server that comes next.
const doubts = 3

// keepState reports the state anew that a server has forgotten. On a server that did not restart, somebody else has reported another.
func (w *watch) keepState(ctx context.Context, anew bool) {
	state, err := w.guest().State(ctx)
	switch {
	case err != nil: // an outage is told by the next notice
	case state == w.reported:
		w.seen = 0
	case anew:
		w.seen = 0
		w.tellState(ctx, w.log, w.reported)
	default:
		if w.seen++; w.seen == doubts {
			w.reported, w.seen = state, 0
		}
	}
}

// carryOut is one run. Its failure is told, and does not end the watch.
func (w *watch) carryOut(ctx context.Context) {
	err := w.run(ctx, w.options)
	if err != nil {
		w.complain(err)
	}
	w.interrupted = exitCode(err) == exitInterrupted
	if state, ok := stateAfter(err); ok && w.options.reportState {
		w.reported = state
	}
}
