package remote

import (
	"context"
	"fmt"
	"net/http"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// RenameReplica gives a replica the name of its renamed object. Snapshots and chain stay (seen on 6.0.4). What belongs to it is marked
// first: as long as the replica has its old name, the next run finds it by its identity and does the rest.
func (p *Pair) RenameReplica(ctx context.Context, job plan.Job, from string, follows []string) error {
	old := job.Replica()
	old.Name = from
	return p.again(ctx, p.calmed(ctx, plan.Target, old, ""), func(bool) error { return p.renameReplica(ctx, job, old, follows) })
}

func (p *Pair) renameReplica(ctx context.Context, job plan.Job, old plan.Ref, follows []string) error {
	replica := job.Replica()
	what := fmt.Sprintf("rename %s on the target to %s", old, replica.Name)
	held, err := p.config(old)
	gone := api.StatusErrorCheck(err, http.StatusNotFound)
	if err != nil && !gone {
		return failure(what, err)
	}
	now, err := p.config(replica)
	taken := err == nil
	if err != nil && !api.StatusErrorCheck(err, http.StatusNotFound) {
		return failure(what, err)
	}
	switch {
	case taken && (!gone || !p.isReplica(now)):
		return &Error{Text: what + ": that name is taken", Hint: "rename or move what has it on the target"}
	case !taken && gone:
		return &Error{Text: what + ": it does not exist any more", Hint: "run again"}
	case !taken && !p.isReplica(held):
		return &Error{Text: what + ": it is no replica of this config", Hint: "look at it on the target: somebody has changed its marks"}
	}
	p.forgetReplicas(old, replica)
	c := p.in(plan.Target, replica.Project)
	c.listen()
	for _, name := range follows {
		if err := c.followsReplica(ctx, what, old, replica, name); err != nil {
			return err
		}
	}
	if taken {
		return nil // an earlier try has done it, and its answer got lost
	}
	return c.rename(ctx, what, old, replica.Name)
}

// followsReplica marks an archive or a former replica as that of the new name. One that is gone is no error.
func (c *projectClient) followsReplica(ctx context.Context, what string, old, replica plan.Ref, name string) error {
	ref := old
	ref.Name = name
	config, err := c.configOf(ref)
	if api.StatusErrorCheck(err, http.StatusNotFound) {
		return nil
	}
	if err != nil {
		return failure(what, err)
	}
	of := config[plan.MarkArchiveOf]
	if config[plan.MarkReplicaOf] != c.pair.owner.Identity || of != old.String() && of != replica.String() {
		return &Error{Text: fmt.Sprintf("%s: %s does not belong to it any more", what, name), Hint: "run again; if it stays so, look at it on the target"}
	}
	if err := c.mark(ctx, ref, map[string]string{plan.MarkArchiveOf: replica.String()}); err != nil {
		return failure(what, err)
	}
	return nil
}

// isReplica reports whether a config is that of a replica of this config.
func (p *Pair) isReplica(config map[string]string) bool {
	return config[plan.MarkReplicaOf] == p.owner.Identity && config[plan.MarkRole] == plan.RoleReplica
}
