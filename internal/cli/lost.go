package cli

import (
	"errors"
	"fmt"
	"slices"

	"iab/internal/plan"
	"iab/internal/remote"
	"iab/internal/run"
)

// lostSides are the servers that do not answer at all, each with the error that says so. At most one of both is lost.
type lostSides plan.Sides[error]

func (l lostSides) on(side plan.Side) error { return plan.Sides[error](l).On(side) }

// sides tells which they are.
func (l lostSides) sides() plan.Sides[bool] {
	return plan.Sides[bool]{Source: l.Source != nil, Target: l.Target != nil}
}

// warnings say what a command does without.
func (l lostSides) warnings() []string {
	var list []string
	for _, side := range plan.BothSides {
		if l.on(side) != nil {
			list = append(list, plan.UnreadWarning(side))
		}
	}
	return list
}

// mention adds to an error about what was not found that it may be on a server that can't be asked.
func (l lostSides) mention(err error) error {
	why := ""
	switch {
	case l.Source != nil:
		why = "the source can't be reached, so only what the target has is known"
	case l.Target != nil:
		why = "the target can't be reached, so only what the source has is known"
	default:
		return err
	}
	if hint := run.Advice(err); hint != "" {
		why = hint + "; " + why
	}
	return usage(why, "%s", err)
}

// nothingOf is the error of an object that has no restore point but on a server that can't be asked, if any.
func (l lostSides) nothingOf(object plan.Object) error {
	if slices.ContainsFunc(object.Points, func(p plan.Point) bool { return p.Complete }) {
		return nil
	}
	for _, side := range plan.BothSides {
		if err := l.on(side); err != nil {
			return &failure{exitServer, fmt.Sprintf("restore %s: no restore point of it is known without the %s: %s", object.Ref, side, sentence(err)), run.Advice(err)}
		}
	}
	return nil
}

// without refuses a restore that needs a server which is lost, and says what can be done without it.
func (o restoreOptions) without(ref string, lost lostSides) error {
	side := plan.Side(o.to)
	err := lost.on(side)
	switch {
	case err == nil || o.toDir != "":
		return nil
	case len(o.files) > 0:
		return lostError(ref, side, err, "bring the files to this machine instead: --to-dir DIR")
	case side == plan.Target:
		return lostError(ref, side, err, "what the source has can be restored there: leave --to out")
	}
	return lostError(ref, side, err, "restore it on the target: --to target --as NAME; or let the target take over: iab failover "+ref)
}

func lostError(ref string, side plan.Side, err error, hint string) error {
	return &failure{exitServer, fmt.Sprintf("restore %s to the %s: %s", ref, side, sentence(err)), hint}
}

// gone reports whether a server does not answer at all. One that answers and refuses is not gone.
func gone(err error) bool {
	var server *remote.Error
	return errors.As(err, &server) && server.Kind == remote.Unreachable
}
