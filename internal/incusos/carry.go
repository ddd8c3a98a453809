package incusos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"
	"time"
)

// Verdict says what is known at the end of an order.
type Verdict string

// The verdicts. Unverified: the host has taken the order, as far as can be seen, and nothing shows that it was carried out.
const (
	Verified   Verdict = "verified"
	Unverified Verdict = "accepted, not verified"
	LockedOut  Verdict = "locked out"
)

// Ending is how an order ended.
type Ending struct {
	Verdict Verdict `json:"verdict"`
	Text    string  `json:"text"`
	Hint    string  `json:"hint,omitempty"`
}

// Before is what was seen of a machine before an order, against which the end is measured.
type Before struct {
	PID     int
	App     Application
	Machine Machine
}

// Watch says how the end of an order is waited for.
type Watch struct {
	Every   time.Duration // between two looks
	For     time.Duration // all in all
	Clock   func() time.Time
	Onboard string // how to be trusted again, a hint for people
}

// Before looks at a machine ahead of an order, and fails where the order makes no sense.
func (s *Server) Before(ctx context.Context, m Member, part Part) (Before, error) {
	var b Before
	var err error
	if b.Machine, err = s.Machine(ctx, m); err != nil {
		return b, err
	}
	if part.Application() {
		if b.App, err = s.application(ctx, m, string(part)); err != nil {
			return b, err
		}
	}
	if s.Rescue {
		return b, nil
	}
	look, err := s.Look(ctx, m)
	b.PID = look.Environment.PID
	return b, err
}

// Carry gives an order, exactly once, and waits for its end. An error means that the host has refused it, or that it never got it.
func (s *Server) Carry(ctx context.Context, m Member, o Order, before Before, w Watch) (Ending, error) {
	if err := o.Check(); err != nil {
		return Ending{}, err
	}
	path, query, p, err := o.request()
	if err != nil {
		return Ending{}, err
	}
	began, what := w.Clock(), fmt.Sprintf("%s on %s", o, s.title(m))
	// A connection that the server has closed meanwhile would look like one that the order has ended.
	s.HTTP.CloseIdleConnections()
	response, err := s.send(ctx, http.MethodPost, s.address(path, m.target, query), p)
	switch {
	case err != nil && broken(err): // the host acts within the call, or died: the watching tells
	case err != nil && ctx.Err() != nil && !errors.Is(err, syscall.ECONNREFUSED):
		return Ending{Unverified, what + ": interrupted before it was answered", "look at the machine before you do it again"}, nil
	case err != nil:
		return Ending{}, s.unreachable(ctx, what, err)
	default:
		if err := s.answered(what, response); err != nil {
			return Ending{}, err
		}
	}
	return s.follow(ctx, m, o, before, began, w), nil
}

// answered judges the answer to an order. A 502 without a word comes also when the host went down while it obeyed.
func (s *Server) answered(what string, response *http.Response) error {
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		_, _ = io.Copy(io.Discard, response.Body) // it may break off: the host restarts
		return nil
	}
	refusal := s.refusal(what, response)
	if response.StatusCode == http.StatusBadGateway && kindOf(refusal) == Unanswered {
		return nil
	}
	return refusal
}

// sight is what one look at a machine has shown.
type sight struct {
	down     bool // nobody answers
	stranger bool // somebody answers who does not trust IAB
	changed  bool // somebody answers with another certificate
	pid      int
	app      Application
	machine  Machine
}

// locking is how many looks in a row must show that IAB is locked out.
const locking = 3

// follow watches a machine until its state proves that the order was carried out, or time is over.
func (s *Server) follow(ctx context.Context, m Member, o Order, before Before, began time.Time, w Watch) Ending {
	if s.Rescue {
		return Ending{Unverified, fmt.Sprintf("%s on %s: the rescue listener shows nothing of what follows", o, s.Name), "look at the console of the machine, and at its own address"}
	}
	if !provable(o) {
		return Ending{Unverified, fmt.Sprintf("%s on %s: the host does not tell when it has done that", o, s.title(m)), "look at the application itself"}
	}
	ctx, cancel := context.WithTimeout(ctx, w.For)
	defer cancel()
	locked, last := 0, sight{}
	for {
		seen := s.see(ctx, m, o)
		if ctx.Err() != nil {
			return s.unproven(m, o, before, last, w)
		}
		last = seen
		if !seen.stranger && !seen.changed {
			locked = 0
		} else if locked++; locked == locking {
			return s.locked(m, o, seen, w)
		}
		if o.proven(before, seen, w.Clock().Sub(began)) {
			return Ending{Verdict: Verified, Text: fmt.Sprintf("%s on %s: %s", o, s.title(m), o.proof(seen))}
		}
		pause := time.NewTimer(w.Every)
		select {
		case <-ctx.Done():
			pause.Stop()
			return s.unproven(m, o, before, last, w)
		case <-pause.C:
		}
	}
}

// see looks once. Old connections are not used: they may lead to a process that is about to end.
func (s *Server) see(ctx context.Context, m Member, o Order) sight {
	s.HTTP.CloseIdleConnections()
	look, err := s.Look(ctx, m)
	switch {
	case err != nil && s.Changed != nil && s.Changed(err):
		return sight{changed: true}
	case err != nil && kindOf(err) == NoRights: // asked for a member
		return sight{stranger: true}
	case err != nil:
		return sight{down: true}
	case !look.Trusted():
		return sight{stranger: true}
	}
	seen := sight{pid: look.Environment.PID}
	if seen.machine, err = s.Machine(ctx, m); err != nil {
		return sight{down: true}
	}
	if o.Part.Application() {
		if seen.app, err = s.application(ctx, m, string(o.Part)); err != nil {
			return sight{down: true}
		}
	}
	return seen
}

// provable reports whether a host shows at all that an order was carried out.
func provable(o Order) bool {
	return o.Part == System || servesIncus(o.Part) || o.Verb == Restore || o.Verb == SwitchVersion
}

// proven judges whether what is seen can only be there after the order was carried out. The process that answered before
// proves nothing: it goes on for a second after it has said yes.
func (o Order) proven(before Before, seen sight, elapsed time.Duration) bool {
	if seen.down || seen.stranger || seen.changed {
		return false
	}
	if (o.Part == System || servesIncus(o.Part)) && seen.pid == before.PID {
		return false
	}
	switch {
	case o.Part == System:
		rebooted := seen.machine.Uptime < before.Machine.Uptime || seen.machine.Uptime < elapsed.Seconds()
		return rebooted && seen.machine.Ready
	case o.Verb == Restore:
		return seen.app.LastRestored.After(before.App.LastRestored)
	case o.Verb == SwitchVersion && o.Version != "":
		return seen.app.Version == o.Version
	case o.Verb == SwitchVersion:
		return seen.app.Version != before.App.Version
	}
	return true
}

// proof says what proves the order.
func (o Order) proof(seen sight) string {
	switch {
	case o.Part == System:
		return "the machine has rebooted and is ready"
	case o.Verb == Restore:
		return "restored at " + seen.app.LastRestored.UTC().Format(time.DateTime) + " UTC, and it answers"
	case o.Verb == SwitchVersion:
		return "version " + seen.app.Version + " runs"
	}
	return "it has restarted and answers"
}

// locked is the ending after which IAB is no longer let in.
func (s *Server) locked(m Member, o Order, seen sight, w Watch) Ending {
	why := "the server answers, but does not trust IAB any more"
	if seen.changed {
		why = "the server answers with another certificate than the pinned one"
	}
	return Ending{LockedOut, fmt.Sprintf("%s on %s: %s", o, s.title(m), why), w.Onboard}
}

// unproven is the ending when time is over.
func (s *Server) unproven(m Member, o Order, before Before, last sight, w Watch) Ending {
	why := "what it shows does not prove it"
	switch {
	case last.down:
		why = "nobody answers there"
	case last.pid == before.PID && (o.Part == System || servesIncus(o.Part)):
		why = "it has not restarted"
	}
	return Ending{Unverified, fmt.Sprintf("%s on %s: %s within %s", o, s.title(m), why, w.For), "look at the console of the machine; don't repeat it before you know what it did"}
}
