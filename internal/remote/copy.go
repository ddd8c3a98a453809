package remote

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"
	localtls "github.com/lxc/incus/v6/shared/tls"

	"iab/internal/plan"
)

const (
	// copyGrace is how long the other end of a migration may take to end after one end has ended.
	copyGrace = 30 * time.Second
	// renameGrace is how long a snapshot's own name may take to come back after its detour.
	renameGrace = time.Minute
)

// Copy brings the replica up to the source. Both servers' operations are awaited, so that when it returns neither of them
// still works on the object. When the context ends both operations are cancelled.
func (p *Pair) Copy(ctx context.Context, job plan.Job, action plan.Action, progress func(bytes int64)) (bytes int64, err error) {
	what := fmt.Sprintf("copy %s to the target", job.Ref)
	if err := ctx.Err(); err != nil {
		return 0, failure(what, err)
	}
	if err := p.fit(what, job.Ref); err != nil {
		return 0, err
	}
	defer p.mends(ctx, &err, plan.Source, job.Ref)
	defer p.mends(ctx, &err, plan.Target, job.Replica())
	var o object
	err = p.again(ctx, nil, func(bool) (err error) {
		o, err = p.object(job, action)
		return err
	})
	if err != nil {
		return 0, failure(what, err)
	}
	m := migration{
		object:  o,
		mode:    job.Mode,
		refresh: !action.Creates,
		source:  p.in(plan.Source, job.Ref.Project),
		target:  p.in(plan.Target, job.Replica().Project),
		place:   p.at(plan.Target, job.Replica().Project, action.Member),
		meter:   &meter{report: progress},
	}
	m.source.listen()
	m.target.listen()
	m.place.listen()
	if err := p.repair(ctx, job, action.Repairs); err != nil {
		return 0, failure(what, err)
	}
	err = p.again(ctx, p.calmed(ctx, plan.Target, job.Replica(), ""), func(bool) error { return p.grow(ctx, job, action) })
	if err != nil {
		return 0, failure(what, err)
	}
	if err := p.send(ctx, job, action, m); err != nil {
		p.judgeChain(ctx, job, action, err)
		p.judgeData(ctx, job, action, err)
		return m.meter.total(), failure(what, err)
	}
	if err := p.follow(ctx, job, action); err != nil {
		return m.meter.total(), failure(what, err)
	}
	if err := p.settleRestored(ctx, job); err != nil {
		return m.meter.total(), failure(what, err)
	}
	return m.meter.total(), nil
}

// settleRestored takes the mark away from an object that was restored without its history: it has a replica again. With it goes what a
// restore that was killed at its end has left.
func (p *Pair) settleRestored(ctx context.Context, job plan.Job) error {
	if p.knownConfig(job.Ref)[plan.MarkRestored] == "" {
		return nil
	}
	return p.in(plan.Source, job.Ref.Project).mark(ctx, job.Ref, map[string]string{plan.MarkRestored: "", plan.MarkFetched: ""})
}

// send lets the servers send the data.
func (p *Pair) send(ctx context.Context, job plan.Job, action plan.Action, m migration) error {
	if len(action.Backfills) > 0 {
		if err := m.target.mark(ctx, job.Replica(), map[string]string{plan.MarkSending: plan.NamesMark(action.Backfills)}); err != nil {
			return err
		}
	}
	clear := func() error { return p.clearTheWay(ctx, job, action) }
	err := p.patiently(ctx, job.Ref, func() error {
		return p.again(ctx, clear, func(bool) error { return p.detoured(ctx, job, action, func() error { return m.run(ctx) }) })
	})
	if err == nil && len(action.LeavesOut) > 0 {
		err = p.again(ctx, clear, func(bool) error { return p.arrived(ctx, job, action, m) })
	}
	return err
}

// arrived makes sure that a copy that leaves out older snapshots has not left out the new one: servers compare whole seconds, and
// their clock is not ours. Where it has, everything is sent.
func (p *Pair) arrived(ctx context.Context, job plan.Job, action plan.Action, m migration) error {
	held, err := m.target.snapshotsOf(job.Replica())
	if err != nil {
		return err
	}
	if slices.ContainsFunc(held, func(s plan.Snapshot) bool { return s.Name == action.Snapshot }) {
		return nil
	}
	action.LeavesOut = nil
	if m.object, err = p.object(job, action); err != nil {
		return err
	}
	return m.run(ctx)
}

// clearTheWay waits until nothing is left running of a failed copy, and removes what a first one has left, before it is tried
// again, if both servers answer: servers do not refuse a second copy into a volume that is being received (seen on 6.0.4).
func (p *Pair) clearTheWay(ctx context.Context, job plan.Job, action plan.Action) error {
	if _, err := p.operations(plan.Source, job.Ref.Project); err != nil {
		return err // of a dead source the target would be waiting for half a minute
	}
	if err := p.calm(ctx, plan.Target, job.Replica(), ""); err != nil || !action.Creates {
		return err
	}
	return p.DeleteUnfinished(ctx, job)
}

// repair gives snapshots the names back that an interrupted detour has left them with.
func (p *Pair) repair(ctx context.Context, job plan.Job, repairs []plan.Repair) error {
	for _, r := range repairs {
		if err := p.rename(ctx, r.Side, job.RefOn(r.Side), r.From, r.To); err != nil {
			return err
		}
	}
	return nil
}

// detoured runs the copy while the oldest sent snapshot has the name of its detour, and gives it its own name back on both
// sides, whatever became of the copy.
func (p *Pair) detoured(ctx context.Context, job plan.Job, action plan.Action, run func() error) error {
	if action.Detour == "" {
		return run()
	}
	real := action.Sends[0]
	if err := p.rename(ctx, plan.Source, job.Ref, real, action.Detour); err != nil {
		return err
	}
	err := run()
	back, cancel := context.WithTimeout(context.WithoutCancel(ctx), renameGrace)
	defer cancel()
	errs := []error{err, p.rename(back, plan.Source, job.Ref, action.Detour, real)}
	if err == nil {
		errs = append(errs, p.rename(back, plan.Target, job.Replica(), action.Detour, real))
	}
	return first(errs...)
}

// migration is one copy in the making.
type migration struct {
	object  object
	mode    plan.Mode
	refresh bool
	source  *projectClient
	target  *projectClient
	place   *projectClient // the target, on the cluster member that the object lies on or comes to
	meter   *meter
}

// run tries the addresses of the server that is connected to, until one can be reached by the other server.
func (m migration) run(ctx context.Context) error {
	if m.mode == plan.Relay {
		return m.relay(ctx)
	}
	called, start := m.target, m.push
	if m.mode == plan.Pull {
		called, start = m.source, m.pull
	}
	info, err := called.GetConnectionInfo()
	if err != nil {
		return err
	}
	err = errors.New("the server that is connected to listens on no address")
	for _, address := range info.Addresses {
		err = start(ctx, address, info.Certificate)
		if err == nil || ctx.Err() != nil || !localtls.IsConnectionError(err) {
			return err
		}
	}
	return err
}

// push lets the source connect to the target.
func (m migration) push(ctx context.Context, address, certificate string) error {
	receiving, err := m.object.receive(m.place, peer{}, m.refresh)
	if err != nil {
		return fmt.Errorf("the target refuses: %w", err)
	}
	sending, err := m.object.send(m.source, peerOf(receiving, address, certificate))
	if err != nil {
		_ = receiving.Cancel()
		return fmt.Errorf("the source refuses: %w", err)
	}
	return m.wait(ctx, sending, receiving)
}

// pull lets the target connect to the source.
func (m migration) pull(ctx context.Context, address, certificate string) error {
	sending, err := m.object.send(m.source, nil)
	if err != nil {
		return fmt.Errorf("the source refuses: %w", err)
	}
	receiving, err := m.object.receive(m.place, *peerOf(sending, address, certificate), m.refresh)
	if err != nil {
		_ = sending.Cancel()
		return fmt.Errorf("the target refuses: %w", err)
	}
	return m.wait(ctx, sending, receiving)
}

// relay passes the data through IAB: neither server has to reach the other.
func (m migration) relay(ctx context.Context) error {
	sending, err := m.object.send(m.source, nil)
	if err != nil {
		return fmt.Errorf("the source refuses: %w", err)
	}
	receiving, err := m.object.receive(m.place, peer{}, m.refresh)
	if err != nil {
		_ = sending.Cancel()
		return fmt.Errorf("the target refuses: %w", err)
	}
	bridge, err := connect(m.source, sending, m.target, receiving)
	if err != nil {
		_, _ = sending.Cancel(), receiving.Cancel()
		return fmt.Errorf("connect both servers through this machine: %w", err)
	}
	defer bridge.close()
	return m.wait(ctx, sending, receiving)
}

// peerOf describes the end that runs the operation to the other end.
func peerOf(op incus.Operation, address, certificate string) *peer {
	return &peer{operation: address + "/1.0/operations/" + op.Get().ID, certificate: certificate, secrets: secrets(op)}
}

// secrets are the passwords of an operation's websockets, by name.
func secrets(op incus.Operation) map[string]string {
	list := map[string]string{}
	for name, value := range op.Get().Metadata {
		if secret, ok := value.(string); ok {
			list[name] = secret
		}
	}
	return list
}

// wait returns when both ends have ended. When one fails the other is given a moment, then cancelled; the target's reason
// comes first, since the source mostly repeats it. A copy that stands still for too long is given up.
func (m migration) wait(ctx context.Context, sending, receiving incus.Operation) error {
	pulse := newPulse(m.source.pair.patience.StallTimeout)
	pulse.see(sending.Get())
	pulse.see(receiving.Get())
	ends := plan.Sides[string]{Source: sending.Get().ID, Target: receiving.Get().ID}

	ended := make(chan struct{}, 2)
	bounded, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var sent, received error
	var group sync.WaitGroup
	group.Go(func() {
		sent = m.source.ended(bounded, sending, func(op api.Operation) { m.meter.see(op); pulse.see(op) }) // only the sender counts
		ended <- struct{}{}
	})
	group.Go(func() {
		received = m.target.ended(bounded, receiving, pulse.see)
		ended <- struct{}{}
	})

	given := awaitBoth(ctx, ended, pulse.stops(bounded, func() { m.look(ends, pulse.see) }), pulse.limit)
	if given == nil {
		group.Wait()
		return agreed(received, sent)
	}
	go m.cancel(ends) // a server that hangs does not answer
	leave := time.AfterFunc(m.source.pair.pace.leave, cancel)
	defer leave.Stop()
	group.Wait()
	if sent == nil && received == nil {
		return nil // both ended well within the grace
	}
	var stall *stalled
	if errors.As(given, &stall) {
		stall.over = !errors.Is(received, context.Canceled) && !errors.Is(sent, context.Canceled)
		return stall
	}
	return first(ctx.Err(), withoutCancel(received), withoutCancel(sent), given)
}

// look asks both servers how far their ends are.
func (m migration) look(ends plan.Sides[string], see func(api.Operation)) {
	for _, side := range plan.BothSides {
		if op, _, err := m.on(side).GetOperation(ends.On(side)); err == nil {
			see(*op)
		}
	}
}

// cancel asks both servers to give up their ends.
func (m migration) cancel(ends plan.Sides[string]) {
	for _, side := range plan.BothSides {
		_ = m.on(side).DeleteOperation(ends.On(side))
	}
}

func (m migration) on(side plan.Side) *projectClient {
	return plan.Sides[*projectClient]{Source: m.source, Target: m.target}.On(side)
}

// agreed is how a copy ended. Each end of a migration ends well only after the target has everything, of which it tells the
// source (read in Incus), so where the end of one has not been seen the other's word counts. Why it failed the target mostly
// knows better, unless all it has seen is that the source went away.
func agreed(received, sent error) error {
	var unseen *lost
	switch {
	case received == nil && errors.As(sent, &unseen), sent == nil && errors.As(received, &unseen):
		return nil
	case received != nil && strings.Contains(received.Error(), sourceLeft):
		return first(sent, received)
	}
	return first(received, sent)
}

// sourceLeft is what the target says when the source has given up (seen on 6.0.4).
const sourceLeft = "Error reading migration control source"

// errOneSided is that one end of a migration has ended and the other has not.
var errOneSided = errors.New("one server has finished and the other never did")

// awaitBoth waits until both ends have ended. Else it returns why it gave up: the context ended, the copy stands still, or the
// second end takes much longer than the first.
func awaitBoth(ctx context.Context, ended, stops <-chan struct{}, limit time.Duration) error {
	var patience <-chan time.Time
	for range 2 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-stops:
			return &stalled{limit: limit}
		case <-patience:
			return errOneSided
		case <-ended:
			patience = time.After(copyGrace)
		}
	}
	return nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func withoutCancel(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
