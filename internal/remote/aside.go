package remote

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// SetAside marks a replica as a former one and gives it another name. Its snapshots stay whole (seen on 6.0.4). The marks come
// first: a run that dies in between leaves an object under the replica's name that says what it is.
func (p *Pair) SetAside(ctx context.Context, job plan.Job, name string) error {
	return p.again(ctx, p.calmed(ctx, plan.Target, job.Replica(), ""), func(bool) error { return p.setAside(ctx, job, name) })
}

func (p *Pair) setAside(ctx context.Context, job plan.Job, name string) error {
	replica := job.Replica()
	aside := replica
	aside.Name = name
	what := fmt.Sprintf("set %s aside as %s", replica, name)
	switch taken, err := p.config(aside); {
	case api.StatusErrorCheck(err, http.StatusNotFound):
	case err != nil:
		return failure(what, err)
	default:
		_, of, ok := plan.AsideOf(aside, plan.Holding{Config: taken}, p.owner.Identity)
		if _, err := p.config(replica); ok && of == replica.String() && api.StatusErrorCheck(err, http.StatusNotFound) {
			return nil // an earlier try has done it, and its answer got lost
		}
		return &Error{Text: what + ": that name is taken", Hint: "run again: the next run chooses another name"}
	}
	p.forgetReplicas(replica)
	c := p.in(plan.Target, replica.Project)
	c.listen()
	marks := maps.Clone(plan.AsideMarks(replica, p.owner.Identity))
	if replica.Kind == plan.Instance {
		marks[protectionKey] = ""
	}
	if err := c.mark(ctx, replica, marks); err != nil {
		return failure(what, err)
	}
	if replica.Kind == plan.Volume {
		if err := c.RenameStoragePoolVolume(replica.Pool, "custom", replica.Name, api.StorageVolumePost{Name: name}); err != nil {
			return failure(what, err)
		}
		return nil
	}
	op, err := c.RenameInstance(replica.Name, api.InstancePost{Name: name})
	return c.finish(ctx, what, op, err)
}

// protectionKey keeps an instance from being deleted.
const protectionKey = "security.protection.delete"

// snapshotsOf reads the snapshots of an object, with their dates.
func (c *projectClient) snapshotsOf(ref plan.Ref) ([]plan.Snapshot, error) {
	var list []plan.Snapshot
	if ref.Kind == plan.Volume {
		held, err := c.GetStoragePoolVolumeSnapshots(ref.Pool, "custom", ref.Name)
		for _, s := range held {
			list = append(list, plan.Snapshot{Name: plainName(s.Name), CreatedAt: s.CreatedAt})
		}
		return list, err
	}
	held, err := c.GetInstanceSnapshots(ref.Name)
	for _, s := range held {
		list = append(list, plan.Snapshot{Name: plainName(s.Name), CreatedAt: s.CreatedAt})
	}
	return list, err
}

// plainName is a snapshot's name without that of its object: servers answer either.
func plainName(name string) string {
	return name[strings.LastIndex(name, "/")+1:]
}
