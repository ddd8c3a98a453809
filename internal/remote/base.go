package remote

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// MarkBase writes this config's key and leaves all other keys alone. While another config copies the instance, its
// server changes nothing of it: that is waited for. Where other configs write on the object, too, what was written is read again.
func (p *Pair) MarkBase(ctx context.Context, ref plan.Ref, base plan.Base) error {
	what := fmt.Sprintf("note on %s what its copies build on", ref)
	base.Config, base.Target, base.Address = p.owner.Identity, p.owner.Target, p.owner.Address
	c := p.in(plan.Source, ref.Project)
	c.listen()
	err := p.patiently(ctx, ref, func() error {
		return p.again(ctx, nil, func(bool) error { return c.writeBase(ctx, ref, base) })
	})
	if err == nil && p.crowded(ref) {
		err = p.again(ctx, nil, func(bool) error { return c.seeBase(ctx, ref, base) })
	}
	if err != nil {
		return failure(what, err)
	}
	return nil
}

// crowded reports whether other configs keep keys on an object, as the last Inventory saw it.
func (p *Pair) crowded(ref plan.Ref) bool {
	others, unread := (plan.Holding{Config: p.knownConfig(ref)}).Bases(p.owner.Identity)
	return len(others)+len(unread) > 0
}

// knownConfig is the config of an object of the source as the last Inventory saw it.
func (p *Pair) knownConfig(ref plan.Ref) map[string]string {
	known := p.recall(ref)
	switch {
	case known.instance != nil:
		return known.instance.Config
	case known.volume != nil:
		return known.volume.Config
	}
	return nil
}

// writeBase sets the key.
func (c *projectClient) writeBase(ctx context.Context, ref plan.Ref, base plan.Base) error {
	key := map[string]string{plan.BaseKey(base.Config): base.Mark()}
	write := c.markInstance
	if ref.Kind == plan.Volume {
		write = c.markVolume
	}
	return raced(ctx, func() error { return write(ctx, ref, key) })
}

// seeBase makes sure that the key stands, which the write of another config at the same moment may have undone, and that the object
// still has the snapshot that it is about: another run may have pruned it before it could know.
func (c *projectClient) seeBase(ctx context.Context, ref plan.Ref, base plan.Base) error {
	for range raceTries {
		config, err := c.configOf(ref)
		if err != nil {
			return err
		}
		if config[plan.BaseKey(base.Config)] == base.Mark() {
			break
		}
		if err := c.writeBase(ctx, ref, base); err != nil {
			return err
		}
	}
	named := base.Snapshot
	if base.Pending != "" {
		named = base.Pending
	}
	held, err := c.snapshotsOf(ref)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(held, func(s plan.Snapshot) bool { return s.Name == named }) {
		return &Error{Text: fmt.Sprintf("it has no snapshot %s any more", named), Hint: "the run of another config has pruned it meanwhile; run again"}
	}
	return nil
}

// bases are the keys of a config in which configs keep what their copies build on.
func bases(config map[string]string) map[string]string {
	keys := map[string]string{}
	for key, value := range config {
		if strings.HasPrefix(key, plan.MarkBase) {
			keys[key] = value
		}
	}
	return keys
}

// Gone reads the snapshots of an object of the source.
func (p *Pair) Gone(ctx context.Context, ref plan.Ref, snapshots []string) ([]string, error) {
	var held []plan.Snapshot
	err := p.again(ctx, nil, func(bool) (err error) {
		held, err = p.in(plan.Source, ref.Project).snapshotsOf(ref)
		return err
	})
	if err != nil {
		return nil, failure(fmt.Sprintf("list the snapshots of %s on the source", ref), err)
	}
	return slices.DeleteFunc(slices.Clone(snapshots), func(name string) bool {
		return slices.ContainsFunc(held, func(s plan.Snapshot) bool { return s.Name == name })
	}), nil
}

// beginLooks is how many looks at a copy of another config that is just beginning are enough.
const beginLooks = 900

// unneeded returns an error if the copies of another config have come to build on the snapshot since the last Inventory: a plan may be
// carried out hours after that. One that is just beginning is waited for.
func (p *Pair) unneeded(ctx context.Context, ref plan.Ref, snapshot string) error {
	if !p.crowded(ref) {
		return nil
	}
	known := p.knownConfig(ref)
	for range beginLooks {
		config, err := p.in(plan.Source, ref.Project).configOf(ref)
		if api.StatusErrorCheck(err, http.StatusNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		beginning, needed := neededBy(config, known, p.owner.Identity, snapshot)
		if needed != nil || !beginning {
			return needed
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(p.pace.ask):
		}
	}
	return nil
}

// neededBy looks at what other configs have written since a config was known: whether their copies build on the snapshot, and whether
// one is just beginning.
func neededBy(config, known map[string]string, identity, snapshot string) (beginning bool, needed error) {
	others, _ := (plan.Holding{Config: config}).Bases(identity)
	for _, other := range others {
		key := plan.BaseKey(other.Config)
		if config[key] == known[key] {
			continue // the plan has decided that
		}
		if other.Needs(snapshot) {
			return false, &Error{Text: fmt.Sprintf("the copies to %s (config %s) build on it by now", other.Target, other.Config), Hint: "the next run decides anew"}
		}
		beginning = beginning || other.Beginning()
	}
	return beginning, nil
}

// busyText is what a server says of an object that something else works on (seen on 6.0.4).
const busyText = "is busy running a"

// busyRounds is how often what works on an object of the source is waited for: somebody else may always come first.
const busyRounds = 20

// patiently makes a call on an object of the source again, as often as it fails because something else works on that, such as the copy
// of another config: it is waited for so long as it moves.
func (p *Pair) patiently(ctx context.Context, ref plan.Ref, call func() error) error {
	unseen := 0 // how often nothing was found that works on it: it may just have ended
	var err error
	for range busyRounds {
		err = call()
		if err == nil || ctx.Err() != nil || !strings.Contains(strings.ToLower(err.Error()), busyText) {
			return err
		}
		found, waited := p.released(ctx, ref)
		if !found {
			unseen++
		}
		if waited != nil || unseen > 1 {
			return err
		}
	}
	return err
}

// released waits until nothing works on an object of the source any more, and reports whether anything did. It is an error if that does
// not move.
func (p *Pair) released(ctx context.Context, ref plan.Ref) (found bool, err error) {
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	pulse := newPulse(p.patience.StallTimeout)
	stops := pulse.stops(watching, func() {}) // it is looked at all the time
	for {
		list, err := p.operations(plan.Source, ref.Project)
		if err != nil {
			return found, err
		}
		list = slices.DeleteFunc(list, func(op api.Operation) bool { return !worksOn(op, ref, "") })
		if len(list) == 0 {
			return found, nil
		}
		found = true
		for _, op := range list {
			pulse.see(op)
		}
		select {
		case <-ctx.Done():
			return found, ctx.Err()
		case <-stops:
			return found, errBusy
		case <-time.After(p.pace.ask):
		}
	}
}
