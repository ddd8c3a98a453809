package remote

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// calmLimit is how long another try waits for what the one before may have left running. A server gives up a
// migration whose other end never comes after 30 seconds (seen on 6.0.4).
const calmLimit = time.Minute

// namelessCopy describes the one operation of IAB's that names no objects: the copy of a volume on its own server (seen on
// 6.0.4).
const namelessCopy = "Copying storage volume"

// subject is what an operation works on: an instance or volume, or a snapshot of it.
type subject struct {
	ref      plan.Ref
	snapshot string
}

// subjects returns what an operation works on. Operations name it by addresses such as
// /1.0/instances/web1/snapshots/s1?project=p, and the copy of a snapshot its source as web1%2Fs1 (seen on 6.0.4).
func subjects(op api.Operation, project string) []subject {
	var list []subject
	for _, addresses := range op.Resources {
		for _, address := range addresses {
			if s, ok := parseSubject(address, project); ok {
				list = append(list, s)
			}
		}
	}
	return list
}

func parseSubject(address, project string) (subject, bool) {
	parsed, err := url.Parse(address)
	if err != nil {
		return subject{}, false
	}
	parts := strings.Split(strings.TrimPrefix(parsed.EscapedPath(), "/"), "/")
	for i := range parts {
		if parts[i], err = url.PathUnescape(parts[i]); err != nil {
			return subject{}, false
		}
	}
	s := subject{ref: plan.Ref{Project: project}}
	if named := parsed.Query().Get("project"); named != "" {
		s.ref.Project = named
	}
	switch {
	case len(parts) >= 3 && parts[1] == "instances":
		s.ref.Kind, s.ref.Name, parts = plan.Instance, parts[2], parts[3:]
	case len(parts) >= 6 && parts[1] == "storage-pools" && parts[3] == "volumes" && parts[4] == "custom":
		s.ref.Kind, s.ref.Pool, s.ref.Name, parts = plan.Volume, parts[2], parts[5], parts[6:]
	default:
		return subject{}, false
	}
	s.ref.Name, s.snapshot, _ = strings.Cut(s.ref.Name, "/")
	if len(parts) == 2 && parts[0] == "snapshots" {
		s.snapshot = parts[1]
	}
	return s, true
}

// session reports whether an operation is a person's command or console: they last as long as the person likes, and are in
// nobody's way.
func session(op api.Operation) bool {
	_, ok := op.Metadata["fds"]
	return ok
}

// receptions describe the operations that take an object from another server, the last one a volume that the target fetches
// (seen on 6.0.4).
var receptions = []string{"Creating instance", "Creating storage volume", "Copying storage volume"}

// receives reports whether an operation takes an object from another server. The copy of a snapshot on the same server names
// two objects, or none.
func receives(op api.Operation, ref plan.Ref) bool {
	named := subjects(op, ref.Project)
	return slices.Contains(receptions, op.Description) && len(named) == 1 && named[0] == subject{ref: ref}
}

// operations lists what goes on in a project, and what has just ended: a server tells of that for five seconds more (seen on
// 6.0.4). A certificate that may not see it sees nothing.
func (p *Pair) operations(side plan.Side, project string) ([]api.Operation, error) {
	list, err := p.in(side, project).GetOperations()
	if api.StatusErrorCheck(err, http.StatusForbidden, http.StatusNotFound) {
		return nil, nil
	}
	return list, err
}

// takenAway waits until a server itself has taken away what a copy has made that failed a moment ago, and reports whether it has. Where the
// connection broke, the operation ends before the server has done that (seen on 6.0.4), and what has the name by then goes, too.
func (p *Pair) takenAway(ctx context.Context, side plan.Side, ref plan.Ref) (bool, error) {
	list, err := p.operations(side, ref.Project)
	if err != nil || !slices.ContainsFunc(list, func(op api.Operation) bool { return op.StatusCode == api.Failure && receives(op, ref) }) {
		return false, err
	}
	limit := time.NewTimer(p.pace.revert)
	defer limit.Stop()
	for {
		if there, err := p.in(side, ref.Project).exists(ref); err != nil || !there {
			return err == nil, err
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-limit.C:
			return false, nil
		case <-time.After(p.pace.ask / 4):
		}
	}
}

// errBusy is that an operation still works on an object.
var errBusy error = occupied{}

type occupied struct{}

func (occupied) Error() string { return "another operation still works on it" }

// GoesOn says that the servers have not ended what failed for IAB.
func (occupied) GoesOn() bool { return true }

// idle returns errBusy if an operation works on an object of the target.
func (p *Pair) idle(ref plan.Ref) error {
	list, err := p.operations(plan.Target, ref.Project)
	if err == nil && slices.ContainsFunc(list, func(op api.Operation) bool { return worksOn(op, ref, "") }) {
		err = errBusy
	}
	return err
}

// calm waits until no operation works on an object any more, or on one snapshot of it if that is named. It returns
// errBusy if that takes longer than calmLimit.
func (p *Pair) calm(ctx context.Context, side plan.Side, ref plan.Ref, snapshot string) error {
	limit := time.NewTimer(calmLimit)
	defer limit.Stop()
	for {
		list, err := p.operations(side, ref.Project)
		if err != nil || !slices.ContainsFunc(list, func(op api.Operation) bool { return disturbs(op, ref, snapshot) }) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-limit.C:
			return errBusy
		case <-time.After(p.pace.ask):
		}
	}
}

// disturbs reports whether an operation goes on that works on an object, or may do so, or on one snapshot of it if that is named.
func disturbs(op api.Operation, ref plan.Ref, snapshot string) bool {
	nameless := len(op.Resources) == 0 && op.Description == namelessCopy && !op.StatusCode.IsFinal()
	return worksOn(op, ref, snapshot) || nameless && ref.Kind == plan.Volume && snapshot == ""
}

// worksOn reports whether an operation goes on that works on an object, or on one snapshot of it if that is named.
func worksOn(op api.Operation, ref plan.Ref, snapshot string) bool {
	return !op.StatusCode.IsFinal() && !session(op) && slices.ContainsFunc(subjects(op, ref.Project), func(s subject) bool {
		return s.ref == ref && (snapshot == "" || s.snapshot == snapshot)
	})
}

// calmed is what again calls before another try on an object: what the try before has left running is waited for. What can't be
// asked, or does not end, is left to the try.
func (p *Pair) calmed(ctx context.Context, side plan.Side, ref plan.Ref, snapshot string) func() error {
	return func() error {
		_ = p.calm(ctx, side, ref, snapshot)
		return nil
	}
}

// outcome is the failure of an operation that has ended, or nil.
func outcome(op api.Operation) error {
	switch {
	case op.Err != "":
		return errors.New(op.Err)
	case op.StatusCode != api.Success:
		return errors.New("the operation ended as " + strings.ToLower(op.Status))
	}
	return nil
}

// errForgotten is that a server has restarted, or ended an operation too long ago, and tells nothing of it.
var errForgotten = errors.New("the server no longer knows the operation, nor how it ended")

// lost is the failure of waiting for an operation whose end nobody has seen.
type lost struct{ err error }

func (l *lost) Error() string { return l.err.Error() }
func (l *lost) Unwrap() error { return l.err }
