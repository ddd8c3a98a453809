package remote

import (
	"context"
	"fmt"
	"slices"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// freezing describes the operation that freezes an instance (seen on 6.0.4).
const freezing = "Freezing instance"

// Freeze pauses what runs in an instance on the source: the processes of a container, the processors of a virtual machine, after its
// agent was asked to bring its file systems in order. What a container has written lies in the server's own memory, and snapshots have
// it (seen on 6.0.4, btrfs and dir).
func (p *Pair) Freeze(ctx context.Context, ref plan.Ref) (warning string, err error) {
	if err := p.fit(fmt.Sprintf("freeze %s", ref), ref); err != nil {
		return "", err
	}
	defer p.mends(ctx, &err, plan.Source, ref)
	err = p.again(ctx, p.calmed(ctx, plan.Source, ref, ""), func(bool) (err error) {
		warning, err = p.freeze(ctx, ref)
		return err
	})
	return warning, err
}

func (p *Pair) freeze(ctx context.Context, ref plan.Ref) (warning string, err error) {
	what := fmt.Sprintf("freeze %s", ref)
	c := p.in(plan.Source, ref.Project)
	c.listen()
	instance, _, err := c.GetInstance(ref.Name)
	if err != nil {
		return "", failure(what, err)
	}
	if instance.StatusCode != api.Running && instance.StatusCode != api.Ready {
		return "", nil
	}
	if err := p.claim(ctx, ref, plan.MarkFrozen); err != nil {
		return "", failure(fmt.Sprintf("mark %s before it is frozen", ref), err)
	}
	if instance.Type == string(api.InstanceTypeVM) {
		warning = p.quiet(ctx, ref)
	}
	op, err := c.UpdateInstanceState(ref.Name, api.InstanceStatePut{Action: "freeze", Timeout: -1}, "")
	if err == nil {
		err = c.ended(ctx, op, nil)
	}
	if err != nil && (ctx.Err() != nil || c.status(ref) != api.Frozen) {
		return warning, failure(what, firstOf(ctx.Err(), err))
	}
	return warning, nil
}

// status is the state of an instance, 0 where the server can't tell.
func (c *projectClient) status(ref plan.Ref) api.StatusCode {
	state, _, err := c.GetInstanceState(ref.Name)
	if err != nil {
		return 0
	}
	return state.StatusCode
}

// Unfreeze lets an instance on the source go on that bears the mark of Freeze.
func (p *Pair) Unfreeze(ctx context.Context, ref plan.Ref) error {
	unfreeze := func() error { return p.again(ctx, nil, func(bool) error { return p.unfreeze(ctx, ref) }) }
	err := unfreeze()
	p.mends(ctx, &err, plan.Source, ref)
	if err != nil && p.fit("", ref) != nil {
		return unfreeze() // what was in the way of the mark is removed
	}
	return err
}

// unfreeze does not wait for a snapshot that is still being taken: a server resumes an instance meanwhile (seen on 6.0.4).
func (p *Pair) unfreeze(ctx context.Context, ref plan.Ref) error {
	what := fmt.Sprintf("resume %s", ref)
	c := p.in(plan.Source, ref.Project)
	c.listen()
	instance, _, err := c.GetInstance(ref.Name)
	if err != nil {
		return failure(what, err)
	}
	if instance.Config[plan.MarkFrozen] != p.owner.Identity {
		return nil
	}
	frozen := instance.StatusCode == api.Frozen
	if !frozen {
		// A freeze that nobody waits for any more may still come to its end.
		if frozen, err = p.freezes(ctx, ref); err != nil {
			return failure(what, err)
		}
	}
	if frozen {
		op, err := c.UpdateInstanceState(ref.Name, api.InstanceStatePut{Action: "unfreeze", Timeout: -1}, "")
		if err = c.finish(ctx, what, op, err); err != nil && !c.running(ref) {
			return err
		}
	}
	if instance.Type == string(api.InstanceTypeVM) {
		if err := p.stir(ctx, ref); err != nil {
			return err
		}
	}
	if err := c.mark(ctx, ref, map[string]string{plan.MarkFrozen: ""}); err != nil {
		return failure(fmt.Sprintf("take the mark of the freeze from %s, which goes on", ref), err)
	}
	return nil
}

// freezes waits until no freeze of an instance is under way, and reports whether it is frozen then.
func (p *Pair) freezes(ctx context.Context, ref plan.Ref) (bool, error) {
	for {
		list, err := p.operations(plan.Source, ref.Project)
		if err != nil {
			return false, err
		}
		if !slices.ContainsFunc(list, func(op api.Operation) bool { return op.Description == freezing && worksOn(op, ref, "") }) {
			return p.in(plan.Source, ref.Project).status(ref) == api.Frozen, nil
		}
		if !pause(ctx, p.pace.ask) {
			return false, ctx.Err()
		}
	}
}

// eachFileSystem calls fsfreeze for what a virtual machine can write to, each device once. $1 is its option. What is frozen already is
// no failure when it is thawed anew.
const eachFileSystem = `seen=
while read -r device dir type options rest; do
	case $type in ext2|ext3|ext4|xfs|btrfs|f2fs|jfs|nilfs2|reiserfs) ;; *) continue ;; esac
	case ,$options, in *,ro,*) continue ;; esac
	case " $seen " in *" $device "*) continue ;; esac
	seen="$seen $device"
	fsfreeze "$1" "$(printf %b "$dir")" || failed=1
done </proc/self/mounts
`

// Scripts for the agent. The first one thaws what it has frozen if it could not freeze all.
const (
	freezeFiles = "export PATH=$PATH:/usr/sbin:/sbin; sync; set -- -f\n" + eachFileSystem + "[ -z \"$failed\" ] && exit 0\nset -- -u\n" + eachFileSystem + "exit 1\n"
	thawFiles   = "export PATH=$PATH:/usr/sbin:/sbin; set -- -u\n" + eachFileSystem + "exit 0\n"
)

// quiet lets a virtual machine write what it holds in its memory, and freezes its file systems. Without an answer from its agent it
// is paused as it is.
func (p *Pair) quiet(ctx context.Context, ref plan.Ref) (warning string) {
	_, err := p.Exec(ctx, ref, plan.Command{Name: "fsfreeze", Text: freezeFiles})
	if err == nil || ctx.Err() != nil { // one that was given up may have frozen some
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.quieted == nil {
			p.quieted = map[plan.Ref]bool{}
		}
		p.quieted[ref] = true
	}
	if err != nil {
		return "its file systems could not be frozen, so it was only paused: " + err.Error()
	}
	return ""
}

// stir thaws the file systems of a virtual machine that goes on. Where this process has not frozen them, a dead one may have: the
// agent is asked all the same, and one that does not answer is taken for one that never did.
func (p *Pair) stir(ctx context.Context, ref plan.Ref) error {
	p.mu.Lock()
	known := p.quieted[ref]
	p.mu.Unlock()
	bounded, cancel := context.WithTimeout(ctx, p.pace.agent)
	defer cancel()
	last := fmt.Errorf("its agent has not answered within %s", tell(p.pace.agent))
	for bounded.Err() == nil {
		_, err := p.Exec(bounded, ref, plan.Command{Name: "fsfreeze", Text: thawFiles})
		if err == nil {
			return nil
		}
		if bounded.Err() == nil {
			last = err
		}
		pause(bounded, p.pace.ask)
	}
	if !known {
		return nil
	}
	return &Error{Text: fmt.Sprintf("thaw the file systems of %s: %s", ref, last), Hint: "thaw them inside by fsfreeze -u, or restart it", Err: last}
}
